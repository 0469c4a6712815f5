r"""Decoding of lines with escapes, beside a map back: percent signs, \u and octals, colours.

Only ASCII that matters to a verifier is decoded, doubly escaped too (`%2540`, `\\u0040`), colour
codes are dropped, a control character that rsyslog wrote as `#012` becomes a blank, and what the
journal wrote as numbers, `"MESSAGE":[108,111,…]`, becomes a string.  What
stands between escapes is copied in one go; the map has a row where an escape begins and one where
it ends, and a find is mapped back by looking its ends up there.
"""

import numpy as np
import numpy.typing as npt

from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import ctz, i64, kernel, piece, plane, put8, put32, put64, tiny, u8

ESCAPED, ESCAPED_COUNT = slot.ESCAPED, slot.ESCAPED_COUNT
ALPHA, DIGIT, HEX, WORD = slot.ALPHA, slot.DIGIT, slot.HEX, slot.WORD
DECODED_ROWS, LINE_STARTS, TEXT = slot.DECODED_ROWS, slot.LINE_STARTS, slot.TEXT

# Three words of 32 bits, as `_row` writes and `scanner._Decoder.rows` lays them out.
ROW_BYTES = 12
# A string within a string doubles each backslash: eight are four levels of quoting, more than any
# log showed.  Unbounded, a line of backslashes would be read again from each of them.
BACKSLASHES_MAX = 8
# `[38;2;255;255;255m` is the longest colour that terminals know: 18 bytes after the escape.
_COLOUR_BYTES_MAX = 20
# No digit: above any byte, also when it is shifted or joined by "or" with another digit's value.
_NO_HEX = 256
_BYTE_DIGITS, _BYTE_MAX = 3, 255
# The shortest address of IPv4 has seven bytes, of mail six.
_ARRAY_MIN = 6
_BLANKS = (char.SPACE, char.TAB)
# %22 and %27 are quotes; %252x, %253x, %254x are signs that were escaped twice.
_QUOTE_CODES = (char.TWO, char.SEVEN)
_TWICE_CODES = (char.TWO, char.THREE, char.FOUR)
_GAP_CODES = (char.ZERO, char.LOWER_E)


@piece
def _hex(byte: int) -> int:
    """Return a hexadecimal digit's value, or `_NO_HEX`."""
    if char.ZERO <= byte <= char.NINE:
        return byte - char.ZERO
    small = byte | char.CASE
    return small - char.LOWER_A + 10 if char.LOWER_A <= small <= char.LOWER_F else _NO_HEX


@piece
def _colour_end(at: int) -> int:
    """Return the end of a colour code, `[31m`, that follows an escape, or 0."""
    if u8(at) != char.OPEN_BRACKET:
        return 0
    end = at + 1
    # Digits, and the colon and semicolon that part them, stand side by side in ASCII.
    while end - at < _COLOUR_BYTES_MAX and char.ZERO <= u8(end) <= char.SEMICOLON:
        end += 1
    # `m` colours and `K` clears to the end of a line: all that programs write into logs.  Other
    # codes move the cursor; to drop them would join what a reader of the log sees apart.
    return end + 1 if u8(end) in (char.LOWER_M, char.UPPER_K) else 0


@piece
def _percent(at: int) -> tuple[int, int]:
    """Read `%40`, and `%2540` as a proxy escapes it once more: length and byte, or 0, 0.

    Only printable ASCII: a decoded newline would end a line that the text does not end, and half
    of a character in UTF-8 is no letter of any identifier.
    """
    value = _hex(u8(at + 1)) << 4 | _hex(u8(at + 2))
    if value == char.PERCENT:
        inner = _hex(u8(at + 3)) << 4 | _hex(u8(at + 4))
        if char.SPACE <= inner < char.DELETE:
            return 5, inner
    return (3, value) if char.SPACE <= value < char.DELETE else (0, 0)


@piece
def _unicode(at: int) -> tuple[int, int]:
    r"""Read `\u0040`, or a colour whose escape is written `\u001b`: as `read_escape`."""
    start = at
    while u8(at) == char.BACKSLASH and at - start < BACKSLASHES_MAX:
        at += 1
    if u8(at) != char.LOWER_U or u8(at + 1) != char.ZERO or u8(at + 2) != char.ZERO:
        return 0, 0
    value = _hex(u8(at + 3)) << 4 | _hex(u8(at + 4))
    if value == char.ESCAPE:
        end = _colour_end(at + 5)
        return (end - start, -1) if end else (0, 0)
    return (at + 5 - start, value) if char.SPACE < value < char.DELETE else (0, 0)


@tiny
def is_octal(at: int) -> bool:
    """Recognise `#012`: a control character, below a blank or Delete, as rsyslog writes it."""
    first, last = u8(at + 1), u8(at + 3)
    if first == char.ONE:
        return u8(at + 2) == char.SEVEN and last == char.SEVEN
    low = char.ZERO <= u8(at + 2) <= char.THREE
    return first == char.ZERO and low and char.ZERO <= last <= char.SEVEN


@piece
def _octal(at: int) -> tuple[int, int]:
    """Read `#012` as a blank, or a colour whose escape is written `#033`: as `read_escape`.

    A blank for each: what stood apart stays apart, and a decoded newline would end a line that the
    text does not end.  Source: rsyslog, `parser.escapeControlCharactersOnReceive`, on by default.
    """
    if not is_octal(at):
        return 0, 0
    if u8(at + 2) == char.THREE and u8(at + 3) == char.THREE:
        end = _colour_end(at + 4)
        if end:
            return end - at, -1
    return 4, char.SPACE


@piece
def percent_matters(ctx: int, at: int) -> bool:
    """Tell whether a percent sign hides what a verifier wants: @ + : = and quotes, in place.

    A line with such an escape is scanned twice.  Access logs are full of others, in paths and
    queries, and would be decoded whole without this.
    """
    high = u8(at + 1)
    low = u8(at + 2) | char.CASE
    behind = at + 3
    # %40 is an @.
    if high == char.FOUR:
        return low == char.ZERO
    if high == char.THREE:
        # %3A is a colon, which counts between the digits of an address.
        if low == char.LOWER_A:
            goes_on = isa(ctx, behind, HEX) != 0 or u8(behind) == char.PERCENT
            return isa(ctx, at - 1, HEX) != 0 and goes_on
        # %3D is the sign between a key and its value.
        keyed = isa(ctx, at - 1, ALPHA) != 0 and isa(ctx, behind, WORD) != 0
        return low == char.LOWER_D and keyed
    if high == char.TWO:
        # %2B is the + before a telephone number.
        if low == char.LOWER_B:
            return isa(ctx, behind, DIGIT) != 0
        # %25 is a percent sign itself.
        if low == char.FIVE:
            return u8(behind) in _TWICE_CODES
        # %20 and %2E, a blank and a dot, count between the digits of a number.
        if low in _GAP_CODES:
            return isa(ctx, at - 1, DIGIT) != 0 and isa(ctx, behind, DIGIT) != 0
        return low in _QUOTE_CODES
    return False


@piece
def read_escape(at: int) -> tuple[int, int]:
    """Read an escape: its length, 0 when it is none, and the byte it means, -1 for nothing."""
    byte = u8(at)
    if byte == char.PERCENT:
        return _percent(at)
    if byte == char.BACKSLASH:
        return _unicode(at)
    if byte == char.HASH:
        return _octal(at)
    if byte != char.ESCAPE:
        return 0, 0
    end = _colour_end(at + 1)
    return (end - at, -1) if end else (0, 0)


@tiny
def _number(at: int) -> tuple[int, int]:
    """Read a number of up to three digits: its end and value, or 0, 0."""
    end, value = at, 0
    while end - at < _BYTE_DIGITS and char.ZERO <= u8(end) <= char.NINE:
        value = 10 * value + u8(end) - char.ZERO
        end += 1
    return (end, value) if end > at and value <= _BYTE_MAX else (0, 0)


@tiny
def _skip(at: int) -> int:
    while u8(at) in _BLANKS:
        at += 1
    return at


@piece
def array_end(at: int) -> int:
    """Find the end of an array of bytes, `[108,111,…]`, behind a key's colon; 0 when it is none.

    So `journalctl -o json` writes a field with bytes that are not printable.  A short array is one
    of numbers that are no text.
    """
    before = at - 1 if u8(at - 1) != char.SPACE else at - 2
    if u8(at) != char.OPEN_BRACKET or u8(before) != char.COLON:
        return 0
    count = 0
    while count == 0 or u8(at) == char.COMMA:
        at = _skip(at + 1)
        end, _ = _number(at)
        if end == 0:
            return 0
        at = _skip(end)
        count += 1
    return at + 1 if u8(at) == char.CLOSE_BRACKET and count >= _ARRAY_MIN else 0


@piece
def _shown(value: int) -> int:
    """Give the byte of a string that a number stands for: no newline, and no closing quote."""
    if value == char.QUOTE:
        return char.APOSTROPHE
    return max(value, char.SPACE)


@piece
def _array(at: int, out: int, rows: int, place: tuple[int, int, int]) -> tuple[int, int]:
    """Decode an array into a string; returns how many bytes and rows there are.

    `place` is the text's address, the bytes and the rows so far.  One row a number: an array has
    two bytes for each at least, so that the map has room.
    """
    text, made, count = place
    put8(out + made, char.QUOTE)
    made += 1
    coloured = False
    while u8(at) != char.CLOSE_BRACKET:
        at = _skip(at + 1)
        end, value = _number(at)
        after, opened = _number(_skip(_skip(end) + 1))
        if value == char.ESCAPE and after and opened == char.OPEN_BRACKET:
            coloured = True
        elif not coloured:
            count = _row(rows, count, made, at - text, end - at)
            put8(out + made, _shown(value))
            made += 1
        elif value in (char.LOWER_M, char.UPPER_K):
            coloured = False
        at = _skip(end)
    count = _row(rows, count, made, at - text, 1)
    put8(out + made, char.QUOTE)
    return made + 1, count


@piece
def _copy(source: int, to: int, size: int) -> None:
    at = 0
    # Eight bytes at a time run up to seven beyond `size`: the text is padded, and what is written
    # there is written over by what is decoded next.
    while at < size:
        put64(to + at, i64(source + at))
        at += 8


@piece
def _row(rows: int, count: int, out: int, source: int, length: int) -> int:
    """Write a row of the map; returns how many there are."""
    at = rows + ROW_BYTES * count
    put32(at, out)
    put32(at + 4, source)
    put32(at + 8, length)
    return count + 1


@piece
def _next(at: int) -> int:
    """Find the next byte that may begin an escape, or the newline."""
    while True:
        events = plane(at, char.NEWLINE) | plane(at, char.PERCENT)
        events |= plane(at, char.BACKSLASH) | plane(at, char.ESCAPE) | plane(at, char.HASH)
        events |= plane(at, char.OPEN_BRACKET)
        if events:
            return at + ctz(events)
        at += 64


@kernel
def decode_lines(ctx: int, out: int, rows: int) -> int:
    """Decode the lines set aside into `out`, one after another; returns the bytes.

    A row is where in `out`, where in the text, and how many bytes there mean the one in `out`.
    """
    text = i64(ctx + TEXT)
    made = 0
    count = 0
    for index in range(i64(ctx + ESCAPED_COUNT)):
        line = i64(i64(ctx + ESCAPED) + 8 * index)
        at = text + i64(i64(ctx + LINE_STARTS) + 8 * line)
        count = _row(rows, count, made, at - text, 1)
        while True:
            stop = _next(at)
            _copy(at, out + made, stop - at)
            made += stop - at
            at = stop
            if u8(at) == char.NEWLINE:
                break
            array = array_end(at)
            if array:
                made, count = _array(at, out, rows, (text, made, count))
                at = array
                continue
            length, value = read_escape(at)
            if length == 0:
                put8(out + made, u8(at))
                made += 1
                at += 1
                continue
            if value >= 0:
                count = _row(rows, count, made, at - text, length)
                put8(out + made, value)
                made += 1
            at += length
            # A row also where the escape ends: from here on one byte stands for one again, and a
            # find that begins here must not be moved by the escape's length.
            count = _row(rows, count, made, at - text, 1)
        put8(out + made, char.NEWLINE)
        made += 1
    put64(ctx + DECODED_ROWS, count)
    return made


def map_back(
    rows: npt.NDArray[np.uint32], start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the bytes of the text that spans of the decoded lines stood for."""
    # Ends are looked up by their last byte: the byte after it may already belong to an escape
    # that is no part of the find.
    out = rows[:, 0].astype(np.int64)
    first = np.searchsorted(out, start, "right") - 1
    last = np.searchsorted(out, end - 1, "right") - 1
    source = rows[:, 1].astype(np.int64)
    left = source[first] + start - out[first]
    return left, source[last] + (end - 1 - out[last]) + rows[last, 2]
