"""Who writes database and files, and sets the clock, at any step, gets nothing unseen.

The laws, at every step of every life, whatever he put back, edited or set:

- What was deleted or erased is never given, listed, found or shown; and once its generation has
  ended, nobody opens it with every version of every file and today's secrets.
- An act answers what is so, or is refused: what is held is never called not there.
- A turn certifies as many deletions as custodians were told of, and those alone.
- What was answered has its entry, unless the next opening refuses the home.
- What was refused on files that he changed is *seen*: a new process refuses to open them, or its
  deep check names damage, or what is wrong with the clock.

One seed in four also has the journals of one custodian, but not its secrets.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.disk import quick
from tests.meddler.steps import Life

STEPS = 14
FEW_STEPS = 5
FAST_SEEDS = range(1)
ALL_SEEDS = range(1, 301)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with quick(tmp_path) as folder:
        yield folder


def lived(place: Path, seed: int, steps: int = STEPS) -> Life:
    folder = place / str(seed)
    folder.mkdir()
    life = Life(folder, seed)
    life.run(steps)
    life.settle()
    return life


def judge(life: Life) -> None:
    assert not life.wrong, "\n".join([*life.wrong, *life.story])


@pytest.mark.parametrize("seed", FAST_SEEDS)
def test_some_steps_of_a_life(place: Path, seed: int) -> None:
    judge(lived(place, seed, FEW_STEPS))


@pytest.mark.sweep
@pytest.mark.parametrize("seed", ALL_SEEDS)
def test_a_life(place: Path, seed: int) -> None:
    judge(lived(place, seed))
