"""Runs become fewer and find the same; a crash leaves all of the old ones or the new one."""

import random
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
from bailee.audit import Depth
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.ids import BlobId, ClientId, StreamId
from bailee.keys.acts import TurnKeys
from bailee.logs.acts import FoundLine, IngestLog, LinesFound, SearchLog
from bailee.logs.model import SEVERAL, RunRow, SealedRow
from bailee.logs.store.merging import AT_ONCE_POSTINGS, TIER, due
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import OBJECTS

CLIENT, STREAMS = ClientId(bytes(16)), tuple(StreamId(bytes([at]) * 16) for at in range(203))
LOOK_UP_READS = 20
"""Runs that a look-up of one person opens at most; issue 10 says so."""


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
    "of less than a page, however unlike": ([run(20 * 5**at) for at in range(TIER)], TIER),
    "of more than a page, and unlike": ([run(5_000 * 5**at) for at in range(TIER)], 0),
    "of two streams": ([run(20, stream=number % 2) for number in range(TIER)], TIER),
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
    assert len(held) <= LOOK_UP_READS + sum(sizes) // (AT_ONCE_POSTINGS // TIER)


@pytest.mark.parametrize("seed", range(3))
def test_a_look_up_reads_few_runs_of_ten_thousand_batches(seed: int) -> None:
    """Of 200 streams, in one month; each ingest merges what is due when it begins."""
    drawn = random.Random(seed)  # noqa: S311  # sizes of a test
    held: list[RunRow] = []
    most = 0
    for number in range(10_000):
        if chosen := due(held):
            gone = {one.sealed.blob for one in chosen}
            whole = sum(one.postings for one in chosen)
            held = [one for one in held if one.sealed.blob not in gone]
            held.append(run(whole, stream=2, number=number + 1_000_000))
        held.append(run(drawn.randint(1, 300), stream=3 + number % 200, number=number))
        most = max(most, len(held))
    assert most <= LOOK_UP_READS


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


def test_runs_of_many_streams_become_few_and_find_what_is_of_each(tmp_path: Path) -> None:
    streams = [f"s{number}" for number in range(10)]
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        for at in range(30):
            log = IngestLog(client="acme", stream=streams[at % 10], origin="infrastructure")
            text = b"user=u3 of %d\nuser=u%d alone\n" % (at, 100 + at)
            house.caller.send(log, Held(text, address=f"/{at}", lasting=False))
        assert len(runs_of(house)) <= TIER
        assert SEVERAL in {run.stream for run in runs_of(house)}
        assert len(ask(house)) == 30
        own = SearchLog(client="acme", stream="s4", about=b"u3", purpose="security")
        assert len([*done(house.caller.call(own)).lines]) == 3
        other = SearchLog(client="acme", stream="s4", about=b"u105", purpose="security")
        assert [*done(house.caller.call(other)).lines] == []
        report = done(house.caller.call(RunCheck(depth=Depth.DEEP)))
        assert [one for one in report.findings if one.is_damage] == []
