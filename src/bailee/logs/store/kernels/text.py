"""Stored text from received bytes and back: the marker grammar, compiled.

`0x1A K` stands for the next ordinal's value (K by kind), `0x1A R` for a secret, `0x1A 0x1A` for
the byte itself and `0x1A x hh` for a byte that is not UTF-8.  Reading checks every step: what is
not of this grammar gives an error, never other bytes.  spec/batch.md; `proof.line` says the same
in plain Python.
"""

from bailee.logs.kernels.hashing import STEP, copy, move
from bailee.scan.vm import char
from bailee.scan.vm.machine import ctz, i64, kernel, piece, plane, plane_range, put8, put32, u8, u32

# SUBSTITUTE of ASCII: no log writes it as text, so that hardly a byte has to be escaped.
MARKER = 0x1A
# `x`: no kind's letter, for kinds are written as KIND_BASE and their number, up to 0x52.
RAW = 0x78
KIND_BASE = 0x40
SECRET = 18
SECRET_USE = 2
"""A find that becomes the constant placeholder of secrets."""

OPEN = 1
"""A line that no newline ends: the last of a file, or one that was cut for its length."""

# Errors of `read_text`: below any size.
NOT_OF_GRAMMAR = -1
NO_ROOM = -2

# No digit, and no sum of two: reading refuses what is not lower-case hexadecimal, so that each
# byte has one spelling and a stored text one commitment.
_NO_HEX = 256
_RAW_BYTES, _MARKED_BYTES = 4, 2
# Bytes that begin a character of two, three and four bytes in UTF-8, and those that go on.
_LEAD_TWO, _LEAD_TWO_LAST, _LEAD_THREE, _LEAD_THREE_LAST = 0xC2, 0xDF, 0xE0, 0xEF
_LEAD_SURROGATE, _LEAD_FOUR, _LEAD_FOUR_LAST = 0xED, 0xF0, 0xF4
_TAIL, _TAIL_LAST = 0x80, 0xBF
_TWO, _THREE, _FOUR = 2, 3, 4
# Hexadecimal digits from ten on are letters.
_LETTERS_FROM = 10
# Of a line's end: CR and newline at most.
_ENDING_BYTES = 2


@piece
def _inside(at: int, low: int, high: int) -> bool:
    return low <= u8(at) <= high


@piece
def _sequence(at: int, size: int) -> int:
    """Return the length of the UTF-8 sequence at a byte ≥ 0x80, 0 when it is none (RFC 3629)."""
    lead = u8(at)
    # C0 and C1 could only spell ASCII a second time.
    if _LEAD_TWO <= lead <= _LEAD_TWO_LAST:
        return _TWO if size >= _TWO and _inside(at + 1, _TAIL, _TAIL_LAST) else 0
    if _LEAD_THREE <= lead <= _LEAD_THREE_LAST and size >= _THREE:
        # Behind E0 nothing that two bytes could spell, behind ED no half of a surrogate pair.
        low = 0xA0 if lead == _LEAD_THREE else _TAIL
        high = 0x9F if lead == _LEAD_SURROGATE else _TAIL_LAST
        return _THREE if _inside(at + 1, low, high) and _inside(at + 2, _TAIL, _TAIL_LAST) else 0
    if _LEAD_FOUR <= lead <= _LEAD_FOUR_LAST and size >= _FOUR:
        # Behind F0 nothing that three bytes could spell, behind F4 nothing above U+10FFFF.
        low = 0x90 if lead == _LEAD_FOUR else _TAIL
        high = 0x8F if lead == _LEAD_FOUR_LAST else _TAIL_LAST
        ends = _inside(at + 2, _TAIL, _TAIL_LAST) and _inside(at + 3, _TAIL, _TAIL_LAST)
        return _FOUR if _inside(at + 1, low, high) and ends else 0
    return 0


@piece
def _digit(value: int) -> int:
    return value + char.ZERO if value < _LETTERS_FROM else value - _LETTERS_FROM + char.LOWER_A


@piece
def _escape_one(out: int, at: int, size: int) -> tuple[int, int]:
    """Write the character at `at`, which is no plain one; returns its size, and the new end."""
    byte = u8(at)
    length = 0 if byte == MARKER else _sequence(at, size)
    # 64 bytes at once, of which a character counts: what is written beyond is written over next.
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
        odd = plane(at, MARKER) | plane_range(at, char.HIGH, char.HIGH)
        if size < STEP:
            odd &= (1 << size) - 1
        # Moved before it is looked at: most runs are plain, and a branch would cost more.
        move(out, at)
        step = min(size, STEP) if odd == 0 else ctz(odd)
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
        if stop > at and u8(text + stop - 1) == char.NEWLINE:
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
    if char.ZERO <= byte <= char.NINE:
        return byte - char.ZERO
    return byte - char.LOWER_A + _LETTERS_FROM if char.LOWER_A <= byte <= char.LOWER_F else _NO_HEX


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
    if size < _RAW_BYTES:
        return NOT_OF_GRAMMAR
    value = _hex(u8(at + 2)) << 4 | _hex(u8(at + 3))
    if not char.HIGH <= value < _NO_HEX:
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
        # The size of what comes out is in the block's header; a header that does not fit the text
        # must not write beyond the room made for it.
        if out + stop - at + _ENDING_BYTES > i64(ctx + ROOM):
            return NO_ROOM
        while at < stop:
            marks = plane(at, MARKER)
            step = min(stop - at, STEP) if marks == 0 else min(stop - at, ctz(marks))
            if out + step > i64(ctx + ROOM):
                return NO_ROOM
            move(out, at)
            at += step
            out += step
            if step == STEP or at >= stop:
                continue
            if stop - at < _MARKED_BYTES:
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
                # A place must not read beyond the ordinals of its own line, nor show a value of
                # another kind than its letter: the letter is what the line's leaf commits to.
                if used >= limit or ordinal >= i64(ctx + VALUE_COUNT):
                    return NOT_OF_GRAMMAR
                if u8(i64(ctx + VALUE_KINDS) + ordinal) != letter - KIND_BASE:
                    return NOT_OF_GRAMMAR
                out = _spliced(ctx, out, VALUES, ordinal)
                used += 1
                at += 2
            if out < 0:
                return out
        # Ordinals that no placeholder used: the text was cut, or is of another block.
        if used != limit:
            return NOT_OF_GRAMMAR
        if u8(i64(ctx + MARKS) + line) & OPEN == 0:
            if out + _ENDING_BYTES > i64(ctx + ROOM):
                return NO_ROOM
            if i64(ctx + RETURNS) != 0:
                put8(out, char.RETURN)
                out += 1
            put8(out, char.NEWLINE)
            out += 1
        if i64(ctx + LINE_ENDS) != 0:
            put32(i64(ctx + LINE_ENDS) + 4 * line, out - i64(ctx + OUT))
    return out - i64(ctx + OUT)
