"""When a destruction by date may run: tables of times, each row a sentence."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailee.clock import Times
from bailee.ids import ActorId, ClientId
from bailee.keys.schedule import (
    HOUR_MS,
    JUMP_MS,
    WAIT_MS,
    DestructionRequest,
    Due,
    decide,
    decide_early,
)

NOW = 1_800_000_000_000
ONE, TWO = ActorId(bytes(16)), ActorId(b"\x01" * 16)
NOBODY: frozenset[ActorId] = frozenset()
BOTH = frozenset({ONE, TWO})
CLIENT = ClientId(bytes(16))


def times(**changes: int | None) -> Times:
    calm = Times(
        wall_ms=NOW,
        started_wall_ms=NOW - HOUR_MS,
        elapsed_ms=HOUR_MS,
        last_ledger_ms=NOW - 2 * HOUR_MS,
        independent_ms=NOW,
    )
    return replace(calm, **changes)  # type: ignore[arg-type]  # names and values are a table's


def due(month: str = "2026-01", at: int = NOW) -> Due:
    return Due(client=CLIENT, month=month, due_ms=at)


@dataclass(frozen=True, kw_only=True)
class Case:
    times: Times
    why: str | None
    humans: frozenset[ActorId] = NOBODY
    frozen: bool = False


CASES = {
    "both times are past the date": Case(times=times(), why=None),
    "the wall clock is a moment short": Case(times=times(wall_ms=NOW - 1), why="not-due"),
    "the independent time is a moment short": Case(
        times=times(independent_ms=NOW - 1), why="not-due"
    ),
    "there is no independent time": Case(
        times=times(independent_ms=None), why="no-independent-time"
    ),
    "two humans stand in for the independent time": Case(
        times=times(independent_ms=None), humans=BOTH, why=None
    ),
    "one human does not": Case(
        times=times(independent_ms=None), humans=frozenset({ONE}), why="no-independent-time"
    ),
    "two humans do not make a date come early": Case(
        times=times(wall_ms=NOW - 1), humans=BOTH, why="not-due"
    ),
    "the wall jumped ahead of the monotonic clock": Case(
        times=times(elapsed_ms=HOUR_MS - JUMP_MS - 1), why="clock-jumped"
    ),
    "the wall jumped back behind it": Case(
        times=times(elapsed_ms=HOUR_MS + JUMP_MS + 1), why="clock-jumped"
    ),
    "48 hours are not yet a jump": Case(times=times(elapsed_ms=HOUR_MS - JUMP_MS), why=None),
    "the wall jumped before the process started": Case(
        times=times(last_ledger_ms=NOW - HOUR_MS - JUMP_MS - 1), why="clock-jumped"
    ),
    "the wall stands before the newest entry": Case(
        times=times(last_ledger_ms=NOW - HOUR_MS + JUMP_MS + 1), why="clock-jumped"
    ),
    "an earlier jump still freezes": Case(times=times(), frozen=True, why="clock-jumped"),
    "one human does not thaw": Case(
        times=times(), frozen=True, humans=frozenset({ONE}), why="clock-jumped"
    ),
    "two humans thaw": Case(times=times(), frozen=True, humans=BOTH, why=None),
}


@pytest.mark.parametrize("sentence", CASES)
def test_scheduled_destruction_when(sentence: str) -> None:
    case = CASES[sentence]
    verdict = decide([due()], case.times, humans=case.humans, frozen=case.frozen)
    assert (verdict.kept[0][1] if verdict.kept else None) == case.why
    assert verdict.frozen == (case.why == "clock-jumped")
    assert len(verdict.destroy) + len(verdict.kept) == 1


def test_one_month_of_epochs_goes_in_a_run_the_oldest_first() -> None:
    waiting = [due("2026-03", NOW - 1), due("2026-02", NOW - 5), due("2026-02", NOW - 4)]
    verdict = decide(waiting, times(), humans=NOBODY, frozen=False)
    assert {item.month for item in verdict.destroy} == {"2026-02"}
    assert len(verdict.destroy) == 2
    assert verdict.kept == ((waiting[0], "next-run"),)


def test_nothing_due_is_nothing_done() -> None:
    verdict = decide([], times(), humans=NOBODY, frozen=False)
    assert (verdict.destroy, verdict.kept, verdict.frozen) == ((), (), False)


@given(ahead_days=st.integers(3, 36_500), spoofed_too=st.booleans())
def test_a_clock_set_ahead_destroys_nothing_whatever_else_lies(
    ahead_days: int, *, spoofed_too: bool
) -> None:
    ahead = NOW + ahead_days * 24 * HOUR_MS
    seen = times(wall_ms=ahead, independent_ms=ahead if spoofed_too else NOW)
    verdict = decide([due(at=NOW + HOUR_MS)], seen, humans=NOBODY, frozen=False)
    assert verdict.destroy == ()
    assert verdict.frozen


def query(**changes: object) -> DestructionRequest:
    asked = DestructionRequest(requested_ms=NOW - WAIT_MS, humans=BOTH, lawful_erasure=False)
    return replace(asked, **changes)  # type: ignore[arg-type]  # names and values are a table's


EARLY = {
    "two humans and 24 hours": (query(), times(), False, None),
    "a moment less than 24 hours": (
        query(requested_ms=NOW - WAIT_MS + 1),
        times(),
        False,
        "waiting",
    ),
    "one human": (query(humans=frozenset({ONE})), times(), False, "one-human"),
    "nobody": (query(humans=NOBODY), times(), False, "one-human"),
    "a frozen clock": (query(), times(), True, "clock-jumped"),
    "a clock that jumped": (query(), times(elapsed_ms=-JUMP_MS), False, "clock-jumped"),
    "an independent time that saw less than 24 hours": (
        query(),
        times(independent_ms=NOW - 1),
        False,
        "waiting",
    ),
    "no independent time": (query(), times(independent_ms=None), False, None),
    "an erasure that the law demands, at once": (
        query(requested_ms=NOW, humans=NOBODY, lawful_erasure=True),
        times(),
        True,
        None,
    ),
}


@pytest.mark.parametrize("sentence", EARLY)
def test_destruction_off_schedule_with(sentence: str) -> None:
    asked, seen, frozen, why = EARLY[sentence]
    assert decide_early(asked, seen, frozen=frozen) == why
