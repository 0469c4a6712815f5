"""The commands that end things, as a person runs them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.logs.sources import Held
from tests.patience import PatientClock
from tests.run.homes import PASSPHRASE, SOMEONE, Shell

from bailee.accounts.acts import AddActor
from bailee.clients.acts import AddClient
from bailee.clock import Clock, SystemClock, epoch_of
from bailee.logs.acts import DestroyEpoch, Ingested, IngestLog
from bailee.logs.state import DAY_MS
from bailee.run.wiring.app import App, open_app, os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.secret import Secret
from bailee.vault.epoch import plus_months, text_of

NAME = mark()
VALUE = f"awa.{NAME}@example.org"


class Yesterday(PatientClock):
    """The clock of somebody who asked a day and an hour ago."""

    def now_ms(self) -> int:
        """Wall time, milliseconds."""
        return super().now_ms() - DAY_MS - 3_600_000


@contextmanager
def opened(place: Path, clock: Clock | None = None) -> Iterator[App]:
    """Open, as who founded it, a home that a command opens too: its passphrase costs the same."""
    home, phrase = place / "home", Secret(PASSPHRASE)
    with open_app(
        home, who=SOMEONE, take_passphrase=lambda: phrase, clock=clock or PatientClock()
    ) as house:
        yield house


@cache
def months() -> tuple[str, str]:
    """Name this month and the one before, by the system's clock; the same until all has run."""
    now = epoch_of(SystemClock().now_ms())
    return text_of(now), text_of(plus_months(now, -1))


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    place = tmp_path_factory.mktemp("ending")
    query = InitOptions(home=place / "home", domain="hosting.example")
    found(query, Secret(PASSPHRASE), who=SOMEONE)
    with opened(place) as house:
        house.caller.call(AddActor(os_user=os_principal().os_user, role="dpo"))
    return Shell(place)


_LABELS = (f"client-{number}" for number in count())


@pytest.fixture
def client(shell: Shell) -> str:
    """Enrol a client of this test's own, with a line of this month and one of the month before."""
    label = next(_LABELS)
    with opened(shell.place) as house:
        house.caller.call(AddClient(label=label))
        text = f"GET /?q={VALUE} from Awa.{NAME.title()}@Example.org\n".encode()
        for month in (None, months()[1]):
            log = IngestLog(client=label, stream="web", origin="client-application", epoch=month)
            taken = house.caller.send(log, Held(text, lasting=False))
            assert isinstance(taken, Ingested)
    return label


def test_a_value_is_never_an_argument(shell: Shell, client: str) -> None:
    done = shell("log", "erase", "--client", client, "--about", VALUE, expect=2)
    assert "as-argument" in done.err
    assert not holds(done.err, VALUE)


def test_one_person_is_erased_and_told_when_and_how_surely(shell: Shell, client: str) -> None:
    words = ("log", "erase", "--client", client, "--about", "-", "--purpose", "rights")
    first = shell(*words, "-o", "json", stdin=f"{VALUE}\n".encode())
    second = shell(*words, "-o", "json", stdin=f"{VALUE}\n".encode())
    erased, again = json.loads(first.text), json.loads(second.text)
    assert (erased["state"], erased["kinds"]) == ("erasure-pending", {"email": 4})
    assert f"erasure pending, effective by {erased['final_by'][:10]}" in first.err
    assert "class file" in first.err
    assert (again["state"], again["kinds"]) == ("nothing-held", {})
    assert not holds(first.err + second.err + first.text + second.text, VALUE)


def test_without_the_right_purpose_nothing_is_said_of_what_is_there(
    shell: Shell, client: str
) -> None:
    words = ("log", "erase", "--client", client, "--about", "-", "--purpose", "service")
    there = shell(*words, stdin=VALUE.encode(), expect=4)
    absent = shell(*words, stdin=b"nobody@example.org", expect=4)
    assert there.err == absent.err


def test_months_are_listed_with_what_lives_and_until_when(shell: Shell, client: str) -> None:
    rows = json.loads(shell("epoch", "list", "--client", client, "-o", "json").text)
    assert [row["month"] for row in rows] == sorted(months())
    assert {(row["names"], row["text"], row["lines"]) for row in rows} == {("alive", "alive", 1)}
    assert "names_until" in rows[0]
    assert min(months()) in shell("epoch", "list", "--client", client).text


def test_one_alone_ends_nothing_and_is_told_who_else_must_agree(shell: Shell, client: str) -> None:
    words = ("epoch", "destroy", "--client", client, "--epoch", months()[0], "--text")
    first = shell(*words, expect=8)
    again = shell(*words, "-o", "json", expect=8)
    assert "another user of the system" in first.err
    assert json.loads(again.text)[0]["state"] == "needs-another"
    taken_back = shell(*words, "--withdraw")
    assert "nothing has ended" in taken_back.err
    assert shell(*words, "--withdraw", expect=6).text == ""


def test_what_another_asked_a_day_ago_ends_and_is_told_when_it_is_final(
    shell: Shell, client: str
) -> None:
    month = months()[1]
    with opened(shell.place, Yesterday()) as house:
        house.caller.call(DestroyEpoch(client=client, epoch=month, part="names"))
    words = ("epoch", "destroy", "--client", client, "--epoch", month, "--names")
    done = shell(*words)
    assert "its names have ended" in done.err
    assert "erasure pending, effective by" in done.err
    assert "class file" in done.err
    rows = json.loads(shell("epoch", "list", "--client", client, "-o", "json").text)
    assert {row["month"]: row["names"] for row in rows}[month] == "ending"


WRONG = {
    "nothing that is to end": (),
    "a month without a part": ("--epoch", "2026-08"),
    "both parts": ("--epoch", "2026-08", "--names", "--text"),
    "what is due, and a month": ("--due", "--epoch", "2026-08"),
    "what is due, taken back": ("--due", "--withdraw"),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_what_does_not_say_what_is_to_end_is_refused(
    shell: Shell, client: str, words: tuple[str, ...]
) -> None:
    shell("epoch", "destroy", "--client", client, *words, expect=2)


def test_nothing_is_due_yet(shell: Shell, client: str) -> None:
    done = shell("epoch", "destroy", "--client", client, "--due")
    assert "no month has passed its horizon" in done.err
