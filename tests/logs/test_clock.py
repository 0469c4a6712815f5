"""A clock that somebody sets: how far it is believed, what says so, and who believes it again."""

from pathlib import Path

import pytest
from tests.answers import done
from tests.logs.sources import Held
from tests.logs.test_expiring import HIDDEN, LINES, Home
from tests.people import enrol
from tests.run.homes import SOMEONE, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.audit import FindingKind
from bailee.check.acts import RunCheck
from bailee.check.model import Report
from bailee.clock import epoch_of
from bailee.keys.acts import AcceptClock, ClockShown, ShowClock
from bailee.keys.schedule import JUMP_MS
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import DestroyEpoch, EpochDestroyed, ListEpochs
from bailee.logs.model import SECRETS_DAYS
from bailee.logs.state import DAY_MS
from bailee.logs.steps import EndingStep
from bailee.run.wiring.app import App
from bailee.run.wiring.caller import LocalCaller
from bailee.vault.epoch import plus_months, text_of

HOUR_MS = 3_600_000
DPO = Principal(os_user="dede")
STEPS = 19
STEP_MS = 40 * HOUR_MS


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def use(home: Home) -> None:
    """Give a command, so that there is an entry of this moment."""
    with opened(home.place, clock=home.clock) as house:
        done(house.caller.call(ShowEntries(client="provider", purpose="security")))


def shown(home: Home) -> ClockShown:
    with opened(home.place, clock=home.clock) as house:
        return done(house.caller.call(ShowClock()))


def doubts(home: Home) -> list[str]:
    with opened(home.place, clock=home.clock) as house:
        return [word for word, _ in house.doubts()]


def found(home: Home) -> set[FindingKind]:
    with opened(home.place, clock=home.clock) as house:
        report = done(house.caller.call(RunCheck()))
    assert isinstance(report, Report)
    assert report.clean
    kinds = {FindingKind.CLOCK_AHEAD, FindingKind.CLOCK_BEHIND, FindingKind.CLOCK_UNKNOWN}
    return kinds & {finding.kind for finding in report.findings}


def test_nineteen_small_steps_end_no_secret_on_the_first_day(home: Home) -> None:
    """Each step is below what is seen between two commands; together they are thirty days."""
    taken = home.kept()
    for _ in range(STEPS):
        home.clock.set_ahead(STEP_MS)
        use(home)
    assert STEPS * STEP_MS > SECRETS_DAYS * DAY_MS
    home.turn()
    assert home.secrets == 1
    home.clock.set_ahead(-STEPS * STEP_MS)
    assert home.export(taken) == LINES


def test_what_passed_for_certain_ends_them(home: Home) -> None:
    home.kept()
    home.later(SECRETS_DAYS * DAY_MS)
    home.turn()
    assert home.secrets == 0


def test_a_machine_that_was_off_shows_less_and_two_people_say_that_it_is_right(home: Home) -> None:
    taken = home.kept()
    for _ in range(SECRETS_DAYS):
        home.clock.start_anew(DAY_MS)
        use(home)
    home.turn()
    assert home.secrets == 1
    assert home.export(taken) == HIDDEN
    assert doubts(home) == ["ahead"]
    accept(home)
    home.turn()
    assert home.secrets == 0
    assert doubts(home) == []


def accept(home: Home) -> None:
    """Believe the clock, as somebody does who is alone."""
    with opened(home.place, clock=home.clock) as house:
        done(house.caller.call(AcceptClock(reason="the machine was off")))


def test_a_count_that_is_shown_is_of_each_start_of_the_machine(home: Home) -> None:
    began = shown(home).shown_ms or 0
    home.clock.wall_ms += 5 * HOUR_MS
    assert shown(home).shown_ms == began + 5 * HOUR_MS
    home.clock.start_anew(7 * HOUR_MS)
    assert shown(home).shown_ms == began + 5 * HOUR_MS
    home.clock.wall_ms += HOUR_MS
    assert shown(home).shown_ms == began + 6 * HOUR_MS


def test_a_start_without_a_genuine_count_adds_nothing(home: Home) -> None:
    """Something else at /proc in between: else the time since the start would count once more."""
    home.clock.wall_ms += 5 * HOUR_MS
    began = shown(home).shown_ms or 0
    clock = home.clock
    boot, started_ms = clock.boot, clock.started_ms
    for _ in range(3):
        clock.boot, clock.started_ms = bytes(16), clock.wall_ms - clock.set_ms
        assert shown(home).shown_ms == began
        clock.boot, clock.started_ms = boot, started_ms
        assert shown(home).shown_ms == began


def test_a_clock_ahead_is_said_and_checked_and_shown(home: Home) -> None:
    use(home)
    assert (doubts(home), found(home)) == ([], set())
    home.clock.set_ahead(JUMP_MS)
    use(home)
    assert doubts(home) == []
    home.clock.set_ahead(1)
    assert (doubts(home), found(home)) == (["ahead"], {FindingKind.CLOCK_AHEAD})
    answer = shown(home)
    assert (answer.doubts, answer.believed_ms) == (("ahead",), answer.wall_ms - 1)


def test_a_clock_behind_the_newest_entry_is_said_and_is_not_believed(home: Home) -> None:
    home.clock.set_ahead(10 * HOUR_MS)
    use(home)
    home.clock.set_ahead(-10 * HOUR_MS)
    assert (doubts(home), found(home)) == (["behind"], {FindingKind.CLOCK_BEHIND})
    home.clock.set_ahead(10 * HOUR_MS)
    use(home)
    home.clock.set_ahead(-10 * HOUR_MS)
    with (
        pytest.raises(errors.Conflict, match="behind"),
        opened(home.place, clock=home.clock) as house,
    ):
        house.caller.call(AcceptClock())


# --- two people --------------------------------------------------------------------------------


def other(house: App) -> LocalCaller:
    return LocalCaller(DPO, house._bound)


def test_with_two_people_one_alone_believes_no_clock(home: Home) -> None:
    with opened(home.place, clock=home.clock) as house:
        enrol(house, DPO, "dpo", agreed_by=SOMEONE)
    home.clock.set_ahead(100 * HOUR_MS)
    with opened(home.place, clock=home.clock) as house:
        with pytest.raises(errors.WaitingForSecond):
            house.caller.call(AcceptClock())
        (row,) = house.parts.work.read(house.parts.approvals.all)
        assert row.act == "clock:accept"
    assert doubts(home) == ["ahead"]


def test_an_agreement_about_one_day_is_none_about_the_next(home: Home) -> None:
    with opened(home.place, clock=home.clock) as house:
        enrol(house, DPO, "dpo", agreed_by=SOMEONE)
        with pytest.raises(errors.WaitingForSecond):
            house.caller.call(AcceptClock())
    home.clock.set_ahead(DAY_MS)
    with opened(home.place, clock=home.clock) as house:
        with pytest.raises(errors.WaitingForSecond, match="asked"):
            house.caller.call(AcceptClock())
        assert len(house.parts.work.read(house.parts.approvals.all)) == 2


def test_a_month_that_only_the_clock_makes_due_is_not_ended_at_once(home: Home) -> None:
    """Two people agree, and the 24 hours are asked of them all the same."""
    month = text_of(plus_months(epoch_of(home.clock.wall_ms), -12))
    home.ingest(epoch=month)
    with opened(home.place, clock=home.clock) as house:
        house.caller.call(AddActor(os_user=DPO.os_user, role="dpo"))
    for _ in range(STEPS):
        home.clock.set_ahead(STEP_MS)
        use(home)
    query = DestroyEpoch(client="acme", epoch=month, part="names")
    steps = []
    for who in (SOMEONE, DPO):
        with opened(home.place, clock=home.clock, who=who) as house:
            answer = house.caller.call(query)
        assert isinstance(answer, EpochDestroyed)
        steps += [one.step for one in answer.endings]
    assert steps == [EndingStep.ASKED, EndingStep.AGAIN]


# --- rows that somebody changed ----------------------------------------------------------------


def test_shown_time_that_the_database_made_up_is_not_believed(home: Home) -> None:
    home.change("update clock set shown_ms = shown_ms + 2592000000")
    with opened(home.place, clock=home.clock) as house:
        assert [word for word, _ in house.doubts()] == ["unknown"]
    assert home.count("select count(*) from clock") == 1


def test_shown_time_that_was_deleted_is_not_begun_anew(home: Home) -> None:
    home.change("delete from clock")
    with opened(home.place, clock=home.clock) as house:
        answer = house.caller.call(ShowClock())
    assert isinstance(answer, Denial)
    assert answer.rule == "row-differs"
    assert not home.count("select count(*) from clock")


def test_an_older_state_is_not_written_anew(home: Home) -> None:
    """Written anew, it would have the newest entry, and nothing would find it any more."""
    before = home.rows("select * from clock")
    home.clock.start_anew(DAY_MS)
    use(home)
    home.change("delete from clock")
    home.insert("clock", before)
    home.clock.start_anew(DAY_MS)
    for _ in range(2):
        with opened(home.place, clock=home.clock) as house:
            answer = house.caller.call(ShowClock())
        assert isinstance(answer, Denial)
        assert answer.rule == "row-differs"
    assert home.rows("select * from clock") == before


# --- months whose keys end sooner -----------------------------------------------------------------


def sooner(home: Home) -> list[tuple[str, int]]:
    """Return the months that `check` says end too soon, and by how many days."""
    with opened(home.place, clock=home.clock) as house:
        report = done(house.caller.call(RunCheck()))
        months = done(house.caller.call(ListEpochs(client="acme")))
    assert isinstance(report, Report)
    assert report.clean
    kind = FindingKind.EPOCH_SOONER
    said = [one.facts for one in report.findings if one.kind is kind]
    listed = {text_of(one.epoch): one.names.sooner_ms // DAY_MS for one in months}
    assert {str(facts["month"]) for facts in said} == {
        name for name, days in listed.items() if days
    }
    return [(str(facts["month"]), int(facts["days"])) for facts in said]


def test_a_month_that_was_named_by_a_clock_that_was_behind_ends_too_soon(home: Home) -> None:
    home.ingest()
    assert sooner(home) == []
    home.clock.set_ahead(-100 * DAY_MS)
    named = epoch_of(home.clock.now_ms())
    home.ingest(Held(b"another line\n", lasting=False))
    home.clock.set_ahead(100 * DAY_MS)
    ((month, days),) = sooner(home)
    assert month == text_of(named)
    # From the end of that month to the moment at which it was really taken in.
    assert 100 - 31 <= days <= 100


def test_a_month_that_was_declared_ends_when_it_should(home: Home) -> None:
    home.ingest()
    before = plus_months(epoch_of(home.clock.now_ms()), -3)
    home.ingest(Held(b"another line\n", lasting=False), epoch=text_of(before))
    assert sooner(home) == []


def test_a_month_that_a_clock_ahead_calls_over_ends_too_soon(home: Home) -> None:
    home.ingest()
    month = text_of(epoch_of(home.clock.now_ms()))
    home.clock.set_ahead(13 * 31 * DAY_MS)
    ((named, days),) = sooner(home)
    assert named == month
    assert days > 300
