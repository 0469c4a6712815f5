"""Listing: the finds of a block as text, a line each, written by a kernel.

A log has millions of finds.  Made one by one as records of Python they took fifty times as long
as finding them; here a line is constant parts, four numbers and the value, put side by side.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bailee.scan.kinds import Flag, Kind
from bailee.scan.scanner import Finds
from bailee.scan.vm import char
from bailee.scan.vm.machine import i64, kernel, piece, put8, put64, tiny, u8, u16

OUT_BYTES = 1 << 20
"""Written at a time."""
# A control character becomes six bytes, `\u0000`, a byte that is no text five, `\\x80`.
_GROWTH = 6
_DIGITS = 20
_TEN = 10

TEXT = 0
"""Address of the block's text."""
START, END, LINE, KIND, FLAGS, RULE = 8, 16, 24, 32, 40, 48
LINE_STARTS = 56
FIRST_LINE = 64
PARTS = 72
"""Address of all constant parts, one after another; a part is known by its number."""
PART_STARTS = 80
KINDS, FLAG_SETS, RULES = 88, 96, 104
"""Numbers of the parts of the first kind, set of flags and rule; those of the others follow."""
ESCAPES = 112
"""1 for JSON; 0 where a value of other bytes than ASCII's visible ones is left to the caller."""
OUT = 120
MADE = 128
"""Bytes that were written."""
_SLOTS = 17

# Parts that every line has, by their numbers.
_BEFORE, _AFTER_LINE, _AFTER_START, _FIRST_OTHER = 0, 1, 2, 3
# What begins a sequence of UTF-8, and the bounds of its second byte where it has its own:
# RFC 3629, section 4.  Overlong forms, halves of surrogates and what is beyond 0x10FFFF are none.
_TWO, _THREE, _FOUR, _BEYOND = 0xC2, 0xE0, 0xF0, 0xF5
_OVERLONG_THREE, _SURROGATE, _SURROGATE_TOP = 0xA0, 0xED, 0x9F
_OVERLONG_FOUR, _LAST_FOUR, _LAST_TOP = 0x90, 0xF4, 0x8F
_TRAILING, _TRAILING_TOP = 0x80, 0xBF
_DELETE, _VISIBLE_TOP = 0x7F, 0x7E


@piece
def _part(ctx: int, at: int, number: int) -> int:
    starts = i64(ctx + PART_STARTS) + 8 * number
    parts = i64(ctx + PARTS)
    for place in range(i64(starts), i64(starts + 8)):
        put8(at, u8(parts + place))
        at += 1
    return at


@piece
def _number(at: int, value: int) -> int:
    width = 1
    rest = value // _TEN
    while rest:
        rest //= _TEN
        width += 1
    place = at + width
    while place > at:
        place -= 1
        put8(place, char.ZERO + value % _TEN)
        value //= _TEN
    return at + width


@tiny
def _hex(digit: int) -> int:
    return digit + char.ZERO if digit < _TEN else digit - _TEN + char.LOWER_A


@piece
def _trails(at: int, low: int, high: int) -> int:
    return low <= u8(at) <= high


@piece
def _character(at: int, end: int) -> int:
    """Count the bytes of the character at an address above ASCII; 0 when it is none."""
    first = u8(at)
    left = end - at
    if first < _TWO or first >= _BEYOND:
        return 0
    low = _TRAILING
    high = _TRAILING_TOP
    if first == _THREE:
        low = _OVERLONG_THREE
    elif first == _SURROGATE:
        high = _SURROGATE_TOP
    elif first == _FOUR:
        low = _OVERLONG_FOUR
    elif first == _LAST_FOUR:
        high = _LAST_TOP
    length = 2 if first < _THREE else 3 if first < _FOUR else 4
    if left < length or not _trails(at + 1, low, high):
        return 0
    for place in range(2, length):
        if not _trails(at + place, _TRAILING, _TRAILING_TOP):
            return 0
    return length


@piece
def _control(out: int, byte: int) -> int:
    """Write a control character as JSON does (RFC 8259, section 7)."""
    put8(out, char.BACKSLASH)
    short = 0
    if byte == char.NEWLINE:
        short = char.LOWER_N
    elif byte == char.RETURN:
        short = char.LOWER_R
    elif byte == char.TAB:
        short = char.LOWER_T
    elif byte == char.BACKSPACE:
        short = char.LOWER_B
    elif byte == char.FORM_FEED:
        short = char.LOWER_F
    if short:
        put8(out + 1, short)
        return out + 2
    put8(out + 1, char.LOWER_U)
    put8(out + 2, char.ZERO)
    put8(out + 3, char.ZERO)
    put8(out + 4, _hex(byte >> 4))
    put8(out + 5, _hex(byte & 15))
    return out + 6


@piece
def _escaped(out: int, at: int, end: int) -> int:
    """Write a value as a string of JSON; a byte that is no text as backslash, x, two digits."""
    while at < end:
        byte = u8(at)
        if byte >= char.HIGH:
            length = _character(at, end)
            if length == 0:
                put8(out, char.BACKSLASH)
                put8(out + 1, char.BACKSLASH)
                put8(out + 2, char.LOWER_X)
                put8(out + 3, _hex(byte >> 4))
                put8(out + 4, _hex(byte & 15))
                out += 5
                at += 1
            for _ in range(length):
                put8(out, u8(at))
                out += 1
                at += 1
            continue
        if byte < char.SPACE:
            out = _control(out, byte)
        else:
            if byte in (char.QUOTE, char.BACKSLASH):
                put8(out, char.BACKSLASH)
                out += 1
            put8(out, byte)
            out += 1
        at += 1
    return out


@piece
def _visible(at: int, end: int) -> int:
    while at < end:
        if not char.SPACE <= u8(at) <= _VISIBLE_TOP:
            return 0
        at += 1
    return 1


@kernel
def list_finds(ctx: int, first: int, count: int, room: int) -> int:
    """Write the lines of finds; returns the first that it did not write.

    That is the count, or a find that more room is needed for, or one whose value is not visible.
    """
    out = i64(ctx + OUT)
    stop = out + room
    text = i64(ctx + TEXT)
    row = first
    while row < count:
        start = i64(i64(ctx + START) + 8 * row)
        end = i64(i64(ctx + END) + 8 * row)
        # The caller leaves beyond the room what the constant parts and numbers of a line take.
        if out + (end - start) * _GROWTH > stop:
            break
        if i64(ctx + ESCAPES) == 0 and _visible(text + start, text + end) == 0:
            break
        line = i64(i64(ctx + LINE) + 8 * row)
        base = i64(i64(ctx + LINE_STARTS) + 8 * line)
        out = _part(ctx, out, _BEFORE)
        out = _number(out, i64(ctx + FIRST_LINE) + line + 1)
        out = _part(ctx, out, _AFTER_LINE)
        out = _number(out, start - base)
        out = _part(ctx, out, _AFTER_START)
        out = _number(out, end - base)
        out = _part(ctx, out, i64(ctx + KINDS) + u8(i64(ctx + KIND) + row))
        out = _part(ctx, out, i64(ctx + FLAG_SETS) + u16(i64(ctx + FLAGS) + 2 * row))
        if i64(ctx + ESCAPES):
            out = _escaped(out, text + start, text + end)
        else:
            while start < end:
                put8(out, u8(text + start))
                out += 1
                start += 1
        out = _part(ctx, out, i64(ctx + RULES) + u16(i64(ctx + RULE) + 2 * row))
        row += 1
    put64(ctx + MADE, out - i64(ctx + OUT))
    return row


@dataclass(frozen=True, kw_only=True)
class LineForm:
    """Line form: the constant parts of a line, in order, around its numbers and value."""

    before: str
    """Then the line's number."""
    after_line: str
    """Then where the find starts in its line."""
    after_start: str
    """Then where it ends."""
    kind: Callable[[Kind], str]
    flags: Callable[[int], str]
    """Then the value."""
    rule: Callable[[str], str]
    """The end of the line, of the rule's name."""
    escapes: bool
    """Whether values are strings of JSON."""


class FindListing:
    """Listing of one input's finds; `whole` writes a line that the kernel leaves."""

    def __init__(
        self, form: LineForm, rules: Sequence[str], whole: Callable[[Finds, int], str]
    ) -> None:
        self._whole = whole
        kinds = [form.kind(kind) for kind in Kind]
        sets = [form.flags(flags) for flags in range(2 * max(Flag))]
        parts = [form.before, form.after_line, form.after_start, "", *kinds, *sets]
        coded = [_coded(part) for part in (*parts, *map(form.rule, rules))]
        ends = np.cumsum([0, *map(len, coded)])
        # Kernels have their addresses: both are kept for as long as the slots are.
        self._parts = np.frombuffer(b"".join(coded), np.uint8)
        self._starts = np.ascontiguousarray(ends, np.int64)
        spare = sum(sorted(map(len, coded))[-6:]) + 3 * _DIGITS
        self._out = np.empty(OUT_BYTES + spare, np.uint8)
        self._slots = np.zeros(_SLOTS, np.int64)
        # Kinds count from 1; the part before them is empty.
        first_set = _FIRST_OTHER + 1 + len(kinds)
        for slot, value in (
            (PARTS, _address(self._parts)),
            (PART_STARTS, _address(self._starts)),
            (KINDS, _FIRST_OTHER),
            (FLAG_SETS, first_set),
            (RULES, first_set + len(sets)),
            (ESCAPES, int(form.escapes)),
            (OUT, _address(self._out)),
        ):
            self._slots[slot >> 3] = value

    def lines(self, finds: Finds) -> Iterator[bytes]:
        """Give the lines of a block's finds, many at a time, in UTF-8."""
        held: dict[int, npt.NDArray[Any]] = {
            TEXT: finds.text,
            START: finds.start,
            END: finds.end,
            LINE: finds.line,
            KIND: finds.kind,
            FLAGS: finds.flags,
            RULE: finds.rule,
            LINE_STARTS: finds.line_starts,
        }
        for slot, column in held.items():
            self._slots[slot >> 3] = _address(column)
        self._slots[FIRST_LINE >> 3] = finds.first_line
        row = 0
        while row < len(finds):
            begun = row
            row = list_finds(_address(self._slots), row, len(finds), OUT_BYTES)
            yield self._out[: self._slots[MADE >> 3]].tobytes()
            if row == begun:
                yield _coded(self._whole(finds, row))
                row += 1


def _coded(text: str) -> bytes:
    # The name of a file may hold bytes that are no text.
    return text.encode("utf-8", "backslashreplace")


def _address(array: npt.NDArray[Any]) -> int:
    return int(array.ctypes.data)
