"""Reserve: space kept free within the home, as a file that is deleted when the disk is full.

What it makes room for is small and owed: refusals, deadlines, notices, and acts that end what is
kept (`monitor.model.OWED`).  While it is gone nothing else is done for anybody
(`ledger.service.Ledger.require_fresh`), so ordinary work cannot use it up.
"""

import os
from pathlib import Path
from typing import Final

from bailee import failpoint
from bailee.limits import RESERVE_BYTES

NAME: Final = "reserve"
ROOM_BYTES: Final = 2 * RESERVE_BYTES
"""Taken again only where so much is free, twice its size; with less it would come and go."""


class FileReserve:
    """Reserve in the file `reserve` of a home; implements `ledger.port.Reserve`."""

    def __init__(self, home: Path, size_bytes: int = RESERVE_BYTES) -> None:
        self._path = home / NAME
        self._size = size_bytes

    @property
    def room_bytes(self) -> int:
        """How much must be free on its disk for it to be taken."""
        return ROOM_BYTES * self._size // RESERVE_BYTES

    def held(self) -> bool:
        """Return whether the space is kept now."""
        try:
            return self._path.stat().st_size == self._size
        except OSError:
            return False

    def lost(self) -> bool:
        """Tell whether it is not kept and cannot be taken: a new home keeps none, and may."""
        try:
            return not self.held() and self._free_bytes() < self.room_bytes
        except OSError:
            return True

    def release(self) -> bool:
        """Free it; False when it was free already, or cannot be freed."""
        try:
            with failpoint.durable("reserve.release"):
                # A crash after it leaves the space free; `keep` takes it again.
                self._path.unlink()
        except OSError:
            return False
        return True

    def keep(self) -> bool:
        """Take it again if the disk has room; False when it has not.

        A crash on the way leaves a file of another size, which counts as free and is replaced.
        """
        if self.held():
            return True
        try:
            with failpoint.durable("reserve.clear"):
                self._path.unlink(missing_ok=True)
            if self._free_bytes() < self.room_bytes:
                return False
            with failpoint.durable("reserve.keep"):
                self._allocate()
        except OSError:
            self.release()
            return False
        return True

    def lend(self) -> bool:
        """Free it if the disk has no other room; False when there is room without it.

        True as well while it is free already: who is lent it goes on with what is left.
        """
        try:
            if self._free_bytes() >= self._size:
                return False
        except OSError:
            return False
        self.release()
        return True

    def _free_bytes(self) -> int:
        disk = os.statvfs(self._path.parent)
        return disk.f_bavail * disk.f_frsize

    def _allocate(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            # Allocated, not merely sized: a sparse file takes no block and keeps none free.
            os.posix_fallocate(descriptor, 0, self._size)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
