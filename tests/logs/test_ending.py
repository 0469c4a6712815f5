"""What follows when somebody asks to end a month's keys: tables of times, each row a sentence."""

from dataclasses import dataclass, fields, replace

import pytest

from bailee.act import Strength
from bailee.clock import Times
from bailee.ids import ActorId, ApprovalId, ClientId
from bailee.keys.schedule import HOUR_MS, WAIT_MS, Due
from bailee.logs.state import DAY_MS, STEPS, Target, from_ms, waits
from bailee.logs.steps import EndingStep
from bailee.monitor.approval import APPROVAL_MS, ConsentStep, follows, standing
from bailee.monitor.power import ApprovalRow
from bailee.vault.epoch import Horizons, ends_ms, is_due, plus_months

NOW = 1_800_000_000_000
ONE, TWO = ActorId(bytes(16)), ActorId(b"\x01" * 16)
CLIENT = ClientId(bytes(16))


CALM = Times(
    wall_ms=NOW,
    started_wall_ms=NOW - HOUR_MS,
    elapsed_ms=HOUR_MS,
    last_ledger_ms=NOW - 2 * HOUR_MS,
    independent_ms=None,
)


def asked(ago_ms: int, **changes: object) -> ApprovalRow:
    row = ApprovalRow(
        id=ApprovalId(bytes(16)),
        client=CLIENT,
        act="epoch:destroy",
        request=bytes(32),
        what=("epoch=202601", "part=names"),
        whole=True,
        state="asked",
        asked_by=ONE,
        asked_ms=NOW - ago_ms,
        asked_strength=Strength.OS_USER,
        until_ms=NOW - ago_ms + APPROVAL_MS,
        version=1,
        log_index=7,
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # names and values are a table's


@dataclass(frozen=True, kw_only=True)
class Case:
    row: ApprovalRow | None
    step: EndingStep
    actor: ActorId = TWO
    due_ms: int = NOW + DAY_MS
    times: Times = CALM


CASES = {
    "nobody asked": Case(row=None, step=EndingStep.ASKED),
    "who asked asks again": Case(row=asked(2 * WAIT_MS), actor=ONE, step=EndingStep.ANOTHER),
    "another agrees after 24 hours": Case(row=asked(WAIT_MS), step=EndingStep.ENDED),
    "another agrees a moment sooner": Case(row=asked(WAIT_MS - 1), step=EndingStep.WAITING),
    "the month is over: another agrees at once": Case(
        row=asked(0), due_ms=NOW, step=EndingStep.ENDED
    ),
    "the month is over: who asked does not suffice": Case(
        row=asked(WAIT_MS), actor=ONE, due_ms=NOW, step=EndingStep.ANOTHER
    ),
    "the month is over, and nobody asked": Case(row=None, due_ms=NOW, step=EndingStep.ASKED),
    "it was asked fourteen days ago": Case(row=asked(APPROVAL_MS), step=EndingStep.ASKED),
    "it was asked nearly fourteen days ago": Case(
        row=asked(APPROVAL_MS - 1), step=EndingStep.ENDED
    ),
    "it was taken back": Case(row=asked(WAIT_MS, state="withdrawn"), step=EndingStep.ASKED),
    "it was ended, and the month went on with new keys": Case(
        row=asked(WAIT_MS, state="used"), step=EndingStep.ASKED
    ),
    "another agreed by its id, and who asked ends it": Case(
        row=asked(WAIT_MS, state="given", given_by=TWO), actor=ONE, step=EndingStep.ENDED
    ),
    "another agreed by its id, too soon": Case(
        row=asked(WAIT_MS - 1, state="given", given_by=TWO), actor=ONE, step=EndingStep.WAITING
    ),
    "the clock jumped between the two": Case(
        row=asked(WAIT_MS),
        times=replace(CALM, last_ledger_ms=NOW - 60 * HOUR_MS),
        step=EndingStep.AGAIN,
    ),
    "an independent time says that 24 hours have not passed": Case(
        row=asked(WAIT_MS),
        times=replace(CALM, independent_ms=NOW - HOUR_MS),
        step=EndingStep.WAITING,
    ),
}


def step(case: Case) -> EndingStep:
    """Decide as the monitor does, with what an ending adds: when its time has come."""
    taken = follows(case.row, case.actor, NOW)
    if taken is not ConsentStep.AGREED or case.row is None:
        return STEPS[taken]
    due = Due(client=CLIENT, month="2026-01", due_ms=case.due_ms)
    humans = frozenset({case.row.asked_by, case.row.given_by or case.actor})
    return STEPS[waits(case.row, humans, due, case.times, None) or taken]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_follows(case: Case) -> None:
    assert step(case) is case.step


def test_a_wish_says_itself_from_when_on_another_may_agree() -> None:
    row = asked(0)
    assert from_ms(row, NOW + 30 * DAY_MS) == NOW + WAIT_MS
    assert from_ms(row, NOW + HOUR_MS) == NOW + HOUR_MS
    assert from_ms(row, NOW - DAY_MS) == NOW
    assert standing(row, NOW + APPROVAL_MS - 1)
    assert not standing(row, NOW + APPROVAL_MS)


def test_a_horizon_is_one_moment_for_all_who_ask() -> None:
    """`is_due` looks at the month, `ends_ms` at the moment: they must not differ."""
    names = Target(epoch=202509, part="names").due_ms(Horizons())
    assert names == ends_ms(202509, 12)
    for kept in (1, 12, 36):
        for epoch in (202512, 202601, 202606):
            first = plus_months(epoch, kept + 1)
            assert is_due(epoch, first, kept)
            assert not is_due(epoch, plus_months(first, -1), kept)


def test_a_mac_covers_every_column() -> None:
    row = asked(0, given_by=TWO, given_ms=NOW, given_strength=Strength.OS_USER)
    changed: dict[str, object] = {
        "id": ApprovalId(b"\x02" * 16),
        "client": ClientId(b"\x02" * 16),
        "act": "actor:add",
        "request": b"\x02" * 32,
        "what": ("epoch=202602", "part=names"),
        "whole": False,
        "state": "used",
        "asked_by": TWO,
        "asked_ms": NOW + 1,
        "asked_strength": Strength.PASSKEY,
        "until_ms": NOW + 1,
        "given_by": ONE,
        "given_ms": NOW + 1,
        "given_strength": Strength.PASSKEY,
        "version": 2,
        "log_index": 8,
    }
    assert set(changed) == {field.name for field in fields(row)} - {"mac"}
    others = {replace(row, **{name: value}).message() for name, value in changed.items()}  # type: ignore[arg-type]  # a table's
    assert len(others | {row.message()}) == len(changed) + 1
