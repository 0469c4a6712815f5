"""One value is erased from logs: closed at once, nowhere after the turn, and nobody else's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.logs.sources import Held
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.clients.acts import AddClient
from bailee.keys.acts import TurnKeys
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import EraseLog, ExportLog, Ingested, IngestLog, LogErased, LogExported
from bailee.run.wiring.app import App

DPO = Principal(os_user="dede")
USER = Principal(os_user="ursule")
LINES = b"""1.2.3.4 - - [10/Oct/2025:13:55:36 +0000] "GET /?q=Awa.Kone@Example.org HTTP/1.1" 200 5
mail to awa.kone@example.org and to bob@example.net was sent
nothing of anybody
"""
GONE = LINES.replace(b"Awa.Kone@Example.org", b"[erased]").replace(
    b"awa.kone@example.org", b"[erased]"
)
AWA = b"AWA.KONE@example.org"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make(tmp_path)
    with opened(tmp_path) as house:
        for label in ("acme", "zebu"):
            house.caller.call(AddClient(label=label))
        house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))
        house.caller.call(AddActor(os_user=USER.os_user, role="client-user", client="acme"))
    return tmp_path


@pytest.fixture
def house(place: Path) -> Iterator[App]:
    with opened(place) as house:
        yield house


def ingest(house: App, text: bytes = LINES, client: str = "acme", **more: object) -> Ingested:
    query: dict[str, Any] = {"stream": "web", "origin": "client-application", **more}
    answer = done(house.caller.send(IngestLog(client=client, **query), Held(text, lasting=False)))
    assert isinstance(answer, Ingested)
    return answer


def export(house: App, taken: Ingested, client: str = "acme") -> bytes:
    (batch,) = taken.batches
    request = ExportLog(client=client, batch=str(batch), purpose="client-request")
    answer = done(house.caller.call(request))
    assert isinstance(answer, LogExported)
    return b"".join(map(bytes, answer.chunks))


def erase(place: Path, about: bytes = AWA, client: str = "acme") -> LogErased:
    with opened(place, who=DPO) as house:
        answer = done(house.caller.call(EraseLog(client=client, about=about, purpose="rights")))
    assert isinstance(answer, LogErased)
    return answer


def test_all_spellings_of_one_value_close_and_nobody_elses(place: Path, house: App) -> None:
    mine, theirs = ingest(house), ingest(house, client="zebu")
    erased = erase(place)
    assert dict(erased.kinds) == {"email": 2}
    assert (erased.erasure.stage, erased.erasure.wrap_class) == ("pending", "file")
    assert export(house, mine) == GONE
    assert export(house, theirs, "zebu") == LINES


def test_it_goes_from_every_month_that_lives(place: Path, house: App) -> None:
    now, before = ingest(house), ingest(house, epoch="2026-01")
    assert set(erase(place).months) == {now.epoch, before.epoch}
    assert export(house, now) == export(house, before) == GONE


def test_it_goes_under_every_kind(place: Path, house: App) -> None:
    name = mark().encode()
    text = b"user=%b logged in\nsession_id=9f8e7d6c5b4a39281706 for login=%b\n" % (name, name)
    taken = ingest(house, text)
    assert dict(erase(place, name).kinds) == {"username": 1}
    assert not holds(export(house, taken), name)


def test_a_second_time_there_is_nothing(place: Path, house: App) -> None:
    ingest(house)
    first, second = erase(place), erase(place)
    assert (len(first.months), dict(second.kinds), second.months) == (1, {}, ())
    assert second.erasure == first.erasure


def test_who_returns_is_somebody_new(place: Path) -> None:
    with opened(place) as house:
        old = ingest(house)
    erase(place)
    with opened(place) as house:
        between = ingest(house, b"again awa.kone@example.org\n")
        assert between.values == 1
        house.caller.call(TurnKeys())
    with opened(place) as house:
        after = ingest(house, b"once more awa.kone@example.org\n")
        assert export(house, old) == GONE
        assert export(house, between) == b"again awa.kone@example.org\n"
        assert export(house, after) == b"once more awa.kone@example.org\n"


def test_who_takes_in_logs_forgets_it_too(place: Path, house: App) -> None:
    """What was erased by one act is not answered from the memory of another."""
    ingest(house)
    request = EraseLog(client="acme", about=AWA, purpose="client-request")
    with opened(place) as other:
        other.caller.call(AddActor(os_user="cleo", role="client-admin", client="acme"))
    with opened(place, who=Principal(os_user="cleo")) as same:
        taken = ingest(same)
        assert isinstance(same.caller.call(request), LogErased)
        again = ingest(same, b"then awa.kone@example.org\n")
        assert dict(erase(place).kinds) == {"email": 1}
        assert taken.epoch == again.epoch


REFUSED = {
    "somebody without the role": (SOMEONE, "acme", "rights"),
    "a client's user": (USER, "acme", "rights"),
    "a purpose that is none of erasing": (DPO, "acme", "service"),
    "no purpose": (DPO, "acme", None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_there_and_what_is_not_are_refused_alike(place: Path, case: str) -> None:
    who, client, purpose = REFUSED[case]
    with opened(place) as house:
        ingest(house)
    answers = []
    with opened(place, who=who) as house:
        for value in (AWA, b"nobody@example.org"):
            answer = house.caller.call(EraseLog(client=client, about=value, purpose=purpose))
            assert isinstance(answer, Denial)
            answers.append((answer.rule, answer.sentence, answer.purposes))
    assert answers[0] == answers[1]


def test_the_ledger_never_learns_whose_value_it_was(place: Path) -> None:
    name = mark()
    value = f"{name}@example.org".encode()
    with opened(place) as house:
        ingest(house, b"mail to %b\n" % value)
        refused = house.caller.call(EraseLog(client="acme", about=value, purpose="rights"))
        assert isinstance(refused, Denial)
    erase(place, value)
    with opened(place) as house:
        entries = done(house.caller.call(ShowEntries(client="acme", purpose="security")))
    said = repr(entries)
    assert "log:erase" in said
    assert not holds(said.lower(), name)


def test_the_entry_tells_who_when_why_and_how_much(place: Path) -> None:
    with opened(place) as house:
        ingest(house)
    with opened(place, who=DPO) as house:
        request = EraseLog(client="acme", about=AWA, purpose="rights", reason="request 2026-117")
        house.caller.call(request)
    with opened(place) as house:
        said = repr(done(house.caller.call(ShowEntries(client="acme", purpose="security"))))
    assert "request 2026-117" in said


def test_a_value_that_is_none_is_refused_before_anything_is_recorded(place: Path) -> None:
    with opened(place, who=DPO) as house, pytest.raises(errors.UsageError):
        house.caller.call(EraseLog(client="acme", about=b"  \n", purpose="rights"))


def test_what_was_pasted_around_it_hides_nobody(place: Path, house: App) -> None:
    taken = ingest(house)
    answer = erase(place, b'"Awa" <AWA.KONE@example.org>;')
    assert dict(answer.kinds) == {"email": 2}
    assert answer.forms["email"] > 1  # as it was pasted, and unwrapped
    assert export(house, taken) == GONE


def test_a_number_goes_in_each_writing_that_is_surely_its_own(place: Path, house: App) -> None:
    text = b"sms sent to=+237671234567\nphone=671234567 asked\nphone=90112345 asked\n"
    taken = ingest(house, text)
    answer = erase(place, b"+237 6 71 23 45 67")
    assert (dict(answer.kinds), answer.doubtful) == ({"phone": 2}, 0)
    assert export(house, taken).count(b"[erased]") == 2
    # Eight digits, as Togo, Burkina Faso and others dial: whose, only a person can say.
    other = erase(place, b"+228 90 11 23 45")
    assert (dict(other.kinds), other.doubtful) == ({}, 1)
    assert export(house, taken).count(b"[erased]") == 2
    assert dict(erase(place, b"90 11 23 45").kinds) == {"phone": 1}
