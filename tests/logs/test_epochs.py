"""Months of custody through the whole house: what is shown of them, and their end by two people."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.answers import done
from tests.keyring.custody import HandClock
from tests.logs.sources import Held
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.clients.acts import AddClient
from bailee.clock import epoch_of
from bailee.keys.acts import TurnKeys
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import (
    DestroyEpoch,
    EpochDestroyed,
    ExportLog,
    Ingested,
    IngestLog,
    ListEpochs,
    LogExported,
    Month,
)
from bailee.logs.state import DAY_MS
from bailee.logs.steps import EndingStep, Life
from bailee.monitor.approval import APPROVAL_MS
from bailee.run.wiring.app import App
from bailee.seal.padding import COARSE_BYTES
from bailee.vault.epoch import plus_months, text_of

DPO = Principal(os_user="dede")
ADMIN = Principal(os_user="cleo")
HOUR_MS = 3_600_000
LINES = b"GET /?q=awa.kone@example.org 200\nnothing of anybody\n"


class Home:
    """A home on a clock moved by hand, opened by one person after another; a client for each test.

    The clock only goes forward, from September 2026 to January 2027 at the latest.
    """

    def __init__(self, place: Path) -> None:
        self.place, self.clock, self.client = place, HandClock(), ""
        make(place, clock=self.clock)
        with self.open() as house:
            house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))

    @contextmanager
    def open(self, who: Principal = SOMEONE) -> Iterator[App]:
        with opened(self.place, clock=self.clock, who=who) as house:
            yield house

    def later(self, ms: int) -> None:
        self.clock.wall_ms += ms

    @property
    def now(self) -> int:
        return epoch_of(self.clock.wall_ms)

    def ingest(self, text: bytes = LINES, **more: object) -> Ingested:
        query: dict[str, Any] = {"stream": "web", "origin": "client-application", **more}
        request = IngestLog(client=self.client, **query)
        with self.open() as house:
            answer = done(house.caller.send(request, Held(text, lasting=False)))
        assert isinstance(answer, Ingested)
        return answer

    def export(self, taken: Ingested) -> bytes:
        (batch,) = taken.batches
        request = ExportLog(client=self.client, batch=str(batch), purpose="client-request")
        with self.open() as house:
            answer = done(house.caller.call(request))
            assert isinstance(answer, LogExported)
            return b"".join(map(bytes, answer.chunks))

    def months(self) -> dict[int, Month]:
        with self.open() as house:
            answer = house.caller.call(ListEpochs(client=self.client))
        assert not isinstance(answer, Denial)
        return {month.epoch: month for month in answer}

    def destroy(self, who: Principal = SOMEONE, **query: object) -> EpochDestroyed:
        with self.open(who) as house:
            request = DestroyEpoch(**{"client": self.client, **query})  # type: ignore[arg-type]  # a test's
            answer = done(house.caller.call(request))
        assert isinstance(answer, EpochDestroyed)
        return answer

    def step(self, who: Principal = SOMEONE, part: str = "names", **query: object) -> EndingStep:
        (ending,) = self.destroy(who, epoch="2026-08", part=part, **query).endings
        return ending.step

    def ended(self, part: str = "names") -> None:
        """End the month by two people, a day apart."""
        assert self.step(part=part) is EndingStep.ASKED
        self.later(DAY_MS)
        assert self.step(DPO, part=part) is EndingStep.ENDED

    def turn(self) -> None:
        with self.open() as house:
            house.caller.call(TurnKeys())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("epochs"))


@pytest.fixture
def home(made: Home) -> Home:
    made.client = f"client-{secrets.token_hex(4)}"
    with made.open() as house:
        house.caller.call(AddClient(label=made.client))
    return made


@pytest.fixture
def tampered(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.client = "acme"
    with home.open() as house:
        house.caller.call(AddClient(label=home.client))
    return home


def test_months_are_shown_with_what_they_hold_and_until_when(home: Home) -> None:
    taken = home.ingest()
    home.ingest(epoch="2025-01")
    months = home.months()
    assert list(months) == [202501, home.now]
    now, old = months[home.now], months[202501]
    assert (now.values, now.batches, now.lines, now.size_bytes) == (1, 1, 2, COARSE_BYTES)
    assert (now.names.life, now.text.life) == (Life.ALIVE, Life.ALIVE)
    assert (old.names.life, old.text.life, old.values) == (Life.NONE, Life.ALIVE, 0)
    assert taken.epoch == home.now
    assert now.names.until_ms < now.text.until_ms


def test_a_client_sees_its_own_months_and_ends_none(home: Home) -> None:
    home.ingest()
    with home.open() as house:
        add = AddActor(os_user=ADMIN.os_user, role="client-admin", client=home.client)
        house.caller.call(add)
    with home.open(ADMIN) as house:
        assert len(done(house.caller.call(ListEpochs(client=home.client)))) == 1
        query = DestroyEpoch(client=home.client, epoch="2026-08", part="names")
        assert isinstance(house.caller.call(query), Denial)


def test_names_end_by_two_people_a_day_apart(home: Home) -> None:
    now, old = home.ingest(), home.ingest(epoch="2026-08")
    assert home.step() is EndingStep.ASKED
    assert home.step() is EndingStep.ANOTHER
    assert home.step(DPO) is EndingStep.WAITING
    home.later(DAY_MS - 1)
    assert home.step(DPO) is EndingStep.WAITING
    home.later(1)
    asked = home.months()[202608].names
    assert (asked.life, asked.asked_from_ms) == (Life.ALIVE, home.clock.wall_ms)
    assert home.export(old) == LINES
    answer = home.destroy(DPO, epoch="2026-08", part="names")
    assert (answer.endings[0].step, answer.erasure.stage) == (EndingStep.ENDED, "pending")
    assert answer.erasure.wrap_class == "file"
    with pytest.raises(errors.BaileeError):
        home.export(old)
    assert home.export(now) == LINES
    month = home.months()[202608]
    assert (month.names.life, month.text.life) == (Life.ENDING, Life.ALIVE)
    assert (month.lines, month.values) == (2, 0)
    home.turn()
    assert home.months()[202608].names.life is Life.ENDED
    assert home.step(DPO) is EndingStep.OVER


@pytest.mark.parametrize("part", ["names", "text"])
def test_a_month_that_was_ended_takes_no_history_any_more(home: Home, part: str) -> None:
    home.ingest(epoch="2026-08")
    home.ended(part)
    for _ in range(2):
        with pytest.raises(errors.Conflict, match="epoch-ended"):
            home.ingest(b"back again awa.kone@example.org\n", epoch="2026-08")
        home.turn()


def test_text_ends_with_its_names(home: Home) -> None:
    old = home.ingest(epoch="2026-08")
    home.ended("text")
    with pytest.raises(errors.BaileeError):
        home.export(old)
    month = home.months()[202608]
    assert (month.names.life, month.text.life) == (Life.ENDING, Life.ENDING)
    assert home.step(part="names") is EndingStep.OVER
    home.turn()
    assert home.months()[202608].text.life is Life.ENDED


def test_what_was_asked_can_be_taken_back_by_either(home: Home) -> None:
    home.ingest(epoch="2026-08")
    for who in (SOMEONE, DPO):
        assert home.step() is EndingStep.ASKED
        assert home.step(who, withdraw=True) is EndingStep.WITHDRAWN
        assert home.months()[202608].names.asked_from_ms is None
    home.later(DAY_MS)
    assert home.step(DPO) is EndingStep.ASKED
    with pytest.raises(errors.Conflict, match="nothing-asked"):
        home.step(part="text", withdraw=True)


def test_a_wish_that_nobody_agreed_to_ends(home: Home) -> None:
    home.ingest(epoch="2026-08")
    home.step()
    home.later(APPROVAL_MS)
    assert home.step(DPO) is EndingStep.ASKED
    assert home.step(DPO) is EndingStep.ANOTHER


def test_a_clock_that_moved_lets_the_day_begin_anew(home: Home) -> None:
    home.ingest(epoch="2026-08")
    home.step()
    home.later(3 * DAY_MS)
    assert home.step(DPO) is EndingStep.AGAIN
    assert home.step(DPO) is EndingStep.WAITING
    home.later(DAY_MS)
    assert home.step(DPO) is EndingStep.ENDED


def test_what_has_passed_its_horizon_ends_one_month_a_run_and_never_by_one(home: Home) -> None:
    oldest = plus_months(home.now, -12)
    both = [oldest, plus_months(oldest, 1)]
    for month in both:
        home.ingest(epoch=text_of(month))
    assert home.destroy(due=True).endings == ()
    home.later(65 * DAY_MS)
    assert home.months()[both[1]].names.life is Life.DUE
    asked = home.destroy(due=True).endings
    assert [(one.epoch, one.part, one.step) for one in asked] == [
        (month, "names", EndingStep.ASKED) for month in both
    ]
    assert {one.step for one in home.destroy(due=True).endings} == {EndingStep.ANOTHER}
    assert [one.step for one in home.destroy(DPO, due=True).endings] == [
        EndingStep.ENDED,
        EndingStep.NEXT,
    ]
    assert [one.step for one in home.destroy(DPO, due=True).endings] == [EndingStep.ENDED]
    assert home.destroy(DPO, due=True).endings == ()


def test_what_is_over_ends_for_all_clients_one_month_a_run(tampered: Home) -> None:
    oldest = plus_months(tampered.now, -12)
    both = [oldest, plus_months(oldest, 1)]
    with tampered.open() as house:
        house.caller.call(AddClient(label="zebu"))
    for label, month in (("acme", both[1]), ("zebu", oldest), ("zebu", both[1])):
        tampered.client = label
        tampered.ingest(epoch=text_of(month))
    tampered.later(65 * DAY_MS)

    def run(who: Principal) -> list[tuple[int, EndingStep]]:
        with tampered.open(who) as house:
            answer = done(house.caller.call(DestroyEpoch(due=True)))
        assert isinstance(answer, EpochDestroyed)
        return [(one.epoch, one.step) for one in answer.endings]

    assert run(SOMEONE) == [(month, EndingStep.ASKED) for month in (oldest, both[1], both[1])]
    assert run(DPO) == [
        (oldest, EndingStep.ENDED),
        (both[1], EndingStep.NEXT),
        (both[1], EndingStep.NEXT),
    ]
    assert run(DPO) == [(both[1], EndingStep.ENDED)] * 2
    assert run(DPO) == []


def test_all_clients_are_nothing_for_who_may_not(home: Home) -> None:
    with home.open(Principal(os_user="nobody-here")) as house:
        assert isinstance(house.caller.call(DestroyEpoch(due=True)), Denial)


def test_the_current_month_goes_on_with_new_keys(home: Home) -> None:
    old = home.ingest()
    month = text_of(home.now)
    home.destroy(epoch=month, part="names")
    home.later(DAY_MS)
    home.destroy(DPO, epoch=month, part="names")
    new = home.ingest(b"once more awa.kone@example.org\n")
    assert home.export(new) == b"once more awa.kone@example.org\n"
    with pytest.raises(errors.BaileeError):
        home.export(old)
    assert home.months()[home.now].names.life is Life.ALIVE


def test_both_logs_tell_of_it(home: Home) -> None:
    home.ingest(epoch="2026-08")
    home.ended()
    with home.open() as house:
        theirs, ours = (
            done(house.caller.call(ShowEntries(client=label, purpose="security")))
            for label in (home.client, "provider")
        )
    said = [entry.body.get("e202608.names") for entry in theirs.entries]
    assert [step for step in said if step] == ["asked", "ended"]
    told = [entry.body for entry in ours.entries if entry.body.get("table") == "approval"]
    assert [body["state"] for body in told[-2:]] == ["asked", "used"]
    assert told[-1]["asked-by"] != told[-1]["given-by"]


WRONG = {
    "nothing": {},
    "no month and a part": {"part": "names"},
    "what is due and a part": {"due": True, "part": "names"},
    "what is due and a month": {"due": True, "epoch": "2026-08", "part": "names"},
    "no month and a withdrawal": {"withdraw": True},
    "what is due and a withdrawal": {"due": True, "withdraw": True},
    "a month without a part": {"epoch": "2026-08"},
    "a part that is none": {"epoch": "2026-08", "part": "values"},
    "a month of no client": {"client": None, "epoch": "2026-08", "part": "names"},
    "a month that is none": {"epoch": "2026-13", "part": "names"},
}


@pytest.mark.parametrize("query", WRONG.values(), ids=WRONG.keys())
def test_what_does_not_say_what_is_to_end_is_refused(home: Home, query: dict[str, Any]) -> None:
    with pytest.raises(errors.UsageError):
        home.destroy(**query)


def test_a_month_that_is_not_there(home: Home) -> None:
    with pytest.raises(errors.NotFound):
        home.step()


# --- rows that somebody bent ---------------------------------------------------------------


def change(home: Home, statement: str) -> None:
    with closing(sqlite3.connect(home.place / "home" / "rows.db")) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_wish_that_the_database_made_up_ends_nothing(tampered: Home) -> None:
    """Whoever writes into the database must not be the first person, nor let a day pass."""
    tampered.ingest(epoch="2026-08")
    tampered.step()
    change(tampered, "update approval set asked_ms = asked_ms - 86400000")
    with tampered.open(DPO) as house:
        answer = house.caller.call(
            DestroyEpoch(client=tampered.client, epoch="2026-08", part="names")
        )
    assert isinstance(answer, Denial)
    assert answer.rule == "row-differs"


def test_values_of_a_month_that_never_was_are_damage(tampered: Home) -> None:
    tampered.ingest(epoch="2026-08")
    change(tampered, "update vault set epoch = 202605")
    with pytest.raises(errors.Damaged):
        tampered.months()


def test_a_wish_that_was_taken_back_does_not_come_back_with_its_row(tampered: Home) -> None:
    tampered.ingest(epoch="2026-08")
    tampered.step()
    rows = tampered.place / "home" / "rows.db"
    with closing(sqlite3.connect(rows)) as connection:
        (old,) = connection.execute("select * from approval").fetchall()
    tampered.step(withdraw=True)
    tampered.later(DAY_MS)
    with closing(sqlite3.connect(rows)) as connection:
        marks = ", ".join("?" * len(old))
        connection.execute("delete from approval")
        connection.execute(f"insert into approval values ({marks})", old)  # noqa: S608  # marks
        connection.commit()
    with tampered.open(DPO) as house:
        answer = house.caller.call(
            DestroyEpoch(client=tampered.client, epoch="2026-08", part="names")
        )
    assert isinstance(answer, Denial)
    assert answer.rule == "row-differs"


@pytest.mark.parametrize(
    "statement",
    [
        "update key_epoch set epoch = epoch + 1 where noun = 'text'",
        "delete from key_epoch",
    ],
)
def test_a_month_whose_keys_were_taken_away_is_not_called_ended(
    tampered: Home, statement: str
) -> None:
    """Else it would be called ended before, or not there, while its keys lie in older rows."""
    tampered.ingest(epoch="2026-08")
    assert tampered.step(part="text") is EndingStep.ASKED
    tampered.later(DAY_MS)
    change(tampered, statement)
    with pytest.raises(errors.Damaged, match="rows-differ"):
        tampered.step(DPO, part="text")
