"""Runs become fewer and find the same; a crash leaves all of the old ones or the new one."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.answers import done
from tests.logs.sources import Held
from tests.run.homes import make, opened

from bailee import errors, failpoint
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.clients.acts import AddClient
from bailee.ids import BlobId, ClientId, StreamId
from bailee.keys.acts import TurnKeys
from bailee.logs.acts import FoundLine, IngestLog, LinesFound, SearchLog
from bailee.logs.model import RunRow, SealedRow
from bailee.logs.store.merging import AT_ONCE_POSTINGS, TIER, due
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import OBJECTS

CLIENT, STREAMS = ClientId(bytes(16)), (StreamId(bytes(16)), StreamId(b"\x01" * 16))


def run(postings: int, stream: int = 0, epoch: int = 202611, number: int = 0) -> RunRow:
    sealed = SealedRow(
        blob=BlobId(number.to_bytes(16, "big")),
        sealed_bytes=0,
        sealed_extent=b"",
        digest=b"",
        commitment=b"",
    )
    return RunRow(
        client=CLIENT, stream=STREAMS[stream], epoch=epoch, postings=postings, sealed=sealed
    )


DUE: dict[str, tuple[list[RunRow], int]] = {
    "none": ([], 0),
    "one fewer than a tier": ([run(20) for _ in range(TIER - 1)], 0),
    "a tier": ([run(20) for _ in range(TIER)], TIER),
    "a tier and a larger one": ([*(run(20) for _ in range(TIER)), run(5000)], TIER),
    "of two streams": ([run(20, stream=number % 2) for number in range(TIER)], 0),
    "of two months": ([run(20, epoch=202610 + number % 2) for number in range(TIER)], 0),
    "too large to be held": ([run(AT_ONCE_POSTINGS // 2) for _ in range(TIER)], 0),
    "empty ones": ([run(0) for _ in range(TIER)], TIER),
}


@pytest.mark.parametrize("said", DUE)
def test_a_tier_that_is_full_is_due(said: str) -> None:
    runs, expected = DUE[said]
    assert len(due(runs)) == expected


@given(st.lists(st.integers(0, 90_000), max_size=400))
def test_runs_stay_few_however_many_come(sizes: list[int]) -> None:
    """After each one that comes, one merge at most, as acts do."""
    held: list[RunRow] = []
    for number, size in enumerate(sizes):
        held.append(run(size, number=number))
        chosen = due(held)
        if chosen:
            whole = sum(one.postings for one in chosen)
            assert whole <= AT_ONCE_POSTINGS
            held = [one for one in held if one not in chosen]
            held.append(run(whole, number=number + 1_000_000))
    tiers = 12
    assert len(held) <= TIER * tiers


TEXTS = [
    b"".join(b"user=u%d seen %d\n" % ((number * step) % 7, number) for number in range(60))
    for step in range(1, TIER + 1)
]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        for number, text in enumerate(TEXTS):
            log = IngestLog(client="acme", stream="web", origin="infrastructure")
            house.caller.send(log, Held(text, address=f"/{number}", lasting=False))
    yield tmp_path
    failpoint.arm("")


def ask(house: App) -> list[FoundLine]:
    found = done(house.caller.call(SearchLog(client="acme", about=b"u3", purpose="security")))
    assert isinstance(found, LinesFound)
    return list(found.lines)


def runs_of(house: App) -> Sequence[RunRow]:
    client = house.parts.find_client(house.caller.who, "acme")
    return house.parts.work.read(lambda tx: SqlLogRows().runs(tx, client, 202611))


def expected() -> int:
    return sum(text.count(b"user=u3 ") for text in TEXTS)


def files(place: Path) -> set[str]:
    return {path.name for path in (place / "home" / OBJECTS).rglob("bl-*")}


def test_a_search_leaves_fewer_runs_that_find_the_same(place: Path) -> None:
    with opened(place) as house:
        before, there = runs_of(house), files(place)
        first = ask(house)
        after = runs_of(house)
        assert (len(before), len(after)) == (TIER, 1)
        assert after[0].postings == sum(run.postings for run in before)
        assert ask(house) == first
        assert len(first) == expected()
        gone = {str(run.sealed.blob) for run in before}
        assert files(place) == there - gone | {str(after[0].sealed.blob)}
        assert done(house.caller.call(TurnKeys())) is not None
        assert ask(house) == first


POINTS = (
    *("objects.write", "objects.fsync", "objects.rename"),
    *("rows.commit", "kms.pending-write", "objects.delete", "objects.fsync-folder"),
)
QUICK = {"objects.rename:after", "rows.commit:before", "rows.commit:after"}
FAILED = [
    pytest.param(point, marks=() if point in QUICK else pytest.mark.sweep)
    for name in POINTS
    for point in (f"{name}:before", f"{name}:after")
]


@pytest.mark.parametrize("point", FAILED)
def test_a_merge_that_fails_leaves_an_index_that_finds_all(
    place: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Armed for the merge alone: the search's own writes come before it."""
    from bailee.logs.store.merging import Merge  # noqa: PLC0415  # beside its one use

    real = Merge.run

    def armed(self: Merge) -> RunRow | None:
        failpoint.arm(f"{point}=raise-always@1")
        try:
            return real(self)
        finally:
            failpoint.arm("")

    monkeypatch.setattr(Merge, "run", armed)
    with suppress(errors.BaileeError), opened(place) as house:
        ask(house)
    monkeypatch.undo()
    with opened(place) as house:
        assert len(runs_of(house)) in {TIER, 1}
        assert len(ask(house)) == expected()
        assert len(runs_of(house)) == 1
        assert len(ask(house)) == expected()


def test_taking_in_merges_what_is_due_when_it_begins(place: Path) -> None:
    with opened(place) as house:
        assert len(runs_of(house)) == TIER
        log = IngestLog(client="acme", stream="web", origin="infrastructure")
        house.caller.send(log, Held(TEXTS[0] + b"user=u3 again\n", address="/more"))
        assert len(runs_of(house)) == 2
        assert len(ask(house)) == expected() + TEXTS[0].count(b"user=u3 ") + 1
