"""State of a job: when it is due, who has it, what becomes of it; and the time as jobs have it.

Pure.  The wall clock may be set, shown time is certain (monitor/timekeeping.py): a lease is counted
in shown time alone, so that no clock that is set ends it early or keeps it for ever.  What is due
goes by the wall clock as far as shown time permits: never before it, never 48 hours beyond it.
"""

from dataclasses import dataclass, replace
from typing import Final

from bailee.clock import Times
from bailee.ids import ClientId
from bailee.jobs.kinds import RETRY_MS, JobKind
from bailee.jobs.model import JobRow, JobState

LEASE_MS: Final = 120_000
"""How long a job stays with who has it, unless they say that they live; after a crash it is lost
time."""
JUMP_MS: Final = 48 * 3_600_000
"""How far the wall clock is followed beyond shown time, as freshness has it."""
_DOUBLINGS: Final = 20
"""More would shift a number beyond any delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTime:
    """Job time: a moment as jobs see it: `certain_ms` for leases, `now_ms` for what is due."""

    certain_ms: int
    now_ms: int
    wall_ms: int


def job_time(times: Times) -> JobTime:
    """Make a moment of what is known; without shown time there is the wall clock alone."""
    shown = times.wall_ms if times.shown_ms is None else times.shown_ms
    now = max(shown, min(times.wall_ms, shown + JUMP_MS))
    return JobTime(certain_ms=shown, now_ms=now, wall_ms=times.wall_ms)


def fresh(kind: JobKind, client: ClientId, time: JobTime) -> JobRow:
    """Make the row of a job that never was: due now, or spread over the period by the client."""
    # By the client's random id: the same share of clients each day, whoever came when.
    share = int.from_bytes(client.raw[:4], "big") if kind.each else 0
    return JobRow(kind=kind.name, client=client, due_ms=time.now_ms + (kind.every_ms * share >> 32))


def leased(row: JobRow, time: JobTime) -> bool:
    """Tell whether somebody has the job now."""
    # A lease that ends later than any can was written under a count of time that is not this one,
    # or altered: kept, the job would never be done again.
    left_ms = row.lease_until_ms - time.certain_ms
    return row.lease is not None and 0 < left_ms <= LEASE_MS


def due(row: JobRow, kind: JobKind, time: JobTime) -> bool:
    """Tell whether the job is to be done now."""
    if leased(row, time):
        return False
    # Further ahead than any period: written while the clock ran ahead, or altered.
    beyond = row.due_ms - time.now_ms > max(kind.every_ms, kind.retry_most_ms)
    return beyond or row.due_ms <= time.now_ms


def taken(row: JobRow, lease: bytes, time: JobTime) -> JobRow:
    """Lease a job."""
    return replace(row, lease=lease, lease_until_ms=time.certain_ms + LEASE_MS)


def done(row: JobRow, kind: JobKind, time: JobTime) -> JobRow:
    """End a job that was done."""
    return JobRow(
        kind=row.kind,
        client=row.client,
        due_ms=time.now_ms + kind.every_ms,
        done_ms=time.wall_ms,
    )


def failed(row: JobRow, kind: JobKind, time: JobTime, error: str) -> JobRow:
    """End a job that failed: it is tried again, later each time, and never dropped."""
    delay = min(RETRY_MS << min(row.attempts, _DOUBLINGS), kind.retry_most_ms)
    return replace(
        row,
        due_ms=time.now_ms + delay,
        lease=None,
        lease_until_ms=0,
        attempts=row.attempts + 1,
        error=error,
        waits=(),
        since_ms=time.wall_ms if row.error is None or row.since_ms is None else row.since_ms,
    )


def waits(row: JobRow, kind: JobKind, time: JobTime, whom: tuple[str, ...]) -> JobRow:
    """End a job that waits for somebody: looked at again soon, and not called a failure."""
    return replace(
        row,
        due_ms=time.now_ms + min(kind.every_ms, kind.retry_most_ms),
        lease=None,
        lease_until_ms=0,
        attempts=0,
        error=None,
        waits=whom,
        since_ms=time.wall_ms if not row.waits or row.since_ms is None else row.since_ms,
    )


def state_of(row: JobRow, kind: JobKind, time: JobTime) -> JobState:
    """Say how a job stands: what fails or waits is called so until it is done."""
    if leased(row, time):
        return JobState.RUNNING
    if row.error is not None:
        return JobState.FAILING
    if row.waits:
        return JobState.WAITING
    return JobState.DUE if due(row, kind, time) else JobState.PLANNED
