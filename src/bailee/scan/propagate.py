"""Propagation: names that a block's finds show are looked for where no rule found them."""

import numpy as np
import numpy.typing as npt

from bailee.scan import kinds
from bailee.scan.buffers import Columns
from bailee.scan.detect.known import RULE_KNOWN, KnownNames, clear_counts, keep, learn, look
from bailee.scan.vm.rows import Merger, Rows

FINDS_MAX = 1 << 20
"""In one block: a megabyte of names in 8 MiB is no log."""


class Propagator:
    """The working arrays of propagation; a stream's names come in from outside."""

    def __init__(self, teaching: npt.NDArray[np.uint8], capacity: int) -> None:
        self._merger = Merger(capacity + FINDS_MAX)
        self._teaching = teaching
        self._out = np.empty((FINDS_MAX, 3), np.int64)

    def add(self, names: KnownNames, columns: Columns, rows: Rows) -> Rows:
        """Add to a block's finds those of names known by the block's end."""
        start, end, _line, kind, rule, flags = rows
        # The arrays stay bound to names until the kernels are done with their addresses.
        parts = (start, end, kind, rule, flags)
        held = np.array([int(part.ctypes.data) for part in parts], np.int64)
        table = int(names.table.ctypes.data)
        teaching = int(self._teaching.ctypes.data)
        names.grow(learn(columns.address, len(start), int(held.ctypes.data), teaching, table))
        if not names.count:
            return rows
        out = int(self._out.ctypes.data)
        # Names of this block are looked for in all of it, also before the line that showed them:
        # a block's finds are those of the names known at its end.
        made = look(
            columns.address,
            len(start),
            int(start.ctypes.data),
            int(end.ctypes.data),
            table,
            int(names.starts.ctypes.data),
            FINDS_MAX,
            out,
        )
        # Copied: `keep` moves rows together, and the counts of those it drops must be reset too.
        entries = self._out[:made].copy()
        kept = keep(made, out)
        clear_counts(made, int(entries.ctypes.data))
        return self._merger.merged(rows, self._rows(kept, columns))

    def _rows(self, kept: int, columns: Columns) -> Rows:
        start = self._out[:kept, 0].copy()
        end = self._out[:kept, 1].copy()
        line = np.searchsorted(columns.known_lines(), start, "right") - 1
        return (
            start,
            end,
            line.astype(np.int64),
            np.full(kept, int(kinds.Kind.USERNAME), np.uint8),
            np.full(kept, RULE_KNOWN, np.uint16),
            np.zeros(kept, np.uint16),
        )
