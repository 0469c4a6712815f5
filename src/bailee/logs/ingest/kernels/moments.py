"""Moments: the time that a line gives itself.

Law: what heads a line is its time; else the field that is called its time, wherever it stands;
else the first date within 256 bytes.  Nothing here knows a time zone but UTC: what a line writes
of its zone is passed on.  spec/times.md
"""

from bailee.logs.ingest.kernels.calendar import (
    DAY,
    NO_NUMBER,
    SECOND,
    days_of,
    digits,
    is_digit,
    is_letter,
    is_weekday,
    month_of,
    number,
    two,
    without_year,
    year_in_two,
    year_of,
)
from bailee.logs.ingest.kernels.clock import (
    ABSENT,
    CITY,
    OFFSET,
    fraction,
    is_upper,
    short_time_of,
    time_of,
    zone_before,
    zone_of,
)
from bailee.logs.ingest.kernels.dates import DATED, UNSURE, YEARLESS, date_before
from bailee.logs.ingest.kernels.epochs import (
    NO_KEY,
    SURE,
    epoch_in_front,
    epoch_of,
    key_before,
)
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
)

# Where real lines have their time: further on, a message may speak of another moment.
SEARCHED_BYTES = 256
# Where a field called timestamp is looked for in a line that has no head; in JSON, everywhere, for
# Docker writes it behind the message.
SEARCHED_FOR_KEYS_BYTES = 4_096
# Of 64 bytes that are compared at once: the last sixteen are looked ahead at, for a run of eight
# digits and for `h:mm:ss`.
STEP = 48

NONE, ZONED, LOCAL, NAMED = 0, 1, 2, 3
"""What a line gave: nothing; a moment; a wall time whose zone must be known from elsewhere; from
`NAMED` on, a wall time with an abbreviation, by its place in the table; and `IN_CITY`, one with a
name of the zone database, which begins where `spots` says."""
IN_CITY = 255

YEAR, LATEST, ZONES, KEYS, KEYS_MASK, KNOWN = range(6)
"""Slots of what all lines share: the greatest year tried, the latest moment, the tables of zones
and of keys, and from `KNOWN` on, what is known of the order of day and month (`dates.ORDER`)."""
SLOTS = KNOWN + 4

_HEAD_BYTES, _HEAD_LETTERS = 48, 2
_BEFORE_TIME = (char.UPPER_T, char.SPACE, char.LOWER_T)
_DATE_SIGNS = (char.DASH, char.SLASH)
_FIELDS = (char.EQUALS, char.QUOTE, char.APOSTROPHE, char.OPEN_BRACE, char.GREATER)
_WITHIN_TIME = (char.SPACE, char.UPPER_T, char.LOWER_T, char.COLON, char.DASH, char.UNDERSCORE)
_NO_YEAR_AFTER = (char.DASH, char.SLASH, char.COLON, char.DOT)
_IN_NAME = (char.DOT, char.UNDERSCORE, char.SLASH)
_BEFORE_EPOCH = (char.AT_SIGN, char.OPEN_BRACKET, char.HASH, char.STAR)
_DATE_DIGITS, _MOMENT_DIGITS = 8, 14
_DB2_BYTES, _HDFS_BYTES = 19, 20
SHORT = 2
"""Of an anchor: a time without seconds."""


@piece
def _slot(about: int, slot: int) -> int:
    return i64(about + 8 * slot)


@piece
def _quick_date(at: int, start: int) -> tuple[int, int]:
    """Read the dates of most logs: `14/Jun/2025:` and `2025-06-14T`; days or -1, and size."""
    room, before = at - start, u8(at - 1)
    if room >= 12 and before == char.COLON and u8(at - 10) == char.SLASH:
        if u8(at - 6) == char.SLASH:
            return days_of(year_of(at - 5), month_of(at - 9), two(at - 12)), 12
    elif room >= 11 and before in _BEFORE_TIME:
        dash = u8(at - 4)
        if dash in _DATE_SIGNS and u8(at - 7) == dash and not is_digit(at - 12):
            return days_of(year_of(at - 11), two(at - 6), two(at - 3)), 11
    return -1, 0


@piece
def _syslog_month(at: int, start: int) -> int:
    """Read the month of `Jun 14 ` or `Jun  4 ` where it heads a line or follows a sign; else 0."""
    if at - start < 7 or u8(at - 1) != char.SPACE or u8(at - 4) != char.SPACE:
        return 0
    # Anything before it may be a part of the date: `2025 Jun 14 `.
    if at - start > 7 and u8(at - 8) not in (char.GREATER, char.OPEN_BRACKET, char.STAR):
        return 0
    return month_of(at - 7) if _padded(at - 3) < NO_NUMBER else 0


@piece
def _padded(at: int) -> int:
    """Read a day that may be padded with a space."""
    if u8(at) == char.SPACE:
        return u8(at + 1) - char.ZERO if is_digit(at + 1) else NO_NUMBER
    return two(at)


@piece
def _within_name(begin: int, start: int) -> bool:
    """Tell whether a date is part of a name, as of a file: `app.log.2025-11-30_08:00:01`."""
    if begin == start:
        return False
    before = u8(begin - 1)
    if before == char.DASH:
        return begin - 1 > start and (is_letter(begin - 2) or is_digit(begin - 2))
    if before == char.LOWER_M:
        # The end of a colour, as terminals have it: ESC [ 3 2 m.
        at = begin - 1
        while at > start and (is_digit(at - 1) or u8(at - 1) == char.SEMICOLON):
            at -= 1
        return not (at - 2 >= start and u8(at - 2) == char.ESCAPE)
    return is_letter(begin - 1) or is_digit(begin - 1) or before in _IN_NAME


@piece
def _year_behind(at: int) -> tuple[int, int]:
    """Read the year behind a time, as asctime has it; 0 when there is none."""
    if u8(at) != char.SPACE or digits(at + 1, 5) != 4 or u8(at + 5) in _NO_YEAR_AFTER:
        return 0, at
    return year_of(at + 1), at + 5


@piece
def _placed(state: int, wall: int, east: int) -> tuple[int, int, int]:
    """Give state, nanoseconds and spot of a wall time by the zone behind it."""
    if state == ABSENT:
        return LOCAL, wall, 0
    if state == OFFSET:
        return ZONED, wall - east, 0
    if state == CITY:
        return IN_CITY, wall, east
    return state + 1, wall, 0


@piece
def _dated(at: int, start: int, colon: int, short: int, about: int) -> tuple[int, int, int, int]:
    """Read the date before, and the rest of, the time at `at`; of a `short` one without seconds.

    Gives state, nanoseconds, spot and where the date begins.
    """
    within, end = short_time_of(at, colon) if short else time_of(at, colon)
    if within < 0 or at == start:
        return NONE, 0, 0, at
    days, size = _quick_date(at, start) if colon - at == 2 else (-1, 0)
    what, begin = DATED, at - size
    month = _syslog_month(at, start) if size == 0 else 0
    if month:
        what, days, begin = YEARLESS, 32 * month + _padded(at - 3), at - 7
    elif size == 0:
        what, days, begin = date_before(at, start, about + 8 * KNOWN)
        if what in (0, UNSURE):
            return NONE, 0, 0, at
    if days < 0 or _within_name(begin, start):
        return NONE, 0, 0, at
    zone, east, end = zone_of(end, _slot(about, ZONES))
    if what == YEARLESS:
        # Behind the time, and behind its zone: `Mon Nov 30 08:00:01 UTC 2020`.
        year, end = _year_behind(end)
        if year:
            what, days = DATED, days_of(year, days // 32, days % 32)
            if days < 0:
                return NONE, 0, 0, at
            if zone == ABSENT:
                zone, east, end = zone_of(end, _slot(about, ZONES))
    if what == YEARLESS:
        wall = without_year(days, within, _slot(about, YEAR), _slot(about, LATEST))
        if wall < 0:
            return NONE, 0, 0, at
    else:
        wall = days * DAY + within
    if zone == ABSENT:
        # `CET 2025-11-30 08:00:01`
        zone, east = zone_before(begin, start, _slot(about, ZONES)), 0
    state, moment, spot = _placed(zone, wall, east)
    return state, moment, spot, begin


@piece
def _in_digits(at: int, count: int, about: int) -> tuple[int, int, int]:
    """Read `20251130T080001`, `20251130:080001.123` and `20251130080001`."""
    days = days_of(year_of(at), two(at + 4), two(at + 6))
    clock = at + _DATE_DIGITS
    if count == _DATE_DIGITS:
        if u8(clock) not in _WITHIN_TIME or digits(clock + 1, 7) != 6:
            return NONE, 0, 0
        clock += 1
    hours, minutes, seconds = two(clock), two(clock + 2), two(clock + 4)
    if days < 0 or hours > 23 or minutes > 59 or seconds > 60:
        return NONE, 0, 0
    more, end = fraction(clock + 6)
    wall = days * DAY + ((hours * 60 + minutes) * 60 + seconds) * SECOND + more
    zone, east, _ = zone_of(end, _slot(about, ZONES))
    return _placed(zone, wall, east)


@piece
def _before_weekday(begin: int, start: int) -> int:
    """Step back over `Mon, ` before a date."""
    at = begin
    while at > start and begin - at < 2 and u8(at - 1) in (char.SPACE, char.COMMA):
        at -= 1
    count = 0
    while count < 10 and at - count > start and is_letter(at - count - 1):
        count += 1
    if 3 <= count < 10 and is_weekday(at - count):
        return at - count
    return begin


@piece
def _heads(begin: int, start: int) -> bool:
    """Tell whether a date heads its line: no field and no words stand before it."""
    if begin - start > _HEAD_BYTES:
        return False
    letters = 0
    for at in range(start, begin):
        byte = u8(at)
        if byte in _FIELDS and not (byte == char.GREATER and u8(start) == char.LESS):
            return False
        letters += is_letter(at)
    return letters <= _HEAD_LETTERS


@piece
def _nested(start: int, at: int) -> bool:
    """Tell whether a place in a line of JSON is deeper than its own fields, or within text."""
    # Most records are flat: then a quote's neighbours say enough, and no byte is looked at alone.
    deep = 0
    for base in range(start + 1, at, 64):
        opened = plane(base, char.OPEN_BRACE) | plane(base, char.OPEN_BRACKET)
        deep |= opened & (-1 if at - base >= 64 else (1 << (at - base)) - 1)
    if deep == 0:
        return False
    depth, quoted, escaped = 0, False, False
    for place in range(start, at):
        byte = u8(place)
        if escaped:
            escaped = False
        elif byte == char.BACKSLASH:
            escaped = True
        elif byte == char.QUOTE:
            quoted = not quoted
        elif not quoted:
            if byte in (char.OPEN_BRACE, char.OPEN_BRACKET):
                depth += 1
            elif byte in (char.CLOSE_BRACE, char.CLOSE_BRACKET):
                depth -= 1
    return depth != 1 or quoted


@piece
def _rank(begin: int, start: int, about: int) -> int:
    """Rank the key of a value: of the line's own time, of one that may be another's, or none."""
    rank, sign = key_before(begin, start, _slot(about, KEYS), _slot(about, KEYS_MASK))
    if rank == SURE and u8(start) == char.OPEN_BRACE and _nested(start, sign):
        return SURE - 1
    return rank


@piece
def _at_anchor(at: int, start: int, clock: int, about: int) -> tuple[int, int, int, int]:
    """Read what stands at an anchor: a time with its date, or a number; the last is its rank.

    `clock` is 1 for a time and `SHORT` for one without seconds, which counts where a line's own
    time stands, and nowhere else: `12:30` is as well a place in a text.
    """
    if clock:
        colon = at + 1
        # Two digits of hours, never three: `108:00:01` is no time.
        if at > start and is_digit(at - 1):
            at -= 1
            if at > start and is_digit(at - 1):
                return NONE, 0, 0, NO_KEY
        short = clock == SHORT
        state, moment, spot, begin = _dated(at, start, colon, short, about)
        if state == NONE:
            return NONE, 0, 0, NO_KEY
        if begin == start:
            return state, moment, spot, SURE
        begin = _before_weekday(begin, start)
        # The common log format is the time of its request wherever it stands.
        if u8(at - 1) == char.COLON and u8(at - 10) == char.SLASH and at - begin == 12:
            return state, moment, spot, SURE
        if _heads(begin, start):
            return state, moment, spot, SURE
        rank = _rank(begin, start, about)
        if short and rank == NO_KEY:
            return NONE, 0, 0, NO_KEY
        return state, moment, spot, rank
    count = digits(at, 20)
    if count in (_DATE_DIGITS, _MOMENT_DIGITS):
        state, moment, spot = _in_digits(at, count, about)
        if state == NONE:
            return NONE, 0, 0, NO_KEY
        rank = SURE if _heads(at, start) else _rank(at, start, about)
        # Fourteen digits are a number, unless they stand where a time does.
        if count == _MOMENT_DIGITS and rank == NO_KEY:
            return NONE, 0, 0, NO_KEY
        return state, moment, spot, rank
    rank = _rank(at, start, about)
    if rank == NO_KEY:
        return NONE, 0, 0, NO_KEY
    found, _ = epoch_of(at)
    return (ZONED, found, 0, rank) if found >= 0 else (NONE, 0, 0, NO_KEY)


@piece
def _in_columns(at: int, stop: int, about: int) -> tuple[int, int]:
    """Read the times of Db2 and of HDFS, whose signs are no colons, at the start of a line.

    `2025-11-30-08.00.01.123456+060`, minutes east of UTC behind it; `081109 203615 148 INFO `.
    """
    days, clock, step = -1, at, 0
    if stop - at >= _DB2_BYTES and u8(at + 10) == char.DASH and u8(at + 13) == char.DOT:
        if u8(at + 4) == char.DASH and u8(at + 7) == char.DASH and u8(at + 16) == char.DOT:
            if digits(at, 5) == 4 and digits(at + 17, 3) == 2:
                days, clock, step = days_of(year_of(at), two(at + 5), two(at + 8)), at + 11, 3
    elif stop - at >= _HDFS_BYTES and digits(at, 7) == 6 and digits(at + 7, 7) == 6:
        count = digits(at + 14, 8)
        level = at + 15 + count
        if u8(at + 6) == char.SPACE and u8(at + 13) == char.SPACE and 1 <= count <= 7:
            if u8(level - 1) == char.SPACE and is_upper(level) and is_upper(level + 3):
                days = days_of(year_in_two(two(at)), two(at + 2), two(at + 4))
                clock, step = at + 7, 2
    hours, minutes, seconds = two(clock), two(clock + step), two(clock + 2 * step)
    if days < 0 or hours > 23 or minutes > 59 or seconds > 60:
        return NONE, 0
    wall = days * DAY + ((hours * 60 + minutes) * 60 + seconds) * SECOND
    if step == 2:
        return (LOCAL, wall) if wall <= _slot(about, LATEST) else (NONE, 0)
    more, end = fraction(clock + 8)
    sign = u8(end)
    if sign in (char.PLUS, char.DASH) and digits(end + 1, 4) == 3:
        east = number(end + 1, 3) * 60 * SECOND
        return ZONED, wall + more - (east if sign == char.PLUS else -east)
    return LOCAL, wall + more


@piece
def _recognise(start: int, stop: int, about: int) -> tuple[int, int, int]:
    """Find the moment of one line: state, nanoseconds and spot."""
    if is_digit(start) or u8(start) in _BEFORE_EPOCH:
        found = epoch_in_front(start, stop, _slot(about, LATEST))
        if found >= 0:
            return ZONED, found, 0
    if is_digit(start):
        state, moment = _in_columns(start, stop, about)
        if state != NONE:
            return state, moment, 0
    first, when, where = NONE, 0, 0
    most = stop - start
    if u8(start) != char.OPEN_BRACE:
        most = min(most, SEARCHED_FOR_KEYS_BYTES)
    for base in range(0, most, STEP):
        # A digit, a colon, two digits, a colon, two digits: each a shift of the same planes.
        digit = plane_range(start + base, char.ZERO, 10)
        colon = plane(start + base, char.COLON)
        pair = digit & srl(digit, 1)
        clocks = digit & srl(colon, 1) & srl(pair, 2) & srl(colon, 4) & srl(pair, 5)
        four = pair & srl(pair, 2)
        runs = four & srl(four, 4) & ~(digit << 1)
        # `h:mm` and no `:ss`: where a line begins, as formats without seconds have it.
        shorts = digit & srl(colon, 1) & srl(pair, 2) & ~srl(colon | digit, 4)
        if base:
            shorts = 0
        both = (clocks | runs | shorts) & ((1 << STEP) - 1)
        while both != 0:
            bit = ctz(both)
            both &= both - 1
            at = start + base + bit
            clock = (srl(clocks, bit) & 1) | (SHORT * (srl(shorts, bit) & 1))
            if at + 7 > stop and clock != SHORT:
                break
            # The middle of a run that began among the 48 bytes before.
            if not clock and at > start and is_digit(at - 1):
                continue
            state, moment, spot, rank = _at_anchor(at, start, clock, about)
            if state == NONE or (rank == NO_KEY and at - start >= SEARCHED_BYTES):
                continue
            if rank == SURE:
                return state, moment, spot
            if first == NONE:
                first, when, where = state, moment, spot
    return first, when, where


@kernel
def recognise(
    text: int,
    line_starts: int,
    lines: int,
    size: int,
    about: int,
    out: int,
    states: int,
    spots: int,
) -> int:
    """Write each line's nanoseconds since 1970, its state and spot; returns how many gave a time.

    `about` is where the slots lie, `SLOTS` of them.
    """
    given = 0
    for line in range(lines):
        start = text + i64(line_starts + 8 * line)
        stop = text + (i64(line_starts + 8 * line + 8) if line + 1 < lines else size)
        state, moment, spot = _recognise(start, stop, about)
        put64(out + 8 * line, moment)
        put64(spots + 8 * line, spot)
        put8(states + line, state)
        given += state != NONE
    return given
