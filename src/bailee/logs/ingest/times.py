"""Times: when each line happened: as it says itself, else as the line before, else its receipt.

A time without a zone is taken in the stream's own, UTC unless it was declared; one without a year
is the last such day before the receipt.  Line times order and find lines; they choose no key.
"""

from datetime import UTC, datetime, tzinfo

import numpy as np
import numpy.typing as npt

from bailee.logs.ingest.kernels.moments import DAY, LOCAL, NONE, SECOND, recognise
from bailee.logs.store.segment import Moments

Numbers = npt.NDArray[np.int64]

_HOUR = 3_600 * SECOND


class Timeline:
    """Timeline: follows the lines of one batch; carries the last time from block to block."""

    def __init__(self, *, receipt_ns: int, zone: tzinfo = UTC, last_ns: int | None = None) -> None:
        self.receipt_ns = receipt_ns
        self.last_ns = receipt_ns if last_ns is None else last_ns
        self._zone = zone

    def read(self, text: int, line_starts: Numbers, size: int) -> Moments:
        """Read the times of the lines that start at `line_starts` in the text at this address.

        `size` is where the last line ends; times are nanoseconds since 1970.
        """
        lines = len(line_starts)
        found = np.empty(lines, np.int64)
        states = np.empty(lines, np.uint8)
        # The greatest year that is tried for a line without one: a sender whose clock is ahead
        # writes 1 January on 31 December. More than a day beyond the receipt no such line is dated.
        year = datetime.fromtimestamp(self.receipt_ns // SECOND, self._zone).year + 1
        recognise(
            text,
            int(line_starts.ctypes.data),
            lines,
            size,
            year,
            self.receipt_ns + DAY,
            int(found.ctypes.data),
            int(states.ctypes.data),
        )
        # Most streams are in UTC, and pay nothing for the others.
        if self._zone is not UTC:
            self._localise(found, states == LOCAL)
        return self._filled(found, states)

    def _localise(self, found: Numbers, local: npt.NDArray[np.bool_]) -> None:
        """Turn wall times of the stream's zone into moments, an hour at a time."""
        # Asked once for each distinct hour: a few slow calls a block instead of one for each line.
        hours, place = np.unique(found[local] // _HOUR, return_inverse=True)
        offsets = np.array([self._east_ns(int(hour)) for hour in hours], np.int64)
        found[local] -= offsets[place] if len(hours) else 0

    def _east_ns(self, hour: int) -> int:
        wall = datetime.fromtimestamp(hour * 3_600, UTC).replace(tzinfo=self._zone)
        offset = wall.utcoffset()
        return 0 if offset is None else int(offset.total_seconds()) * SECOND

    def _filled(self, found: Numbers, states: npt.NDArray[np.uint8]) -> Moments:
        given = states != NONE
        # Index of the last line that gave a time, or -1: a stack trace takes the time of its first
        # line.
        last = np.maximum.accumulate(np.where(given, np.arange(len(found)), -1))
        event = np.where(last >= 0, found[last], self.last_ns)
        if len(event):
            self.last_ns = int(event[-1])
        return Moments(event=event, inherited=~given)
