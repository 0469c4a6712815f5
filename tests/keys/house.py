"""What tests of turns share: row backups in a folder, a printer that accepts every kit."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.keyring.custody import House

from bailee import errors
from bailee.adapters.sql.engine import SqliteWork, SqlTx
from bailee.ids import BackupId
from bailee.keys.acts import KeysTurned
from bailee.keys.model import RowCopy
from bailee.keys.turn import Turn
from bailee.secret import Secret
from bailee.work import Tx


@dataclass
class FolderBackup:
    """Row backups at some destinations; `broken` ones do not take them."""

    work: SqliteWork
    folders: list[Path]
    broken: set[Path] = field(default_factory=set)
    rotten: bool = False

    def write(self, generation: int) -> Sequence[RowCopy]:
        copies = []
        for folder in self.folders:
            if folder in self.broken:
                raise errors.Unreachable("errors_sql.not-writable")
            copy = RowCopy(id=BackupId.new(), destination=str(folder), generation=generation)
            folder.mkdir(exist_ok=True)
            self.work.copy_to(folder / str(copy.id))
            if self.rotten:
                self.rot(folder / str(copy.id))
            copies.append(copy)
        return copies

    @staticmethod
    def rot(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.execute("update key_trunk set wrapped = randomblob(60) where noun = 'law'")
        connection.commit()
        connection.close()

    @contextmanager
    def reading(self, copy: RowCopy) -> Iterator[Tx]:
        path = Path(copy.destination) / str(copy.id)
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            yield SqlTx(connection)
        finally:
            connection.close()


@dataclass
class Printer:
    """Printer of recovery kits whose rehearsal succeeds, or not."""

    accepts: bool = True
    roots: list[bytes] = field(default_factory=list)

    def rehearsed(self, root: Secret[bytes]) -> bool:
        self.roots.append(root.reveal())
        return self.accepts


@dataclass
class Ledger:
    """Keeps what turns were recorded; `full` refuses."""

    entries: list[KeysTurned] = field(default_factory=list)
    full: bool = False

    def record(self, _: Tx, turned: KeysTurned) -> None:
        if self.full:
            raise errors.CannotRecord("errors_sql.disk-full")
        self.entries.append(turned)


@dataclass
class Turning:
    """A house with all that a turn needs."""

    house: House
    backup: FolderBackup
    printer: Printer
    ledger: Ledger

    @classmethod
    def of(cls, house: House) -> "Turning":
        folder = house.path.parent
        backup = FolderBackup(house.work, [folder / "backup-1", folder / "backup-2"])
        return cls(house=house, backup=backup, printer=Printer(), ledger=Ledger())

    def fresh(self) -> Turn:
        """Start a new process and look at the turn."""
        return Turn(
            work=self.house.work,
            keyring=self.house.reopened(),
            kms=self.house.kms,
            backup=self.backup,
            printer=self.printer,
            clock=self.house.clock,
            newest=lambda: lambda _: None,  # no ledgers here
        )

    def run(self, *, new_root: bool = False) -> KeysTurned:
        return self.fresh().run(self.ledger.record, new_root=new_root)


def image_of(house: House, name: str) -> Path:
    """Copy the database as a thief or a snapshot would, write-ahead log included."""
    folder = house.path.with_name(name)
    folder.mkdir()
    for suffix in ("", "-wal", "-shm"):
        source = Path(str(house.path) + suffix)
        if source.exists():
            shutil.copy(source, folder / ("rows.db" + suffix))
    return folder / "rows.db"
