"""Killed at any durable write, with rows of before put back while it is dead, and gone on with.

The steps are those of which a crash leaves most: a month is ended, keys are turned and rotated (its
last phase, T4, included), a home is restored.  Who writes the database puts rows or files of any
earlier moment back while nothing runs; the next process refuses, or does what is right; and once
he is gone, all that lives opens, and nothing that was erased.
"""

from collections.abc import Iterator
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


def killed(place: Path, step: str, at: int) -> tuple[Life, bool]:
    """Kill a step at a passage, let him make a move, go on; tell whether it came so far."""
    life = ready(place, at)
    getattr(life, step)(Plan(dies=at))
    died = "died" in life.story[-1]
    go_on = life.end if step == "end" else life.turn
    go_on(Plan(before=True, undone=True))
    life.settle()
    return life, died


def judge(life: Life) -> None:
    assert not life.wrong, "\n".join([*life.wrong, *life.story])
    assert not life.over, "\n".join(life.story)


@pytest.mark.parametrize(("step", "at"), [("end", 31), ("turn", 150)])
def test_a_step_that_was_killed_once(place: Path, step: str, at: int) -> None:
    life, _ = killed(place / "life", step, at)
    judge(life)


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
        life, died = killed(place / str(at), step, at)
        judge(life)
        if not died:
            return
    pytest.fail(f"{step} passes more than {PASSAGES_MAX} writes")
