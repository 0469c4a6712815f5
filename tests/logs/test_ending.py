"""What follows when somebody asks to end a month's keys: tables of times, each row a sentence."""

from dataclasses import dataclass, fields, replace

import pytest

from bailee.clock import Times
from bailee.ids import ActorId, ClientId, EndingId
from bailee.keys.schedule import HOUR_MS, WAIT_MS, Due
from bailee.logs.state import ASKED_MS, DAY_MS, EndingStep, Target, from_ms, standing, step
from bailee.monitor.power import EndingRow
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


def asked(ago_ms: int, **changes: object) -> EndingRow:
    row = EndingRow(
        id=EndingId(bytes(16)),
        client=CLIENT,
        epoch=202601,
        part="names",
        state="asked",
        asked_by=ONE,
        asked_ms=NOW - ago_ms,
        version=1,
        log_index=7,
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # names and values are a table's


@dataclass(frozen=True, kw_only=True)
class Case:
    row: EndingRow | None
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
    "it was asked fourteen days ago": Case(row=asked(ASKED_MS), step=EndingStep.ASKED),
    "it was asked nearly fourteen days ago": Case(row=asked(ASKED_MS - 1), step=EndingStep.ENDED),
    "it was taken back": Case(row=asked(WAIT_MS, state="withdrawn"), step=EndingStep.ASKED),
    "it was ended, and the month went on with new keys": Case(
        row=asked(WAIT_MS, state="ended"), step=EndingStep.ASKED
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


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_follows(case: Case) -> None:
    due = Due(client=CLIENT, month="2026-01", due_ms=case.due_ms)
    assert step(case.row, case.actor, due, case.times) is case.step


def test_a_wish_says_itself_from_when_on_another_may_agree() -> None:
    row = asked(0)
    assert from_ms(row, NOW + 30 * DAY_MS) == NOW + WAIT_MS
    assert from_ms(row, NOW + HOUR_MS) == NOW + HOUR_MS
    assert from_ms(row, NOW - DAY_MS) == NOW
    assert standing(row, NOW + ASKED_MS - 1)
    assert not standing(row, NOW + ASKED_MS)


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
    row = asked(0, agreed_by=TWO)
    changed: dict[str, object] = {
        "id": EndingId(b"\x02" * 16),
        "client": ClientId(b"\x02" * 16),
        "epoch": 202602,
        "part": "text",
        "state": "ended",
        "asked_by": TWO,
        "asked_ms": NOW + 1,
        "agreed_by": None,
        "version": 2,
        "log_index": 8,
    }
    assert set(changed) == {field.name for field in fields(row)} - {"mac"}
    others = {replace(row, **{name: value}).message() for name, value in changed.items()}  # type: ignore[arg-type]  # a table's
    assert len(others | {row.message()}) == len(changed) + 1
