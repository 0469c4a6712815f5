"""Zones: what the names of time zones that lines write mean, and how sure that is.

Abbreviations are no names: many stand for several zones.  One that the stream's own zone uses at
that time is taken as that.  Else one of a single meaning is believed; one of several is *assumed*
where RFC 5322 or, for want of it, the zone database names one of them; else it is not believed,
and its time is the stream's.  What was assumed or not believed is counted.  spec/times.md
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import numpy.typing as npt

from bailee.logs.ingest.kernels.clock import PLACES, ZONE_FACTOR, ZONE_SHIFT, ZONE_SLOTS

BELIEVED = {
    "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "MET": 60, "MEST": 120, "MEZ": 60, "MESZ": 120,
    "EET": 120, "EEST": 180, "FET": 180, "TRT": 180, "WAT": 60, "CAT": 120, "EAT": 180,
    "SAST": 120, "IDT": 180, "PKT": 300, "NPT": 345, "WIB": 420, "WITA": 480, "WIT": 540,
    "HKT": 480, "SGT": 480, "JST": 540, "KST": 540, "AWST": 480, "ACST": 570, "ACDT": 630,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "AKST": -540, "AKDT": -480, "HST": -600,
    "HDT": -540, "NDT": -150, "BRT": -180, "ART": -180, "UT": 0,
}  # fmt: skip
"""Of one meaning: minutes east of UTC."""
ASSUMED = {
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480,
    "PDT": -420, "BST": 60, "AST": -240, "ADT": -180, "NST": -210,
}  # fmt: skip
"""Of several: the first eight as RFC 5322, 4.3, has them (EST is Australian as well, CST Chinese
and Cuban, PST Philippine), the others as the zone database does since 2000 (BST is of Bangladesh
as well, AST Arabian)."""
UNBELIEVED = ("IST", "SST", "GST", "AMT", "ECT", "WST", "CHST")
"""Of several that nothing decides between: IST is Indian, Irish and Israeli."""
MOSCOW = {"MSK": "Europe/Moscow", "MSD": "Europe/Moscow"}
"""Of one place, whose distance from UTC has changed since 2000."""

NAMES = (*BELIEVED, *ASSUMED, *UNBELIEVED, *MOSCOW)
"""By their place in the table, the first at `PLACES`."""
_MINUTE = 60 * 1_000_000_000
_U64 = (1 << 64) - 1

Numbers = npt.NDArray[np.int64]


class ZoneReading(NamedTuple):
    """Zone reading: how far east of UTC a name is at an hour, and what was made of it."""

    east_ns: int
    assumed: bool = False
    believed: bool = True


@cache
def table() -> Numbers:
    """Lay the abbreviations out as the kernel looks them up: packed letters, place."""
    # Valid for ever: it depends on this page alone.
    out = np.zeros(2 * ZONE_SLOTS, np.int64)
    for place, name in enumerate(NAMES, PLACES):
        packed = int.from_bytes(name.encode(), "little")
        slot = (packed * ZONE_FACTOR & _U64) >> ZONE_SHIFT
        while out[2 * slot]:
            slot = (slot + 1) % ZONE_SLOTS
        out[2 * slot], out[2 * slot + 1] = packed, place
    return out


def abbreviation(name: str, hour: int, own: tzinfo) -> ZoneReading:
    """Read an abbreviation of the table at an hour of wall time since 1970."""
    wall = _wall(hour)
    # Both halves of the hour that a clock shows twice: in the second it has its other name.
    for fold in (0, 1):
        here = wall.replace(tzinfo=own, fold=fold)
        if here.tzname() == name:
            return ZoneReading(east_of(here))
    if name in MOSCOW:
        return ZoneReading(east_of(wall.replace(tzinfo=named(MOSCOW[name]))))
    if name in BELIEVED:
        return ZoneReading(BELIEVED[name] * _MINUTE)
    if name in ASSUMED:
        return ZoneReading(ASSUMED[name] * _MINUTE, assumed=True)
    return ZoneReading(east_of(wall.replace(tzinfo=own)), believed=False)


def city(name: str, hour: int, own: tzinfo) -> ZoneReading:
    """Read a name of the zone database at an hour of wall time since 1970."""
    zone = _city(name)
    wall = _wall(hour)
    if zone is None:
        return ZoneReading(east_of(wall.replace(tzinfo=own)), believed=False)
    return ZoneReading(east_of(wall.replace(tzinfo=zone)))


def east_of(wall: datetime) -> int:
    """Give how far a wall time's zone is east of UTC, in nanoseconds."""
    offset = wall.utcoffset()
    return 0 if offset is None else int(offset / timedelta(microseconds=1)) * 1_000


def _wall(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3_600, UTC).replace(tzinfo=None)


@cache
def _names() -> frozenset[str]:
    # Read once: a folder of the system, which changes with an upgrade of it.
    return frozenset(available_timezones())


def _city(name: str) -> ZoneInfo | None:
    # Compared with the names that there are: a line must not choose which file is opened.
    return named(name) if name in _names() else None


@cache
def named(name: str) -> ZoneInfo:
    """Read a zone of the database by its name."""
    # Kept, as many as there are: the library forgets all but eight, and a worker that has read
    # them opens no file any more.
    return ZoneInfo(name)


def read_all() -> None:
    """Read every zone there is, for a process that will open no file."""
    for name in _names():
        named(name)
    table()
