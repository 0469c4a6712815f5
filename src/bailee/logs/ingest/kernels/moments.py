"""Moments: the time that a line gives itself: CLF, ISO 8601, syslog, asctime, Unix seconds.

Law: the first `hh:mm:ss` with a date before it wins, within the first 256 bytes; a date that does
not exist is none.  Nothing here knows a time zone but the one that a line writes.  spec/segment.md
"""

from bailee.scan.vm import char
from bailee.scan.vm.machine import (
    ctz,
    i64,
    kernel,
    piece,
    plane,
    plane_range,
    put8,
    put64,
    srl,
    u8,
    u32,
)

# Where real lines have their time: further on, a message may speak of another moment.
SEARCHED_BYTES = 256
# Of 64 bytes that are compared at once: the last sixteen are looked ahead at, for a run of ten
# digits and for `hh:mm:ss`.
STEP = 48

NONE, ZONED, LOCAL = 0, 1, 2
"""What a line gave: nothing, a moment, a wall time whose zone must be known from elsewhere."""

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
YEARS_BACK = 8
"""29 February without a year may lie eight years back."""
EPOCH_FROM, EPOCH_UNTIL = 1_000_000_000, 4_102_444_800
"""Unix seconds from 2001, when they became ten digits, to 2100."""
# Seconds, and those with three, six and nine more digits.
_EPOCH_DIGITS, _EPOCH_SIZES = 10, (10, 13, 16, 19)
# What 64 bits of nanoseconds since 1970 hold.
_YEAR_FIRST, _YEAR_LAST = 1970, 2261
_NO_NUMBER = 1_000
"""No pair of digits: above every bound that one is compared with."""
_NO_ZONE = 1 << 62
# Zones go from -12 to +14 hours; some laws once had more.
_ZONE_HOURS_MAX = 18

# Months by three letters: English alone, for that is what programs write, whatever the locale.
_JAN, _FEB, _MAR, _APR = (char.word(name) for name in (b"jan", b"feb", b"mar", b"apr"))
_MAY, _JUN, _JUL, _AUG = (char.word(name) for name in (b"may", b"jun", b"jul", b"aug"))
_SEP, _OCT, _NOV, _DEC = (char.word(name) for name in (b"sep", b"oct", b"nov", b"dec"))
_UNIVERSAL = (char.word(b"UTC"), char.word(b"GMT"))
_MARKS = (char.DOT, char.COMMA)
_SIGNS = (char.PLUS, char.DASH)
# Between a date of ISO 8601 and its time; some write a small t.
_BEFORE_TIME = (char.UPPER_T, char.SPACE, char.LOWER_T)
_DATE_SIGNS = (char.DASH, char.SLASH)
_KEY_SIGNS = (char.COLON, char.EQUALS)
# `ts`, and the tails of `time` and `timestamp`.
_TIME_TAILS, _TS = (char.word(b"time"), char.word(b"tamp")), char.word(b"ts")


@piece
def _two(at: int) -> int:
    """Read two digits, or a number above any bound."""
    tens = u8(at) - char.ZERO
    ones = u8(at + 1) - char.ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else _NO_NUMBER


@piece
def _day_of(at: int) -> int:
    """Read a day of the month, which syslog pads with a space."""
    ones = u8(at + 1) - char.ZERO
    if u8(at) == char.SPACE and 0 <= ones <= 9:
        return ones
    return _two(at)


@piece
def _year(at: int) -> int:
    century = _two(at)
    return century * 100 + _two(at + 2) if century < 100 else 0


@piece
def _days_in(year: int, month: int) -> int:
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    # Odd months have 31 days up to July, even ones from August.
    return 30 + ((month + (month >> 3)) & 1)


@piece
def _days(year: int, month: int, day: int) -> int:
    """Count days since 1970-01-01, or -1 for a date that does not exist or does not fit."""
    if not _YEAR_FIRST <= year <= _YEAR_LAST:
        return -1
    if not (1 <= month <= 12 and 1 <= day <= _days_in(year, month)):
        return -1
    # Years begin in March here, so that a leap day is the last of its year and the months before
    # it have lengths that one fraction gives; 719,468 days are from then to 1970.
    shifted = year - (1 if month <= 2 else 0)
    century = shifted // 100
    months = month + (9 if month <= 2 else -3)
    within = (153 * months + 2) // 5 + day - 1
    return 365 * shifted + shifted // 4 - century + century // 4 + within - 719_468


@piece
def _month(at: int) -> int:
    """Read a month's English name of three letters; 0 when it is none."""
    name = (u32(at) & char.THREE_BYTES) | char.CASE_THREE
    if name == _JAN:
        return 1
    if name == _FEB:
        return 2
    if name == _MAR:
        return 3
    if name == _APR:
        return 4
    if name == _MAY:
        return 5
    if name == _JUN:
        return 6
    if name == _JUL:
        return 7
    if name == _AUG:
        return 8
    if name == _SEP:
        return 9
    if name == _OCT:
        return 10
    if name == _NOV:
        return 11
    return 12 if name == _DEC else 0


@piece
def _fraction(at: int) -> tuple[int, int]:
    """Read `.123` or `,123`: nanoseconds, and where it ends."""
    mark = u8(at)
    if mark not in _MARKS or not char.ZERO <= u8(at + 1) <= char.NINE:
        return 0, at
    at += 1
    # Digits beyond the ninth are read over: a finer clock than nanoseconds is cut, not refused.
    value, unit = 0, SECOND
    while char.ZERO <= u8(at) <= char.NINE:
        if unit > 1:
            unit //= 10
            value += (u8(at) - char.ZERO) * unit
        at += 1
    return value, at


@piece
def _offset(at: int) -> int:
    """Read a zone after a time: nanoseconds east of UTC, or 2⁶² when there is none."""
    if u8(at) == char.SPACE:
        at += 1
    sign = u8(at)
    if (sign | char.CASE) == char.LOWER_Z or (u32(at) & char.THREE_BYTES) in _UNIVERSAL:
        return 0
    if sign not in _SIGNS:
        return _NO_ZONE
    hours = _two(at + 1)
    minutes = _two(at + 4) if u8(at + 3) == char.COLON else _two(at + 3)
    if hours > _ZONE_HOURS_MAX or minutes > 59:
        return _NO_ZONE
    east = (hours * 60 + minutes) * 60 * SECOND
    return east if sign == char.PLUS else -east


@piece
def _of_day(at: int) -> int:
    """Read hh:mm:ss as nanoseconds, or -1; a leap second counts as the next minute's first."""
    hours, minutes, seconds = _two(at), _two(at + 3), _two(at + 6)
    if hours > 23 or minutes > 59 or seconds > 60:
        return -1
    return ((hours * 60 + minutes) * 60 + seconds) * SECOND


@piece
def _without_year(month: int, day: int, within: int, year: int, latest: int) -> int:
    """Take the last such day that is not later than `latest`, a day after the receipt.

    A line of 31 December that comes in on 1 January is of the year before.
    """
    for back in range(YEARS_BACK + 1):
        days = _days(year - back, month, day)
        if days >= 0 and days * DAY + within <= latest:
            return days * DAY + within
    return -1


@piece
def _slashed(at: int) -> bool:
    return u8(at - 10) == char.SLASH and u8(at - 6) == char.SLASH


@piece
def _dated(at: int, room: int, year: int, latest: int) -> tuple[int, int]:
    """Read the date before, and the rest of, the time of day at `at`; (state, nanoseconds)."""
    within = _of_day(at)
    if within < 0:
        return NONE, 0
    more, end = _fraction(at + 8)
    within += more
    before = u8(at - 1)
    days = -1
    # `room` is what there is of the line before: a date must not be read from the line above.
    # `14/Jun/2025:`, the common log format.
    if room >= 12 and before == char.COLON and _slashed(at):
        days = _days(_year(at - 5), _month(at - 9), _two(at - 12))
    # `2025-06-14T` and its like.
    elif room >= 11 and before in _BEFORE_TIME:
        dash = u8(at - 4)
        if dash in _DATE_SIGNS and u8(at - 7) == dash:
            days = _days(_year(at - 11), _two(at - 6), _two(at - 3))
    if days < 0:
        # `Jun 14 `, as syslog and asctime write it; asctime has the year behind.
        if room < 7 or before != char.SPACE or u8(at - 4) != char.SPACE:
            return NONE, 0
        month = _month(at - 7)
        given = _year(end + 1) if u8(end) == char.SPACE else 0
        days = _days(given, month, _day_of(at - 3))
        if days >= 0:
            return LOCAL, days * DAY + within
        found = _without_year(month, _day_of(at - 3), within, year, latest) if month else -1
        return (LOCAL, found) if found >= 0 else (NONE, 0)
    east = _offset(end)
    if east == _NO_ZONE:
        return LOCAL, days * DAY + within
    return ZONED, days * DAY + within - east


@piece
def _digits(at: int, most: int) -> int:
    count = 0
    while count < most and char.ZERO <= u8(at + count) <= char.NINE:
        count += 1
    return count


@piece
def _epoch(at: int) -> int:
    """Read Unix seconds, with a fraction or as milli-, micro- or nanoseconds; -1 for none."""
    count = _digits(at, 20)
    if count not in _EPOCH_SIZES:
        return -1
    seconds = 0
    for index in range(_EPOCH_DIGITS):
        seconds = seconds * 10 + u8(at + index) - char.ZERO
    if not EPOCH_FROM <= seconds < EPOCH_UNTIL:
        return -1
    more, unit = 0, SECOND
    if count == _EPOCH_DIGITS:
        more, _ = _fraction(at + _EPOCH_DIGITS)
    for index in range(_EPOCH_DIGITS, count):
        unit //= 10
        more += (u8(at + index) - char.ZERO) * unit
    return seconds * SECOND + more


@piece
def _is_key(at: int) -> bool:
    """Tell whether `ts`, `time` or `timestamp` ends before a separator, quoted or not."""
    if u8(at - 1) == char.QUOTE:
        at -= 1
    tail = u32(at - 4)
    if tail in _TIME_TAILS:
        return True
    # Alone: `hosts=` and `attempts:` end in these letters too.
    front = u8(at - 3) | char.CASE
    return (tail >> 16) == _TS and not char.LOWER_A <= front <= char.LOWER_Z


@piece
def _keyed_epoch(at: int) -> int:
    """Read the epoch after `ts=`, `"time":` or the like, when a run of ten digits starts here."""
    before = at - 1
    if u8(before) == char.QUOTE:
        before -= 1
    while u8(before) == char.SPACE:
        before -= 1
    mark = u8(before)
    # Without such a key, ten digits are an id, a size or a telephone number.
    if mark not in _KEY_SIGNS or not _is_key(before):
        return -1
    return _epoch(at)


@piece
def _recognise(start: int, stop: int, year: int, latest: int) -> tuple[int, int]:
    """Find the moment of one line."""
    found = _epoch(start) if char.ZERO <= u8(start) <= char.NINE else -1
    if found >= 0:
        return ZONED, found
    limit = min(stop - start, SEARCHED_BYTES)
    for base in range(0, limit, STEP):
        # Two digits, a colon, two digits, a colon, two digits: each a shift of the same planes.
        digit = plane_range(start + base, char.ZERO, 10)
        colon = plane(start + base, char.COLON)
        pair = digit & srl(digit, 1)
        clocks = pair & srl(colon, 2) & srl(pair, 3) & srl(colon, 5) & srl(pair, 6)
        four = pair & srl(pair, 2)
        runs = four & srl(four, 4) & srl(pair, 8) & ~(digit << 1)
        both = (clocks | runs) & ((1 << STEP) - 1)
        while both != 0:
            bit = ctz(both)
            both &= both - 1
            at = start + base + bit
            if at + 8 > stop or at - start >= SEARCHED_BYTES:
                break
            if srl(clocks, bit) & 1:
                state, moment = _dated(at, at - start, year, latest)
                if state != NONE:
                    return state, moment
            elif at - start >= 4:
                found = _keyed_epoch(at)
                if found >= 0:
                    return ZONED, found
    return NONE, 0


@kernel
def recognise(
    text: int,
    line_starts: int,
    lines: int,
    size: int,
    year: int,
    latest: int,
    out: int,
    states: int,
) -> int:
    """Write each line's nanoseconds since 1970 and its state; returns how many gave a time."""
    given = 0
    for line in range(lines):
        start = text + i64(line_starts + 8 * line)
        stop = text + (i64(line_starts + 8 * line + 8) if line + 1 < lines else size)
        state, moment = _recognise(start, stop, year, latest)
        put64(out + 8 * line, moment)
        put8(states + line, state)
        given += state != NONE
    return given
