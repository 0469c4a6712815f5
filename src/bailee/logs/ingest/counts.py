"""Counts: how much a batch holds by day and kind: identifiers replaced, secrets, and lines.

No value is in it, but few finds of a rare kind on one day can point at someone, so it is sealed
with the text that it speaks of and ends with it.  Days are those of the lines' own times, in UTC;
a log may invent times, so no more than 400 days are told apart, and the rest count together.
spec/segment.md
"""

import struct
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bailee.errors import Damaged
from bailee.limits import COUNTED_DAYS
from bailee.logs.ingest.kernels.counts import KINDS, tally
from bailee.logs.store.lines import BlockLines

LINES = 0
"""Stands among the kinds for lines themselves; no kind has the number 0."""
OTHER_DAYS = -(1 << 31)
"""Stands for all days beyond `COUNTED_DAYS`; the smallest i32, so it is no day of a line."""
_CELL = struct.Struct(">iBI")

Cells = Counter[tuple[int, int]]
"""How many, by day since 1970 and kind."""


class Counts:
    """Counts: counts block after block of one batch."""

    def __init__(self) -> None:
        self.cells: Cells = Counter()
        self._days = np.zeros(COUNTED_DAYS, np.int64)
        self._table = np.zeros((COUNTED_DAYS + 1, KINDS), np.int64)

    def add(self, lines: BlockLines, event_ns: npt.NDArray[np.int64]) -> None:
        """Count a block whose lines happened at these times, in nanoseconds since 1970."""
        known = tally(
            int(event_ns.ctypes.data),
            int(lines.line_starts.ctypes.data),
            lines.count,
            lines.end,
            len(lines.kinds),
            int(lines.find_starts.ctypes.data),
            int(lines.kinds.ctypes.data),
            int(lines.uses.ctypes.data),
            int(self._days.ctypes.data),
            COUNTED_DAYS,
            int(self._table.ctypes.data),
        )
        # A row too many is only ever there when all others are.
        days = [*self._days[:known].tolist(), OTHER_DAYS][: known + (known == COUNTED_DAYS)]
        table = self._table[: len(days)]
        for row, kind in zip(*(at.tolist() for at in np.nonzero(table)), strict=True):
            self.cells[days[row], kind] += int(table[row, kind])
        # Cleared for the next block; only these rows can have been written.
        table[:] = 0

    def written(self) -> bytes:
        """Encode the counts: i32 day, u8 kind, u32 count, big-endian, sorted."""
        # Each block had its own 400 days, so a batch may have met more: the days with most lines
        # stay, and which those are does not depend on the order of blocks.
        kept = {day for day, _ in self._by_lines()[:COUNTED_DAYS]}
        cells: Cells = Counter()
        for (day, kind), count in self.cells.items():
            cells[day if day in kept else OTHER_DAYS, kind] += count
        # Sorted, so that the same lines give the same bytes, and nothing shows which came first.
        return b"".join(_CELL.pack(*cell, count) for cell, count in sorted(cells.items()))

    def _by_lines(self) -> list[tuple[int, int]]:
        days = {day: count for (day, kind), count in self.cells.items() if kind == LINES}
        return Counter(days).most_common()


def read(blob: bytes) -> Cells:
    """Decode what `written` encoded; Damaged when its length is no whole number of cells."""
    if len(blob) % _CELL.size:
        raise Damaged("errors_logs.segment-malformed")
    return Counter({(day, kind): count for day, kind, count in _CELL.iter_unpack(blob)})


def by_day(cells: Mapping[tuple[int, int], int]) -> Mapping[int, Mapping[int, int]]:
    """Group cells by day, in order; those of other days are last."""
    found: dict[int, dict[int, int]] = {}
    for (day, kind), count in sorted(cells.items()):
        found.setdefault(day, {})[kind] = count
    if OTHER_DAYS in found:
        found[OTHER_DAYS] = found.pop(OTHER_DAYS)
    return found
