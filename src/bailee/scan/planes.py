"""Which bytes are worth a second look: one bit per byte, 48 bytes at a time.

Law: an expression may be generous, for each anchor is judged by a verifier, and must never be
too strict.  64 bytes are compared at once and shifted against each other; the last 16 are only
looked at (no pattern here is longer), and the first is only looked back to, so that no carry
passes from one step to the next.  About one byte in thirty of a real log is an anchor.
"""

from bailee.scan.machine import kernel, piece, plane, plane_alpha, plane_range, put64, srl
from bailee.scan.teddy import word_plane

STEP = 48
_VALID = (1 << STEP) - 1


@piece
def _near(mask: int, first: int) -> int:
    """Mark where the mask has a bit `first`, `first + 1` or `first + 2` further on."""
    return srl(mask, first) | srl(mask, first + 1) | srl(mask, first + 2)


@piece
def _numbers(digit: int, alnum: int, dot: int, dash: int, space: int) -> int:
    """Mark digits that may start an address, or a telephone or card number in groups."""
    dotted = srl(dot, 1) & _near(dot & _near(dot, 2), 3)
    dashed = srl(dash, 1) & _near(dash & _near(dash, 2), 3)
    quad = (dotted | dashed) & srl(digit, 2)
    gap = (dot | dash | space) & srl(digit, 1)
    two = gap & srl(digit, 2) & srl(gap, 3)  # a gap, two digits, a gap
    by_two = srl(two, 2) & srl(gap, 8) | srl(two, 3) & srl(gap, 9) | srl(gap, 2) & srl(two, 6)
    by_three = srl(gap, 3) & srl(gap, 7) & srl(digit, 5)
    by_four = srl(gap, 4) & srl(digit, 3) & (srl(gap, 9) | srl(gap, 11))
    pair = digit & srl(digit, 1)
    four = pair & srl(pair, 2)
    eight = four & srl(four, 4)
    grouped = srl(digit, 1) & (by_two | by_three | by_four) | srl(two, 1) & srl(two, 7)
    return digit & (quad | ~(alnum << 1) & (grouped | eight & srl(eight, 5)))


@piece
def _prefixes(at: int, digit: int, alnum: int) -> int:
    """Mark + and 00 before a number that does not start with 0."""
    zero = plane(at, 48)
    nonzero = digit & ~zero
    double = zero & srl(zero, 1) & srl(nonzero, 2) & ~(alnum << 1)
    return double | plane(at, 43) & srl(nonzero, 1)


@piece
def _separators(at: int, alpha: int) -> int:
    """Mark what stands between a key and its value, or inside an address or UUID."""
    colon = plane(at, 58)
    dash = plane(at, 45)
    dot = plane(at, 46)
    equals = plane(at, 61)
    space = plane(at, 32)
    quote = plane(at, 34) | plane(at, 39)
    after_colon = srl(colon, 1)
    keyed = equals & ~(equals << 1) & ~srl(equals, 1)
    keyed |= quote & (after_colon | srl(space, 1) & srl(colon | quote | plane(at, 92), 2))
    keyed |= ((alpha << 1) & colon & ~after_colon) | (alpha << 1) & space & after_colon
    four = colon | srl(colon, 1)
    four |= srl(four, 2)
    chain = srl(four, 2) & (srl(four, 6) | srl(four, 7)) & (srl(four, 10) | srl(four, 12))
    pairs = colon & srl(colon, 3)
    hexed = colon & (after_colon | chain) | pairs & srl(pairs, 6)
    pairs = dash & srl(dash, 3)
    fives = dash & srl(dash, 5)
    hexed |= pairs & srl(pairs, 6) | fives & srl(fives, 10)
    hexed |= dot & srl(dot, 5) & ~srl(dot, 10) & ~srl(space, 1)
    return keyed | hexed


@piece
def anchor_step(at: int) -> int:
    """Mark the anchors among the 48 bytes after the one at this address; bit 0 is the first."""
    digit = plane_range(at, 48, 10)
    letter = plane_alpha(at)
    alpha = letter | plane_range(at, 128, 128)
    found = _numbers(digit, digit | letter, plane(at, 46), plane(at, 45), plane(at, 32))
    found |= _prefixes(at, digit, digit | letter)
    found |= _separators(at, alpha)
    found |= plane(at, 10) | plane(at, 64) | plane(at, 27) | word_plane(at)
    return srl(found, 1) & _VALID


@kernel
def find_anchors(text: int, size: int, out: int) -> int:
    """Write one bit per byte of `size` bytes at `text` to `out`, 48 of each word of 64."""
    steps = (size + STEP - 1) // STEP
    for step in range(steps):
        put64(out + step * 8, anchor_step(text + step * STEP - 1))
    return steps
