"""Held bytes: those received and not yet stored, in a copy that no parser can write to."""

import numpy as np

from bailee.errors import Damaged
from bailee.limits import LINE_BYTES
from bailee.scan.buffers import Padded
from bailee.scan.scanner import BLOCK_BYTES
from bailee.scan.vm.rows import Bytes

STEP_BYTES = 1024 * 1024
"""Bytes that are scanned at a time; what is held beyond a block is no more than this."""


class HeldBytes:
    """Held bytes: those received and not yet stored, copied before the scanner sees them.

    What will be stored is read back and compared with this copy, since the scanner may write in its
    own buffer.
    """

    def __init__(self) -> None:
        # What the scanner can hold back: a block, the line that it waits for the end of, and one
        # step.
        self._buffer = Padded(BLOCK_BYTES + LINE_BYTES + STEP_BYTES)
        self._size = 0
        self._dropped = 0

    @property
    def size(self) -> int:
        """How many there are."""
        return self._size

    def add(self, part: memoryview) -> None:
        """Copy bytes that are about to be scanned."""
        end = self._size + len(part)
        # A parser that never says that a block ends.
        if end > self._buffer.capacity:
            raise Damaged("errors_logs.does-not-come-back")
        self._buffer.bytes[self._size : end] = np.frombuffer(part, np.uint8)
        self._size = end

    def first(self, offset: int, size: int) -> Bytes:
        """Return the first `size` bytes held; Damaged unless they begin at this offset."""
        # A scanner that lost or repeated a byte is found here, before any hash is taken of it.
        if offset != self._dropped or size > self._size:
            raise Damaged("errors_logs.does-not-come-back")
        return self._buffer.bytes[:size]

    def drop(self, size: int) -> None:
        """Drop the first `size` bytes, which are stored by now."""
        # A copy, since the two stretches may overlap; it is a line or two, a block at most.
        rest = self._buffer.bytes[size : self._size].copy()
        self._buffer.bytes[: len(rest)] = rest
        self._size = len(rest)
        self._dropped += size
