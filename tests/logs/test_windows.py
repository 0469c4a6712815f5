"""A search compares the rows that it could find, and no others: none of them is "nothing found".

Whoever can write the database takes away, moves or alters the row of a batch; a search by time,
text or person then finds what it found before, or says that it cannot be told.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.answers import done
from tests.logs.sources import Held
from tests.run.homes import make, opened

from bailee import errors
from bailee.adapters.sql import whole
from bailee.adapters.sql.engine import SqlTx
from bailee.clients.acts import AddClient
from bailee.logs.acts import IngestLog, SearchLog
from bailee.run.wiring.app import App

HOUR_NS = 3_600 * 10**9
DAYS_NS = 24 * HOUR_NS
MARCH_NS = 1_772_359_200 * 10**9
"""2026-03-01T10:00:00Z"""
LINES = {
    MARCH_NS: b"2026-03-01T10:00:00Z mail a1@example.org\n",
    MARCH_NS + 92 * DAYS_NS: b"2026-06-01T10:00:00Z mail a2@example.org\n",
    MARCH_NS + 200 * DAYS_NS: b"2026-09-17T10:00:00Z mail a3@example.org\n",
}


@dataclass(frozen=True)
class Place:
    """An opened home, and its rows."""

    house: App
    path: Path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        for number, line in enumerate(LINES.values()):
            log = IngestLog(client="acme", stream=f"s{number}", origin="infrastructure")
            done(house.caller.send(log, Held(line, address=f"/{number}", lasting=False)))
        yield Place(house, tmp_path / "home" / "rows.db")


def found(house: App, **asked: object) -> int:
    request = SearchLog(client="acme", purpose="client-request", **asked)  # type: ignore[arg-type]  # the act's own fields
    return len([*done(house.caller.call(request)).lines])


def hour(at_ns: int) -> Mapping[str, int]:
    return {"from_ns": at_ns - HOUR_NS // 2, "to_ns": at_ns + HOUR_NS // 2}


JUNE_NS = MARCH_NS + 92 * DAYS_NS
JUNE: Mapping[str, Mapping[str, object]] = {
    "by time": hour(JUNE_NS),
    "by person": {"about": b"a2@example.org"},
    "by both": {"about": b"a2@example.org", **hour(JUNE_NS)},
    "by text": {"text": "mail", **hour(JUNE_NS)},
    "by stream": {"stream": "s1", **hour(JUNE_NS)},
    "by stream and person": {"stream": "s1", "about": b"a2@example.org"},
    "from then on": {"from_ns": JUNE_NS, "lines": 1},
}
AWAY = {
    "taken away": "delete from log_batch where first_ns = {0}",
    "moved": "update log_batch set first_ns = {1}, last_ns = {1} where first_ns = {0}",
    "moved whole": "update log_batch set first_ns = {1}, last_ns = {1}, span = "
    "(select b.span from log_batch b where b.first_ns > {0}) where first_ns = {0}",
    "in another stretch": "update log_batch set span = x'07' where first_ns = {0}",
    "in none": "update log_batch set span = null where first_ns = {0}",
    "of another stream": "update log_batch set stream = "
    "(select b.stream from log_batch b where b.first_ns > {0}) where first_ns = {0}",
}


@pytest.mark.parametrize("asked", JUNE)
def test_what_is_there_is_found(place: Place, asked: str) -> None:
    assert found(place.house, **JUNE[asked]) == 1


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("asked", JUNE)
def test_a_row_that_is_gone_from_where_it_was_is_never_nothing_found(
    place: Place, asked: str, away: str
) -> None:
    change(place.path, AWAY[away])
    with pytest.raises(errors.Damaged):
        found(place.house, **JUNE[asked])


@pytest.mark.parametrize("asked", ["by time", "by text", "by stream"])
def test_without_the_comparison_it_would_be(
    place: Place, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole._Held, "require", lambda *_: None)  # left out
    change(place.path, AWAY["taken away"])
    assert found(place.house, **JUNE[asked]) == 0


def test_what_is_of_another_time_and_person_does_not_count(place: Place) -> None:
    """Here `check` says it, and whoever looks for what is gone; what is held is found."""
    change(place.path, AWAY["taken away"])
    assert found(place.house, **hour(MARCH_NS)) == 1
    assert found(place.house, about=b"a1@example.org") == 1


def test_few_rows_are_read_where_many_are_held(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By time, and by person: those of the stretches of that time, and those the index names."""
    read: list[str] = []
    real = SqlTx.execute

    def counted(self: SqlTx, statement: str, values: Mapping[str, object] | None = None) -> object:
        rows = real(self, statement, values)
        read.extend([statement] * len(rows) if "from log_batch" in statement else [])
        return rows

    monkeypatch.setattr(SqlTx, "execute", counted)
    for asked in ("by time", "by person", "by both"):
        read.clear()
        assert found(place.house, **JUNE[asked]) == 1
        # Compared, found, and counted: of one batch of three.
        assert len(read) <= 4, read


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as rows:
        done = rows.execute(statement.format(JUNE_NS, MARCH_NS + 200 * DAYS_NS))
        assert done.rowcount == 1
