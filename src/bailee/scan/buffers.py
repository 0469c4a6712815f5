"""Buffers: the arrays that a scan works in, allocated once and padded for kernels to read.

Fresh allocations cost a page fault per 4 KiB, more than the scan itself; columns are sized for
the worst text there can be, and pages that are never written are never resident.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bailee.scan.detect.structure.columns import LAYOUT_BYTES, LAYOUTS_MAX
from bailee.scan.detect.sweep import TILE_BYTES
from bailee.scan.recipes.build import Tables
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import CLAIM_BYTES, CLAIMS_MAX
from bailee.scan.vm.machine import PAD_BYTES
from bailee.scan.vm.planes import AT_ONCE, PLANES_BYTES

FIND_BYTES_MIN = 3
"""No find and the byte that parts it from the next are shorter together."""
ESCAPED_BYTES_MIN = 2
"""No line with an escape is shorter, with its newline."""


class Padded:
    """Bytes with readable newlines on both sides."""

    # Newlines, for no find crosses one: a look-back from the first byte and a look-ahead from the
    # last end at once, instead of finding half of another text.

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._whole = np.full(capacity + 2 * PAD_BYTES, char.NEWLINE, np.uint8)
        self.bytes = self._whole[PAD_BYTES : PAD_BYTES + capacity]
        self.address = int(self.bytes.ctypes.data)

    def close(self, size: int) -> None:
        """Put newlines after the text, whatever an earlier, longer text left there."""
        self._whole[PAD_BYTES + size : PAD_BYTES + size + PAD_BYTES] = char.NEWLINE


class Columns:
    """Where one sweep writes, and the slots that say so."""

    def __init__(self, capacity: int, tables: Tables) -> None:
        # For the worst text there can be: kernels write without looking at the room left, and a
        # bound that a hostile line could pass would be a write beyond the array.
        finds = capacity // FIND_BYTES_MIN + 64
        self.slots = np.zeros(slot.SLOTS_BYTES // 8, np.int64)
        self.anchors = np.empty(TILE_BYTES + AT_ONCE, np.int64)
        self.planes = np.zeros(PLANES_BYTES // 8, np.int64)
        self.start = np.empty(finds, np.int64)
        self.end = np.empty(finds, np.int64)
        self.line = np.empty(finds, np.int64)
        self.kind = np.empty(finds, np.uint8)
        self.rule = np.empty(finds, np.uint16)
        self.flags = np.empty(finds, np.uint16)
        # A line may be a newline alone.
        self.line_starts = np.empty(capacity + 2, np.int64)
        # A line is set aside for an escape byte alone, so that two bytes may be one: with less
        # room the kernel, which does not look, would write beyond the array.
        self.escaped = np.empty(capacity // ESCAPED_BYTES_MIN + 2, np.int64)
        # Parallel to it; and what the headers of a stream said.
        self.escaped_layouts = np.empty(len(self.escaped), np.int64)
        self.layouts = np.zeros(LAYOUT_BYTES // 8 * (LAYOUTS_MAX + 1), np.int64)
        self.form_fits = np.zeros(64, np.int64)
        self._claims = np.zeros(CLAIM_BYTES // 8 * (CLAIMS_MAX + 1), np.int64)
        self._scratch = np.zeros(CLAIM_BYTES // 8 * (CLAIMS_MAX + 1), np.int64)
        # Kept although nothing reads them again: kernels have their addresses.
        self._tables = tables
        self.address = int(self.slots.ctypes.data)
        for number, array in (*tables.arrays.items(), *self._own().items()):
            self.put(number, int(array.ctypes.data))
        for number, value in tables.numbers.items():
            self.put(number, value)

    def _own(self) -> dict[int, npt.NDArray[Any]]:
        return {
            slot.ANCHORS: self.anchors,
            slot.PLANES: self.planes,
            slot.OUT_START: self.start,
            slot.OUT_END: self.end,
            slot.OUT_LINE: self.line,
            slot.OUT_KIND: self.kind,
            slot.OUT_RULE: self.rule,
            slot.OUT_FLAGS: self.flags,
            slot.LINE_STARTS: self.line_starts,
            slot.ESCAPED: self.escaped,
            slot.ESCAPED_LAYOUTS: self.escaped_layouts,
            slot.LAYOUTS: self.layouts,
            slot.FORM_FITS: self.form_fits,
            slot.CLAIMS: self._claims,
            slot.SCRATCH: self._scratch,
        }

    def known_lines(self) -> npt.NDArray[np.int64]:
        """Give the first bytes of the lines of the last sweep."""
        return self.line_starts[: self.get(slot.LINE)]

    def put(self, number: int, value: int) -> None:
        """Set a slot."""
        self.slots[number >> 3] = value

    def get(self, number: int) -> int:
        """Read a slot."""
        return int(self.slots[number >> 3])
