"""Dates: the date that stands before a time of day, in whichever order its format writes it.

Read backwards from the time: at most three numbers or words with signs between them.  Two numbers
that may each be the month are a date only where the format, or another line, says which is which.
spec/times.md
"""

from bailee.logs.ingest.kernels.calendar import (
    days_of,
    is_digit,
    is_letter,
    month_of,
    number,
    two,
    year_in_two,
    year_of,
)
from bailee.scan.vm import char
from bailee.scan.vm.machine import i64, piece, put64, u8, u32

MISSING, DATED, YEARLESS, UNSURE = 0, 1, 2, 3
"""No date; one, in days since 1970; one without year, 32 times its month and its day; one that
may be of two months."""

ORDER, MONTH_FIRST, DAY_FIRST, UNSURE_DATES = 0, 1, 2, 3
"""Slots of what is known of the order of day and month: which is taken (`MONTH_FIRST`, `DAY_FIRST`
or 0), how many dates can only be the one or the other, and how many could be both."""

_BETWEEN_MAX, _NUMBER_MAX, _WORD_MAX = 4, 9, 9
# What stands between a date and its time: `T`, blanks, a colon (CLF), two (Erlang), a dash
# (Suricata), an underscore, commas and quotes (CSV).
_BETWEEN = (
    *(char.SPACE, char.TAB, char.UPPER_T, char.LOWER_T, char.COLON, char.DASH),
    *(char.UNDERSCORE, char.COMMA, char.QUOTE, char.SEMICOLON),
)
_INSIDE = (char.DASH, char.SLASH, char.DOT, char.SPACE, char.UNDERSCORE, char.COLON)
# `11/30/2025-` is Suricata's, `[11/30/2025:` cPanel's, `,11/30/25,` of Microsoft's DHCP: all have
# the month first.
_MONTH_FIRST_BEFORE = (char.DASH, char.COLON, char.COMMA)
_NUMERIC = (char.DASH, char.SLASH, char.DOT)
_TIME_KEY = char.word(b"time")
_LEVELS = (char.UPPER_I, char.UPPER_W, char.UPPER_E, char.UPPER_F)
_TIME_BYTES = 9
"""Of a blank and `hh:mm:ss`."""
_YEAR_DIGITS, _SHORT_DIGITS, _WHOLE_DIGITS = 4, 6, 8


@piece
def _numbers_before(end: int, start: int) -> int:
    """Count the digits that end here."""
    count = 0
    while count < _NUMBER_MAX and end - count > start and is_digit(end - count - 1):
        count += 1
    return count


@piece
def _letters_before(end: int, start: int) -> int:
    """Count the letters that end here."""
    count = 0
    while count <= _WORD_MAX and end - count > start and is_letter(end - count - 1):
        count += 1
    return count


@piece
def _month_before(end: int, start: int) -> tuple[int, int]:
    """Read the month's name that ends here, and where it begins; 0 when it is none."""
    count = _letters_before(end, start)
    if not 3 <= count <= _WORD_MAX:
        return 0, end
    return month_of(end - count), end - count


@piece
def _day_before(end: int, start: int) -> tuple[int, int]:
    """Read the day of one or two digits that ends here, and where it begins; 0 for none."""
    count = _numbers_before(end, start)
    if not 1 <= count <= 2:
        return 0, end
    return number(end - count, count), end - count


@piece
def _joint(end: int, start: int) -> tuple[int, int]:
    """Read the sign between two parts of a date, `, ` as well; 0 when there is none."""
    if end - 1 <= start or u8(end - 1) not in _INSIDE:
        return 0, end
    sign, end = u8(end - 1), end - 1
    # `Nov 30, 2025`, and days padded with a space.
    if sign == char.SPACE and end - 1 > start and u8(end - 1) in (char.COMMA, char.SPACE):
        end -= 1
    return sign, end


@piece
def _end_before(at: int, start: int) -> int:
    """Walk back over what stands between a date and its time."""
    end = at
    # `date=2025-11-30 time=08:00:01`, and the same in JSON.
    key = end
    while key > start and end - key < 4 and u8(key - 1) in (char.QUOTE, char.EQUALS, char.COLON):
        key -= 1
    if key < end and key - 4 > start and (u32(key - 4) | char.CASE_FOUR) == _TIME_KEY:
        end = key - 4
    count = 0
    while count < _BETWEEN_MAX and end > start and u8(end - 1) in _BETWEEN:
        end -= 1
        count += 1
    return end


@piece
def _either(first: int, second: int, year: int, known: int, behind: int) -> tuple[int, int]:
    """Take two numbers as day and month, in the order that fits or is known.

    `behind` is where the date ends: what stands there says how some formats order it.
    """
    if first > 12 or second > 12:
        slot = DAY_FIRST if first > 12 else MONTH_FIRST
        put64(known + 8 * slot, i64(known + 8 * slot) + 1)
        month, day = (second, first) if first > 12 else (first, second)
        return DATED, days_of(year, month, day)
    order = MONTH_FIRST if u8(behind) in _MONTH_FIRST_BEFORE else i64(known + 8 * ORDER)
    if first != second and order == 0:
        # Counted: once another line has shown the order, these are read anew.
        put64(known + 8 * UNSURE_DATES, i64(known + 8 * UNSURE_DATES) + 1)
        return UNSURE, 0
    month, day = (second, first) if order == DAY_FIRST else (first, second)
    return DATED, days_of(year, month, day)


@piece
def _before_year(year: int, end: int, start: int, known: int) -> tuple[int, int, int]:
    """Read day and month before a year: `30-Nov-2025`, `Nov 30, 2025`, `30.11.2025`."""
    behind = end + _YEAR_DIGITS
    sign, end = _joint(end, start)
    if sign == 0:
        return MISSING, 0, end
    month, begin = _month_before(end, start)
    if month:
        _, end = _joint(begin, start)
        day, begin = _day_before(end, start)
        return DATED, days_of(year, month, day), begin
    second, begin = _day_before(end, start)
    if second == 0:
        return MISSING, 0, end
    other, end = _joint(begin, start)
    month, begin = _month_before(end, start)
    if month:
        return DATED, days_of(year, month, second), begin
    first, begin = _day_before(end, start)
    if first == 0 or other != sign or sign not in _NUMERIC:
        return MISSING, 0, end
    # Dots are of the languages that write the day first.
    if sign == char.DOT:
        return DATED, days_of(year, second, first), begin
    state, days = _either(first, second, year, known, behind)
    return state, days, begin


@piece
def _is_level(at: int) -> bool:
    """Tell the word of a level behind a time: a blank, and four capital letters at least."""
    capitals = 0
    while capitals < 4 and char.UPPER_A <= u8(at + 1 + capitals) <= char.UPPER_Z:
        capitals += 1
    return u8(at) == char.SPACE and capitals == 4


@piece
def _before_day(last: int, end: int, start: int, known: int) -> tuple[int, int, int]:
    """Read what stands before a number of one or two digits: `2025-11-`, `Nov `, `30-Nov-`."""
    behind = end + (2 if is_digit(end + 1) else 1)
    sign, end = _joint(end, start)
    if sign == 0:
        return MISSING, 0, end
    month, begin = _month_before(end, start)
    if month:
        return _before_named(month, last, sign, begin, start)
    middle, begin = _day_before(end, start)
    # Android's `03-17 `, where nothing else stands before it.
    if middle and begin == start and sign == char.DASH:
        return YEARLESS, 32 * middle + last, begin
    other, end = _joint(begin, start)
    if middle == 0 or sign == char.SPACE:
        return MISSING, 0, end
    month, begin = _month_before(end, start)
    if month and other == sign:
        return DATED, days_of(year_in_two(last), month, middle), begin
    count = _numbers_before(end, start) if other == sign else 0
    if count == _YEAR_DIGITS:
        return DATED, days_of(year_of(end - count), middle, last), end - count
    # `11/30/25`: Microsoft's DHCP, WebSphere.
    if count in (1, 2) and sign == char.SLASH:
        first = number(end - count, count)
        # `17/06/09 20:10:40 INFO `: Spark and Hadoop, the year first, before a level.
        if count == 2 and end - count == start and _is_level(behind + _TIME_BYTES):
            return DATED, days_of(year_in_two(first), middle, last), start
        state, days = _either(first, middle, year_in_two(last), known, behind)
        return state, days, end - count
    return MISSING, 0, end


@piece
def _before_named(month: int, last: int, sign: int, begin: int, start: int) -> tuple[int, int, int]:
    """Tell `2025 Nov 30` and `30-Nov-25` from `Nov 30`, the number behind the month given."""
    other, end = _joint(begin, start)
    count = _numbers_before(end, start) if other == sign else 0
    if count == _YEAR_DIGITS:
        return DATED, days_of(year_of(end - count), month, last), end - count
    if 1 <= count <= 2 and sign in _NUMERIC:
        return DATED, days_of(year_in_two(last), month, number(end - count, count)), end - count
    if sign != char.SPACE:
        return MISSING, 0, begin
    return YEARLESS, 32 * month + last, begin


@piece
def _in_one(count: int, end: int, start: int) -> tuple[int, int, int]:
    """Read a date without signs: `20251130`, MySQL's `251130`, the `I1130` of klog."""
    begin = end - count
    if count == _WHOLE_DIGITS:
        return DATED, days_of(year_of(begin), two(begin + 4), two(begin + 6)), begin
    # Six digits are a number in most places: at the start, or behind `Time: `.
    if count == _SHORT_DIGITS:
        headed = begin == start or (begin - 6 >= start and u8(begin - 2) == char.COLON)
        if headed:
            year = year_in_two(two(begin))
            return DATED, days_of(year, two(begin + 2), two(begin + 4)), begin
    if count == _YEAR_DIGITS and begin - 1 == start and u8(start) in _LEVELS:
        return YEARLESS, 32 * two(begin) + two(begin + 2), begin - 1
    return MISSING, 0, begin


@piece
def date_before(at: int, start: int, known: int) -> tuple[int, int, int]:
    """Read the date before the time at `at`: what it is, its number, and where it begins."""
    end = _end_before(at, start)
    if end == at:
        return MISSING, 0, at
    count = _numbers_before(end, start)
    if count == 0:
        # `30 Nov 08:00:01`, as ntpd and older Redis write it.
        month, begin = _month_before(end, start)
        if month == 0:
            return MISSING, 0, at
        _, end = _joint(begin, start)
        day, begin = _day_before(end, start)
        if day == 0:
            return MISSING, 0, at
        return YEARLESS, 32 * month + day, begin
    if count <= 2:
        last = number(end - count, count)
        state, found, begin = _before_day(last, end - count, start, known)
        # `11/30-08:00:01`: Snort, without a year.
        if state == MISSING and u8(at - 1) == char.DASH and u8(end - count - 1) == char.SLASH:
            month, begin = _day_before(end - count - 1, start)
            return YEARLESS, 32 * month + last, begin
        return state, found, begin
    if count == _YEAR_DIGITS:
        state, found, begin = _before_year(year_of(end - count), end - count, start, known)
        if state != MISSING:
            return state, found, begin
    return _in_one(count, end, start)
