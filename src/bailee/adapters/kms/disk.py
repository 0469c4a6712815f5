"""Private files, small: whole or not there, readable by their owner alone, overwritten to destroy.

Overwriting reaches the blocks that the file system uses for the file now; it does not reach what
copy-on-write, flash or a snapshot kept.  That residual risk is why the class is called `file`.
"""

import fcntl
import os
import stat
from pathlib import Path

from bailee import errors
from bailee.failpoint import durable
from bailee.limits import DUE_FILE_BYTES, KEY_FILE_BYTES

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_whole(path: Path, data: bytes, mark: str) -> None:
    """Make the file hold exactly these bytes, durably; a crash leaves the old file or the new."""
    incoming = new_name(path)
    with durable(mark):
        # A crash before the rename leaves `….new`, which the next write or destruction shreds.
        # O_NOFOLLOW: a link put in its place would have a secret written somewhere else.
        handle = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        # The bytes before the name, the name before the return: a crash in between shows the old
        # file.
        incoming.rename(path)
        sync_folder(path.parent)


def new_name(path: Path) -> Path:
    """Return where the next content of a file is written first."""
    return path.with_name(path.name + ".new")


def write_all(handle: int, data: bytes) -> None:
    """Write all bytes, however many calls that takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def append_whole(path: Path, data: bytes, record_bytes: int, mark: str) -> None:
    """Add whole records at the end, durably; LimitExceeded beyond what is read back.

    A crash may leave part of one, which the next call takes away.
    """
    with durable(mark):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        handle = os.open(path, flags, 0o600)
        try:
            # Held while one list is appended to: of two processes one would cut off, as a torn
            # record, what the other is writing.  The kernel releases it with the descriptor.
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            if size + len(data) > DUE_FILE_BYTES:
                raise errors.LimitExceeded("errors_kms.too-many-deletions")
            os.ftruncate(handle, size - size % record_bytes)
            write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        sync_folder(path.parent)


def shred(path: Path, mark: str) -> None:
    """Destroy a file: overwrite, fsync, unlink, fsync the directory.

    A crash in between leaves a file of zeros under its name, which doing this again removes.
    """
    with durable(mark):
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            write_all(handle, bytes(os.fstat(handle).st_size))
            os.fsync(handle)
        finally:
            os.close(handle)
        # Only now that the zeros are on the disk: unlinked first, the blocks would be free with the
        # secret still in them.
        path.unlink()
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a directory durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path, mark: str) -> None:
    """Make a directory that only its owner enters, durably; leave one that is there as it is."""
    with durable(mark):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)


def private(status: os.stat_result) -> bool:
    """Return whether a file or directory is ours and nobody else may touch it."""
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS


def exposure(status: os.stat_result) -> str:
    """Return the reason for which a file or directory is not private."""
    owned = status.st_uid == os.geteuid()
    return "errors_kms.readable-by-others" if owned else "errors_kms.not-owner"


def read_private(path: Path, *, at: int = 0, most: int = KEY_FILE_BYTES) -> bytes | None:
    """Read a file of ours from a place on; None when absent, Sealed when others may touch it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        # Of the open descriptor, not of the name: what is looked at is what is read.
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or not private(status):
            raise errors.Sealed(exposure(status))
        if status.st_size > most:
            raise errors.LimitExceeded("errors_kms.file-too-large")
        os.lseek(handle, at, os.SEEK_SET)
        parts: list[bytes] = []
        while part := os.read(handle, KEY_FILE_BYTES):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(handle)
