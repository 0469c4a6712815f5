"""Kill -9 while logs are taken in, searched, erased from and asked to end: nothing half, or twice.

The scenario of `faults_logs.py` is killed before or after a durable write, or at a moment drawn
between its first and its last; judged; gone on with by the same commands; and judged again, where
each count must be what an undisturbed run leaves.  The tests at the end plant what must be seen.
"""

import random
import shutil
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.disk import quick
from tests.homes.kept import rehomed
from tests.run import faults_logs
from tests.run.faults import KILLED, SIDES, Place, Stage, names, places
from tests.run.faults_logs_judge import Counts, audit, counts

from bailee.errors import BaileeError

MOMENTS = 100
HALVED = 12
"""How often a moment is tried that comes too late: the span was measured on a slower minute."""
SEED = 4
PARTS = 10


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage("tests.run.faults_logs") as made:
        yield made


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a disk: in memory where there is room, for each case syncs some hundred times."""
    with quick(tmp_path_factory.mktemp("disk")) as folder:
        yield folder


@pytest.fixture(scope="module")
def home(disk: Path) -> Path:
    """Found a home that each case gets a copy of."""
    place = disk / "prepared"
    place.mkdir()
    faults_logs.prepare(place)
    return place


def copied(home: Path, name: str) -> Path:
    place = home.with_name(name)
    shutil.copytree(home, place, ignore=shutil.ignore_patterns("reserve"))
    # With custodians of its own: those of one home refuse a copy that is behind it.
    rehomed(place, home)
    return place


@pytest.fixture(scope="module")
def whole(stage: Stage, home: Path) -> Counts:
    """Count what an undisturbed run leaves."""
    place = copied(home, "whole")
    assert stage.play(place) == 0
    found = counts(place)
    audit(place, found)
    return found


@pytest.fixture(scope="module")
def passes(stage: Stage, home: Path) -> Mapping[Place, int]:
    return stage.passes(copied(home, "passes"))


def _survives(stage: Stage, place: Path, whole: Counts) -> None:
    audit(place)
    assert stage.play(place, resume=True) == 0, "cannot be gone on with"
    audit(place, whole)
    shutil.rmtree(place)


def _killed_at(  # as the tests have it
    stage: Stage, home: Path, whole: Counts, point: Place, at: int
) -> None:
    place = copied(home, "case")
    assert stage.killed(place, point, at) or at > 1, f"{point} was not passed"
    _survives(stage, place, whole)


def _sampled() -> list[Place]:
    """Take a side of the writes that a batch makes, and one more of each kind on the other."""
    chosen = ("objects.rename", "objects.fsync", "rows.commit", "ledger.head", "objects.delete")
    return [Place(name, SIDES[zlib.crc32(name.encode()) % 2]) for name in chosen]


@pytest.mark.parametrize("point", _sampled(), ids=str)
def test_killed_once(
    stage: Stage, home: Path, whole: Counts, passes: Mapping[Place, int], point: Place
) -> None:
    at = 1 + zlib.crc32(f"logs {point}".encode()) % passes[point]
    _killed_at(stage, home, whole, point, at)


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("point", places(), ids=str)
def test_killed_at_each_pass(  # noqa: PLR0917  # fixtures
    stage: Stage,
    home: Path,
    whole: Counts,
    passes: Mapping[Place, int],
    point: Place,
    part: int,
) -> None:
    for at in range(1 + part, passes[point] + 1, PARTS):
        _killed_at(stage, home, whole, point, at)


def _moment(stage: Stage, home: Path, whole: Counts, span: float, number: int) -> None:
    """Kill at one of the moments; at half of it when the run was over before, and so on."""
    moment_s = random.Random(f"{SEED} {number}").uniform(0, span)  # noqa: S311  # a sample
    codes: list[int] = []
    while KILLED not in set(codes) and len(codes) < HALVED:
        place = copied(home, "case")
        codes.append(stage.killed_after(place, moment_s))
        moment_s /= 2
        _survives(stage, place, whole)
    assert codes == [0] * (len(codes) - 1) + [KILLED]


@pytest.fixture(scope="module")
def span(stage: Stage, home: Path) -> float:
    """Take the shortest of three: a moment beyond the end would be none."""
    return min(stage.span(copied(home, f"span-{number}")) for number in range(3))


@pytest.mark.parametrize("number", range(3))
def test_killed_at_a_moment(
    stage: Stage, home: Path, whole: Counts, span: float, number: int
) -> None:
    _moment(stage, home, whole, span, number)


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_a_hundred_moments(
    stage: Stage, home: Path, whole: Counts, span: float, part: int
) -> None:
    for at in range(part, MOMENTS, PARTS):
        _moment(stage, home, whole, span, at)


def test_taking_in_passes_the_failpoints_of_its_rooms(passes: Mapping[Place, int]) -> None:
    wanted = {"objects.write", "objects.fsync", "objects.rename", "rows.commit", "objects.delete"}
    assert wanted <= {place.name for place, count in passes.items() if count}
    assert wanted <= set(names())


# --- what the judge must see ---------------------------------------------------------------------


@pytest.fixture
def spoiled(home: Path, whole: Counts) -> Iterator[Path]:
    del whole
    place = home.with_name("spoiled")
    yield copied(home.with_name("whole"), place.name)
    shutil.rmtree(place)


SPOILS = {
    "a lost batch": "delete from log_batch where batch = (select max(batch) from log_batch)",
    "a batch that stands elsewhere": "update log_batch set vault_version = vault_version + 1",
    "a lost run": "delete from log_run",
    "lost names": "delete from log_part where part = 'names'",
    "a lost value": "delete from vault where sealed is not null",
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_the_judge_sees(spoil: str, spoiled: Path, whole: Counts) -> None:
    rows = sqlite3.connect(spoiled / "home" / "rows.db", isolation_level=None)
    rows.execute(SPOILS[spoil])
    rows.close()
    with pytest.raises((AssertionError, BaileeError)):
        audit(spoiled, whole)


def test_the_judge_sees_a_batch_that_was_taken_in_twice(
    spoiled: Path, whole: Counts, stage: Stage
) -> None:
    rows = sqlite3.connect(spoiled / "home" / "rows.db", isolation_level=None)
    rows.execute("update log_batch set identity = null where source is null")
    rows.close()
    acks = spoiled / "acks.jsonl"
    lines = acks.read_text("utf-8").splitlines(keepends=True)
    acks.write_text("".join(line for line in lines if '"app"' not in line))
    assert stage.play(spoiled, resume=True) == 0
    with pytest.raises(AssertionError):
        audit(spoiled, whole)
