"""Staging folder: where a restore builds a home, beside its place; moved there whole at the end.

Nobody sees a half-restored home.  A crash leaves `<home>.restoring`, which the next restore takes
over and clears; while a restore runs, it holds the folder's lock.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self

from bailee import errors
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.ledger import LedgerFiles
from bailee.adapters.sql.form import form_of
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.still import StillRows, still_rows
from bailee.backup.archive import CONFIG, KEYRING, LEDGER, OBJECTS, ROWS
from bailee.failpoint import durable

SUFFIX = ".restoring"


class StagingFolder:
    """`<home>.restoring`, for one restore to `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home.absolute()
        self.folder = self._home.with_name(self._home.name + SUFFIX)
        self._lock = -1
        self._installed = False
        self._objects = DirectoryStore(self.folder / OBJECTS, sharded=True)
        self._files = DirectoryStore(self.folder)
        self.ledgers = LedgerFiles(self.folder / LEDGER)
        self.form_before: str | None = None
        """The form of the rows that were taken, where they had to be brought up."""

    def __enter__(self) -> Self:
        """Take the folder, empty, alone; Conflict when there is a home already."""
        self._require_free()
        with _writing(), durable("backup.staging"):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        # Held until the folder is installed or removed; not waited for, since two restores to one
        # place are a mistake.  Freed by the kernel at death, so a crash leaves no lock.
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise errors.LockedByOther("errors_backup.restoring") from None
        # Under the lock: what lies there is of a restore that died, not of one that is running.
        with _writing(), durable("backup.staging-clear"):
            self._clear()
            for folder in (OBJECTS, LEDGER):
                (self.folder / folder).mkdir(mode=0o700)
        return self

    def __exit__(self, *exc: object) -> None:
        """Remove the folder, unless it was installed."""
        # Errors in removing are passed over: the next restore clears it, and the one that brought
        # us here is what the caller must hear of.
        try:
            if not self._installed:
                with durable("backup.staging-gone"):
                    shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            os.close(self._lock)

    def _require_free(self) -> None:
        try:
            free = not any(self._home.iterdir())
        except FileNotFoundError:
            free = True
        except OSError:
            free = False  # a file, or a folder we may not read: not ours to replace
        if not free:
            raise errors.Conflict("errors_backup.home-there")

    def _clear(self) -> None:
        for orphan in self.folder.iterdir():
            if orphan.is_dir() and not orphan.is_symlink():
                shutil.rmtree(orphan)
            else:
                orphan.unlink()

    def take(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write one file of the home, durably; Conflict when it was written before."""
        if name.startswith(f"{OBJECTS}/"):
            self._objects.put(name.removeprefix(f"{OBJECTS}/"), chunks)
        # Only names that a home has: a file of another would lie in it for ever, swept by nobody.
        elif name in (ROWS, KEYRING, CONFIG) or name.startswith(f"{LEDGER}/"):
            self._files.put(name, chunks)
            if name == ROWS:
                self._bring_up()
        else:
            raise errors.Damaged("errors_backup.member-name")

    def _bring_up(self) -> None:
        """Bring rows that a version before wrote to today's form: they are a copy already."""
        with still_rows(self.folder / ROWS) as rows:
            found = rows.read(form_of)
        if found != NEWEST:
            from bailee.adapters.sql.upgrade import bring_up  # noqa: PLC0415  # Alembic: 1 s

            bring_up(self.folder / ROWS)
            self.form_before = found

    def rows(self) -> AbstractContextManager[StillRows]:
        """Open the rows in it, read-only; Damaged when there are none."""
        if not (self.folder / ROWS).is_file():
            raise errors.Damaged("errors_backup.no-rows")
        return still_rows(self.folder / ROWS)

    def install(self) -> None:
        """Move all of it to its place at once."""
        with _writing():
            try:
                with durable("backup.install"):
                    shutil.rmtree(self.folder / ".incoming", ignore_errors=True)
                    # Onto nothing, or an empty folder: the kernel refuses any other.  A crash
                    # leaves the whole home, or the staging folder and no home.
                    self.folder.rename(self._home)
                    _sync(self._home.parent)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise errors.Conflict("errors_backup.home-there") from None
                raise
        # Only now: had the rename failed, leaving would remove what was built.
        self._installed = True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "EIO")
        raise errors.CannotRecord("errors_backup.not-writable", code=code) from error
