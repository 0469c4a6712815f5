"""What has a term of its own: kept secrets, and what recognises a batch that is sent again."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.answers import done
from tests.keyring.custody import HandClock
from tests.logs.sources import Held
from tests.run.homes import make, opened

from bailee.clients.acts import AddClient
from bailee.keys.acts import KeysTurned, TurnKeys
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import ExportLog, Ingested, IngestLog, LogExported
from bailee.logs.model import SECRETS_DAYS
from bailee.logs.retention.expiring import IDENTITY_MS
from bailee.logs.state import DAY_MS

LINES = b"user=awa password=hunter2zebra\n"
HIDDEN = LINES.replace(b"hunter2zebra", b"[secret]")


class Home:
    """A home on a clock moved by hand."""

    def __init__(self, place: Path) -> None:
        self.place, self.clock = place, HandClock()
        make(place, clock=self.clock)
        with opened(self.place, clock=self.clock) as house:
            house.caller.call(AddClient(label="acme"))

    def turn(self) -> KeysTurned:
        with opened(self.place, clock=self.clock) as house:
            answer = done(house.caller.call(TurnKeys()))
        assert isinstance(answer, KeysTurned)
        return answer

    def ingest(self, source: Held | None = None, **more: object) -> Ingested:
        query: dict[str, Any] = {"stream": "web", "origin": "client-application", **more}
        source = source or Held(LINES, lasting=False)
        with opened(self.place, clock=self.clock) as house:
            answer = done(house.caller.send(IngestLog(client="acme", **query), source))
        assert isinstance(answer, Ingested)
        return answer

    def kept(self) -> Ingested:
        return self.ingest(keep_secrets=True, reason="a dispute")

    def export(self, taken: Ingested) -> bytes:
        (batch,) = taken.batches
        request = ExportLog(client="acme", batch=str(batch), purpose="client-request")
        with opened(self.place, clock=self.clock) as house:
            answer = done(house.caller.call(request))
            assert isinstance(answer, LogExported)
            return b"".join(map(bytes, answer.chunks))

    def later(self, ms: int) -> None:
        """Let time pass in a home that is used the day before."""
        use = max(0, ms - DAY_MS)
        self.clock.wall_ms += use
        with opened(self.place, clock=self.clock) as house:
            house.caller.call(ShowEntries(client="provider", purpose="security"))
        self.clock.wall_ms += ms - use

    def count(self, statement: str) -> int:
        with closing(sqlite3.connect(self.place / "home" / "rows.db")) as connection:
            return int(connection.execute(statement).fetchone()[0])

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.place / "home" / "rows.db")) as connection:
            return connection.execute(statement).fetchall()

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.place / "home" / "rows.db")) as connection:
            assert connection.execute(statement).rowcount
            connection.commit()

    def insert(self, table: str, rows: list[tuple[object, ...]]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        with closing(sqlite3.connect(self.place / "home" / "rows.db")) as connection:
            connection.executemany(f"insert into {table} values ({marks})", rows)  # noqa: S608  # marks
            connection.commit()

    @property
    def secrets(self) -> int:
        return self.count("select count(*) from log_part where part = 'log-secrets'")

    @property
    def known(self) -> int:
        return self.count("select count(*) from log_batch where identity is not null")

    def files(self) -> int:
        return sum(page.is_file() for page in (self.place / "home" / "objects").rglob("*"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_kept_secrets_are_shown_for_thirty_days_and_destroyed_at_the_turn(home: Home) -> None:
    taken = home.kept()
    home.later(SECRETS_DAYS * DAY_MS - 1)
    home.turn()
    assert home.export(taken) == LINES
    home.later(1)
    assert home.export(taken) == HIDDEN
    files = home.files()
    assert home.secrets == 1
    turned = home.turn()
    assert (home.secrets, turned.erased) == (0, 1)
    assert home.files() < files + 3
    assert not home.count("select count(*) from key_leaf where noun = 'log-secrets'")
    assert home.export(taken) == HIDDEN


def test_the_ledger_tells_that_secrets_ended(home: Home) -> None:
    home.kept()
    home.later(SECRETS_DAYS * DAY_MS)
    home.turn()
    with opened(home.place, clock=home.clock) as house:
        shown = done(house.caller.call(ShowEntries(client="acme", purpose="security")))
    ends = [one for one in shown.entries if one.opening.kind == "log:expire"]
    assert [dict(one.body) for one in ends] == [{"secrets": "1"}]


def test_a_batch_sent_again_is_known_for_a_week(home: Home) -> None:
    home.ingest()
    home.later(IDENTITY_MS)
    home.turn()
    assert home.ingest().repeated == 1
    home.later(1)
    home.turn()
    assert home.known == 0
    assert home.ingest().repeated == 0


def test_a_file_goes_on_where_it_was_left_after_its_batches_are_known_no_more(home: Home) -> None:
    home.ingest(Held(LINES))
    home.later(IDENTITY_MS + DAY_MS)
    home.turn()
    assert home.known == 0
    more = home.ingest(Held(LINES + b"one more\n"))
    assert (more.start, more.lines) == (len(LINES), 1)


def test_a_clock_that_runs_ahead_ends_nothing_at_once(home: Home) -> None:
    """It does at the next turn, so that somebody has until then to see it."""
    home.kept()
    home.clock.wall_ms += 100 * DAY_MS
    home.turn()
    assert (home.secrets, home.known) == (1, 1)
    home.turn()
    assert (home.secrets, home.known) == (0, 0)
