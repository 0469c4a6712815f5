"""Anchors: which bytes are worth a second look, one bit per byte, 48 bytes at a time.

Law: an expression may be generous, for each anchor goes to a verifier, and must never be
too strict.  64 bytes are compared at once and shifted against each other; the last 15 are only
looked ahead to (no pattern here is longer), and the first is only looked back to, so that no
carry passes from one step to the next.  About one byte in thirty of a real log is an anchor.
Planes are noted for many steps first and put together for eight steps at a time: see `lanes`.
"""

from dataclasses import dataclass, fields
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types

from bailee.scan.vm import char
from bailee.scan.vm.lanes import LANES, Mask, combine, place, whole
from bailee.scan.vm.machine import (
    NOTHING,
    ctz,
    i64,
    instruction,
    kernel,
    popcount,
    put64,
    tiny,
)
from bailee.scan.vm.teddy import write_word_plane

# Of 64 bytes that are compared, the first is looked back to and the last fifteen ahead to.
STEP = 48
GROUP = 64
"""Steps whose planes are noted before they are put together: little enough to stay near."""
# Of 48 bytes of a real log one or two are anchors: four are written without asking.
AT_ONCE = 4
_BACK = 1
_VALID = (1 << STEP) - 1
_I8, _I64 = ir.IntType(8), ir.IntType(64)
_WIDE = ir.VectorType(_I8, 64)

_RANGES: dict[str, tuple[tuple[int, int], ...]] = {
    "digit": ((char.ZERO, char.NINE),),
    "letter": ((char.UPPER_A, char.UPPER_Z), (char.LOWER_A, char.LOWER_Z)),
    "high": ((char.HIGH, 0xFF),),
    "colon": ((char.COLON, char.COLON),),
    "dash": ((char.DASH, char.DASH),),
    "dot": ((char.DOT, char.DOT),),
    "equals": ((char.EQUALS, char.EQUALS),),
    "space": ((char.SPACE, char.SPACE),),
    "quote": ((char.QUOTE, char.QUOTE), (char.APOSTROPHE, char.APOSTROPHE)),
    "stroke": ((char.BACKSLASH, char.BACKSLASH),),
    "zero": ((char.ZERO, char.ZERO),),
    "plus": ((char.PLUS, char.PLUS),),
    # The newline begins the next line, @ is an address more often than not, and a colour or an
    # octal escape hides what it stands in.
    "sure": (
        (char.NEWLINE, char.NEWLINE),
        (char.AT_SIGN, char.AT_SIGN),
        (char.ESCAPE, char.ESCAPE),
        (char.HASH, char.HASH),
    ),
}
"""Bytes of each plane, first to last; `sure` ones are anchors whatever stands beside them."""


@dataclass(frozen=True, kw_only=True)
class Planes:
    """Where each sort of byte stands; the names are those of `_RANGES`, in order."""

    digit: Mask
    letter: Mask
    high: Mask
    colon: Mask
    dash: Mask
    dot: Mask
    equals: Mask
    space: Mask
    quote: Mask
    stroke: Mask
    zero: Mask
    plus: Mask
    sure: Mask


PLANES_BYTES = (len(_RANGES) + 1) * GROUP * 8
"""Of the planes of a group of steps, and of what they make together."""


def _near(mask: Mask, first: int) -> Mask:
    """Mark where the mask has a bit `first`, `first + 1` or `first + 2` further on."""
    return mask >> first | mask >> first + 1 | mask >> first + 2


def _numbers(has: Planes) -> Mask:
    """Mark digits that may start an address, or a telephone or card number in groups."""
    # Generous where it is cheap: an address needs two more separators within reach, and a group
    # its digits between two gaps.  What is marked here costs a call of a verifier.
    digit, dot, dash = has.digit, has.dot, has.dash
    dotted = dot >> 1 & _near(dot & _near(dot, 2), 3)
    dashed = dash >> 1 & _near(dash & _near(dash, 2), 3)
    quad = (dotted | dashed) & digit >> 2
    gap = (dot | dash | has.space) & digit >> 1
    two = gap & digit >> 2 & gap >> 3  # a gap, two digits, a gap
    by_two = two >> 2 & gap >> 8 | two >> 3 & gap >> 9 | gap >> 2 & two >> 6
    by_three = gap >> 3 & gap >> 7 & digit >> 5
    by_four = gap >> 4 & digit >> 3 & (gap >> 9 | gap >> 11)
    pair = digit & digit >> 1
    four = pair & pair >> 2
    eight = four & four >> 4
    # A blank or hyphen of word processors has two or three bytes, all above ASCII.
    wide = _near(has.high, 2)
    grouped = digit >> 1 & (by_two | by_three | by_four) | two >> 1 & two >> 7
    # All but addresses begin with a number's first digit; those may begin behind a letter.
    grouped |= digit >> 1 & wide | eight & eight >> 5
    return digit & (quad | ~((digit | has.letter) << 1) & grouped)


def _prefixes(has: Planes) -> Mask:
    """Mark + and 00 before a number that does not start with 0."""
    zero = has.zero
    nonzero = has.digit & ~zero
    double = zero & zero >> 1 & nonzero >> 2 & ~((has.digit | has.letter) << 1)
    return double | has.plus & nonzero >> 1


def _separators(has: Planes) -> Mask:
    """Mark what stands between a key and its value, or inside an address or UUID."""
    colon, dash, dot, equals, space = has.colon, has.dash, has.dot, has.equals, has.space
    after_colon = colon >> 1
    worded = (has.letter | has.high) << 1
    keyed = equals & ~(equals << 1) & ~(equals >> 1)
    keyed |= has.quote & (after_colon | space >> 1 & (colon | has.quote | has.stroke) >> 2)
    # An option of a command line: a blank, one or two dashes, a letter.
    keyed |= space & dash >> 1 & (dash | has.letter) >> 2
    keyed |= worded & colon & ~after_colon | worded & space & after_colon
    # A colon and three more within fifteen bytes may be an IPv6 address; a time has two in all.
    four = colon | colon >> 1
    four |= four >> 2
    chain = four >> 2 & (four >> 6 | four >> 7) & (four >> 10 | four >> 12)
    pairs = colon & colon >> 3
    hexed = colon & (after_colon | chain) | pairs & pairs >> 6
    # Pairs of a card stand three apart, the inner dashes of a UUID five.
    pairs = dash & dash >> 3
    fives = dash & dash >> 5
    hexed |= pairs & pairs >> 6 | fives & fives >> 10
    hexed |= dot & dot >> 5 & ~(space >> 1)
    return keyed | hexed


def _anchors(has: Planes) -> Mask:
    """Mark the anchors among the 48 bytes after the first; bit 0 is the first of them."""
    found = _numbers(has) | _prefixes(has) | _separators(has) | has.sure
    return found >> _BACK & whole(found.builder, _VALID)


def _within(builder: Any, wide: Any, first: int, last: int) -> Any:
    """Compare 64 bytes with a range."""
    if first == last:
        return builder.icmp_unsigned("==", wide, ir.Constant(_WIDE, [first] * 64))
    # One comparison for both ends: a byte below the first wraps around to a large one.
    moved = builder.sub(wide, ir.Constant(_WIDE, [first] * 64))
    return builder.icmp_unsigned("<", moved, ir.Constant(_WIDE, [last - first + 1] * 64))


@instruction
def note(builder: Any, at: Any, planes: Any) -> Any:
    """Write the planes of the 64 bytes at an address, one word of each row."""
    wide = builder.load(place(builder, at, 0, _WIDE), align=1)
    for row, (name, ranges) in enumerate(_RANGES.items()):
        made = None
        for first, last in ranges:
            part = _within(builder, wide, first, last)
            made = part if made is None else builder.or_(made, part)
        if name == "sure":
            made = builder.or_(made, write_word_plane(builder, at))
        to = place(builder, planes, row * GROUP * 8, _I64)
        builder.store(builder.bitcast(made, _I64), to, align=1)
    return NOTHING


@instruction
def put_together(builder: Any, planes: Any, out: Any) -> Any:
    """Write the anchors of eight steps whose planes are noted."""
    names = [part.name for part in fields(Planes)]
    rows = [builder.add(planes, ir.Constant(_I64, row * GROUP * 8)) for row in range(len(names))]

    def anchors(masks: Any) -> Any:
        return _anchors(Planes(**dict(zip(names, masks, strict=True))))

    combine(builder, rows, out, anchors)
    return NOTHING


@tiny
def list_bits(mask: int, base: int, out: int, at_once: int) -> int:
    """Write the address of each bit; returns how many there are.

    So many are written at once, whether they are there or not: how many there are cannot be
    foretold, and a branch that is foretold wrongly costs more.
    """
    count = popcount(mask)
    for slot in range(at_once):
        put64(out + 8 * slot, base + ctz(mask))
        mask &= mask - 1
    while mask:
        put64(out + 8 * at_once, base + ctz(mask))
        out += 8
        mask &= mask - 1
    return count


@kernel
def find_anchors(text: int, size: int, planes: int, out: int) -> int:
    """Write the address of each anchor in `size` bytes at `text`; returns how many there are.

    `planes` has `PLANES_BYTES`; `out` has room for one address a byte, and `AT_ONCE` more.
    """
    steps = (size + STEP - 1) // STEP
    masks = planes + PLANES_BYTES - 8 * GROUP
    made = 0
    # In two passes over a group: the logic between planes is three quarters of the work, and takes
    # eight steps at once when their planes lie side by side.
    for first in range(0, steps, GROUP):
        count = min(GROUP, steps - first)
        base = text + first * STEP
        for step in range(count):
            note(base + step * STEP - _BACK, planes + 8 * step)
        for step in range(0, count, LANES):
            put_together(planes + 8 * step, masks + 8 * step)
        for step in range(count):
            mask = i64(masks + 8 * step)
            made += list_bits(mask, base + step * STEP, out + 8 * made, AT_ONCE)
    return made
