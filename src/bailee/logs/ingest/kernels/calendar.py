"""Calendar: digits, months and days, as kernels read them in a line.

Law: a date that does not exist is none, and neither is one that 64 bits of nanoseconds do not hold.
"""

from bailee.scan.vm import char
from bailee.scan.vm.machine import piece, tiny, u8, u32

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
YEARS_BACK = 8
"""29 February without a year may lie eight years back."""
NO_NUMBER = 1_000
"""No pair of digits: above every bound that one is compared with."""
# What 64 bits of nanoseconds since 1970 hold.
_YEAR_FIRST, _YEAR_LAST = 1970, 2261
# Of two digits, as POSIX reads them: 69 to 99 are of the last century.
_CENTURY_TURNS = 69

# Months by three letters: English alone, for that is what programs write, whatever the locale.
_JAN, _FEB, _MAR, _APR = (char.word(name) for name in (b"jan", b"feb", b"mar", b"apr"))
_MAY, _JUN, _JUL, _AUG = (char.word(name) for name in (b"may", b"jun", b"jul", b"aug"))
_SEP, _OCT, _NOV, _DEC = (char.word(name) for name in (b"sep", b"oct", b"nov", b"dec"))
_DAYS_OF_WEEK = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")
_WEEKDAYS = tuple(char.word(day) for day in _DAYS_OF_WEEK)


@tiny
def is_digit(at: int) -> bool:
    """Tell whether a digit stands here."""
    return char.ZERO <= u8(at) <= char.NINE


@tiny
def is_letter(at: int) -> bool:
    """Tell whether a letter of ASCII stands here."""
    return char.LOWER_A <= (u8(at) | char.CASE) <= char.LOWER_Z


@tiny
def two(at: int) -> int:
    """Read two digits, or a number above any bound."""
    tens = u8(at) - char.ZERO
    ones = u8(at + 1) - char.ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else NO_NUMBER


@piece
def digits(at: int, most: int) -> int:
    """Count the digits from here on."""
    count = 0
    while count < most and is_digit(at + count):
        count += 1
    return count


@piece
def number(at: int, count: int) -> int:
    """Read as many digits, which are there."""
    value = 0
    for index in range(count):
        value = value * 10 + u8(at + index) - char.ZERO
    return value


@tiny
def year_of(at: int) -> int:
    """Read a year of four digits; 0 when it is none."""
    century = two(at)
    return century * 100 + two(at + 2) if century < 100 else 0


@piece
def year_in_two(value: int) -> int:
    """Complete a year of two digits."""
    return value + (1900 if value >= _CENTURY_TURNS else 2000)


@piece
def _days_in(year: int, month: int) -> int:
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    # Odd months have 31 days up to July, even ones from August.
    return 30 + ((month + (month >> 3)) & 1)


@piece
def days_of(year: int, month: int, day: int) -> int:
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
def without_year(monthday: int, within: int, year: int, latest: int) -> int:
    """Take the last such day that is not later than `latest`, a day after the receipt; -1 for none.

    A line of 31 December that comes in on 1 January is of the year before.
    """
    for back in range(YEARS_BACK + 1):
        days = days_of(year - back, monthday // 32, monthday % 32)
        if days >= 0 and days * DAY + within <= latest:
            return days * DAY + within
    return -1


@piece
def month_of(at: int) -> int:
    """Read a month's English name by its first three letters; 0 when it is none."""
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
def is_weekday(at: int) -> bool:
    """Tell whether an English weekday begins here, by its first three letters."""
    return ((u32(at) & char.THREE_BYTES) | char.CASE_THREE) in _WEEKDAYS
