"""Opened: one file that is read on, whatever becomes of its name.

What is packed is unpacked from its first byte; offsets count unpacked bytes.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from bailee import errors
from bailee.adapters.sources import archive
from bailee.adapters.sources.content import require_text
from bailee.adapters.sources.packing import HEAD_BYTES, headed, is_packed, unpacked
from bailee.adapters.sources.place import SourcePlace, opened
from bailee.run.follow.finding import FileId, Stamp

READ_BYTES: Final = 1024 * 1024
"""Read at a time, and pushed at a time at most: it is in memory once for each file that grew."""


class OpenedFile:
    """Opened file: read by position; PartlyDone from what opens or reads it."""

    def __init__(self, path: str) -> None:
        """Open it; PartlyDone for what is no file or no log."""
        self._descriptor = opened(SourcePlace(path=path))
        self._rest: Iterator[bytes] | None = None
        self._held = b""
        self._at = 0
        with ExitStack() as refused:
            refused.callback(self.close)
            head = self._pread(HEAD_BYTES, 0)
            self.packed = is_packed(head)
            _require_log(head)
            refused.pop_all()

    @property
    def id(self) -> FileId:
        """What it is, whatever its name."""
        about = os.fstat(self._descriptor)
        return about.st_dev, about.st_ino

    @property
    def stamp(self) -> Stamp:
        """How it is now."""
        about = os.fstat(self._descriptor)
        return about.st_size, about.st_mtime_ns

    @property
    def is_deleted(self) -> bool:
        """Whether it has no name any more."""
        return os.fstat(self._descriptor).st_nlink == 0

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes from the first; PartlyDone where what is packed breaks off."""
        if not self.packed:
            yield from self._raw()
            return
        head, whole = headed(unpacked(self._raw()))
        _require_log(head)
        yield from whole

    def read(self, offset: int, length: int) -> bytes:
        """Read as many bytes from an offset, or up to its end; of what is packed, only onwards."""
        if not self.packed:
            return self._pread(length, offset)
        if self._rest is None or self._at > offset:
            self._rest, self._held, self._at = self.chunks(), b"", 0
        while len(self._held) < offset - self._at + length:
            more = next(self._rest, b"")
            if not more:
                break
            # What lies before is let go of at once.
            passed = min(offset - self._at, len(self._held))
            self._held, self._at = self._held[passed:] + more, self._at + passed
        start = offset - self._at
        return self._held[start : start + length]

    def _raw(self) -> Iterator[bytes]:
        at = 0
        while piece := self._pread(READ_BYTES, at):
            at += len(piece)
            yield piece

    def _pread(self, length: int, at: int) -> bytes:
        try:
            return os.pread(self._descriptor, length, at)
        except OSError:
            raise errors.PartlyDone("errors_sources.unreadable") from None


def _require_log(head: bytes) -> None:
    if archive.is_zip(head) or archive.is_tar(head):
        raise errors.PartlyDone("errors_sources.archive-within")
    if not is_packed(head):
        require_text(head)
