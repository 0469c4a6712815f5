"""Kill -9 before and after each durable write: what was acknowledged is whole, all else is absent.

The scenario of `faults_scenario.py` is killed, judged, gone on with to its end, and judged again.
Planted once to see it fail: with the row of an object committed before its file was durable,
`before objects.fsync` leaves a row without a file, and the judge says so; the last tests here
plant what the judge must see each time.
"""

import shutil
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.house.source import ROOT
from tests.run import faults_scenario
from tests.run.faults import SIDES, UPGRADING, Place, Stage, names, passed_names, places
from tests.run.faults_judge import audit

from bailee.errors import BaileeError
from bailee.objects.acts import PutObject

PARTS = 4
"""A sweep is sampled by its tests, so the longest are split."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as made:
        yield made


@pytest.fixture(scope="module")
def passes(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Place, int]:
    return stage.passes(tmp_path_factory.mktemp("whole"))


def _survives(stage: Stage, folder: Path, place: Place, at: int) -> None:
    folder.mkdir()
    killed = stage.killed(folder, place, at)
    assert killed or at > 1, f"{place} was not passed"
    audit(folder, complete=not killed)
    assert stage.play(folder, resume=True) == 0, f"{place}, pass {at}: cannot be gone on with"
    audit(folder, complete=True)
    shutil.rmtree(folder)


def test_the_list_of_failpoints_is_read_from_the_source() -> None:
    found = names()
    assert len(found) > 30
    # a literal, a parameter of a function, a parameter of a method
    assert {"rows.commit", "kms.turn-write", "ledger.signer"} <= set(found)


def test_the_scenario_passes_each_failpoint(passes: Mapping[Place, int]) -> None:
    assert not [str(place) for place, count in passes.items() if not count]


def test_what_no_scenario_passes_is_stopped_where_a_home_is_upgraded() -> None:
    page = (ROOT / "tests" / "homes" / "test_upgrade.py").read_text("utf-8")
    assert set(names()) >= UPGRADING
    assert all(f'"{name}:before=' in page for name in UPGRADING)


def _sampled() -> list[Place]:
    """Take two points of each room, by a draw that changes only when a name does."""
    rooms: dict[str, list[str]] = {}
    for name in sorted(passed_names(), key=lambda name: zlib.crc32(name.encode())):
        rooms.setdefault(name.partition(".")[0], []).append(name)
    chosen = [name for listed in rooms.values() for name in listed[:2]]
    return [Place(name, SIDES[zlib.crc32(name.encode()) % 2]) for name in sorted(chosen)]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("place", _sampled(), ids=str)
def test_killed_once(
    stage: Stage, passes: Mapping[Place, int], place: Place, tmp_path: Path
) -> None:
    at = 1 + zlib.crc32(str(place).encode()) % passes[place]
    _survives(stage, tmp_path / "case", place, at)


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("place", places(), ids=str)
def test_killed_at_each_pass(
    stage: Stage, passes: Mapping[Place, int], place: Place, part: int, tmp_path: Path
) -> None:
    for at in range(1 + part, passes[place] + 1, PARTS):
        _survives(stage, tmp_path / "case", place, at)


@pytest.fixture(scope="module")
def finished(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("finished")
    assert stage.play(place) == 0
    return place


@pytest.fixture
def spoiled(finished: Path) -> Iterator[Path]:
    """Give the finished home away for one defect, and take it back as it was."""
    copy = finished.with_name("kept")
    shutil.copytree(finished, copy)
    yield finished
    shutil.rmtree(finished)
    copy.rename(finished)


def test_the_judge_sees_a_lost_object(spoiled: Path) -> None:
    files = [path for path in (spoiled / "home" / "objects").rglob("*") if path.is_file()]
    files[0].unlink()
    with pytest.raises(BaileeError):
        audit(spoiled)


def test_the_judge_sees_an_acknowledged_object_that_is_not_held(spoiled: Path) -> None:
    fact: faults_scenario.Ack = {"step": "never", "put": ["x.txt", "0" * 64]}
    faults_scenario.acknowledge(spoiled, fact)
    with pytest.raises(AssertionError, match="gone"):
        audit(spoiled)


def test_the_judge_sees_rows_set_back_to_an_earlier_day(spoiled: Path) -> None:
    rows = sqlite3.connect(spoiled / "home" / "rows.db", isolation_level=None)
    biggest = "(select client from ledger order by count desc limit 1)"
    rows.execute(f"delete from ledger_entry where client = {biggest} and idx >= 100")  # noqa: S608  # a constant
    rows.execute(f"update ledger set count = 100, size = 100 where client = {biggest}")  # noqa: S608  # as above
    rows.close()
    with pytest.raises((AssertionError, BaileeError)):
        audit(spoiled)


def test_the_judge_sees_an_object_that_is_held_twice(spoiled: Path) -> None:
    lines = (spoiled / faults_scenario.ACKS).read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if '"put late"' not in line]
    (spoiled / faults_scenario.ACKS).write_text("".join(kept))
    with faults_scenario.first_home(spoiled) as house:
        faults_scenario.STEPS["put late"](house)
        asked = PutObject(client="acme", name="d.txt")
        house.caller.send(asked, [faults_scenario.CONTENTS["late"]])
    with pytest.raises(AssertionError, match="twice"):
        audit(spoiled)
