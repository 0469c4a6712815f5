"""Killed at any durable write, with rows of before put back while it is dead, and gone on with.

The steps are those of which a crash leaves most: a month is ended, keys are turned and rotated (its
last phase, T4, included).  Who writes the database puts rows or files of any earlier moment back
while nothing runs; the next process refuses, or does what is right; and once he is gone, all that
lives opens, and nothing that was erased.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.disk import quick
from tests.meddler.life import Plan
from tests.meddler.moves import written
from tests.meddler.steps import PEACE, Life

STEPS = ("end", "turn", "rotate")
PARTS = 8
PASSAGES_MAX = 400
"""More than any of these steps passes."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with quick(tmp_path) as folder:
        yield folder


def ready(place: Path, seed: int) -> Life:
    """Give a house in which something was deleted, and somebody erased."""
    place.mkdir()
    life = Life(place, seed)
    life.meddler.insider = False
    for step in (life.put, life.put, life.ingest, life.ingest, life.backup):
        step(PEACE)
    for step in (life.delete, life.erase, life.put):
        step(PEACE)
    return life


@dataclass(frozen=True)
class Killed:
    """A life whose step was killed, or not any more, and gone on with on rows of before."""

    life: Life
    died: bool
    named: str
    """What a check said of the rows that he put back, before anybody went on."""


def killed(place: Path, step: str, at: int) -> Killed:
    """Kill a step at a passage, let him make a move, check, and go on."""
    life = ready(place, at)
    getattr(life, step)(Plan(dies=at))
    died = "died" in life.story[-1]
    named: list[str] = []
    go_on = life.end if step == "end" else life.turn
    go_on(Plan(before=True, undone=True, looked=lambda: named.append(life.seen())))
    life.settle()
    return Killed(life, died, "".join(named))


def judge(one: Killed) -> None:
    """Assert the laws of every life, and that all is lost only as SECURITY.md says.

    A turn does not compare digests: rows taken away just before one go through, and no backup of
    before opens after it.  That is all that may end a home, and `check`, run first, named it.
    """
    life = one.life
    assert not life.wrong, "\n".join([*life.wrong, *life.story])
    if life.over:
        *_, went_on, _ = life.story
        assert went_on.startswith("turn: done"), "\n".join(life.story)
        assert "rows-missing" in one.named, "\n".join([one.named, *life.story])


@pytest.mark.parametrize(("step", "at"), [("end", 31), ("turn", 150)])
def test_a_step_that_was_killed_once(place: Path, step: str, at: int) -> None:
    judge(killed(place / "life", step, at))


def test_a_turn_does_not_compare_digests(place: Path) -> None:
    """No law is broken, but no backup of before opens afterwards: SECURITY.md says it."""
    life = ready(place / "life", 0)
    with written(life.home / "rows.db") as rows:
        rows.execute("delete from row_set")
    assert "rows-missing" in life.seen()
    life.turn(PEACE)
    assert life.story[-1].startswith("turn: done")
    assert "rows-missing" in life.seen()
    assert life.wrong == []


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_was_killed_at_each_write(place: Path, step: str, part: int) -> None:
    for at in range(1 + part, PASSAGES_MAX, PARTS):
        one = killed(place / str(at), step, at)
        judge(one)
        if not one.died:
            return
    pytest.fail(f"{step} passes more than {PASSAGES_MAX} writes")
