"""A write that fails, before or after it took, leaves whole batches and no other; a second run
takes in the rest, and nothing twice (spec/invariants.md I1, I2 and I13)."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.answers import done
from tests.logs.sources import Held
from tests.people import open_more
from tests.run.homes import make, opened

from bailee import errors, failpoint
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, Ingested, IngestLog, LogExported
from bailee.logs.ingest import batch as batches
from bailee.run.wiring.app import App

TEXT = b"".join(b"user=u%d from 10.0.%d.7\n" % (number, number % 250) for number in range(900))
LINES = 300
POINTS = [
    f"{point}:{side}"
    for point in ("objects.write", "objects.fsync", "objects.rename", "rows.commit")
    for side in ("before", "after")
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(batches, "BATCH_LINES", LINES)
    monkeypatch.setattr("bailee.logs.store.lines.BLOCK_LINES", LINES)
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        open_more(house)
        house.caller.send(
            IngestLog(client="acme", stream="web", origin="infrastructure"), Held(b"")
        )
    yield tmp_path
    failpoint.arm("")


def ingest(house: App) -> Ingested:
    answer = done(house.caller.send(IngestLog(client="acme", stream="web"), Held(TEXT)))
    assert isinstance(answer, Ingested)
    return answer


def taken(house: App) -> bytes:
    """Give all that is in custody, in the order of its source."""
    client = house.parts.find_client(house.caller.who, "acme")
    rows = house.parts.work.read(lambda tx: SqlLogRows().batches(tx, client))
    out = b""
    for row in sorted(rows, key=lambda row: row.offset):
        request = ExportLog(client="acme", batch=str(row.batch), purpose="service")
        answer = done(house.caller.call(request))
        assert isinstance(answer, LogExported)
        out += b"".join(map(bytes, answer.chunks))
    return out


TIMES = [4, *(pytest.param(count, marks=pytest.mark.sweep) for count in (1, 2, 3, 6, 9))]


@pytest.mark.parametrize("count", TIMES)
@pytest.mark.parametrize("point", POINTS)
def test_a_failed_write_leaves_whole_batches(place: Path, point: str, count: int) -> None:
    with suppress(errors.BaileeError), opened(place) as house:
        failpoint.arm(f"{point}=raise@{count}")
        try:
            ingest(house)
        finally:
            failpoint.arm("")
    with opened(place) as house:
        before = taken(house)
        assert TEXT.startswith(before)
        assert before.count(b"\n") % LINES == 0
        again = ingest(house)
        assert again.start == len(before)
        assert taken(house) == TEXT
        assert ingest(house).batches == ()
