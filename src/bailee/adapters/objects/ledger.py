"""Ledger files: `ledger/<log>/` with tiles, `checkpoint`, and the signer state.

`signer` holds the three lines of the last checkpoint that the signer agreed to sign, written and
fsynced before anybody sees it.  It lies outside the database on purpose: rows brought back from
yesterday must not make the ledger sign a second root for a size that it has signed.
`signer.lock` is held through a step, by one thread of one process; the kernel frees it at death
(docs/decisions/0003-a-lock-of-the-kernel-for-the-signer.md).
"""

import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.adapters.objects.directory import DirectoryStore
from bailee.ids import LedgerId
from bailee.ledger.model import SignerHead
from bailee.proof.malformed import Malformed
from bailee.proof.tree.checkpoint import read_size
from bailee.proof.tree.merkle import HASH_BYTES
from bailee.proof.tree.note import unbase64

SIGNER: Final = "signer"
_LOCK: Final = "signer.lock"
_LINES: Final = 4
_POLL_S: Final = 0.002
"""Between two tries: flock cannot wait with a timeout, and a step takes some milliseconds."""


class FileSigner:
    """Signer state of one ledger; implements `ledger.port.SignerState`."""

    def __init__(self, folder: Path, store: DirectoryStore) -> None:
        self._folder = folder
        self._store = store
        # Beside the file lock, so that threads of this process wait for each other without polling
        # it.  Held as long, through one step.
        self._thread = threading.Lock()

    @contextmanager
    def locked(self, timeout_s: float) -> Iterator[None]:
        """Hold the lock that every step of this ledger takes; LockedByOther after the timeout."""
        until = time.monotonic() + timeout_s
        if not self._thread.acquire(timeout=timeout_s):
            raise errors.LockedByOther("errors_ledger.busy")
        try:
            descriptor = self._open_lock()
            try:
                _flock(descriptor, until)
                yield
            finally:
                # Closing frees the kernel's lock; so does death, so no lock is left over to be
                # judged.
                os.close(descriptor)
        finally:
            self._thread.release()

    def _open_lock(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            # A crash here leaves an empty folder, or a lock that nobody holds.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._folder / _LOCK, flags, 0o600)
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, "EIO")
            raise errors.CannotRecord("errors_ledger.not-writable", code=code) from error

    def load(self) -> SignerHead | None:
        """Read it; None when this ledger was never signed, Damaged when it cannot be read."""
        try:
            blob = self._store.read(SIGNER)
        except errors.NotFound:
            return None
        try:
            return _parse(blob)
        except ValueError:  # Malformed is one
            raise errors.Damaged("errors_ledger.signer-damaged") from None

    def save(self, head: SignerHead) -> None:
        """Write it, durably; Damaged when it does not extend what was stored."""
        # The sequencer has compared already; here once more, at the last place before the disk, so
        # that no caller can ever set it back (spec/invariants.md I4).
        last = self.load()
        if last is not None and not _follows(last, head):
            raise errors.Damaged("errors_ledger.rolled-back", signed=last.size, held=head.size)
        self._store.replace(SIGNER, head.checkpoint().text.encode())


class LedgerFiles:
    """Files of all ledgers of a home; implements `ledger.port.Files`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        # Guards the dictionary, for a look-up; two signers of one ledger would not share their
        # lock.
        self._mutex = threading.Lock()
        self._open: dict[LedgerId, tuple[DirectoryStore, FileSigner]] = {}

    def tiles(self, log: LedgerId) -> DirectoryStore:
        """Return the files of one ledger."""
        return self._of(log)[0]

    def signer(self, log: LedgerId) -> FileSigner:
        """Return the signer state of one ledger."""
        return self._of(log)[1]

    def sweep(self) -> int:
        """Remove files that crashes left half written, of all logs; return how many."""
        folders = sorted(self._root.iterdir()) if self._root.is_dir() else []
        return sum(DirectoryStore(folder).sweep_incoming() for folder in folders)

    def _of(self, log: LedgerId) -> tuple[DirectoryStore, FileSigner]:
        with self._mutex:
            if log not in self._open:
                folder = self._root / str(log)
                store = DirectoryStore(folder)
                self._open[log] = store, FileSigner(folder, store)
            return self._open[log]


def _follows(last: SignerHead, new: SignerHead) -> bool:
    grows = new.size > last.size or (new.size == last.size and new.root == last.root)
    return grows and new.origin == last.origin


def _parse(blob: bytes) -> SignerHead:
    lines = blob.decode().split("\n")
    if len(lines) != _LINES or lines[-1] or not lines[0]:
        raise Malformed("checkpoint")
    head = SignerHead(
        origin=lines[0], size=read_size(lines[1]), root=unbase64(lines[2], "checkpoint")
    )
    if len(head.root) != HASH_BYTES:
        raise Malformed("checkpoint")
    return head


def _flock(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise errors.LockedByOther("errors_ledger.busy") from None
            time.sleep(_POLL_S)
        else:
            return
