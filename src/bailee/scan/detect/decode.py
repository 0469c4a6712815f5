r"""Lines with escapes, decoded beside a map back: percent signs, \u escapes, terminal colours.

Only ASCII that matters to a verifier is decoded, doubly escaped too (`%2540`, `\\u0040`), and
colour codes are dropped.  What stands between escapes is copied in one go; the map has a row where
an escape begins and one where it ends, and a find is mapped back by looking its ends up there.
"""

import numpy as np
import numpy.typing as npt

from bailee.scan.vm import context as slot
from bailee.scan.vm.machine import ctz, i64, kernel, piece, plane, put8, put32, put64, u8

ESCAPED, ESCAPED_COUNT = slot.ESCAPED, slot.ESCAPED_COUNT
LINE_STARTS, TEXT = slot.LINE_STARTS, slot.TEXT
NEWLINE = 10
ROW_BYTES = 12
BACKSLASHES_MAX = 8


@piece
def _hex(byte: int) -> int:
    """Return a hexadecimal digit's value, or 256."""
    if 48 <= byte < 58:
        return byte - 48
    folded = byte | 32
    return folded - 87 if 97 <= folded <= 102 else 256


@piece
def _colour_end(at: int) -> int:
    """Return the end of a colour code `[ 3 1 m` that follows an escape, or 0."""
    if u8(at) != 91:
        return 0
    end = at + 1
    while end - at < 20 and 48 <= u8(end) < 60:
        end += 1
    return end + 1 if u8(end) in (109, 75) else 0


@piece
def _percent(at: int) -> tuple[int, int]:
    value = _hex(u8(at + 1)) << 4 | _hex(u8(at + 2))
    if value == 37:
        inner = _hex(u8(at + 3)) << 4 | _hex(u8(at + 4))
        if 32 <= inner < 127:
            return 5, inner
    return (3, value) if 32 <= value < 127 else (0, 0)


@piece
def _unicode(at: int) -> tuple[int, int]:
    start = at
    while u8(at) == 92 and at - start < BACKSLASHES_MAX:
        at += 1
    if u8(at) != 117 or u8(at + 1) != 48 or u8(at + 2) != 48:
        return 0, 0
    value = _hex(u8(at + 3)) << 4 | _hex(u8(at + 4))
    if value == 27:
        end = _colour_end(at + 5)
        return (end - start, -1) if end else (0, 0)
    return (at + 5 - start, value) if 32 < value < 127 else (0, 0)


@piece
def read_escape(at: int) -> tuple[int, int]:
    """Read an escape: its length, 0 when it is none, and the byte it means, -1 for nothing."""
    byte = u8(at)
    if byte == 37:
        return _percent(at)
    if byte == 92:
        return _unicode(at)
    end = _colour_end(at + 1)
    return (end - at, -1) if end else (0, 0)


@piece
def _copy(source: int, to: int, size: int) -> None:
    at = 0
    while at < size:  # both sides are padded
        put64(to + at, i64(source + at))
        at += 8


@piece
def _row(rows: int, count: int, out: int, source: int, length: int) -> int:
    at = rows + ROW_BYTES * count
    put32(at, out)
    put32(at + 4, source)
    put32(at + 8, length)
    return count + 1


@piece
def _next(at: int) -> int:
    """Find the next byte that may begin an escape, or the newline."""
    while True:
        events = plane(at, NEWLINE) | plane(at, 37) | plane(at, 92) | plane(at, 27)
        if events:
            return at + ctz(events)
        at += 64


@kernel
def decode_lines(ctx: int, out: int, rows: int) -> tuple[int, int]:
    """Decode the lines set aside into `out`, one after another; returns the bytes and the rows.

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
            if u8(at) == NEWLINE:
                break
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
            count = _row(rows, count, made, at - text, 1)
        put8(out + made, NEWLINE)
        made += 1
    return made, count


def map_back(
    rows: npt.NDArray[np.uint32], start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the bytes of the text that spans of the decoded lines stood for."""
    out = rows[:, 0].astype(np.int64)
    first = np.searchsorted(out, start, "right") - 1
    last = np.searchsorted(out, end - 1, "right") - 1
    source = rows[:, 1].astype(np.int64)
    left = source[first] + start - out[first]
    return left, source[last] + (end - 1 - out[last]) + rows[last, 2]
