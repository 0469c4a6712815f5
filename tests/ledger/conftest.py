"""A home with a ledger in it: real rows, real files, a manual clock."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.keyring.custody import UnsafeMemoryAnchors
from tests.ledger.ring import Ring, grant_to_read
from tests.tables import make_tables

from bailee import failpoint
from bailee.adapters.objects.ledger import LedgerFiles
from bailee.adapters.objects.reserve import FileReserve
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.clock import Boot
from bailee.ids import ClientId
from bailee.ledger.anchoring import Anchoring
from bailee.ledger.model import EntryDraft, LedgerHead, Recorded
from bailee.ledger.reading import LedgerReader
from bailee.ledger.service import Ledger
from bailee.proof.export import open_export
from bailee.proof.tree.note import VerifierKey
from bailee.proof.verdict import Verdict
from bailee.proof.verify import verify_export

START_MS = 1_790_000_000_000
RESERVE_BYTES = 4_096


class ManualClock:
    def __init__(self) -> None:
        self.wall_ms = START_MS
        self.ticks_s = 1_000.0

    def now_ms(self) -> int:
        return self.wall_ms

    def monotonic_s(self) -> float:
        return self.ticks_s

    def since_boot(self) -> Boot:
        return Boot(id=bytes(16), up_ms=self.wall_ms)

    def pass_s(self, seconds: float) -> None:
        self.wall_ms += int(seconds * 1_000)
        self.ticks_s += seconds


class Folder:
    """An export sink: a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, data: bytes) -> None:
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def append(self, name: str, data: bytes) -> None:
        with (self.root / name).open("ab") as file:
            file.write(data)


class House:
    """One home; `reopen` is what a restart of the process does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = ManualClock()
        self.ring = Ring()
        self.anchors = UnsafeMemoryAnchors()
        self.client = ClientId.new()
        self.rows = SqlEntryRows()
        self.open()
        self.log = self.work.run(
            self.client, lambda tx: self.ledger.open_ledger(tx, self.client, self.clock.now_ms())
        )
        self.folder = home / "ledger" / str(self.log)

    def open(self) -> None:
        self.work = SqliteWork(self.home / "rows.db")
        self.files = LedgerFiles(self.home / "ledger")
        self.reserve = FileReserve(self.home, RESERVE_BYTES)
        self.anchoring = Anchoring(
            work=self.work,
            rows=self.rows,
            files=self.files,
            anchors=self.anchors,
            macs=self.ring,
        )
        self.work.follow(self.anchoring)
        self.ledger = Ledger(
            work=self.work,
            rows=self.rows,
            files=self.files,
            keys=self.ring,
            clock=self.clock,
            domain="bailee.example",
            reserve=self.reserve,
            anchoring=self.anchoring,
        )
        self.reader = LedgerReader(
            ledger=self.ledger,
            work=self.work,
            rows=self.rows,
            files=self.files,
            keys=self.ring,
            clock=self.clock,
        )

    def reopen(self) -> None:
        failpoint.arm("")
        self.work.close()
        self.open()

    def draft(self, subject: dict[str, str] | None = None) -> EntryDraft:
        body = {"actor": "ac-" + "a" * 26, "purpose": "service", "count": "1"}
        return EntryDraft(kind="object:get", body=body, subject=subject, t_ms=self.clock.now_ms())

    def append(self, count: int = 1) -> Recorded:
        def many(tx: object) -> Recorded:
            return [self.ledger.append(tx, self.client, self.draft()) for _ in range(count)][-1]

        return self.work.run(self.client, many)

    def head(self) -> LedgerHead:
        return self.ledger.row_of(self.client).head

    def sequence(self) -> LedgerHead:
        return self.ledger.sequence(self.client)

    def save(self) -> Path:
        """Copy the whole home aside, as a backup would."""
        self.work.close()
        copy = self.home.with_name(f"{self.home.name}-saved")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.home, copy)
        self.open()
        return copy

    def bring_back(self, copy: Path, name: str) -> None:
        """Restore one file of a saved home."""
        self.work.close()
        for stale in self.home.glob("rows.db-*"):
            stale.unlink()
        shutil.copy(copy / name, self.home / name)
        self.open()

    def verify(self, folder: Path, vkey: str | None = None) -> Verdict:
        """Export, and judge with the verifier that ships alone."""

        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.reader.export(grant_to_read(self.client, 10_000), Folder(folder))
        key = VerifierKey.parse(vkey) if vkey else self.ledger.key(self.client)
        return verify_export(open_export(folder), key=key)


@pytest.fixture(scope="session")
def empty_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.db"
    make_tables(path)
    return path


@pytest.fixture
def house(tmp_path: Path, empty_rows: Path) -> Iterator[House]:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(empty_rows, home / "rows.db")
    built = House(home)
    yield built
    failpoint.arm("")
    built.work.close()
