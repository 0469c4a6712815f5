"""Journals of anchors: one at each custodian, written to after each commit; the newest count.

A custodian that was away misses records, which is no harm: of each log the newest record of all
custodians counts.  Zeros are written ahead, so that a record changes no length and no name: its
fsync then waits for its own bytes alone, a tenth of the time on a disk that others use as well.
spec/keys.md, "What custodians know of a ledger"
"""

import errno
import fcntl
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import final

from bailee import errors
from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.kms.disk import write_whole
from bailee.failpoint import durable
from bailee.ledger.anchor import RECORD_BYTES
from bailee.ledger.model import AnchorList
from bailee.ledger.port import Newest

NAME = "anchors"
ANCHORS_AHEAD = 3_072
"""Anchors for which a journal has room before it is made anew: 288 KiB, read at each start."""
_FREE = bytes(RECORD_BYTES)
_PAGE = 64 * RECORD_BYTES


@final
class Journal:
    """The journal of one custodian, as far as this process has read it."""

    def __init__(self, custodian: Custodian) -> None:
        self._custodian = custodian
        self._path = custodian.folder / NAME
        self._place = str(self._path)
        # Held while something is read, never while it is written or waited for: who leads a commit
        # looks while another thread writes of the one before.
        self._reading = threading.Lock()
        self._reader = _Opened()
        self._at = 0
        self._era = 0
        self._records: list[bytes] = []
        # Held while one record is written and synced, by one thread at a time.
        self._writing = threading.Lock()
        self._writer = _Opened()

    # --- reading -----------------------------------------------------------------------------

    def look(self) -> AnchorList:
        """Take in what came since; a custodian that went away keeps what it had said."""
        with self._reading:
            answers = False
            with suppress(OSError, errors.Sealed):
                self._look()
                answers = True
            return AnchorList(self._era, self._records, answers)

    def _look(self) -> None:
        try:
            inode = os.stat(self._place).st_ino  # noqa: PTH116  # a third of the time, at each act
        except FileNotFoundError:
            # Nothing was left here yet, or it is not the custodian's folder that is here now.
            self._custodian.require()
            self._reader.close()
            return
        if inode != self._reader.inode:
            self._custodian.require()
            self._reader.open(self._place, os.O_RDONLY)
            self._era, self._records, self._at = self._era + 1, [], 0
        self._take()

    def _take(self) -> None:
        # From the last record on: it may have been read while it was written.
        start = max(0, self._at - RECORD_BYTES)
        data = os.pread(self._reader.handle, _PAGE, start)
        if self._at and data[:RECORD_BYTES] != self._records[-1]:
            self._era, self._records, self._at = self._era + 1, self._records[:-1], start
        while True:
            for at in range(self._at - start, len(data), RECORD_BYTES):
                record = data[at : at + RECORD_BYTES]
                if record == _FREE or len(record) < RECORD_BYTES:
                    return
                # A torn one as well, which nobody was granted anything on: its tag tells.
                self._records.append(record)
                self._at += RECORD_BYTES
            start = self._at
            data = os.pread(self._reader.handle, _PAGE, start)
            if not data:
                return

    # --- writing -----------------------------------------------------------------------------

    def append(self, records: Sequence[bytes], newest: Newest) -> None:
        """Add records, durably; where no room is left, the journal is made anew of the newest."""
        data = b"".join(records)
        with self._writing:
            self._lock()
            try:
                if self._at + len(data) > self._writer.size:
                    self._renew(records, newest)
                    return
                with durable("kms.anchor-write"):
                    # A crash leaves each record whole, torn or free; none was answered for yet.
                    if os.pwrite(self._writer.handle, data, self._at) != len(data):
                        raise OSError(errno.EIO, "part of a record was written")
            finally:
                fcntl.flock(self._writer.handle, fcntl.LOCK_UN)

    def _lock(self) -> None:
        """Lock the journal that has the name now: two processes may not write to one place."""
        while True:
            if self._writer.handle < 0:
                self._custodian.require()
                # Written and synced by one call: each gives up the interpreter, and has to wait
                # until it has it back.
                self._writer.open(self._place, os.O_RDWR | os.O_CREAT | os.O_DSYNC)
            # As long as another process writes one record and syncs it.
            fcntl.flock(self._writer.handle, fcntl.LOCK_EX)
            newest = False
            try:
                with self._reading:
                    self._look()
                # Made anew while this one waited: what is written to the old one nobody reads.
                newest = self._reader.inode == self._writer.inode
            finally:
                if not newest:
                    self._writer.close()
            if newest:
                return

    def _renew(self, records: Sequence[bytes], newest: Newest) -> None:
        # The old one is locked until the new one has its name, so nothing is added in between.
        kept = b"".join(newest([*self._records, *records]))
        write_whole(self._path, kept + _FREE * ANCHORS_AHEAD, "kms.anchor-renew")


class _Opened:
    """An open file, or none; closing it also gives up its lock."""

    def __init__(self) -> None:
        self.handle, self.inode, self.size = -1, 0, 0

    def open(self, place: str, flags: int) -> None:
        self.close()
        self.handle = os.open(place, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        status = os.fstat(self.handle)
        self.inode, self.size = status.st_ino, status.st_size

    def close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
        self.handle, self.inode, self.size = -1, 0, 0

    __del__ = close


@final
class Journals:
    """The journals of all custodians; implements `ledger.port.Anchors`."""

    def __init__(self, custodians: Sequence[Custodian]) -> None:
        self._journals = tuple(map(Journal, custodians))
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(custodians) - 1))

    def left(self) -> Sequence[AnchorList]:
        """Return what each custodian was left with; Sealed when none answers."""
        lists = [journal.look() for journal in self._journals]
        if not any(held.answers for held in lists):
            raise errors.Sealed("errors_kms.custodian-missing")
        return lists

    def leave(self, records: Sequence[Sequence[bytes]], newest: Newest) -> None:
        """Leave each its records, durably; Sealed or CannotRecord when none takes them."""
        # Every one is asked, whatever the others answer: any of them may be the one that is left.
        # Beside each other, for all that each does is to wait for its disk.
        asked = list(zip(self._journals, records, strict=True))
        others = [self._pool.submit(_failure, journal, new, newest) for journal, new in asked[1:]]
        failures = [_failure(*asked[0], newest), *(other.result() for other in others)]
        if all(failures):
            raise next(filter(None, failures))


def _failure(
    journal: Journal, records: Sequence[bytes], newest: Newest
) -> errors.BaileeError | None:
    """Leave one custodian with its records; return why it did not take them."""
    try:
        if records:  # else it has all already
            journal.append(records, newest)
    except OSError:
        return errors.CannotRecord("errors_kms.disk")
    except errors.Sealed as error:
        return error
    return None
