"""Looks at every file below a place at every passage of a failpoint, and stops the world there.

A death is exact: what lay on the disk at that passage is what the next process finds, whatever the
dying one still did while it unwound.  A failure is an error of the disk, which the house survives.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.absence import holds, mark
from tests.keys.thief import Loot

from bailee import failpoint
from bailee.adapters.sql.engine import SqliteWork

CANARY = f"{mark()}-".encode()
"""Stands in everything that is put: in a file outside a sealed value it is a leak."""

_UNSEEN = {"reserve", "rows.db-shm", "rows.db-wal", "signer.lock"}
"""Zeros kept free, SQLite's index of its log, a lock; the log itself is read with its rows."""


_EMPTY = {"reserve", "signer.lock"}


class Died(BaseException):
    """The process was killed; nothing in the house catches it for good."""


@dataclass(frozen=True)
class Fate:
    """What happens at which passage of a step, or at a point; never, by default."""

    kind: Literal["death", "failure"] = "death"
    at: int = 0
    point: str = ""
    times: int = 1
    """At which passage of that point."""

    def __bool__(self) -> bool:
        return self.at > 0 or bool(self.point)


Disk = dict[Path, tuple[int, bytes | None]]
"""Mode and content of each file; directories have no content."""


class Watch:
    """The eyes of a thief on a place."""

    def __init__(self, place: Path, loot: Loot) -> None:
        self._place = place
        self._loot = loot
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._rows: dict[str, tuple[bytes, bytes]] = {}
        self._dies = Fate()
        self._frozen: Disk | None = None
        self.passages = 0
        self._there = 0

    @contextmanager
    def living(self, fate: Fate) -> Iterator[None]:
        """Run one process; Died when its fate came."""
        real = failpoint._pass

        def passed(point: str) -> None:
            self._passed(point)
            real(point)

        self._dies = fate if fate.kind == "death" else Fate()
        self._frozen, self.passages, self._there = None, 0, 0
        failpoint.arm(f"*=raise@{fate.at}" if fate and fate.kind == "failure" else "")
        failpoint._pass = passed
        try:
            yield
        finally:
            failpoint._pass = real
            failpoint.arm("")

    def _passed(self, point: str) -> None:
        if self._frozen is not None:
            raise Died
        self.look()
        self.passages += 1
        self._there += point == self._dies.point
        if self.passages == self._dies.at or self._there == self._dies.times:
            self._frozen = dict(self._walk())
            raise Died

    def look(self) -> None:
        """Take every file that is not as it was at the last look."""
        for entry in _files(str(self._place)):
            if entry.name == "rows.db":
                self._look_at_rows(entry.path)
            elif entry.name not in _UNSEEN:
                status = entry.stat(follow_symlinks=False)
                stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
                if self._seen.get(entry.path) != stamp:
                    self._seen[entry.path] = stamp
                    self._take(Path(entry.path).read_bytes())

    def _look_at_rows(self, path: str) -> None:
        # Compared byte by byte: a page may be written twice within one tick of the clock.
        wal = Path(path + "-wal")
        found = (Path(path).read_bytes(), wal.read_bytes() if wal.exists() else b"")
        if self._rows.get(path) != found:
            self._rows[path] = found
            self._take(*found)

    def _take(self, data: bytes, wal: bytes = b"") -> None:
        assert not holds(data, CANARY), "a value lay on the disk in clear"
        assert not holds(wal, CANARY), "a value lay in the write-ahead log in clear"
        self._loot.take(data, wal)

    # --- death -------------------------------------------------------------------------------

    def bury(self) -> None:
        """Take away what the dead process holds, and put the disk back as it was at its death."""
        gc.collect()
        for work in [thing for thing in gc.get_objects() if type(thing) is SqliteWork]:
            if "_writer" in vars(work) and work._path.is_relative_to(self._place):
                work.close()
        if self._frozen is not None:
            self._clear(self._frozen)
            self._put_back(self._frozen)
            self._frozen = None

    def _clear(self, frozen: Disk) -> None:
        for entry in list(_files(str(self._place))):
            if (path := Path(entry.path)) not in frozen:
                path.unlink()
        for folder in sorted((p for p in self._place.rglob("*") if p.is_dir()), reverse=True):
            if folder not in frozen:
                folder.rmdir()

    @staticmethod
    def _put_back(frozen: Disk) -> None:
        for path, (mode, data) in frozen.items():  # a folder stands before what it holds
            if data is None:
                path.mkdir(exist_ok=True)
            elif path.name in _EMPTY:
                path.touch()  # the reserve's size is wrong then: its owner takes it as not there
            elif not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
            path.chmod(mode)

    def _walk(self) -> Iterator[tuple[Path, tuple[int, bytes | None]]]:
        for folder, _, names in os.walk(self._place):
            yield Path(folder), (Path(folder).stat().st_mode & 0o7777, None)
            for name in names:
                path = Path(folder, name)
                if name != "rows.db-shm":  # the next to open the rows makes it anew
                    data = b"" if name in _EMPTY else path.read_bytes()
                    yield path, (path.stat().st_mode & 0o7777, data)


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            else:
                yield entry
