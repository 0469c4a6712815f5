"""Stored text from received bytes and back: the marker grammar, compiled.

`0x1A K` stands for the next ordinal's value (K by kind), `0x1A R` for a secret, `0x1A 0x1A` for
the byte itself and `0x1A x hh` for a byte that is not UTF-8.  Reading checks every step: what is
not of this grammar gives an error, never other bytes.  spec/batch.md; `proof.line` says the same
in plain Python.
"""

from bailee.logs.kernels.hashing import copy, move
from bailee.scan.vm.machine import ctz, i64, kernel, piece, plane, plane_range, put8, put32, u8, u32

MARKER = 0x1A
RAW = 0x78
KIND_BASE = 0x40
SECRET = 18
SECRET_USE = 2
"""A find that becomes the constant placeholder of secrets."""

OPEN = 1
"""A line that no newline ends: the last of a file, or one that was cut for its length."""

NOT_OF_GRAMMAR = -1
NO_ROOM = -2


@piece
def _inside(at: int, low: int, high: int) -> bool:
    return low <= u8(at) <= high


@piece
def _sequence(at: int, size: int) -> int:
    """Return the length of the UTF-8 sequence at a byte ≥ 0x80, 0 when it is none (RFC 3629)."""
    lead = u8(at)
    if 0xC2 <= lead <= 0xDF:
        return 2 if size >= 2 and _inside(at + 1, 0x80, 0xBF) else 0
    if 0xE0 <= lead <= 0xEF and size >= 3:
        low = 0xA0 if lead == 0xE0 else 0x80
        high = 0x9F if lead == 0xED else 0xBF
        return 3 if _inside(at + 1, low, high) and _inside(at + 2, 0x80, 0xBF) else 0
    if 0xF0 <= lead <= 0xF4 and size >= 4:
        low = 0x90 if lead == 0xF0 else 0x80
        high = 0x8F if lead == 0xF4 else 0xBF
        ends = _inside(at + 2, 0x80, 0xBF) and _inside(at + 3, 0x80, 0xBF)
        return 4 if _inside(at + 1, low, high) and ends else 0
    return 0


@piece
def _digit(value: int) -> int:
    return value + 48 if value < 10 else value + 87


@piece
def _escape_one(out: int, at: int, size: int) -> tuple[int, int]:
    """Write the character at `at`, which is no plain one; returns its size, and the new end."""
    byte = u8(at)
    length = 0 if byte == MARKER else _sequence(at, size)
    if length > 0:
        move(out, at)
        return length, out + length
    put8(out, MARKER)
    if byte == MARKER:
        put8(out + 1, MARKER)
        return 1, out + 2
    put8(out + 1, RAW)
    put8(out + 2, _digit(byte >> 4))
    put8(out + 3, _digit(byte & 15))
    return 1, out + 4


@piece
def _escape(out: int, at: int, size: int) -> int:
    """Write bytes that no placeholder stands for; returns where they end."""
    while size > 0:
        odd = plane(at, MARKER) | plane_range(at, 128, 128)
        if size < 64:
            odd &= (1 << size) - 1
        move(out, at)
        step = min(size, 64) if odd == 0 else ctz(odd)
        at += step
        size -= step
        out += step
        if odd != 0:
            length, out = _escape_one(out, at, size)
            at += length
            size -= length
    return out


@kernel
def fill_text(
    text: int,
    line_starts: int,
    lines: int,
    size: int,
    returns: int,
    starts: int,
    ends: int,
    kinds: int,
    uses: int,
    finds: int,
    out: int,
    out_starts: int,
    out_firsts: int,
    out_marks: int,
) -> int:
    """Write the stored text of a block's lines; returns its size.

    `returns` is 1 when CR belongs to every line's end.  Columns out: `lines + 1` u32 for where
    each line's text and ordinals start, one byte a line for its mark.
    """
    made = out
    used = 0
    find = 0
    for line in range(lines):
        at = i64(line_starts + 8 * line)
        stop = i64(line_starts + 8 * line + 8) if line + 1 < lines else size
        put32(out_starts + 4 * line, made - out)
        put32(out_firsts + 4 * line, used)
        if stop > at and u8(text + stop - 1) == 10:
            put8(out_marks + line, 0)
            stop -= 1 + returns
        else:
            put8(out_marks + line, OPEN)
        while find < finds and i64(starts + 8 * find) < stop:
            use = u8(uses + find)
            if use != 0:
                start = i64(starts + 8 * find)
                made = _escape(made, text + at, start - at)
                put8(made, MARKER)
                put8(made + 1, KIND_BASE + (SECRET if use == SECRET_USE else u8(kinds + find)))
                made += 2
                used += use & 1
                at = i64(ends + 8 * find)
            find += 1
        made = _escape(made, text + at, stop - at)
    put32(out_starts + 4 * lines, made - out)
    put32(out_firsts + 4 * lines, used)
    return made - out


@piece
def _hex(byte: int) -> int:
    if 48 <= byte < 58:
        return byte - 48
    return byte - 87 if 97 <= byte < 103 else 256


TEXT, STARTS, MARKS, FIRSTS, ORDINALS, RETURNS = range(0, 48, 8)
VALUES, VALUE_STARTS, VALUE_ENDS, VALUE_KINDS, VALUE_COUNT = range(48, 88, 8)
SECRETS, SECRET_STARTS, SECRET_ENDS, SECRET_COUNT, SECRET_STEP = range(88, 128, 8)
OUT, ROOM, LINE_ENDS = range(128, 152, 8)
READING_BYTES = 152
"""The context of `read_text`; `SECRET_STEP` 0 shows the first secret wherever one stood."""


@piece
def _spliced(ctx: int, out: int, column: int, number: int) -> int:
    """Write a value of the columns that start at `column`; a new end, or an error."""
    start = i64(i64(ctx + column + 8) + 8 * number)
    size = i64(i64(ctx + column + 16) + 8 * number) - start
    if size < 0 or out + size > i64(ctx + ROOM):
        return NO_ROOM
    return copy(out, i64(ctx + column) + start, size)


@piece
def _raw_byte(out: int, at: int, size: int) -> int:
    """Write the byte of `0x1A x hh`; a byte that is plain by itself has no such spelling."""
    if size < 4:
        return NOT_OF_GRAMMAR
    value = _hex(u8(at + 2)) << 4 | _hex(u8(at + 3))
    if not 128 <= value < 256:
        return NOT_OF_GRAMMAR
    put8(out, value)
    return out + 1


@kernel
def read_text(ctx: int, lines: int) -> int:
    """Write the received bytes of a block; returns their size, or an error below 0."""
    out = i64(ctx + OUT)
    text = i64(ctx + TEXT)
    secrets = 0
    for line in range(lines):
        at = text + u32(i64(ctx + STARTS) + 4 * line)
        stop = text + u32(i64(ctx + STARTS) + 4 * line + 4)
        used = u32(i64(ctx + FIRSTS) + 4 * line)
        limit = u32(i64(ctx + FIRSTS) + 4 * line + 4)
        if out + stop - at + 2 > i64(ctx + ROOM):
            return NO_ROOM
        while at < stop:
            marks = plane(at, MARKER)
            step = min(stop - at, 64) if marks == 0 else min(stop - at, ctz(marks))
            if out + step > i64(ctx + ROOM):
                return NO_ROOM
            move(out, at)
            at += step
            out += step
            if step == 64 or at >= stop:
                continue
            if stop - at < 2:
                return NOT_OF_GRAMMAR
            letter = u8(at + 1)
            if letter == MARKER:
                put8(out, MARKER)
                out += 1
                at += 2
            elif letter == RAW:
                out = _raw_byte(out, at, stop - at)
                at += 4
            elif letter == KIND_BASE + SECRET:
                if secrets >= i64(ctx + SECRET_COUNT):
                    return NOT_OF_GRAMMAR
                out = _spliced(ctx, out, SECRETS, secrets * i64(ctx + SECRET_STEP))
                secrets += i64(ctx + SECRET_STEP)
                at += 2
            else:
                ordinal = u32(i64(ctx + ORDINALS) + 4 * used)
                if used >= limit or ordinal >= i64(ctx + VALUE_COUNT):
                    return NOT_OF_GRAMMAR
                if u8(i64(ctx + VALUE_KINDS) + ordinal) != letter - KIND_BASE:
                    return NOT_OF_GRAMMAR
                out = _spliced(ctx, out, VALUES, ordinal)
                used += 1
                at += 2
            if out < 0:
                return out
        if used != limit:
            return NOT_OF_GRAMMAR
        if u8(i64(ctx + MARKS) + line) & OPEN == 0:
            if out + 2 > i64(ctx + ROOM):
                return NO_ROOM
            if i64(ctx + RETURNS) != 0:
                put8(out, 13)
                out += 1
            put8(out, 10)
            out += 1
        if i64(ctx + LINE_ENDS) != 0:
            put32(i64(ctx + LINE_ENDS) + 4 * line, out - i64(ctx + OUT))
    return out - i64(ctx + OUT)
