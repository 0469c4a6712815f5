"""Moment: as people write and read it: RFC 3339, or a date; UTC unless an offset is written."""

import re
from datetime import UTC, datetime, timedelta, timezone

from bailee import errors

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<clock>\d\d:\d\d)(?::(?P<second>\d\d)(?:\.(?P<part>\d{1,9}))?)?"
    r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<hours>\d\d):(?P<minutes>\d\d))?)?",
    re.ASCII,
)
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_NS = (1 << 63) - 1
"""What 64 bits hold, as lines and rows have them."""
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_NS_PER_S, _NS_PER_MS, _NS_DIGITS = 1_000_000_000, 1_000_000, 9


def moment(text: str | None, *, whole_day: bool = False) -> int | None:
    """Read a moment as nanoseconds since 1970; UsageError, which does not repeat it, when none.

    A date is its first moment, or with `whole_day` the first moment after it.  One that lines
    cannot have is the nearest that they can: before 1678, or after 2261.
    """
    if text is None:
        return None
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise errors.UsageError("errors_search.moment")
    clock, second = found["clock"] or "00:00", found["second"] or "00"
    try:
        when = datetime.fromisoformat(f"{found['day']}T{clock}:{second}").replace(
            tzinfo=_zone(found)
        )
        when += _DAY if whole_day and found["clock"] is None else timedelta()
        seconds = (when - _BEGIN) // _SECOND
    except (ValueError, OverflowError):
        raise errors.UsageError("errors_search.moment") from None
    # The fraction apart: a datetime holds microseconds, and lines have nanoseconds.
    exact = seconds * _NS_PER_S + int((found["part"] or "").ljust(_NS_DIGITS, "0"))
    return min(max(exact, -_LAST_NS), _LAST_NS)


def _zone(found: re.Match[str]) -> timezone:
    if found["sign"] is None:
        return UTC
    ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
    return timezone(-ahead if found["sign"] == "-" else ahead)


def time_text(time_ns: int) -> str:
    """Write nanoseconds since 1970 as RFC 3339 in UTC: to the millisecond when that is exact."""
    seconds, rest = divmod(time_ns, _NS_PER_S)
    when = _BEGIN + timedelta(seconds=seconds)
    part = f"{rest:09d}" if rest % _NS_PER_MS else f"{rest // _NS_PER_MS:03d}"
    return f"{when:%Y-%m-%dT%H:%M:%S}.{part}Z"
