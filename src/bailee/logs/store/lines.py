"""Lines: received bytes cut into blocks of at most 50,000 lines or 8 MiB, whole lines only.

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
    """Block lines: the lines of one block, where they stand in the scanned text, and their finds.

    `text` is the address of the scanned text, with readable bytes on both sides.  All offsets count
    bytes from it; the block is `start` to `end`.  Address and offsets hold until the scanner is fed
    again.
    """

    text: int
    start: int
    end: int
    """Offset of the byte after the last line, from `text` as `start` is."""
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
        return string_at(self.text + self.start, self.end - self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Moments: the times of a block's lines, in nanoseconds since 1970."""

    event: Numbers
    inherited: npt.NDArray[np.bool_]
    """Which lines gave no time of their own."""


def pieces(finds: Finds, replaced: npt.NDArray[np.uint8]) -> Iterator[BlockLines]:
    """Cut scanned text into blocks; `replaced` says of each rule whether it replaces."""
    uses = _uses(finds, replaced)
    starts = _line_starts(finds)
    lines = len(starts)
    for first in range(0, lines, BLOCK_LINES):
        stop = min(first + BLOCK_LINES, lines)
        end = len(finds.text) if stop == lines else int(starts[stop])
        # Finds are in order of their start, and none crosses a newline, so those of a block are one
        # slice.
        low, high = np.searchsorted(finds.start, (starts[first], end))
        yield _piece(finds, uses, starts[first:stop], slice(int(low), int(high)), end)


def line_starts(text: npt.NDArray[np.uint8]) -> Numbers:
    """Return where each line of a padded text starts, when nothing was found in it."""
    size = len(text)
    starts = np.empty(size + 2, np.int64)
    out = int(starts.ctypes.data)
    return starts[: split(int(text.ctypes.data), size, LINE_BYTES, out, out, 0, out)]


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
    # Before secrets are chosen: a suspected secret stays as it stands, and is reported.
    uses[(finds.flags & np.uint16(Flag.SUSPECTED)) != 0] = 0
    uses[(finds.kind == SECRET) & (uses != 0)] = SECRET_USE
    return uses


def _piece(
    finds: Finds, uses: npt.NDArray[np.uint8], starts: Numbers, rows: slice, end: int
) -> BlockLines:
    text = int(finds.text.ctypes.data)
    # Slices may lie apart in memory, while compiled loops take an address and count from it.
    lines = np.ascontiguousarray(starts)
    counted = count_endings(text, int(lines.ctypes.data), len(lines), end)
    found = BlockLines(
        text=text,
        start=int(lines[0]),
        end=end,
        line_starts=lines,
        # Only when every line ends so is it noted once for the block and left out of the text;
        # where endings are mixed, the CR stays in the text and comes back by itself.
        returns=counted > 0 and counted >> 32 == counted & 0xFFFFFFFF,
        find_starts=np.ascontiguousarray(finds.start[rows]),
        # Copies of these two: `clip` changes them, and the scanner's finds belong to the caller.
        find_ends=np.array(finds.end[rows]),
        kinds=np.ascontiguousarray(finds.kind[rows]),
        uses=np.array(uses[rows]),
        rules=np.ascontiguousarray(finds.rule[rows]),
        encoded=(finds.flags[rows] & np.uint16(Flag.ENCODED)) != 0,
    )
    # A find may own the CR or newline that ended its line, which is not stored: it is shortened, or
    # the way back would write that byte twice.
    clip(
        text,
        int(lines.ctypes.data),
        len(lines),
        end,
        int(found.returns),
        int(found.find_starts.ctypes.data),
        int(found.find_ends.ctypes.data),
        int(found.uses.ctypes.data),
        len(found.kinds),
    )
    return found
