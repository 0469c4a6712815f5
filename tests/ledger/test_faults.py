"""Every write of a step fails both ways, and no log ever has two roots for one size.

The table is in the manner of Sunlight's: for each step, *lost* (the write did not happen) and
*kept* (it happened and was reported lost), with whether the head moved and whether the sequencer
must be made anew.  The sweeps go through every durable passage below the steps as well.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger.conftest import House

from bailee import errors, failpoint
from bailee.proof.tree.checkpoint import read_checkpoint
from bailee.proof.tree.merkle import EMPTY_ROOT
from bailee.proof.verdict import Outcome

LOST, KEPT = "before", "after"

# step, how it fails: (the head moved, the sequencer is over)
FAULTS = {
    ("ledger.tiles", LOST): (False, False),
    ("ledger.tiles", KEPT): (False, False),
    ("ledger.signer", LOST): (False, True),
    ("ledger.signer", KEPT): (False, True),
    ("ledger.head", LOST): (False, True),
    ("ledger.head", KEPT): (True, True),
    ("rows.commit", LOST): (False, True),
    ("rows.commit", KEPT): (True, True),
    ("ledger.checkpoint", LOST): (True, False),
    ("ledger.checkpoint", KEPT): (True, False),
    ("ledger.partials", LOST): (True, False),
    ("ledger.partials", KEPT): (True, False),
}


class Witness:
    """Remembers every root it ever saw for a size, wherever it saw it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._roots: dict[int, bytes] = {}

    def look(self) -> None:
        state = self._house.files.signer(self._house.log).load()
        if state is not None:
            self._see(state.size, state.root)
        head = self._house.head()
        if head.size:
            self._see(head.size, head.root)
        published = self._house.folder / "checkpoint"
        if published.exists():
            checkpoint = read_checkpoint(published.read_bytes()).head
            self._see(checkpoint.size, checkpoint.root)
            assert state is not None, "published before it was remembered"
            assert checkpoint.size <= head.size <= state.size

    def _see(self, size: int, root: bytes) -> None:
        assert self._roots.setdefault(size, root) == root, f"two roots for size {size}"


@pytest.fixture
def ready(house: House) -> House:
    """A log one step away from filling a tile, so that a step passes all writes."""
    house.append(200)
    house.sequence()
    house.append(3)
    house.sequence()
    return house


@pytest.mark.parametrize(("fault", "expected"), FAULTS.items(), ids=[" ".join(f) for f in FAULTS])
def test_a_step_that_fails_is_repaired_by_the_next(
    ready: House, tmp_path: Path, fault: tuple[str, str], expected: tuple[bool, bool]
) -> None:
    witness = Witness(ready)
    witness.look()
    ready.append(100)
    stepping = ready.ledger._sequencer(ready.client)
    failpoint.arm(f"{fault[0]}:{fault[1]}=raise")
    with pytest.raises((errors.CannotRecord, errors.OutcomeUnknown)):
        stepping.step()
    failpoint.arm("")
    assert (ready.head().size == 304, stepping.fatal) == expected
    witness.look()
    if stepping.fatal:
        with pytest.raises(errors.CannotRecord):
            stepping.step()
    if fault[0] == "rows.commit":
        ready.reopen()  # an engine whose commit went unanswered writes no more
    ready.append(10)
    witness.look()
    ready.ledger._sequencers.clear()
    assert ready.sequence().size == 314
    witness.look()
    assert ready.verify(tmp_path / "export").outcome is Outcome.VERIFIED


def passages(house: House, action: str) -> Iterator[int]:
    """Fail one step at its n-th durable passage, for every n, until none is left."""
    for number in range(1, 1_000):
        house.append(3)
        failpoint.arm(f"*={action}@{number}")
        try:
            house.sequence()
        except (errors.CannotRecord, errors.OutcomeUnknown):
            house.reopen()
            yield number
        else:
            house.reopen()
            return


@pytest.mark.parametrize("action", ["raise", "raise-always"])
def test_a_failure_at_any_durable_write_leaves_one_chain(
    ready: House, tmp_path: Path, action: str
) -> None:
    witness = Witness(ready)
    failures = 0
    for _ in passages(ready, action):
        failures += 1
        witness.look()
        ready.sequence()
        witness.look()
    assert failures > 30
    assert ready.verify(tmp_path / "export").outcome is Outcome.VERIFIED


def test_failures_one_after_the_other_leave_one_chain(ready: House, tmp_path: Path) -> None:
    """Recovery itself fails, at the next passage each time, before it ever ends."""
    witness = Witness(ready)
    for _ in passages(ready, "raise"):
        witness.look()
    ready.sequence()
    witness.look()
    assert ready.verify(tmp_path / "export").outcome is Outcome.VERIFIED


CHILD = """
import pickle, sys
from pathlib import Path
from tests.ledger.conftest import House
house = House.__new__(House)
house.__dict__.update(pickle.loads(bytes.fromhex(sys.argv[1])))
house.open()
house.append(3)
house.sequence()
"""


def killed(house: House, number: int) -> bool:
    house.work.close()
    kept = ("home", "clock", "ring", "anchors", "client", "rows", "log", "folder")
    state = pickle.dumps({name: house.__dict__[name] for name in kept}).hex()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, state],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            failpoint.VARIABLE: f"*=kill@{number}",
        },
        capture_output=True,
        check=False,
    )
    house.open()
    assert child.returncode in {0, -9}, child.stderr
    return child.returncode == -9


def kill_at(house: House, numbers: range) -> int:
    """Kill a child process at these passages of opening, appending and stepping."""
    witness = Witness(house)
    for number in numbers:
        if not killed(house, number):
            return number
        witness.look()
        house.sequence()
        witness.look()
    return numbers.stop


def test_a_process_killed_midway_leaves_one_chain(ready: House, tmp_path: Path) -> None:
    kill_at(ready, range(6, 40, 15))
    assert ready.verify(tmp_path / "export").outcome is Outcome.VERIFIED


@pytest.mark.sweep
def test_a_process_killed_at_every_passage_leaves_one_chain(ready: House, tmp_path: Path) -> None:
    assert 30 < kill_at(ready, range(1, 1_000)) < 1_000
    assert ready.verify(tmp_path / "export").outcome is Outcome.VERIFIED


# --- what was set back, or changed ---------------------------------------------------------


def older_rows(house: House) -> None:
    """Bring back the database of before the last entries, and go on as if nothing was.

    The custodians are put back as well: what they know would let nothing be appended.
    """
    house.anchors.forget()
    copy = house.save()
    house.append(5)
    house.sequence()
    house.bring_back(copy, "rows.db")


def older_rows_grown(house: House) -> None:
    older_rows(house)
    house.append(50)


def older_rows_grown_to_the_size(house: House) -> None:
    older_rows(house)
    house.append(5)


def older_signer(house: House) -> None:
    copy = house.save()
    house.append(5)
    house.sequence()
    house.bring_back(copy, f"ledger/{house.log}/signer")


def signer_gone(house: House) -> None:
    (house.folder / "signer").unlink()


def signer_gone_and_head_unset(house: House) -> None:
    """All that the database says fits a new log; what was published speaks against it."""
    house.anchors.forget()
    signer_gone(house)
    unset = "update ledger set size = 0, root = x'{}', checkpoint = x'', signed_ms = 0"
    run_sql(house, unset.format(EMPTY_ROOT.hex()))


def changed(house: House, name: str, at: int = 40) -> None:
    path = house.folder / name
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def edge_changed(house: House) -> None:
    changed(house, "tile/0/000.p/204")


def edge_gone(house: House) -> None:
    (house.folder / "tile/0/000.p/204").unlink()


def signer_changed(house: House) -> None:
    changed(house, "signer")


def other_signer(house: House) -> None:
    text = (house.folder / "signer").read_text().replace("bailee.example", "other.example")
    (house.folder / "signer").write_text(text)


def run_sql(house: House, statement: str) -> None:
    house.work.run(house.client, lambda tx: tx.execute(statement))  # type: ignore[attr-defined]  # as an administrator of the database would


def leaf_changed(house: House) -> None:
    run_sql(house, "update ledger_entry set leaf = zeroblob(32) where idx = 203")


def new_leaf_removed(house: House) -> None:
    house.append(3)
    run_sql(house, "delete from ledger_entry where idx = 205")


def count_set_back(house: House) -> None:
    house.anchors.forget()
    run_sql(house, "update ledger set count = 100")


def head_changed(house: House) -> None:
    house.anchors.forget()
    run_sql(house, "update ledger set root = zeroblob(32)")


TAMPERED = {
    older_rows: "rolled-back",
    older_rows_grown: "rolled-back",
    older_rows_grown_to_the_size: "rolled-back",
    older_signer: "signer-behind",
    signer_gone: "signer-lost",
    signer_gone_and_head_unset: "signer-lost",
    edge_changed: "tree-differs",
    edge_gone: "tile-missing",
    signer_changed: "signer-other-log",
    other_signer: "signer-other-log",
    leaf_changed: "tree-differs",
    new_leaf_removed: "entry-missing",
    count_set_back: "entry-missing",
    head_changed: "rolled-back",
}


@pytest.mark.parametrize(("tamper", "slug"), TAMPERED.items(), ids=[fn.__name__ for fn in TAMPERED])
def test_a_log_that_contradicts_itself_is_never_signed(
    ready: House, tamper: object, slug: str
) -> None:
    assert callable(tamper)
    tamper(ready)
    published = (ready.folder / "checkpoint").read_bytes()
    signer = ready.folder / "signer"
    remembered = signer.read_bytes() if signer.exists() else None
    if slug not in {"entry-missing", "rolled-back", "signer-lost"}:
        ready.append()
    for _ in range(2):
        with pytest.raises(errors.Damaged) as caught:
            ready.sequence()
        assert caught.value.reason == f"errors_ledger.{slug}"
    assert (ready.folder / "checkpoint").read_bytes() == published
    assert (signer.read_bytes() if signer.exists() else None) == remembered


def test_no_grant_is_made_on_a_log_that_was_rolled_back(ready: House) -> None:
    older_rows(ready)
    ready.append()
    ready.clock.pass_s(6)
    with pytest.raises(errors.Damaged):
        ready.ledger.require_fresh(ready.client)


def test_leaves_whose_rows_were_lost_are_taken_back_without_their_bodies(
    ready: House, tmp_path: Path
) -> None:
    key = str(ready.ledger.key(ready.client))
    older_rows(ready)
    assert ready.reader.adopt_lost(ready.client) == 5
    assert ready.reader.adopt_lost(ready.client) == 0
    ready.append(2)
    assert ready.sequence().size == 211
    assert ready.reader.sealed_in(ready.client).lost == 5
    verdict = ready.verify(tmp_path / "export", key)
    assert verdict.outcome is Outcome.VERIFIED


def test_lost_leaves_that_are_not_the_signed_ones_are_not_signed(ready: House) -> None:
    older_rows(ready)
    changed(ready, "tile/entries/000.p/209", at=206 * 34 + 20)
    with pytest.raises(errors.Damaged):
        ready.reader.adopt_lost(ready.client)
    assert ready.ledger.row_of(ready.client).count == 204
