"""Rows of any earlier moment, put back at any step, revive nothing that was deleted.

What is refused may be refused; what was deleted is never given, and what was finally erased opens
with no row that ever was.  With one comparison left out, some life gives it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.keys.put_back_life import Life

from bailee.keyring.destroy.deletion import Deletions
from bailee.keyring.destroy.due import DeletedKeys
from bailee.keyring.destroy.turning import Turning

STEPS = 14
FAST_SEEDS = range(6)
ALL_SEEDS = range(6, 306)
CONTROL_SEEDS = range(40)


def lived(place: Path, seed: int) -> Life:
    folder = place / str(seed)
    folder.mkdir()
    life = Life(folder, seed)
    life.run(STEPS)
    life.house.work.close()
    return life


def judge(life: Life) -> None:
    assert life.given == [], "\n".join(life.story)
    assert life.revived() == [], "\n".join(life.story)


@pytest.mark.parametrize("seed", FAST_SEEDS)
def test_rows_put_back_revive_nothing(place: Path, seed: int) -> None:
    judge(lived(place, seed))


@pytest.mark.sweep
@pytest.mark.parametrize("seed", ALL_SEEDS)
def test_rows_put_back_revive_nothing_at_length(place: Path, seed: int) -> None:
    judge(lived(place, seed))


def without_the_look_at_openings(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DeletedKeys, "require_fresh", lambda *_: None)
    patch.setattr(DeletedKeys, "require_raised", lambda *_: None)


def without_renewals_from_custodians(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Turning, "_below", lambda *_: iter(()))


def without_deleting_again(patch: pytest.MonkeyPatch) -> None:
    without_the_look_at_openings(patch)
    patch.setattr(Deletions, "alive", lambda *_: frozenset())
    patch.setattr(Deletions, "bucket_below", lambda *_: None)


LEFT_OUT: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "an opening does not ask": without_the_look_at_openings,
    "a turn renews what is marked": without_renewals_from_custodians,
    "a turn deletes nothing again, and an opening does not ask": without_deleting_again,
}


@pytest.mark.sweep
@pytest.mark.parametrize("part", LEFT_OUT)
def test_with_one_comparison_left_out_some_life_gives_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    LEFT_OUT[part](monkeypatch)
    lives = (lived(place, seed) for seed in CONTROL_SEEDS)
    assert any(life.given or life.revived() for life in lives)
