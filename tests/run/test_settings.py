"""Settings that weaken what rests on them: recorded before the first act under them, and said."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.keys.put_back import copied, put_back
from tests.run.homes import make, opened

from bailee.act import Denial
from bailee.audit import FindingKind
from bailee.check.acts import RunCheck
from bailee.check.model import Report
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import EntriesShown, ShowEntries
from bailee.monitor.settings import Weaker, is_weaker
from bailee.run import config
from bailee.run.wiring.app import App

KIND = "setting:change"
SECOND = mark()
PAIR = '"{place}/backups", "{place}/' + SECOND + '"'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Found a home with two places for backups."""
    make(tmp_path, backups=(tmp_path / "backups", tmp_path / SECOND))
    return tmp_path


def set_to(place: Path, before: str, after: str) -> None:
    """Write another value into the file of settings."""
    page = place / "home" / config.FILE_NAME
    text = page.read_text("utf-8")
    was, now = before.format(place=place), after.format(place=place)
    assert was in text
    page.write_text(text.replace(was, now), "utf-8")


def recorded(house: App) -> list[Mapping[str, str]]:
    """Read the entries that record settings."""
    shown = done(house.caller.call(ShowEntries(client="provider", purpose="security")))
    assert isinstance(shown, EntriesShown)
    return [dict(one.body) for one in shown.entries if one.opening.kind == KIND]


def said(house: App) -> dict[str, tuple[object, object]]:
    """Return what `check` names as weaker: before and now, by the name of the setting."""
    report = done(house.caller.call(RunCheck()))
    assert isinstance(report, Report)
    assert report.clean
    found = [one.facts for one in report.findings if one.kind is FindingKind.SETTING_WEAKER]
    return {str(facts["key"]): (facts["was"], facts["now"]) for facts in found}


WEAKER = {
    "deletions are final later": ("days = 7", "days = 31", "turn.days", ("7", "31")),
    "damage is found later": ("days = 30", "days = 92", "check.days", ("30", "92")),
    "a place for backups is gone": (PAIR, '"{place}/backups"', "backup.destinations", ("2", "1")),
    "another place took its place": (
        PAIR,
        '"{place}/backups", "{place}/else"',
        "backup.destinations",
        ("2", "2"),
    ),
}
STRONGER = {
    "deletions are final sooner": ("days = 7", "days = 3"),
    "there is one place more": (PAIR, PAIR + ', "{place}/third"'),
}


@pytest.mark.parametrize("change", WEAKER)
def test_what_weakens_is_recorded_before_the_first_act_and_said(place: Path, change: str) -> None:
    before, after, key, (was, now) = WEAKER[change]
    set_to(place, before, after)
    with opened(place) as house:
        done(house.caller.call(AddClient(label="acme")))
        shown = done(house.caller.call(ShowEntries(client="provider", purpose="security")))
        assert isinstance(shown, EntriesShown)
        kinds = [one.opening.kind for one in shown.entries]
        # After the entry that permits the act, before what it does.
        assert kinds[kinds.index("client:add") + 1] == KIND
        entry = recorded(house)[-1]
        assert (entry[f"was.{key}"], entry[key]) == (was, now)
        assert [name for name in entry if name.startswith("weaker.")] == [f"weaker.{key}"]
        assert said(house) == {key: (was, now)}


@pytest.mark.parametrize("change", STRONGER)
def test_what_strengthens_is_recorded_and_is_no_finding(place: Path, change: str) -> None:
    set_to(place, *STRONGER[change])
    with opened(place) as house:
        assert len(recorded(house)) == 2
        assert not [name for name in recorded(house)[-1] if name.startswith("weaker.")]
        assert said(house) == {}


def test_a_check_that_comes_first_records_it_and_names_it(place: Path) -> None:
    set_to(place, "days = 7", "days = 31")
    with opened(place) as house:
        assert said(house) == {"turn.days": ("7", "31")}
    with opened(place) as house:
        assert len(recorded(house)) == 2


def test_half_a_way_back_is_still_said_and_all_of_it_is_not(place: Path) -> None:
    for days in (31, 20):
        set_to(place, "days = " + ("7" if days == 31 else "31"), f"days = {days}")
        with opened(place) as house:
            done(house.caller.call(AddClient(label=f"acme{days}")))
            assert said(house) == {"turn.days": ("7", str(days))}
    set_to(place, "days = 20", "days = 7")
    with opened(place) as house:
        assert said(house) == {}
        assert len(recorded(house)) == 4


def test_what_did_not_change_is_recorded_once(place: Path) -> None:
    for _ in range(2):
        with opened(place) as house:
            assert len(recorded(house)) == 1


def test_a_row_of_before_hides_no_change(place: Path) -> None:
    """With it, the file would only go from 31 days to 30."""
    set_to(place, "days = 7", "days = 31")
    with opened(place) as house:
        recorded(house)
    older = copied(place / "home" / "rows.db", ("setting",))
    set_to(place, "days = 31", "days = 7")
    with opened(place) as house:
        recorded(house)
    put_back(place / "home" / "rows.db", older)
    set_to(place, "days = 7", "days = 30")
    with opened(place) as house:
        answer = house.caller.call(AddClient(label="acme"))
        assert isinstance(answer, Denial)
        assert answer.rule == "row-differs"


def test_no_entry_names_a_place(place: Path) -> None:
    set_to(place, PAIR, '"{place}/backups"')
    with opened(place) as house:
        assert not holds(repr(recorded(house)), SECOND)


def test_every_setting_is_recorded() -> None:
    held = config.values(
        config.Config(domain="hosting.example", backups=()), lambda text: text.encode()
    )
    every = (*config.SETTINGS, *config.OPTIONAL)
    assert {one.key for one in held} == {one.key for one in every}
    assert len(dataclasses.fields(config.Config)) == len(every)


def test_a_domain_is_weaker_by_any_change() -> None:
    key = "provider.domain"
    assert is_weaker(Weaker.OTHER, key, {key: "a"}, {key: "b"})
    assert not is_weaker(Weaker.OTHER, key, {}, {key: "b"})
