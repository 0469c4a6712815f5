"""How a job stands, without a home: leases, delays, and clocks that are set."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailee.clock import Times
from bailee.ids import ClientId
from bailee.jobs import state
from bailee.jobs.kinds import DAY_MS, HOUR_MS, MINUTE_MS, JobKind, kinds
from bailee.jobs.model import JobName, JobRow, JobState
from bailee.jobs.state import JUMP_MS, LEASE_MS, JobTime, job_time

KINDS = {kind.name: kind for kind in kinds(30)}
DAILY = KINDS[JobName.BACKUP]
NOW_MS = 1_795_000_000_000
HOME = ClientId(bytes(16))
LEASE = b"\x07" * 16


def at(certain_ms: int, wall_ms: int | None = None) -> JobTime:
    """Give a moment of shown time, and what the wall clock says then."""
    wall_ms = certain_ms if wall_ms is None else wall_ms
    return job_time(
        Times(
            wall_ms=wall_ms,
            started_wall_ms=wall_ms,
            elapsed_ms=0,
            last_ledger_ms=wall_ms,
            shown_ms=certain_ms,
            independent_ms=None,
        )
    )


def row(kind: JobKind = DAILY, **columns: int) -> JobRow:
    return replace(state.fresh(kind, HOME, at(NOW_MS)), **columns)  # type: ignore[arg-type]  # whole numbers alone


def test_a_job_that_never_was_is_due_at_once() -> None:
    assert state.due(row(), DAILY, at(NOW_MS))
    assert state.state_of(row(), DAILY, at(NOW_MS)) is JobState.DUE


def test_what_was_done_is_due_a_period_later() -> None:
    after = state.done(row(), DAILY, at(NOW_MS))
    assert after.done_ms == NOW_MS
    assert not state.due(after, DAILY, at(NOW_MS + DAY_MS - 1))
    assert state.state_of(after, DAILY, at(NOW_MS + 1)) is JobState.PLANNED
    assert state.due(after, DAILY, at(NOW_MS + DAY_MS))


def test_who_has_a_job_has_it_until_the_lease_is_over() -> None:
    taken = state.taken(row(), LEASE, at(NOW_MS))
    assert not state.due(taken, DAILY, at(NOW_MS + LEASE_MS - 1))
    assert state.state_of(taken, DAILY, at(NOW_MS)) is JobState.RUNNING
    assert state.due(taken, DAILY, at(NOW_MS + LEASE_MS))


YEARS = st.integers(-10 * 366 * DAY_MS, 10 * 366 * DAY_MS)


@given(set_by=YEARS, passed=st.integers(0, LEASE_MS - 1))
def test_no_clock_that_is_set_ends_a_lease_or_keeps_it(set_by: int, passed: int) -> None:
    taken = state.taken(row(), LEASE, at(NOW_MS))
    wall_ms = max(0, NOW_MS + set_by)
    assert state.leased(taken, at(NOW_MS + passed, wall_ms))
    assert not state.leased(taken, at(NOW_MS + LEASE_MS, wall_ms))


@given(set_by=YEARS)
def test_what_is_due_goes_by_the_wall_clock_no_further_than_two_days(set_by: int) -> None:
    now = at(NOW_MS, max(0, NOW_MS + set_by)).now_ms
    assert NOW_MS <= now <= NOW_MS + JUMP_MS


@given(set_by=YEARS)
def test_after_a_clock_ran_ahead_a_job_is_at_most_a_period_late(set_by: int) -> None:
    after = state.done(row(), DAILY, at(NOW_MS, max(0, NOW_MS + set_by)))
    # Set right again at once; then time passes.
    assert any(state.due(after, DAILY, at(NOW_MS + hours * HOUR_MS)) for hours in range(25))


def test_a_row_that_was_altered_postpones_nothing() -> None:
    assert state.due(row(due_ms=NOW_MS + 400 * DAY_MS), DAILY, at(NOW_MS))
    held = replace(row(), lease=LEASE, lease_until_ms=NOW_MS + 400 * DAY_MS)
    assert state.due(held, DAILY, at(NOW_MS))


DELAYS = {
    JobName.BACKUP: [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360],
    JobName.SEQUENCE: [1, 2, 4, 8, 15, 15],
}


@pytest.mark.parametrize("name", DELAYS)
def test_what_fails_is_tried_again_later_each_time_and_never_dropped(name: JobName) -> None:
    kind, now = KINDS[name], at(NOW_MS)
    failing = row(kind)
    for times, minutes in enumerate(DELAYS[name], start=1):
        failing = state.failed(failing, kind, now, "errors_jobs.broken")
        assert (failing.attempts, failing.since_ms) == (times, NOW_MS)
        assert failing.due_ms - now.now_ms == minutes * MINUTE_MS
        assert state.state_of(failing, kind, now) is JobState.FAILING
        now = at(failing.due_ms)
        assert state.due(failing, kind, now)
    assert state.done(failing, kind, now).error is None


def test_what_waits_is_no_failure_and_says_since_when() -> None:
    waiting = state.waits(row(), DAILY, at(NOW_MS), ("second-person",))
    assert state.state_of(waiting, DAILY, at(NOW_MS)) is JobState.WAITING
    later = state.waits(waiting, DAILY, at(NOW_MS + HOUR_MS), ("second-person",))
    assert (later.since_ms, later.attempts, later.error) == (NOW_MS, 0, None)
    failed = state.failed(later, DAILY, at(NOW_MS + 2 * HOUR_MS), "errors_jobs.broken")
    assert (failed.waits, failed.since_ms) == ((), NOW_MS + 2 * HOUR_MS)


def test_clients_are_spread_over_the_days_in_which_all_is_read() -> None:
    kind, now = KINDS[JobName.CHECK], at(NOW_MS)
    first = ClientId(bytes(16))
    last = ClientId(b"\xff" * 16)
    middle = ClientId(b"\x80" + bytes(15))
    dues = [state.fresh(kind, client, now).due_ms for client in (first, middle, last)]
    assert dues[:2] == [NOW_MS, NOW_MS + 15 * DAY_MS]
    assert NOW_MS + 29 * DAY_MS < dues[2] < NOW_MS + 30 * DAY_MS
