"""Whom an entry names is forgotten at a term, or sooner with the person."""

from pathlib import Path

import pytest
from tests.absence import mark
from tests.answers import done
from tests.check.rooms import audit, damage
from tests.logs.sources import Held
from tests.logs.test_expiring import Home
from tests.run.homes import opened

from bailee.accounts.acts import AddActor
from bailee.act import Principal
from bailee.audit import Depth
from bailee.clients.acts import AddClient
from bailee.ledger.service import SUBJECTS_AT_ONCE
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import IngestLog, SearchLog
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
