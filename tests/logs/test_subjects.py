"""Whom an entry names is forgotten at a term, or sooner with the person."""

from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.check.rooms import audit, damage
from tests.logs.sources import Held
from tests.logs.test_expiring import Home
from tests.run.homes import opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.audit import Depth
from bailee.clients.acts import AddClient
from bailee.ledger.service import SUBJECTS_AT_ONCE
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import EraseLog, IngestLog, LogErased, SearchLog
from bailee.logs.retention import erasing
from bailee.logs.state import DAY_MS
from bailee.policy.service import Policies

TERM_MS = Policies().terms.subject_days * DAY_MS
DPO = Principal(os_user="dede")


class Kept(Home):
    """A home in which people are looked for."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        with opened(self.place, clock=self.clock) as house:
            house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))
            house.caller.call(AddClient(label="zebu"))

    def search(self, about: bytes, client: str = "acme") -> None:
        request = SearchLog(client=client, about=about, purpose="client-request")
        with opened(self.place, clock=self.clock) as house:
            list(done(house.caller.call(request)).lines)

    def said(self, client: str = "acme") -> list[str]:
        """Read every subject that opens in a client's ledger."""
        with opened(self.place, clock=self.clock) as house:
            shown = done(house.caller.call(ShowEntries(client=client, purpose="security")))
        return [repr(dict(one.subject)) for one in shown.entries if one.subject is not None]

    def tells(self, value: bytes, client: str = "acme") -> bool:
        return any(value.decode() in said for said in self.said(client))

    def damage(self) -> list[tuple[str, dict[str, str | int]]]:
        with opened(self.place, clock=self.clock) as house:
            return damage(audit(house, Depth.DEEP))


@pytest.fixture
def home(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def somebody() -> bytes:
    return f"{mark()}@example.org".encode()


def test_whom_somebody_searched_for_is_forgotten_at_the_term(home: Kept) -> None:
    early, late = somebody(), somebody()
    home.search(early)
    home.later(DAY_MS)
    home.search(late)
    home.later(TERM_MS - DAY_MS)
    home.turn()
    assert home.tells(early)
    home.later(1)
    home.turn()
    assert not home.tells(early)
    assert home.tells(late)
    assert home.damage() == []


def test_where_a_log_lay_is_forgotten_and_it_goes_on_all_the_same(home: Kept) -> None:
    lines = b"one line of somebody\n"
    home.ingest(Held(lines, address="/var/log/awa.log"))
    assert home.tells(b"/var/log/awa.log")
    home.later(TERM_MS + DAY_MS)
    home.turn()
    assert not home.tells(b"/var/log/awa.log")
    more = home.ingest(Held(lines + b"another\n", address="/var/log/awa.log"))
    assert (more.start, more.lines) == (len(lines), 1)
    assert home.damage() == []


def test_who_did_it_and_when_stays(home: Kept) -> None:
    home.search(somebody())
    home.later(TERM_MS + DAY_MS)
    home.turn()
    with opened(home.place, clock=home.clock) as house:
        shown = done(house.caller.call(ShowEntries(client="acme", purpose="security")))
    (search,) = (one for one in shown.entries if one.opening.kind == "log:search")
    assert search.subject is None
    assert {"actor", "purpose", "about"} <= search.body.keys()
    (forget,) = (one for one in shown.entries if one.opening.kind == "subject:forget")
    assert str(search.entry) in forget.body.values()


def test_the_providers_own_ledger_still_names_its_people(home: Kept) -> None:
    home.later(TERM_MS + DAY_MS)
    home.turn()
    assert home.tells(DPO.os_user.encode(), "provider")


def test_more_than_one_entry_can_name_are_forgotten_in_several(home: Kept) -> None:
    count = SUBJECTS_AT_ONCE + 1
    with opened(home.place, clock=home.clock) as house:
        for number in range(count):
            request = IngestLog(client="acme", stream=f"s{number}", origin="client-application")
            done(house.caller.send(request, Held(b"a line\n", lasting=False)))
    home.later(TERM_MS + DAY_MS)
    home.turn()
    assert home.said() == []
    assert home.damage() == []


def test_a_time_that_was_altered_makes_no_younger_subject_forgotten_unseen(home: Kept) -> None:
    home.search(somebody())
    row = home.count("select max(rowid) from ledger_entry where subject is not null")
    was = home.count(f"select time_ms from ledger_entry where rowid = {row}")  # noqa: S608  # a number
    home.change(f"update ledger_entry set time_ms = 1 where rowid = {row}")  # noqa: S608  # a number
    home.turn()
    home.change(f"update ledger_entry set time_ms = {was} where rowid = {row}")  # noqa: S608  # a number
    assert [kind for kind, _ in home.damage()] == ["entry-subject"]


# --- erased with the person ----------------------------------------------------------------


def erase(home: Kept, about: bytes, **more: str) -> LogErased:
    with opened(home.place, clock=home.clock, who=DPO) as house:
        request = EraseLog(client="acme", about=about, purpose="rights", **more)
        return done(house.caller.call(request))


def test_an_erasure_forgets_who_was_searched_for_and_nobody_else(home: Kept) -> None:
    person, other = somebody(), somebody()
    home.search(b" " + person.upper())
    home.search(person)
    home.search(other)
    home.search(person, "zebu")
    assert erase(home, person).searches == 2
    home.turn()
    assert not home.tells(person)
    assert not home.tells(person.upper())
    assert home.tells(other)
    assert home.tells(person, "zebu")
    assert home.damage() == []


def test_a_search_that_was_refused_is_forgotten_too(home: Kept) -> None:
    person = somebody()
    with opened(home.place, clock=home.clock) as house:
        request = SearchLog(client="acme", about=person, purpose="requisition")
        assert isinstance(house.caller.call(request), Denial)
    assert home.tells(person)
    assert erase(home, person).searches == 1
    assert not home.tells(person)


def test_evidence_is_kept_by_a_law_until_its_term_and_not_longer(home: Kept) -> None:
    person = somebody()
    home.search(person)
    answer = erase(home, person, keep_evidence="gdpr-17-3-e")
    assert (answer.searches, answer.kept_by) == (0, "gdpr-17-3-e")
    home.later(TERM_MS)
    home.turn()
    assert home.tells(person)
    home.later(1)
    home.turn()
    assert not home.tells(person)
    assert home.damage() == []


def test_the_entry_says_what_was_chosen_and_never_the_value(home: Kept) -> None:
    person = somebody()
    home.search(person)
    erase(home, person, keep_evidence="gdpr-17-3-b")
    erase(home, person)
    with opened(home.place, clock=home.clock) as house:
        shown = done(house.caller.call(ShowEntries(client="acme", purpose="security")))
    kept, forgotten = (one for one in shown.entries if one.opening.kind == "log:erase")
    assert (kept.body["evidence"], kept.body["law"]) == ("kept", "gdpr-17-3-b")
    assert forgotten.body["evidence"] == "forgotten"
    assert not holds(repr(shown).lower(), person.partition(b"@")[0].decode())


def test_a_law_that_the_policies_do_not_know_is_refused_unrecorded(home: Kept) -> None:
    before = home.count("select count(*) from ledger_entry")
    with pytest.raises(errors.UsageError):
        erase(home, somebody(), keep_evidence="of-my-own")
    assert home.count("select count(*) from ledger_entry") == before


def test_a_long_ledger_is_looked_at_in_stretches(
    home: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = somebody()
    for _ in range(3):
        home.search(person)
    monkeypatch.setattr(erasing, "STRETCH", 3)
    assert erase(home, person).searches == 3
    assert not home.tells(person)
    assert home.damage() == []
