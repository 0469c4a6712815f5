"""Clock: the time of day in a line, and the zone that is written behind it.

Law: a zone is what its sign, `Z`, UTC or GMT says, or a name that a table knows; any other word is
a word of the message.  spec/times.md
"""

from bailee.logs.ingest.kernels.calendar import NO_NUMBER, SECOND, digits, is_digit, is_letter, two
from bailee.scan.vm import char
from bailee.scan.vm.machine import i64, piece, srl, u8, u32

ABSENT, OFFSET = 0, 1
"""No zone is written; one is, by its distance from UTC.  Greater numbers are places in the table of
abbreviations, from `PLACES` on; `CITY` is a zone by its area and city."""
PLACES = 2
CITY = 255

ZONE_SLOTS = 256
"""Of the table of abbreviations: pairs of packed letters and place."""
ZONE_FACTOR = 0x9E3779B97F4A7C15 - (1 << 64)
ZONE_SHIFT = 56

_HALF_DAY = 12 * 3_600 * SECOND
# Zones go from -12 to +14 hours; some laws once had more.
_ZONE_HOURS_MAX = 18
_ABBREVIATION_MAX = 5
_CITY_MAX = 40
_UNIVERSAL = (char.word(b"UTC"), char.word(b"GMT"), char.word(b"UCT"))
_MARKS = (char.DOT, char.COMMA)
_SIGNS = (char.PLUS, char.DASH)
_MERIDIEM = (char.LOWER_A, char.LOWER_P)
# No-break spaces that newer libraries write before AM and PM: U+00A0 and U+202F.
_NO_BREAK, _NARROW_NO_BREAK = char.word(b"\xc2\xa0"), char.word(b"\xe2\x80\xaf")
_IN_CITY = (char.SLASH, char.UNDERSCORE, char.DASH, char.PLUS)


@piece
def fraction(at: int) -> tuple[int, int]:
    """Read `.123`, `,123` or `:123`: nanoseconds, and where it ends."""
    mark = u8(at)
    if not is_digit(at + 1):
        return 0, at
    # After a colon three digits alone, as WebSphere writes: two would be a further pair.
    if mark == char.COLON:
        if digits(at + 1, 4) != 3 or u8(at + 4) == char.COLON:
            return 0, at
    elif mark not in _MARKS:
        return 0, at
    at += 1
    # Digits beyond the ninth are read over: a finer clock than nanoseconds is cut, not refused.
    value, unit = 0, SECOND
    while is_digit(at):
        if unit > 1:
            unit //= 10
            value += (u8(at) - char.ZERO) * unit
        at += 1
    return value, at


@piece
def _half(at: int) -> tuple[int, int]:
    """Read AM or PM: 1 or 2, and where it ends; 0 when it is neither."""
    space = u32(at)
    if u8(at) == char.SPACE:
        at += 1
    elif (space & 0xFFFF) == _NO_BREAK:
        at += 2
    elif (space & char.THREE_BYTES) == _NARROW_NO_BREAK:
        at += 3
    first = u8(at) | char.CASE
    if first not in _MERIDIEM or (u8(at + 1) | char.CASE) != char.LOWER_M:
        return 0, at
    if is_letter(at + 2) or is_digit(at + 2):
        return 0, at
    return (1 if first == char.LOWER_A else 2), at + 2


@piece
def time_of(at: int, colon: int) -> tuple[int, int]:
    """Read h:mm:ss from `at`, its first colon given: nanoseconds or -1, and where it ends.

    A leap second counts as the next minute's first.
    """
    hours = two(at) if colon - at == 2 else u8(at) - char.ZERO
    minutes, seconds = two(colon + 1), two(colon + 4)
    if hours > 23 or minutes > 59 or seconds > 60:
        return -1, at
    more, end = fraction(colon + 6)
    within = ((hours * 60 + minutes) * 60 + seconds) * SECOND + more
    half, after = _half(end)
    if half and 1 <= hours <= 12:
        within += (_HALF_DAY if half == 2 else 0) - (_HALF_DAY if hours == 12 else 0)
        end = after
    return within, end


@piece
def _distance(at: int, fewest: int) -> tuple[int, int]:
    """Read +hh, +hhmm or +hh:mm: nanoseconds east and where it ends, or end 0.

    `fewest` is how many digits the hours have at least.
    """
    sign = u8(at)
    if sign not in _SIGNS:
        return 0, 0
    count = digits(at + 1, 5)
    hours, minutes, end = NO_NUMBER, 0, 0
    if count == 4:
        hours, minutes, end = two(at + 1), two(at + 3), at + 5
    elif fewest <= count <= 2:
        end = at + 1 + count
        hours = two(at + 1) if count == 2 else u8(at + 1) - char.ZERO
        if u8(end) == char.COLON and digits(end + 1, 3) == 2:
            minutes, end = two(end + 1), end + 3
    if hours > _ZONE_HOURS_MAX or minutes > 59 or is_letter(end):
        return 0, 0
    east = (hours * 60 + minutes) * 60 * SECOND
    return (east if sign == char.PLUS else -east), end


@piece
def is_upper(at: int) -> bool:
    """Tell a capital letter."""
    return char.UPPER_A <= u8(at) <= char.UPPER_Z


@piece
def _upper(at: int) -> int:
    """Count the capital letters from here on; of more than an abbreviation has, one more."""
    count = 0
    while count <= _ABBREVIATION_MAX and is_upper(at + count):
        count += 1
    return count


@piece
def _known(at: int, count: int, table: int) -> int:
    """Look an abbreviation up; its place, or 0 when the table has none."""
    packed = 0
    for index in range(count):
        packed |= u8(at + index) << (8 * index)
    slot = srl(packed * ZONE_FACTOR, ZONE_SHIFT)
    while True:
        held = i64(table + 16 * slot)
        if held == packed:
            return i64(table + 16 * slot + 8)
        if held == 0:
            return 0
        slot = (slot + 1) & (ZONE_SLOTS - 1)


@piece
def _city(at: int) -> int:
    """Find the end of `Area/City` before a closing bracket, as PHP writes it; 0 when it is none."""
    slashes = 0
    for index in range(_CITY_MAX):
        byte = u8(at + index)
        if byte == char.CLOSE_BRACKET:
            return at + index if slashes else 0
        if byte == char.SLASH:
            slashes += 1
        elif not (is_letter(at + index) or byte in _IN_CITY):
            return 0
    return 0


@piece
def short_time_of(at: int, colon: int) -> tuple[int, int]:
    """Read h:mm from `at`, its colon given, as `time_of` reads a time with seconds."""
    hours = two(at) if colon - at == 2 else u8(at) - char.ZERO
    minutes = two(colon + 1)
    if hours > 23 or minutes > 59:
        return -1, at
    within = (hours * 60 + minutes) * 60 * SECOND
    half, after = _half(colon + 3)
    if half and 1 <= hours <= 12:
        within += (_HALF_DAY if half == 2 else 0) - (_HALF_DAY if hours == 12 else 0)
        return within, after
    return within, colon + 3


@piece
def zone_of(at: int, table: int) -> tuple[int, int, int]:
    """Read the zone behind a time: what it is, nanoseconds east of UTC, and where it ends.

    For a zone by its city the number in the middle is where the name begins.  It may stand in
    brackets, and the time itself in others: `[2025-11-30 08:00:01] [CET]`.
    """
    begin = at + 1 if u8(at) == char.CLOSE_BRACKET else at
    begin = begin + 1 if u8(begin) == char.SPACE else begin
    opening = u8(begin)
    if opening not in (char.OPEN_BRACKET, char.OPEN_PAREN):
        return _zone_at(at, at + 1 if u8(at) == char.SPACE else at, table)
    zone, east, end = _zone_at(at, begin + 1, table)
    closing = char.CLOSE_BRACKET if opening == char.OPEN_BRACKET else char.CLOSE_PAREN
    # All that the brackets hold: of `[EST 12]` nobody knows what it is.
    if zone == ABSENT or u8(end) != closing:
        return ABSENT, 0, at
    return zone, east, end


@piece
def zone_before(begin: int, start: int, table: int) -> int:
    """Look up the abbreviation that stands alone before a date; its place, or `ABSENT`.

    `OFFSET` is UTC's.
    """
    end = begin - 1
    count = 0
    while count <= _ABBREVIATION_MAX and end - count > start and is_upper(end - count - 1):
        count += 1
    at = end - count
    if not 2 <= count <= _ABBREVIATION_MAX or u8(end) != char.SPACE:
        return ABSENT
    if at > start and u8(at - 1) not in (char.OPEN_BRACKET, char.OPEN_PAREN, char.GREATER):
        return ABSENT
    if count == 3 and (u32(at) & char.THREE_BYTES) in _UNIVERSAL:
        return OFFSET
    return _known(at, count, table)


@piece
def _zone_at(at: int, begin: int, table: int) -> tuple[int, int, int]:
    """Read the zone that begins here; where there is none, what is behind ends at `at`."""
    east, end = _distance(begin, 2)
    if end:
        return OFFSET, east, end
    count = _upper(begin)
    after = begin + 1
    if (u8(begin) | char.CASE) == char.LOWER_Z and not (is_letter(after) or is_digit(after)):
        return OFFSET, 0, after
    if count == 0:
        return ABSENT, 0, at
    after = begin + count
    if count == 3 and (u32(begin) & char.THREE_BYTES) in _UNIVERSAL:
        east, end = _distance(after, 1)
        # `UTC+2`: hours before minutes, as people and JavaScript write them.
        if end:
            return OFFSET, east, end
        return OFFSET, 0, after
    if 2 <= count <= _ABBREVIATION_MAX and not (
        is_letter(after) or is_digit(after) or u8(after) == char.UNDERSCORE
    ):
        place = _known(begin, count, table)
        if place:
            return place, 0, after
    end = _city(begin)
    if end:
        return CITY, begin, end
    return ABSENT, 0, at
