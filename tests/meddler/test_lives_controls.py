"""Controls: with one comparison left out, some life of `test_lives.py` breaks a law."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.disk import quick
from tests.meddler.steps import Life

from bailee.adapters.sql import whole
from bailee.keyring.destroy.deletion import Deletions
from bailee.keyring.destroy.due import DeletedKeys
from bailee.ledger.anchoring import Anchoring

STEPS = 14
SEEDS = range(60)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with quick(tmp_path) as folder:
        yield folder


def without_anchors(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Anchoring, "open", lambda _: None)
    patch.setattr(Anchoring, "require", lambda *_, **__: None)
    patch.setattr(Anchoring, "require_after", lambda *_: None)
    patch.setattr(Anchoring, "require_all", lambda *_: None)
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


LEFT_OUT: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "ledgers are not anchored": (without_anchors, "recorded"),
    "digests are not compared": (without_digests, ""),
    "an opening does not ask": (without_looking_at_openings, ""),
}
"""What is left out, and a word of the law that some life must break."""


@pytest.mark.sweep
@pytest.mark.parametrize("part", LEFT_OUT)
def test_with_one_comparison_left_out_a_life_breaks_a_law(
    place: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    leave_out, word = LEFT_OUT[part]
    leave_out(monkeypatch)
    broken = []
    for seed in SEEDS:
        folder = place / str(seed)
        folder.mkdir()
        life = Life(folder, seed)
        life.run(STEPS)
        life.settle()
        broken += life.wrong
        if any(word in one for one in broken):
            return
    pytest.fail(f"no life of {len(SEEDS)} breaks it: {broken}")
