"""Lines as they arrive, cut into blocks: at most 50,000 lines or 8 MiB, whole lines only.

A line is what stands between newlines; what ended it (newline, CR and newline, nothing) is noted,
so that the exact bytes come back.  A line over 1 MiB is cut, and the cut is noted as a line that
no newline ended.  Offsets count in the bytes that were scanned.
"""

from collections.abc import Iterator
from ctypes import string_at
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bailee.limits import BLOCK_LINES, LINE_BYTES
from bailee.logs.store.kernels.lines import clip, count_endings, split
from bailee.logs.store.kernels.text import SECRET, SECRET_USE
from bailee.logs.store.kernels.values import WITH_ORDINAL
from bailee.scan.kinds import Flag
from bailee.scan.scanner import Finds

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockLines:
    """Some lines of a scanned text, and what was found in them.

    `text` is an address with readable bytes on both sides; it and all offsets are good until the
    scanner goes on.
    """

    text: int
    start: int
    size: int
    """One after the last byte, from `text`."""
    line_starts: Numbers
    returns: bool
    """Every line ends with CR and newline."""
    find_starts: Numbers
    find_ends: Numbers
    kinds: npt.NDArray[np.uint8]
    uses: npt.NDArray[np.uint8]
    """0: left in place; 1: becomes an ordinal; 2: a secret."""
    rules: npt.NDArray[np.uint16]
    encoded: npt.NDArray[np.bool_]
    """Found in a line that was decoded first."""

    @property
    def count(self) -> int:
        """How many lines."""
        return len(self.line_starts)

    def received(self) -> bytes:
        """Copy the bytes of these lines."""
        return string_at(self.text + self.start, self.size - self.start)


def pieces(finds: Finds, replaced: npt.NDArray[np.uint8]) -> Iterator[BlockLines]:
    """Cut scanned text into blocks; `replaced` says of each rule whether it replaces."""
    uses = _uses(finds, replaced)
    starts = _line_starts(finds)
    lines = len(starts)
    for first in range(0, lines, BLOCK_LINES):
        stop = min(first + BLOCK_LINES, lines)
        size = len(finds.text) if stop == lines else int(starts[stop])
        low, high = np.searchsorted(finds.start, (starts[first], size))
        yield _piece(finds, uses, starts[first:stop], slice(int(low), int(high)), size)


def _line_starts(finds: Finds) -> Numbers:
    size = len(finds.text)
    # Room for the worst there can be: pages that are never written are never resident.
    starts = np.empty(size + len(finds) + 2, np.int64)
    count = split(
        int(finds.text.ctypes.data),
        size,
        LINE_BYTES,
        int(finds.start.ctypes.data),
        int(finds.end.ctypes.data),
        len(finds),
        int(starts.ctypes.data),
    )
    return starts[:count]


def _uses(finds: Finds, replaced: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Choose what becomes of each find; a suspicion stays in place, and is only reported."""
    uses = replaced[finds.rule] * np.uint8(WITH_ORDINAL)
    uses[(finds.flags & np.uint16(Flag.SUSPECTED)) != 0] = 0
    uses[(finds.kind == SECRET) & (uses != 0)] = SECRET_USE
    return uses


def _piece(
    finds: Finds, uses: npt.NDArray[np.uint8], starts: Numbers, rows: slice, size: int
) -> BlockLines:
    text = int(finds.text.ctypes.data)
    lines = np.ascontiguousarray(starts)
    counted = count_endings(text, int(lines.ctypes.data), len(lines), size)
    found = BlockLines(
        text=text,
        start=int(lines[0]),
        size=size,
        line_starts=lines,
        returns=counted > 0 and counted >> 32 == counted & 0xFFFFFFFF,
        find_starts=np.ascontiguousarray(finds.start[rows]),
        find_ends=np.array(finds.end[rows]),
        kinds=np.ascontiguousarray(finds.kind[rows]),
        uses=np.array(uses[rows]),
        rules=np.ascontiguousarray(finds.rule[rows]),
        encoded=(finds.flags[rows] & np.uint16(Flag.ENCODED)) != 0,
    )
    clip(
        text,
        int(lines.ctypes.data),
        len(lines),
        size,
        int(found.returns),
        int(found.find_starts.ctypes.data),
        int(found.find_ends.ctypes.data),
        int(found.uses.ctypes.data),
        len(found.kinds),
    )
    return found
