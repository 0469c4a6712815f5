"""Files of a home, read for a backup; a copy of the rows is in the folder `backup/` meanwhile.

That folder is ours alone and inside the home, so that the copy is never on a disk where the rows
are not.  A crash leaves the copy; the next backup removes what it finds there.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.adapters.objects.directory import DirectoryHandle, DirectoryStore
from bailee.adapters.sql.still import StillRows, still_rows
from bailee.backup.archive import (
    CHECKPOINT,
    CONFIG,
    KEYRING,
    LEDGER,
    OBJECTS,
    SIGNER,
    Member,
    is_kept,
)
from bailee.failpoint import durable
from bailee.ids import LedgerId

FOLDER: Final = "backup"
_COPY: Final = "rows.db"


class CopyFile:
    """File for a copy of the rows; implements `backup.port.RowsFile`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def member(self, name: str) -> Member:
        """Return it as a member of an archive."""
        return Member(name=name, open=partial(_open, self.path))

    def write(self, chunks: Iterable[bytes]) -> None:
        """Fill it; not synced, since it is deleted once it was read."""
        with durable("backup.read-back"), self.path.open("r+b") as file:
            for chunk in chunks:
                file.write(chunk)

    def rows(self) -> AbstractContextManager[StillRows]:
        """Open the rows in it, read-only."""
        return still_rows(self.path)


class HomeDirectory:
    """Files of one home; `copy` writes a copy of its rows to a path."""

    def __init__(self, home: Path, copy: Callable[[Path], None]) -> None:
        self._home = home
        self._copy = copy

    @contextmanager
    def copy_rows(self) -> Iterator[CopyFile]:
        """Copy the rows, as they are at one moment."""
        with self.empty_rows() as room:
            self.copy(room.path)
            yield room

    def copy(self, target: Path) -> None:
        """Copy the rows to an empty file; CannotRecord when there is no room."""
        with taking():
            self._copy(target)

    @contextmanager
    def empty_rows(self) -> Iterator[CopyFile]:
        """Make room for rows that are read back; LockedByOther while another process has it."""
        place = self._home / FOLDER / _COPY
        with self._alone():
            try:
                with taking(), durable("backup.room"):
                    self._clear()
                    # Made here, 0600: SQLite fills an empty file, and one that it made itself would
                    # be readable by whoever the umask lets.
                    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                yield CopyFile(place)
            finally:
                with durable("backup.room-gone"), suppress(OSError):
                    self._clear()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Held by one backup or one reading back, for as long as the copy is there, minutes in a
        # large home; nobody waits for it.  The kernel frees it at death, and what is left is
        # cleared.
        folder = self._home / FOLDER
        with taking():
            folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise errors.LockedByOther("errors_backup.busy") from None
        finally:
            os.close(descriptor)

    def _clear(self) -> None:
        for orphan in (self._home / FOLDER).iterdir():
            orphan.unlink()

    def settings(self) -> Sequence[Member]:
        """Return the keyring file and the settings."""
        return [
            Member(name=name, open=partial(_open, self._home / name)) for name in (KEYRING, CONFIG)
        ]

    def heads(self) -> Iterator[Member]:
        """Yield each ledger's signer state, then its checkpoint."""
        for log, store in self._ledgers():
            for name in (SIGNER, CHECKPOINT):
                if store.exists(name):
                    yield _vanishing(f"{LEDGER}/{log}/{name}", store, name)

    def tiles(self) -> Iterator[Member]:
        """Yield each ledger's tiles."""
        # A partial tile is deleted when a full one replaces it, perhaps after it was listed: so the
        # folder is listed again until nothing in it is new.
        for log, store in self._ledgers():
            given: set[str] = set()
            while new := [name for name in store.names("tile") if name not in given]:
                given.update(new)
                for name in filter(is_kept, new):
                    yield _vanishing(f"{LEDGER}/{log}/{name}", store, name)

    def objects(self) -> Iterator[Member]:
        """Yield every sealed file; one that is deleted meanwhile needs no copy without its key."""
        store = DirectoryStore(self._home / OBJECTS, sharded=True)
        for name in list(store.names()):
            yield _vanishing(f"{OBJECTS}/{name}", store, name)

    def _ledgers(self) -> Iterator[tuple[str, DirectoryStore]]:
        root = self._home / LEDGER
        for folder in sorted(root.iterdir()):
            if folder.is_dir() and _is_log(folder.name):
                yield folder.name, DirectoryStore(folder)


def _is_log(name: str) -> bool:
    try:
        LedgerId.parse(name)
    except ValueError:
        return False
    return True


def _vanishing(member: str, store: DirectoryStore, name: str) -> Member:
    # Opened when its turn comes in the archive: a home has more files than a process may hold open.
    return Member(name=member, open=partial(store.open, name), may_vanish=True)


def _open(path: Path) -> DirectoryHandle:
    try:
        return DirectoryHandle(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW))
    except FileNotFoundError:
        raise errors.NotFound("errors_objects_store.missing") from None


@contextmanager
def taking() -> Iterator[None]:
    """Turn what the disk refuses into CannotRecord: the home has no room for a copy."""
    try:
        yield
    except OSError as error:
        raise errors.CannotRecord("errors_backup.no-room") from error
