"""Recognises the time that a line gives itself: CLF, ISO 8601, syslog, asctime, Unix seconds.

Law: the first `hh:mm:ss` with a date before it wins, within the first 256 bytes; a date that does
not exist is none.  Nothing here knows a time zone but the one that a line writes.  spec/segment.md
"""

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

SEARCHED_BYTES = 256
STEP = 48

NONE, ZONED, LOCAL = 0, 1, 2
"""What a line gave: nothing, a moment, a wall time whose zone must be known from elsewhere."""

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
YEARS_BACK = 8
"""29 February without a year may lie eight years back."""
EPOCH_FROM, EPOCH_UNTIL = 1_000_000_000, 4_102_444_800
"""Unix seconds from 2001, when they became ten digits, to 2100."""


@piece
def _two(at: int) -> int:
    """Read two digits, or a number above any bound."""
    tens = u8(at) - 48
    ones = u8(at + 1) - 48
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else 1_000


@piece
def _day_of(at: int) -> int:
    """Read a day of the month, which syslog pads with a space."""
    ones = u8(at + 1) - 48
    if u8(at) == 32 and 0 <= ones <= 9:
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
    return 30 + ((month + (month >> 3)) & 1)


@piece
def _days(year: int, month: int, day: int) -> int:
    """Count days since 1970-01-01, or -1 for a date that does not exist or does not fit."""
    if not (1970 <= year <= 2261 and 1 <= month <= 12 and 1 <= day <= _days_in(year, month)):
        return -1
    shifted = year - (1 if month <= 2 else 0)
    century = shifted // 100
    months = month + (9 if month <= 2 else -3)
    within = (153 * months + 2) // 5 + day - 1
    return 365 * shifted + shifted // 4 - century + century // 4 + within - 719_468


@piece
def _month(at: int) -> int:
    """Read a month's English name of three letters; 0 when it is none."""
    name = (u32(at) & 0xFFFFFF) | 0x202020
    if name == 0x6E616A:
        return 1
    if name == 0x626566:
        return 2
    if name == 0x72616D:
        return 3
    if name == 0x727061:
        return 4
    if name == 0x79616D:
        return 5
    if name == 0x6E756A:
        return 6
    if name == 0x6C756A:
        return 7
    if name == 0x677561:
        return 8
    if name == 0x706573:
        return 9
    if name == 0x74636F:
        return 10
    if name == 0x766F6E:
        return 11
    return 12 if name == 0x636564 else 0


@piece
def _fraction(at: int) -> tuple[int, int]:
    """Read `.123` or `,123`: nanoseconds, and where it ends."""
    mark = u8(at)
    if mark not in (46, 44) or not 48 <= u8(at + 1) <= 57:
        return 0, at
    at += 1
    value, unit = 0, SECOND
    while 48 <= u8(at) <= 57:
        if unit > 1:
            unit //= 10
            value += (u8(at) - 48) * unit
        at += 1
    return value, at


@piece
def _offset(at: int) -> int:
    """Read a zone after a time: nanoseconds east of UTC, or 2⁶² when there is none."""
    if u8(at) == 32:
        at += 1
    sign = u8(at)
    if (sign | 32) == 0x7A or (u32(at) & 0xFFFFFF) in (0x435455, 0x544D47):
        return 0
    if sign not in (43, 45):
        return 1 << 62
    hours = _two(at + 1)
    minutes = _two(at + 4) if u8(at + 3) == 58 else _two(at + 3)
    if hours > 18 or minutes > 59:
        return 1 << 62
    east = (hours * 60 + minutes) * 60 * SECOND
    return east if sign == 43 else -east


@piece
def _of_day(at: int) -> int:
    """Read hh:mm:ss as nanoseconds, or -1; a leap second counts as the next minute's first."""
    hours, minutes, seconds = _two(at), _two(at + 3), _two(at + 6)
    if hours > 23 or minutes > 59 or seconds > 60:
        return -1
    return ((hours * 60 + minutes) * 60 + seconds) * SECOND


@piece
def _without_year(month: int, day: int, within: int, year: int, latest: int) -> int:
    """Take the last such day that is not later than `latest`, a day after the receipt."""
    for back in range(YEARS_BACK + 1):
        days = _days(year - back, month, day)
        if days >= 0 and days * DAY + within <= latest:
            return days * DAY + within
    return -1


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
    if room >= 12 and before == 58 and u8(at - 10) == 47 and u8(at - 6) == 47:
        days = _days(_year(at - 5), _month(at - 9), _two(at - 12))
    elif room >= 11 and before in (84, 32, 116):
        dash = u8(at - 4)
        if dash in (45, 47) and u8(at - 7) == dash:
            days = _days(_year(at - 11), _two(at - 6), _two(at - 3))
    if days < 0:
        if room < 7 or before != 32 or u8(at - 4) != 32:
            return NONE, 0
        month = _month(at - 7)
        given = _year(end + 1) if u8(end) == 32 else 0
        days = _days(given, month, _day_of(at - 3))
        if days >= 0:
            return LOCAL, days * DAY + within
        found = _without_year(month, _day_of(at - 3), within, year, latest) if month else -1
        return (LOCAL, found) if found >= 0 else (NONE, 0)
    east = _offset(end)
    if east == 1 << 62:
        return LOCAL, days * DAY + within
    return ZONED, days * DAY + within - east


@piece
def _digits(at: int, most: int) -> int:
    count = 0
    while count < most and 48 <= u8(at + count) <= 57:
        count += 1
    return count


@piece
def _epoch(at: int) -> int:
    """Read Unix seconds, with a fraction or as milli-, micro- or nanoseconds; -1 for none."""
    count = _digits(at, 20)
    if count not in (10, 13, 16, 19):
        return -1
    seconds = 0
    for index in range(10):
        seconds = seconds * 10 + u8(at + index) - 48
    if not EPOCH_FROM <= seconds < EPOCH_UNTIL:
        return -1
    more, unit = 0, SECOND
    if count == 10:
        more, _ = _fraction(at + 10)
    for index in range(10, count):
        unit //= 10
        more += (u8(at + index) - 48) * unit
    return seconds * SECOND + more


@piece
def _is_key(at: int) -> bool:
    """Tell whether `ts`, `time` or `timestamp` ends before a separator, quoted or not."""
    if u8(at - 1) == 34:
        at -= 1
    tail = u32(at - 4)
    if tail in (0x656D6974, 0x706D6174):
        return True
    front = u8(at - 3) | 32
    return (tail >> 16) == 0x7374 and not 97 <= front <= 122


@piece
def _keyed_epoch(at: int) -> int:
    """Read the epoch after `ts=`, `"time":` or the like, when a run of ten digits starts here."""
    before = at - 1
    if u8(before) == 34:
        before -= 1
    while u8(before) == 32:
        before -= 1
    mark = u8(before)
    if mark not in (58, 61) or not _is_key(before):
        return -1
    return _epoch(at)


@piece
def _recognise(start: int, stop: int, year: int, latest: int) -> tuple[int, int]:
    """Find the moment of one line."""
    found = _epoch(start) if 48 <= u8(start) <= 57 else -1
    if found >= 0:
        return ZONED, found
    limit = min(stop - start, SEARCHED_BYTES)
    for base in range(0, limit, STEP):
        digit = plane_range(start + base, 48, 10)
        colon = plane(start + base, 58)
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
