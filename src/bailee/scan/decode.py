"""Lines with escapes, decoded beside a map back: percent signs, \\u escapes, terminal colours.

Only ASCII that matters to a verifier is decoded, twice at most (`%2540`), and colour codes are
dropped; a find in the decoded line is mapped back to the bytes that stood for it.  Each line is
decoded once, in one pass a level, so that hostile escapes cost what plain text does.
"""

from bailee.scan import context as slot
from bailee.scan.machine import i64, kernel, piece, plane, put8, put32, put64, u8, u32

ESCAPED, ESCAPED_COUNT = slot.ESCAPED, slot.ESCAPED_COUNT
LINE_STARTS, TEXT = slot.LINE_STARTS, slot.TEXT
LEVELS = 2
NEWLINE = 10


@piece
def _hex(byte: int) -> int:
    """Return a hexadecimal digit's value, or 256."""
    if 48 <= byte < 58:
        return byte - 48
    folded = byte | 32
    return folded - 87 if 97 <= folded <= 102 else 256


@piece
def _colour_end(at: int) -> int:
    """Return the end of a colour code `ESC [ 3 1 m`, or 0."""
    if u8(at + 1) != 91:
        return 0
    end = at + 2
    while end - at < 20 and (48 <= u8(end) < 60):
        end += 1
    return end + 1 if u8(end) in (109, 75) else 0


@piece
def read_escape(at: int) -> tuple[int, int]:
    """Read what stands here: its length, and the byte it means, or -1 for nothing at all."""
    byte = u8(at)
    if byte == 37:
        value = _hex(u8(at + 1)) << 4 | _hex(u8(at + 2))
        if 32 < value < 127:
            return 3, value
    elif byte == 92 and u8(at + 1) == 117 and u8(at + 2) == 48 and u8(at + 3) == 48:
        value = _hex(u8(at + 4)) << 4 | _hex(u8(at + 5))
        if 32 < value < 127:
            return 6, value
        if value == 27 and u8(at + 6) == 91:
            end = _colour_end(at + 5)
            if end:
                return end - at, -1
    elif byte == 27:
        end = _colour_end(at)
        if end:
            return end - at, -1
    return 1, byte


@piece
def _decode_line(source: int, spans: int, size: int, out: int, spans_out: int) -> int:
    """Decode once; each byte's span in the line (or, with `spans` 0, in the source) goes along."""
    made = 0
    at = 0
    while at < size:
        length, value = read_escape(source + at)
        if value >= 0:
            put8(out + made, value)
            last = at + length
            put32(spans_out + 8 * made, u32(spans + 8 * at) if spans else at)
            put32(spans_out + 8 * made + 4, u32(spans + 8 * last - 4) if spans else last)
            made += 1
        at += length
    return made


@piece
def _line_size(at: int) -> int:
    end = at
    while True:
        mask = plane(end, NEWLINE)
        if mask:
            break
        end += 64
    while u8(end) != NEWLINE:
        end += 1
    return end - at


@kernel
def decode_lines(ctx: int, out: int, maps: int, spare: int, spare_maps: int, limit: int) -> int:
    """Decode the lines set aside into `out`, one after another; returns the bytes written.

    `maps` gets, for each byte written, where in its line what stood for it starts and ends.
    `spare` and `spare_maps` hold one line between the two levels.
    """
    made = 0
    lines = i64(ctx + LINE_STARTS)
    for index in range(i64(ctx + ESCAPED_COUNT)):
        at = i64(ctx + TEXT) + i64(lines + 8 * i64(i64(ctx + ESCAPED) + 8 * index))
        size = _line_size(at)
        if made + size + 1 > limit:
            break
        first = _decode_line(at, 0, size, spare, spare_maps)
        put8(spare + first, NEWLINE)
        second = _decode_line(spare, spare_maps, first, out + made, maps + 8 * made)
        put8(out + made + second, NEWLINE)
        made += second + 1
    put64(ctx + slot.DECODED, 0)
    return made
