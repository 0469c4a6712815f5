"""Budgets: a stolen token, a clock that is set or a row of before open no more than a day's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.accounts.test_tokens import actor_of, shown
from tests.answers import asked
from tests.keyring.custody import HandClock
from tests.monitor.fixture import FOUNDER, Asks, MonitorFixture, founded

from bailee import errors
from bailee.accounts.acts import AddToken, ListBudgets, RaiseBudget, RetireActor
from bailee.accounts.model import Budget
from bailee.act import Denial, Principal
from bailee.adapters.sql.engine import sql
from bailee.approvals.acts import GiveApproval
from bailee.approvals.service import ApprovalActs
from bailee.grant import Grant, Scope
from bailee.ids import ActorId
from bailee.ledger.vocabulary import BUDGET_CHANGE
from bailee.monitor.budget import DAY_MS
from bailee.policy import Policies
from bailee.policy.terms import shipped_terms
from bailee.text import Speaker

LIMIT = 5
BINTA = Principal(os_user="binta")
FEW = Policies(kept=shipped_terms().replace("day = 1000", f"day = {LIMIT}"))


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[MonitorFixture]:
    """Give a home whose policies let each actor open five identifiers a day."""
    made = founded(tmp_path)
    made.work.run(made.provider, made.keeper.believe)
    made.client("alpha")
    made.actor("binta", "support")
    home = made.again(FEW)
    home.monitor.start()
    # The day of shown time begins: what is left of it is known.
    home.clock.wall_ms += DAY_MS - home.clock.wall_ms % DAY_MS
    yield home
    home.close()
    made.close()


def opens(fixture: MonitorFixture, count: int, who: Principal = BINTA) -> Grant | Denial:
    client = fixture.labels.find(FOUNDER, "alpha")
    return asked(
        lambda: (
            fixture.monitor.authorize(
                who,
                Asks(act="log:reveal", purpose="service"),
                client,
                scopes=(Scope(noun="vault"),),
                count=count,
                unmasks=count,
            ).grant
        )
    )


def opened(fixture: MonitorFixture, most: int = 3 * LIMIT, who: Principal = BINTA) -> int:
    """Open one by one until it is refused; say how many were."""
    for number in range(most):
        answer = opens(fixture, 1, who)
        if isinstance(answer, Denial):
            assert answer.rule == "budget-spent"
            return number
    return most


def budget(fixture: MonitorFixture, name: str = "binta") -> Budget:
    found = fixture.budget_acts.list(FOUNDER, ListBudgets())
    return next(one for one in found if str(one.actor) == actor_of(fixture, name))


def test_so_many_and_no_more(fixture: MonitorFixture) -> None:
    assert opened(fixture) == LIMIT
    assert (budget(fixture).opened, budget(fixture).limit) == (LIMIT, LIMIT)
    assert isinstance(opens(fixture, 0), Grant)


def test_a_bulk_counts_its_values_and_is_refused_whole(fixture: MonitorFixture) -> None:
    assert isinstance(opens(fixture, LIMIT - 1), Grant)
    assert isinstance(opens(fixture, 2), Denial)
    assert budget(fixture).opened == LIMIT - 1
    assert isinstance(opens(fixture, 1), Grant)
    assert isinstance(opens(fixture, 1), Denial)


def test_the_refusal_has_its_sentence_and_its_entries(fixture: MonitorFixture) -> None:
    denial = opens(fixture, LIMIT + 1)
    assert isinstance(denial, Denial)
    for language in ("en", "fr"):
        speak = Speaker(language)
        assert speak(denial.why, **denial.facts)
        assert "bailee budget raise" in speak(denial.next_step, **denial.facts)
    client = fixture.labels.find(FOUNDER, "alpha")
    outcome = next(one for one in fixture.told(client) if one.body.get("of") == str(denial.entry))
    assert (outcome.body["result"], outcome.body["rule"]) == ("failed", "budget-spent")


def test_each_count_stands_in_the_provider_s_log_with_what_it_was_for(
    fixture: MonitorFixture,
) -> None:
    grant = opens(fixture, 3)
    assert isinstance(grant, Grant)
    (entry,) = (one for one in fixture.told(fixture.provider) if one.opening.kind == BUDGET_CHANGE)
    assert entry.body["of"] == str(grant.entry)
    assert (entry.body["row"], entry.body["opened"]) == (actor_of(fixture, "binta"), "3")


def test_a_stolen_token_opens_no_more_than_its_actor_s_budget(fixture: MonitorFixture) -> None:
    """Whoever holds one, or several, or the account beside them: one budget for all."""
    request = AddToken(actor=actor_of(fixture, "binta"))
    tokens = [fixture.tokens.add(BINTA, request) for _ in range(3)]
    bearers = [who for token in tokens if (who := shown(fixture, token)) is not None]
    assert len(bearers) == len(tokens)
    assert isinstance(opens(fixture, 2), Grant)
    total = 2
    for who in bearers * 3:
        total += opened(fixture, 1, who)
    assert total == LIMIT
    raised = asked(
        fixture.budget_acts.raised,
        bearers[0],
        RaiseBudget(actor=actor_of(fixture, "binta"), values=100),
    )
    assert isinstance(raised, Denial)
    assert opened(fixture) == 0


def test_others_have_their_own(fixture: MonitorFixture) -> None:
    assert opened(fixture) == LIMIT
    assert opened(fixture, who=FOUNDER) == LIMIT


def test_processes_count_together(fixture: MonitorFixture) -> None:
    other = fixture.again()
    total = 0
    for process in (fixture, other) * (2 * LIMIT):
        total += opened(process, 1)
    assert total == LIMIT


# --- days ------------------------------------------------------------------------------------


def test_a_day_of_shown_time_begins_anew(fixture: MonitorFixture) -> None:
    assert opened(fixture) == LIMIT
    fixture.clock.wall_ms += DAY_MS - 1
    assert opened(fixture) == 0
    fixture.clock.wall_ms += 1
    assert budget(fixture).opened == 0
    assert opened(fixture) == LIMIT


@pytest.mark.parametrize("days", [-400, -1, 1, 2, 400])
def test_a_clock_that_is_set_gives_no_budget(fixture: MonitorFixture, days: int) -> None:
    assert opened(fixture) == LIMIT
    fixture.clock.set_ahead(days * DAY_MS)
    assert opened(fixture) == 0
    assert opened(fixture.again()) == 0
    fixture.clock.set_ahead(-days * DAY_MS)
    assert opened(fixture) == 0


def test_a_machine_that_was_started_anew_gives_none(fixture: MonitorFixture) -> None:
    assert opened(fixture) == LIMIT
    fixture.clock.start_anew(off_ms=3 * DAY_MS)
    assert opened(fixture.again()) == 0


def test_without_shown_time_no_day_passes(tmp_path: Path) -> None:
    made = founded(tmp_path)
    made.client("alpha")
    made.actor("binta", "support")
    home = made.again(FEW)
    home.monitor.start()
    assert opened(home) == LIMIT
    home.clock.wall_ms += 3 * DAY_MS
    assert opened(home) == 0
    made.close()


# --- rows ------------------------------------------------------------------------------------


def row_of(fixture: MonitorFixture) -> dict[str, object]:
    names = ("actor", "day", "opened", "raised", "raised_until_day", "version", "log_index", "mac")
    (row,) = fixture.work.read(
        lambda tx: sql(tx).execute(f"select {', '.join(names)} from reveal_budget")  # noqa: S608  # names of columns
    )
    return dict(zip(names, row, strict=True))


def put_back(fixture: MonitorFixture, row: dict[str, object]) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in row)
    fixture.meddle(f"update reveal_budget set {columns}", row)  # noqa: S608  # names of columns


@pytest.mark.parametrize("where", ["the process that counted", "another"])
def test_a_count_of_before_that_is_put_back_is_found_at_once(
    fixture: MonitorFixture, where: str
) -> None:
    assert isinstance(opens(fixture, 1), Grant)
    before = row_of(fixture)
    assert isinstance(opens(fixture, LIMIT - 1), Grant)
    put_back(fixture, before)
    denial = opens(fixture.again() if where == "another" else fixture, 1)
    assert isinstance(denial, Denial)
    assert denial.rule == "row-differs"


def test_so_it_is_with_the_memory_of_then_beside_it(fixture: MonitorFixture) -> None:
    memory = next((fixture.folder / "memory").rglob("power"))
    assert isinstance(opens(fixture, 1), Grant)
    before, remembered = row_of(fixture), memory.read_bytes()
    assert isinstance(opens(fixture, LIMIT - 1), Grant)
    put_back(fixture, before)
    memory.write_bytes(remembered)
    denial = opens(fixture, 1)
    assert isinstance(denial, Denial)
    assert denial.rule == "row-differs"


def test_a_count_that_is_taken_away_is_found_at_once(fixture: MonitorFixture) -> None:
    assert isinstance(opens(fixture, LIMIT), Grant)
    fixture.meddle("delete from reveal_budget")
    denial = opens(fixture, 1)
    assert isinstance(denial, Denial)
    assert denial.rule == "row-differs"


@pytest.mark.parametrize("column", ["day", "opened", "raised", "raised_until_day", "version"])
def test_a_count_that_is_edited_opens_nothing(fixture: MonitorFixture, column: str) -> None:
    assert isinstance(opens(fixture, LIMIT), Grant)
    fixture.meddle(f"update reveal_budget set {column} = {column} + 1")  # noqa: S608  # a column
    denial = opens(fixture, 1)
    assert isinstance(denial, Denial)


# --- more, by two ----------------------------------------------------------------------------


def test_two_people_agree_to_more_until_its_days_are_over(fixture: MonitorFixture) -> None:
    fixture.actor("dede", "dpo")
    asks = RaiseBudget(actor=actor_of(fixture, "binta"), values=LIMIT + 2, days=2)
    assert opened(fixture) == LIMIT
    with pytest.raises(errors.WaitingForSecond) as waiting:
        fixture.budget_acts.raised(FOUNDER, asks)
    assert opened(fixture) == 0
    acts = ApprovalActs(
        work=fixture.work,
        approvals=fixture.approvals,
        monitor=fixture.monitor,
        register=fixture.register,
        clock=fixture.clock,
    )
    given = GiveApproval(approval=str(waiting.value.facts["approval"]))
    approval = acts.give(Principal(os_user="dede"), given)
    assert (approval.what["values"], approval.what["days"]) == (str(LIMIT + 2), "2")
    raised = fixture.budget_acts.raised(FOUNDER, asks)
    assert (raised.opened, raised.limit) == (LIMIT, LIMIT + 2)
    assert opened(fixture) == 2
    fixture.clock.wall_ms += DAY_MS
    assert opened(fixture) == LIMIT + 2
    fixture.clock.wall_ms += DAY_MS
    assert budget(fixture).raised_until_ms is None
    assert opened(fixture) == LIMIT


def test_a_raise_alone_is_of_who_is_alone(fixture: MonitorFixture) -> None:
    asks = RaiseBudget(actor=actor_of(fixture, "binta"), values=LIMIT + 1)
    assert fixture.budget_acts.raised(FOUNDER, asks).limit == LIMIT + 1
    denial = asked(fixture.budget_acts.raised, BINTA, asks)
    assert isinstance(denial, Denial)


NOT_RAISED: dict[str, tuple[dict[str, object], type[errors.BaileeError], str]] = {
    "to what everybody may": ({"values": LIMIT}, errors.UsageError, "budget-not-more"),
    "for an actor that is none": ({"actor": "ac-x"}, errors.NotFound, "no-such-actor"),
    "for an actor that is not there": (
        {"actor": str(ActorId(bytes(16)))},
        errors.NotFound,
        "no-such-actor",
    ),
}


@pytest.mark.parametrize("case", NOT_RAISED)
def test_what_is_not_raised(fixture: MonitorFixture, case: str) -> None:
    more, kind, slug = NOT_RAISED[case]
    fields = {"actor": actor_of(fixture, "binta"), "values": LIMIT + 1, **more}
    with pytest.raises(kind, match=slug):
        fixture.budget_acts.raised(FOUNDER, RaiseBudget(**fields))  # type: ignore[arg-type]  # fields of a request
    assert budget(fixture).limit == LIMIT


def test_who_was_retired_is_not_listed_and_gets_no_budget_anew(fixture: MonitorFixture) -> None:
    assert opened(fixture) == LIMIT
    fixture.accounts.retire(FOUNDER, RetireActor(os_user="binta"))
    actors = {str(one.actor) for one in fixture.budget_acts.list(FOUNDER, ListBudgets())}
    assert actors == {actor_of(fixture, "awa")}
    fixture.actor("binta", "support")
    assert opened(fixture) == 0


def test_the_shipped_budget_is_a_thousand() -> None:
    """A change of it is one of policy: reviewed, adopted and recorded."""
    assert Policies().terms.reveal_day == 1_000
    with pytest.raises(ValueError, match="bounds"):
        Policies(kept=shipped_terms().replace("day = 1000", "day = 100001"))
    assert FEW.hash != Policies().hash


def test_hand_clocks_are_what_days_are_counted_by() -> None:
    clock = HandClock()
    before = clock.since_boot().up_ms
    clock.set_ahead(DAY_MS)
    assert clock.since_boot().up_ms == before
