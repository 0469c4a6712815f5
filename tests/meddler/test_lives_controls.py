"""Controls: with one comparison left out, a life breaks a law that it keeps with it.

Each is a life of `test_lives.py` in which he makes some moves alone, so that few steps show it; its
seed was found by a search of the first forty.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.disk import quick
from tests.meddler.steps import Life

from bailee.adapters.sql import whole
from bailee.keyring.destroy.deletion import Deletions
from bailee.keyring.destroy.due import DeletedKeys
from bailee.ledger.anchoring import Anchoring
from bailee.logs.retention import expiring

STEPS = 14


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with quick(tmp_path) as folder:
        yield folder


def without_anchors(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Anchoring, "open", lambda _: None)
    patch.setattr(Anchoring, "require", lambda *_, **__: None)
    patch.setattr(Anchoring, "require_after", lambda *_: None)
    patch.setattr(Anchoring, "require_all", lambda *_: lambda _: None)
    patch.setattr(Anchoring, "compare", lambda *_, **__: None)


def without_digests(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(whole._Held, "require", lambda *_: None)
    patch.setattr(whole._Held, "require_head", lambda *_: None)


def without_looking_at_openings(patch: pytest.MonkeyPatch) -> None:
    without_anchors(patch)
    without_digests(patch)
    patch.setattr(DeletedKeys, "require_fresh", lambda *_: None)
    patch.setattr(DeletedKeys, "require_raised", lambda *_: None)
    patch.setattr(Deletions, "alive", lambda *_: frozenset())


def without_shown_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(expiring, "believed_ms", lambda times: times.wall_ms)


@dataclass(frozen=True)
class Control:
    """What is left out, which moves he makes, and words of the law that a life breaks."""

    leave_out: Callable[[pytest.MonkeyPatch], None]
    moves: tuple[str, ...]
    seeds: tuple[int, ...]
    """Tried in turn; ids are random, so that a life is not quite the same each time."""
    law: str = ""


LEFT_OUT: dict[str, Control] = {
    "ledgers are not anchored": Control(without_anchors, ("snapshot", "whole_rows"), (1, 0, 3)),
    "digests are not compared": Control(without_digests, ("deleted_rows",), (6, 0, 10)),
    "an opening does not ask": Control(
        without_looking_at_openings,
        ("snapshot", "whole_rows", "client_rows", "tables", "some_files", "marks"),
        (4, 3, 5),
    ),
    "the clock is believed": Control(
        without_shown_time, ("set_clock",), (1, 2), "recorded as over, and none can be"
    ),
}


def broken(folder: Path, control: Control, seed: int) -> list[str]:
    folder.mkdir()
    life = Life(folder, seed)
    life.meddler.only = control.moves
    life.run(STEPS)
    life.settle()
    return [one for one in life.wrong if control.law in one]


@pytest.mark.sweep
@pytest.mark.parametrize("part", LEFT_OUT)
def test_with_one_comparison_left_out_a_life_breaks_a_law(place: Path, part: str) -> None:
    control = LEFT_OUT[part]
    for seed in control.seeds:
        with pytest.MonkeyPatch.context() as patch:
            control.leave_out(patch)
            wrong = broken(place / f"left out {seed}", control, seed)
        if wrong:
            assert broken(place / f"whole {seed}", control, seed) == []
            return
    pytest.fail(f"no life of {control.seeds} breaks a law without it")
