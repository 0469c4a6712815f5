"""Times: when each line happened: as it says itself, else as the line before, else its receipt.

A time without a zone is taken in the stream's own, UTC unless it was declared; one without a year
is the last such day before the receipt.  Line times order and find lines; they choose no key.
Where the time of each line came from is counted and shown.  spec/times.md
"""

from collections import Counter
from collections.abc import Iterator
from ctypes import string_at
from datetime import UTC, datetime, tzinfo
from functools import cache

import numpy as np
import numpy.typing as npt

from bailee.logs.ingest import zones
from bailee.logs.ingest.kernels import dates
from bailee.logs.ingest.kernels.calendar import DAY, SECOND
from bailee.logs.ingest.kernels.epochs import SURE, WEAK
from bailee.logs.ingest.kernels.moments import (
    IN_CITY,
    KEYS,
    KEYS_MASK,
    KNOWN,
    LATEST,
    LOCAL,
    NAMED,
    NONE,
    SLOTS,
    YEAR,
    ZONES,
    recognise,
)
from bailee.logs.store.lines import Moments
from bailee.scan.vm.table import hash_table

Numbers = npt.NDArray[np.int64]
States = npt.NDArray[np.uint8]
Given = npt.NDArray[np.bool_]

OWN_KEYS = (
    *(b"timestamp", b"@timestamp", b"time", b"@time", b"ts", b"@ts", b"@t", b"datetime"),
    *(b"timeunixnano", b"realtimetimestamp", b"sourcerealtimetimestamp", b"timelocal"),
    *(b"timeiso8601", b"asctime", b"logtime", b"logtimestamp", b"eventtime", b"eventtimestamp"),
    *(b"systemtime", b"timegenerated", b"timereported", b"isotimestamp", b"devtime", b"unixtime"),
    *(b"rt", b"epoch", b"audit", b"msec", b"timems", b"timestampms", b"epochms", b"timemillis"),
    *(b"timeunix", b"timeunixms", b"unixtimestamp", b"epochsecond", b"epochmillis"),
)
"""Keys under which formats write a line's own time, as the kernel hashes them: in small letters,
without joints."""
OTHER_KEYS = (
    *(b"date", b"t", b"$date", b"created", b"starttime", b"start", b"startts", b"when"),
    *(b"observedtimeunixnano", b"published"),
)
"""Keys that may be of another moment: taken where no key of `OWN_KEYS` is in the line."""

_HOUR = 3_600 * SECOND
_NAME_BYTES = 41
_STATES = 256


@cache
def _keys() -> tuple[Numbers, int]:
    # Valid for ever: it depends on this page alone.
    words = dict.fromkeys(OTHER_KEYS, WEAK) | dict.fromkeys(OWN_KEYS, SURE)
    return hash_table(words)


class Timeline:
    """Timeline: follows the lines of one batch; carries the last time from block to block.

    `read_own` counts lines that gave their time, `inherited` those that have the time of a line
    before, and `unplaced` those that have that of their receipt, for no line before gave one.
    """

    def __init__(self, *, receipt_ns: int, zone: tzinfo = UTC, last_ns: int | None = None) -> None:
        self.receipt_ns = receipt_ns
        self.last_ns = last_ns
        self.read_own = 0
        self.inherited = 0
        self.unplaced = 0
        self.ambiguous = 0
        """Lines whose wall time their zone had twice; the first of the two was taken."""
        self.assumed: Counter[str] = Counter()
        """Lines by the abbreviation whose zone was assumed for them."""
        self.unbelieved: Counter[str] = Counter()
        """Lines by the abbreviation that was not believed."""
        self._zone = zone
        self._shared = np.zeros(SLOTS, np.int64)

    def read(self, text: int, line_starts: Numbers, size: int) -> Moments:
        """Read the times of the lines that start at `line_starts` in the text at this address.

        `size` is where the last line ends; times are nanoseconds since 1970.
        """
        return self._filled(*self.found(text, line_starts, size))

    def found(self, text: int, line_starts: Numbers, size: int) -> tuple[Numbers, Given]:
        """Read the time of each line alone, and which lines gave one."""
        lines = len(line_starts)
        found = np.empty(lines, np.int64)
        states = np.empty(lines, np.uint8)
        spots = np.empty(lines, np.int64)
        self._share()
        place = (text, int(line_starts.ctypes.data), lines, size, int(self._shared.ctypes.data))
        outs = tuple(int(out.ctypes.data) for out in (found, states, spots))
        recognise(*place, *outs)
        # Dates of two meanings, and others of one: all are read anew in the order of those.
        if self._ordered():
            recognise(*place, *outs)
        self._name(found, states, spots)
        # Most streams are in UTC, and pay nothing for the others.
        if self._zone is not UTC:
            self._localise(found, states == LOCAL)
        return found, states != NONE

    def _share(self) -> None:
        keys, mask = _keys()
        shared = self._shared
        # The greatest year that is tried for a line without one: a sender whose clock is ahead
        # writes 1 January on 31 December. More than a day beyond the receipt no such line is dated.
        shared[YEAR] = datetime.fromtimestamp(self.receipt_ns // SECOND, self._zone).year + 1
        shared[LATEST] = self.receipt_ns + DAY
        shared[ZONES] = zones.table().ctypes.data
        shared[KEYS], shared[KEYS_MASK] = keys.ctypes.data, mask

    def _ordered(self) -> bool:
        """Learn which of day and month comes first; tells whether dates wait to be read by it."""
        known = self._shared[KNOWN:]
        waiting = bool(known[dates.UNSURE_DATES])
        known[dates.UNSURE_DATES] = 0
        month, day = bool(known[dates.MONTH_FIRST]), bool(known[dates.DAY_FIRST])
        # Both occur: then nothing is known, and each date that could be both stays unread.
        if month == day:
            known[dates.ORDER] = 0
            return False
        known[dates.ORDER] = dates.MONTH_FIRST if month else dates.DAY_FIRST
        return waiting

    def _name(self, found: Numbers, states: States, spots: Numbers) -> None:
        """Turn wall times with a zone's name into moments, an hour of each name at a time."""
        short = np.flatnonzero((states >= NAMED) & (states != IN_CITY))
        # Asked once for each distinct name and hour: a few slow calls a block.
        codes = found[short] // _HOUR * _STATES + states[short]
        for code, lines in _groups(codes):
            hour, state = divmod(code, _STATES)
            name = zones.NAMES[state - NAMED]
            self._read(found, short[lines], name, zones.abbreviation(name, hour, self._zone))
        cities = np.flatnonzero(states == IN_CITY)
        names = [_text_at(int(spot)) for spot in spots[cities]]
        for name in dict.fromkeys(names):
            own = cities[[name == other for other in names]]
            for hour, lines in _groups(found[own] // _HOUR):
                self._read(found, own[lines], name, zones.city(name, hour, self._zone))

    def _read(self, found: Numbers, lines: Numbers, name: str, reading: zones.ZoneReading) -> None:
        """Set the clock of lines right, and count what was made of their zone."""
        found[lines] -= reading.east_ns
        if reading.assumed:
            self.assumed[name] += len(lines)
        # A name that is not of the database is somebody's text: it is counted, and not repeated.
        if not reading.believed:
            self.unbelieved[name if name in zones.NAMES else "?"] += len(lines)

    def _localise(self, found: Numbers, local: npt.NDArray[np.bool_]) -> None:
        """Turn wall times of the stream's zone into moments, an hour at a time."""
        # Asked once for each distinct hour: a few slow calls a block instead of one for each line.
        hours, place = np.unique(found[local] // _HOUR, return_inverse=True)
        offsets = np.array([self._east_ns(int(hour)) for hour in hours], np.int64)
        found[local] -= offsets[place] if len(hours) else 0
        twice = np.array([self._is_twice(int(hour)) for hour in hours], bool)
        self.ambiguous += int(np.count_nonzero(twice[place])) if len(hours) else 0

    def _is_twice(self, hour: int) -> bool:
        """Tell whether clocks were set back over this hour: a log writes it twice, the same way."""
        wall = datetime.fromtimestamp(hour * 3_600, UTC).replace(tzinfo=self._zone)
        return zones.east_of(wall) > zones.east_of(wall.replace(fold=1))

    def _east_ns(self, hour: int) -> int:
        return zones.east_of(datetime.fromtimestamp(hour * 3_600, UTC).replace(tzinfo=self._zone))

    def _filled(self, found: Numbers, given: Given) -> Moments:
        # Index of the last line that gave a time, or -1: a stack trace takes the time of its first
        # line.
        last = np.maximum.accumulate(np.where(given, np.arange(len(found)), -1))
        before = self.receipt_ns if self.last_ns is None else self.last_ns
        event = np.where(last >= 0, found[last], before)
        absent = int(np.count_nonzero(~given))
        # By what is stored of a line, so that an audit counts the same.
        unplaced = int(np.count_nonzero(~given & (event == self.receipt_ns)))
        self.read_own += len(event) - absent
        self.inherited += absent - unplaced
        self.unplaced += unplaced
        # None until a line gives one: the receipt of one batch is not the time of the next one's.
        if absent < len(event):
            self.last_ns = int(event[-1])
        return Moments(event=event, inherited=~given)


def _groups(codes: Numbers) -> Iterator[tuple[int, Numbers]]:
    """Yield each distinct code with the places where it stands."""
    distinct, place = np.unique(codes, return_inverse=True)
    for number, code in enumerate(distinct.tolist()):
        yield code, np.flatnonzero(place == number)


def _text_at(address: int) -> str:
    """Copy the name of a zone, which ends before a bracket."""
    return string_at(address, _NAME_BYTES).split(b"]")[0].decode("latin-1")
