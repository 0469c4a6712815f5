"""Matters that need two people: asked for, agreed to, used once; and what ends nothing alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.monitor.fixture import FOUNDER, POLICIES, Asks, MonitorFixture, founded

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.accounts.model import Actor
from bailee.act import Principal, Refused, Strength
from bailee.adapters.sql.engine import sql
from bailee.approvals.acts import GiveApproval, ListApprovals, Withdraw
from bailee.approvals.model import Approval
from bailee.approvals.service import ApprovalActs
from bailee.monitor.approval import APPROVAL_MS
from bailee.policy import Policies, Role, When

DEDE = Principal(os_user="dede")
BINTA = Principal(os_user="binta")


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[MonitorFixture]:
    made = founded(tmp_path)
    yield made
    made.close()


@pytest.fixture
def two(fixture: MonitorFixture) -> MonitorFixture:
    """Give a home with somebody to ask: Dede, who is dpo."""
    fixture.actor("dede", "dpo")
    return fixture


def acts(fixture: MonitorFixture) -> ApprovalActs:
    return ApprovalActs(
        work=fixture.work,
        approvals=fixture.approvals,
        monitor=fixture.monitor,
        register=fixture.register,
        clock=fixture.clock,
    )


def add(
    fixture: MonitorFixture, who: Principal, name: str = "binta", role: str = "support", **more: str
) -> Actor:
    return fixture.accounts.add(who, AddActor(os_user=name, role=role, **more))


def asks(
    fixture: MonitorFixture, who: Principal = FOUNDER, name: str = "binta", role: str = "support"
) -> str:
    """Ask for a role; nothing is given, and how far it is is said."""
    with pytest.raises(errors.WaitingForSecond) as waiting:
        add(fixture, who, name, role)
    return waiting.value.reason.partition(".")[2]


def waiting(fixture: MonitorFixture, who: Principal = FOUNDER) -> Approval:
    (one,) = acts(fixture).list(who, ListApprovals())
    return one


def roles(fixture: MonitorFixture, name: str = "binta") -> tuple[str, ...]:
    row = fixture.work.read(lambda tx: fixture.register.actor_named(tx, Principal(os_user=name)))
    return () if row is None else row.roles


def test_who_is_alone_asks_nobody(fixture: MonitorFixture) -> None:
    assert add(fixture, FOUNDER).roles == ("support",)
    assert add(fixture, FOUNDER, "chloe", "auditor").roles == ("auditor",)


def give(fixture: MonitorFixture, who: Principal = DEDE, named: str | None = "binta") -> Approval:
    one = waiting(fixture, who)
    return acts(fixture).give(who, GiveApproval(approval=str(one.approval), named=named))


def test_with_somebody_to_ask_a_role_is_given_by_two(two: MonitorFixture) -> None:
    assert asks(two) == "asked"
    assert asks(two) == "needs-another"
    assert roles(two) == ()
    assert give(two).state == "given"
    assert add(two, FOUNDER).roles == ("support",)
    assert acts(two).list(FOUNDER, ListApprovals()) == []
    (over,) = acts(two).list(FOUNDER, ListApprovals(all=True))
    assert (over.state, over.what) == ("used", {"role": "support", "home": str(two.provider)})
    assert over.asked_by != over.given_by


def test_an_agreement_is_used_once_and_for_nothing_else(two: MonitorFixture) -> None:
    asks(two)
    give(two)
    assert asks(two, role="auditor") == "asked"
    assert asks(two, name="chloe") == "asked"
    add(two, FOUNDER)
    with pytest.raises(errors.Conflict, match="held-already"):
        add(two, FOUNDER)
    assert asks(two, role="legal") == "asked"


def test_who_may_do_it_agrees_by_doing_it(two: MonitorFixture) -> None:
    asks(two, name="cleo", role="operations")
    give(two, named="cleo")
    add(two, FOUNDER, "cleo", "operations")
    assert asks(two) == "asked"
    assert add(two, Principal(os_user="cleo")).roles == ("support",)


def test_two_operations_accounts_do_not_give_each_other_roles(two: MonitorFixture) -> None:
    """One who would get the role does not agree to it while there is somebody else to ask."""
    cleo = Principal(os_user="cleo")
    asks(two, name="cleo", role="operations")
    give(two, named="cleo")
    add(two, FOUNDER, "cleo", "operations")
    assert asks(two, cleo, "awa", "dpo") == "asked"
    for who in (FOUNDER, cleo):
        with pytest.raises(errors.Conflict, match="not-by-you"):
            give(two, who, named=None)
    assert asks(two, cleo, "awa", "dpo") == "needs-another"
    assert roles(two, "awa") == ("operations",)
    give(two, DEDE, named=None)
    assert add(two, cleo, "awa", "dpo").roles == ("dpo", "operations")


def test_where_nobody_else_is_left_who_gets_it_agrees(two: MonitorFixture) -> None:
    assert asks(two, name="dede", role="legal") == "asked"
    give(two, DEDE, named=None)
    assert add(two, FOUNDER, "dede", "legal").roles == ("dpo", "legal")


def test_a_role_at_a_client_needs_one(two: MonitorFixture) -> None:
    two.client("alpha")
    assert add(two, FOUNDER, role="client-admin", client="alpha").roles == ("client-admin",)


def test_whom_it_is_about_is_named_by_who_agrees(two: MonitorFixture) -> None:
    asks(two)
    for named, why in ((None, "not-whole"), ("bintou", "named-other")):
        with pytest.raises(errors.Conflict, match=why):
            give(two, named=named)
    assert asks(two) == "needs-another"


def test_what_was_taken_back_is_asked_for_again(two: MonitorFixture) -> None:
    asks(two)
    given = give(two)
    taken = acts(two).withdraw(DEDE, Withdraw(approval=str(given.approval)))
    assert taken.state == "withdrawn"
    with pytest.raises(errors.Conflict, match="nothing-asked"):
        acts(two).withdraw(DEDE, Withdraw(approval=str(given.approval)))
    assert asks(two) == "asked"


def test_an_agreement_ends_after_fourteen_days(two: MonitorFixture) -> None:
    asks(two)
    give(two)
    two.clock.wall_ms += APPROVAL_MS
    assert acts(two).list(FOUNDER, ListApprovals()) == []
    assert asks(two) == "asked"


@pytest.mark.parametrize("text", ["av-aaaaaaaaaaaaaaaaaaaaaaaaaa", "nonsense"])
def test_what_is_not_there_is_not_found(two: MonitorFixture, text: str) -> None:
    with pytest.raises(errors.NotFound):
        acts(two).give(DEDE, GiveApproval(approval=text))


def test_who_has_no_such_role_agrees_to_nothing(two: MonitorFixture) -> None:
    asks(two, role="auditor")
    give(two)
    add(two, FOUNDER, role="auditor")
    asks(two, name="chloe")
    one = waiting(two)
    with pytest.raises(Refused):
        acts(two).give(BINTA, GiveApproval(approval=str(one.approval), named="chloe"))


# --- who is told apart -------------------------------------------------------------------------


def shared(who: Principal) -> Principal:
    return replace(who, strength=Strength.SHARED)


def test_who_is_not_told_apart_neither_asks_nor_agrees(two: MonitorFixture) -> None:
    with pytest.raises(errors.Conflict, match="not-told-apart"):
        add(two, shared(FOUNDER))
    asks(two)
    with pytest.raises(errors.Conflict, match="not-told-apart"):
        give(two, shared(DEDE))
    assert asks(two) == "needs-another"


def test_who_is_alone_is_not_asked_how_they_are_told_apart(fixture: MonitorFixture) -> None:
    assert add(fixture, shared(FOUNDER)).roles == ("support",)


# --- rows that were put back or made up --------------------------------------------------------


def rows(fixture: MonitorFixture) -> list[tuple[object, ...]]:
    return fixture.work.read(lambda tx: sql(tx).execute("select * from approval"))


def put_back(fixture: MonitorFixture, before: list[tuple[object, ...]]) -> None:
    fixture.meddle("delete from approval")
    for row in before:
        names = [f"c{number}" for number in range(len(row))]
        marks = ", ".join(f":{name}" for name in names)
        fixture.meddle(
            f"insert into approval values ({marks})",  # noqa: S608  # marks alone
            dict(zip(names, row, strict=True)),
        )


@pytest.mark.parametrize("anew", [False, True], ids=["the same process", "another process"])
def test_an_agreement_that_was_taken_back_does_not_come_back(
    two: MonitorFixture, *, anew: bool
) -> None:
    """Once genuine: used up, it would have the newest entry, and nothing would find it any more."""
    asks(two)
    given = give(two)
    before = rows(two)
    acts(two).withdraw(DEDE, Withdraw(approval=str(given.approval)))
    put_back(two, before)
    process = two.again() if anew else two
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            add(process, FOUNDER)
        assert refused.value.denial.rule == "row-differs"
    found = two.guard.audit(two.told(two.provider))
    assert [(one.table, one.what) for one in found] == [("approval", "older")]


EDITS = {
    "given by another": "update approval set state = 'given', given_by = asked_by",
    "for longer": "update approval set until_ms = until_ms + 1",
    "more surely": "update approval set asked_strength = 'passkey'",
    "for another act": "update approval set act = 'epoch:destroy'",
}


@pytest.mark.parametrize("statement", EDITS.values(), ids=EDITS.keys())
def test_a_row_that_the_database_changed_lets_nobody_do_anything(
    two: MonitorFixture, statement: str
) -> None:
    asks(two)
    two.meddle(statement)
    # Moved to another act it is nobody's, and the matter is asked for anew.
    with pytest.raises((Refused, errors.Damaged, errors.WaitingForSecond)):
        add(two, FOUNDER)
    assert roles(two) == ()


# --- enforced in one place ---------------------------------------------------------------------


def test_a_service_that_does_not_say_what_two_agree_on_is_a_mistake(
    fixture: MonitorFixture,
) -> None:
    with pytest.raises(TypeError, match="actor:add"):
        fixture.monitor.authorize(FOUNDER, Asks(act="actor:add"), fixture.provider)


def test_a_service_that_did_not_ask_records_no_effect(fixture: MonitorFixture) -> None:
    act = fixture.monitor.authorize(FOUNDER, Asks(act="epoch:destroy"), fixture.provider)
    with pytest.raises(TypeError, match="epoch:destroy"):
        fixture.work.run(fixture.provider, lambda tx: act.record(tx, {}))


def test_the_log_says_who_waited_and_for_what(two: MonitorFixture) -> None:
    asks(two)
    one = waiting(two)
    told = [entry.body for entry in two.told(two.provider)]
    assert [body["approval"] for body in told if body.get("result") == "waiting"] == [
        str(one.approval)
    ]
    (row,) = [body for body in told if body.get("table") == "approval"]
    assert (row["act"], row["what.role"], row["state"]) == ("actor:add", "support", "asked")


# --- what the policies name --------------------------------------------------------------------


def test_the_policies_name_the_acts_and_who_may_agree() -> None:
    roles, ending = POLICIES.second("actor:add"), POLICIES.second("epoch:destroy")
    assert roles is not None
    assert ending is not None
    assert (roles.when, ending.when) == (When.TWO_HUMANS, When.ALWAYS)
    assert (roles.by | ending.by).isdisjoint({Role.SUPPORT})
    assert POLICIES.second("object:get") is None


@pytest.mark.parametrize(
    "text",
    [
        '["actor:ad"]\nwhen = "always"\nleast = "os-user"\nby = ["dpo"]',
        '["actor:add"]\nwhen = "never"\nleast = "os-user"\nby = ["dpo"]',
        '["actor:add"]\nwhen = "always"\nleast = "badge"\nby = ["dpo"]',
        '["actor:add"]\nwhen = "always"\nleast = "os-user"\nby = ["chief"]',
    ],
    ids=["an act", "when", "how surely", "a role"],
)
def test_a_misspelt_word_does_not_load(text: str) -> None:
    with pytest.raises(ValueError, match=r"actor:ad|never|badge|chief"):
        Policies(seconds=text)


def test_the_hash_of_the_policies_covers_who_must_agree() -> None:
    assert Policies(seconds="").hash != POLICIES.hash
