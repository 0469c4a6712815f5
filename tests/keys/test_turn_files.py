"""Turns over file custody: each durable write fails both ways, at each moment, and kills."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.keys.house import FolderBackup, Ledger, Printer
from tests.tables import make_tables

from bailee import errors, failpoint
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.kms.places import proposal
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.clock import SystemClock
from bailee.grant import Ref
from bailee.ids import ClientId, InstallId
from bailee.keyring.model import Phase
from bailee.keyring.service import Keyring
from bailee.keyring.tree.formulas import bucket_of
from bailee.keys.acts import KeysTurned
from bailee.keys.turn import Turn
from bailee.secret import Secret

CHEAP = Cost(memory_kib=32, passes=1, lanes=4)
PHRASE = Secret("correct horse battery")
KEPT, GONE = b"\x01\x02" + bytes(14), b"\x01\x02" + b"\xff" * 14
CLIENT = ClientId(b"client-sixteen-a")


class Home:
    """A home on disk, opened by one process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.work = SqliteWork(home / "rows.db")
        self.kms = FileKms.open(home, passphrase=PHRASE, clock=SystemClock(), unsafe_cost=CHEAP)
        self.keyring = Keyring(rows=SqlKeyRows(), kms=self.kms, clock=SystemClock())
        self.ledger = Ledger()

    def load(self) -> "Home":
        self.work.read(self.keyring.load)
        return self

    def turn(self) -> Turn:
        return Turn(
            work=self.work,
            keyring=self.keyring,
            kms=self.kms,
            backup=FolderBackup(self.work, [self.home.with_name("backup")]),
            printer=Printer(),
            clock=SystemClock(),
            newest=lambda: lambda _: None,  # no ledgers here
        )

    def run(self, *, new_root: bool) -> KeysTurned:
        return self.turn().run(self.ledger.record, new_root=new_root)

    def ids(self) -> set[bytes]:
        rows = SqlKeyRows()
        return {
            leaf.id for leaf in self.work.read(lambda tx: rows.leaves(tx, CLIENT, bucket_of(KEPT)))
        }


def ref(ident: bytes) -> Ref:
    return Ref(client=CLIENT, noun="object", id=ident, version=1)


def founded(home: Path) -> None:
    home.mkdir(mode=0o700)
    make_tables(home / "rows.db")
    FileKms.found(
        home,
        install=InstallId.new(),
        passphrase=PHRASE,
        custodians=proposal(home).custodians,
        clock=SystemClock(),
        unsafe_cost=CHEAP,
    )
    made = Home(home)
    made.work.run(CLIENT, lambda tx: made.keyring.found(tx, ClientId(bytes(16))))
    made.load()
    made.work.run(CLIENT, lambda tx: made.keyring.new_client(tx, CLIENT))
    for ident in (KEPT, GONE):
        sealer = made.keyring.sealer(ref(ident))
        made.work.run(CLIENT, lambda tx, sealer=sealer: made.keyring.enrol(tx, sealer))  # type: ignore[misc]  # mypy cannot type a default of a lambda
    pending = made.work.run(CLIENT, lambda tx: made.keyring.destroy(tx, [ref(GONE)]))
    made.keyring.announce(pending)
    made.work.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    founded(tmp_path / "home")
    yield tmp_path / "home"
    failpoint.arm("")


def finished(home: Path, *, new_root: bool) -> None:
    """Go on, if it must, and look at everything."""
    again = Home(home).load()
    if again.turn().state().generation == 1:
        again.run(new_root=new_root)
    state = again.turn().state()
    assert (state.phase, state.generation, state.write_gen) == (Phase.STILL, 2, 2)
    assert [held.generations for held in again.kms.register()] == [(2,), (2,)]
    assert again.ids() == {KEPT}
    again.work.read(lambda tx: again.keyring.turning().probe(tx, 2, deep=True))
    again.kms.forget(1)  # as the next turn does first, when a crash came after the commit
    assert again.kms.pending() == set()
    assert not list(home.with_name("home.custodian-1").glob("*.new"))
    again.work.close()


POINTS = ("kms.turn-write", "kms.turn-destroy", "kms.pending-drop", "rows.copy", "rows.commit")
ROTATING = ("kms.keyring-write",)
CASES = [
    (point, side, count, point in ROTATING)
    for point in POINTS + ROTATING
    for side in ("before", "after")
    for count in (1, 2)
]


@pytest.mark.parametrize(("point", "side", "count", "new_root"), CASES)
def test_a_turn_survives_a_failing_disk(
    home: Path, point: str, side: str, count: int, *, new_root: bool
) -> None:
    made = Home(home).load()
    failpoint.arm(f"{point}:{side}=raise@{count}")
    try:
        made.run(new_root=new_root)
    except (errors.BaileeError, OSError):
        failpoint.arm("")
    made.work.close()
    failpoint.arm("")
    finished(home, new_root=new_root)


CHILD = """
import sys
from pathlib import Path
from tests.keys.test_turn_files import Home
Home(Path(sys.argv[1])).load().run(new_root=sys.argv[2] == "True")
"""


def killed(home: Path, point: str, *, new_root: bool) -> bool:
    """Turn in a process that dies at a failpoint; False when it came to the end."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), str(new_root)],
        env={**os.environ, failpoint.VARIABLE: point},
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode in (0, -9)
    return done.returncode == -9


def test_a_killed_turn_is_gone_on_with(home: Path) -> None:
    assert killed(home, "kms.turn-destroy:after=kill@1", new_root=True)
    finished(home, new_root=True)


@pytest.mark.sweep
@pytest.mark.parametrize(("point", "side", "count", "new_root"), CASES)
def test_a_turn_killed_at_each_durable_write_is_gone_on_with(
    home: Path, point: str, side: str, count: int, *, new_root: bool
) -> None:
    killed(home, f"{point}:{side}=kill@{count}", new_root=new_root)
    finished(home, new_root=new_root)


@pytest.mark.sweep
@pytest.mark.parametrize("count", range(1, 30))
def test_a_turn_killed_at_any_durable_write_is_gone_on_with(home: Path, count: int) -> None:
    killed(home, f"*=kill@{count}", new_root=True)
    finished(home, new_root=True)
