"""Window: the memory that a worker shares, and the short messages beside it.

The keeper writes text and line starts, the worker all else.  Whoever reads copies first: what was
checked in place could be another thing when it is used.
"""

import struct
from ctypes import c_uint8
from enum import IntEnum
from mmap import mmap
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bailee.limits import LINE_BYTES
from bailee.logs.ingest.parsing.held import STEP_BYTES
from bailee.logs.ingest.zones import NAMES
from bailee.scan.buffers import FIND_BYTES_MIN
from bailee.scan.scanner import BLOCK_BYTES
from bailee.scan.vm import char
from bailee.scan.vm.machine import PAD_BYTES

TEXT_BYTES: Final = BLOCK_BYTES + LINE_BYTES
"""The longest text that crosses at once: a block."""
_LINES = LINE_BYTES + STEP_BYTES
"""Of a text that is compared by its times, each line of which may be a newline alone."""
_FINDS = TEXT_BYTES // FIND_BYTES_MIN + 64
ASSUMED, UNBELIEVED = slice(0, len(NAMES)), slice(len(NAMES), 2 * len(NAMES) + 1)
"""Where counts of zones stand, by `NAMES`; the last is of names that are none of these."""

_COLUMNS: Final = (
    # The widest first, so that each begins at a multiple of its own width.
    *(("starts", "i8", _LINES), ("found", "i8", _LINES), ("zones", "i8", UNBELIEVED.stop)),
    *(("start", "i8", _FINDS), ("end", "i8", _FINDS)),
    *(("rule", "u2", _FINDS), ("flags", "u2", _FINDS), ("kind", "u1", _FINDS)),
    *(("given", "u1", _LINES), ("severe", "i1", _LINES)),
    ("text", "u1", TEXT_BYTES + 2 * PAD_BYTES),
)
WINDOW_BYTES: Final = sum(np.dtype(kind).itemsize * count for _, kind, count in _COLUMNS)
"""For the worst text there can be; pages that are never written are never resident."""


class WorkerAsk(IntEnum):
    """Worker ask: what the keeper wants of a worker."""

    FEED = 1
    """Scan the next `size` bytes."""
    NEXT = 2
    """Give the next finds of what was fed."""
    CLOSE = 3
    """Scan what is left."""
    TIMES = 4
    SEVERITIES = 5


class Said(IntEnum):
    """Said: what a worker answers with."""

    FOUND = 1
    NO_MORE = 2
    TIMES = 3
    SEVERITIES = 4


ASK: Final = struct.Struct("<5q")
"""What is wanted, bytes of text, lines, the number of a timeline and its receipt in nanoseconds;
the name of a time zone may follow."""
SAID: Final = struct.Struct("<3q")
"""What it is, and two numbers."""
MESSAGE_BYTES: Final = 512
"""No ask is longer: a zone has a short name."""


class SharedWindow:
    """Shared window: columns over shared memory, the same on both sides."""

    def __init__(self, memory: mmap) -> None:
        columns: dict[str, npt.NDArray[Any]] = {}
        at = 0
        for name, kind, count in _COLUMNS:
            columns[name] = np.frombuffer(memory, kind, count, at)
            at += columns[name].nbytes
        self.starts: npt.NDArray[np.int64] = columns["starts"]
        self.found: npt.NDArray[np.int64] = columns["found"]
        self.zones: npt.NDArray[np.int64] = columns["zones"]
        self.start: npt.NDArray[np.int64] = columns["start"]
        self.end: npt.NDArray[np.int64] = columns["end"]
        self.rule: npt.NDArray[np.uint16] = columns["rule"]
        self.flags: npt.NDArray[np.uint16] = columns["flags"]
        self.kind: npt.NDArray[np.uint8] = columns["kind"]
        self.given: npt.NDArray[np.uint8] = columns["given"]
        self.severe: npt.NDArray[np.int8] = columns["severe"]
        self._whole: npt.NDArray[np.uint8] = columns["text"]
        self.text = self._whole[PAD_BYTES:-PAD_BYTES]

    def put(self, text: int, line_starts: npt.NDArray[np.int64], end: int) -> int:
        """Copy the lines that start there, in the text at this address; return their size."""
        first = int(line_starts[0])
        size = end - first
        lines = memoryview((c_uint8 * size).from_address(text + first))
        self.text[:size] = np.frombuffer(lines, np.uint8)
        # As around any text that kernels read: a look beyond it ends at once.
        self._whole[:PAD_BYTES] = char.NEWLINE
        self._whole[PAD_BYTES + size : 2 * PAD_BYTES + size] = char.NEWLINE
        np.subtract(line_starts, first, out=self.starts[: len(line_starts)])
        return size
