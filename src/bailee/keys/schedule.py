"""Schedule: whether a destruction by date may run; the wall clock alone never suffices.  Pure.

Whoever sets the time of this machine three years ahead would otherwise destroy every epoch, for
good.  So the wall clock and an independent time must both be past the date, or two humans agree;
one month of epochs goes in a run; and a jump of more than 48 hours freezes all of it until two
humans agree (spec/keys.md, "Destruction by date"; spec/invariants.md I14).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bailee.clock import Times
from bailee.ids import ActorId, ClientId

HOUR_MS = 3_600_000
JUMP_MS = 48 * HOUR_MS
"""NTP corrects by seconds: a clock that jumps by days is broken, or set by somebody."""
WAIT_MS = 24 * HOUR_MS
"""Between asking and destroying ahead of the date: time to notice a mistake or a stolen account."""
HUMANS = 2

Why = Literal["clock-jumped", "no-independent-time", "not-due", "next-run", "waiting", "one-human"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Keys that end at a date: those of an epoch, or the body key of a year."""

    client: ClientId
    month: str
    """The calendar month, `2026-01`; a year of bodies counts as its December."""

    due_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleVerdict:
    """What may be destroyed now, what not and why, and whether destruction is frozen from now."""

    destroy: tuple[Due, ...]
    kept: tuple[tuple[Due, Why], ...]
    frozen: bool


def believed_ms(times: Times) -> int:
    """Return how late it may be at most: the wall clock, but 48 hours beyond what is known.

    What is known is the newest entry from before the process, and shown time: with the entry
    alone, many small steps of the clock, each with an entry, would add up to any length.
    """
    known = (
        [times.last_ledger_ms]
        if times.shown_ms is None
        else [
            times.last_ledger_ms,
            times.shown_ms,
        ]
    )
    return min(times.wall_ms, *(one + JUMP_MS for one in known))


def ahead(times: Times) -> bool:
    """Return whether the wall clock is over 48 hours ahead of shown time, in steps of any size."""
    return times.shown_ms is not None and times.wall_ms - times.shown_ms > JUMP_MS


ClockWord = Literal["behind", "ahead", "unknown"]


def doubts(times: Times) -> Sequence[tuple[ClockWord, int]]:
    """Say what is wrong with the wall clock: a word, and by how many hours."""
    found: list[tuple[ClockWord, int]] = []
    # Months are named by this clock: one that is behind puts what comes in under keys that end
    # sooner than it was promised.
    if times.started_wall_ms < times.last_ledger_ms - HOUR_MS:
        found.append(("behind", (times.last_ledger_ms - times.started_wall_ms) // HOUR_MS))
    if times.shown_ms is None:
        found.append(("unknown", 0))
    elif ahead(times):
        found.append(("ahead", (times.wall_ms - times.shown_ms) // HOUR_MS))
    return found


def jumped(times: Times) -> bool:
    """Return whether the wall clock moved over 48 hours against what else is known."""
    # Three comparisons: the monotonic clock sees a jump while this process runs, the newest entry
    # of the ledger one from before it started, and shown time steps that were each too small for
    # that.
    against_monotonic = abs(times.wall_ms - times.started_wall_ms - times.elapsed_ms)
    return (
        against_monotonic > JUMP_MS
        or abs(times.started_wall_ms - times.last_ledger_ms) > JUMP_MS
        or ahead(times)
    )


def decide(
    due: Sequence[Due], times: Times, *, humans: frozenset[ActorId], frozen: bool
) -> ScheduleVerdict:
    """Decide on destructions by date; the caller stores `frozen` and gives it back next time.

    `humans` are those who agree to this run, one id for each human however many accounts.  The
    freeze is stored, because an entry written after a jump would hide the jump.
    """
    agreed = len(humans) >= HUMANS
    # People thaw it, never the clock: one that came back to the right time may go again.
    freezes = not agreed and (frozen or jumped(times))
    kept: list[tuple[Due, Why]] = []
    ready: list[Due] = []
    for item in sorted(due, key=lambda item: (item.due_ms, item.month, item.client.raw)):
        why = _obstacle(item, times, agreed=agreed, freezes=freezes)
        if why is None:
            ready.append(item)
        else:
            kept.append((item, why))
    # The oldest month alone: should everything above be fooled, one month is lost, and the
    # next run may still be stopped.
    now = tuple(item for item in ready if item.month == ready[0].month)
    kept += [(item, "next-run") for item in ready if item.month != ready[0].month]
    return ScheduleVerdict(destroy=now, kept=tuple(kept), frozen=freezes)


def _obstacle(item: Due, times: Times, *, agreed: bool, freezes: bool) -> Why | None:
    if freezes:
        return "clock-jumped"
    if times.wall_ms < item.due_ms:
        return "not-due"
    if agreed:
        return None
    if times.independent_ms is None:
        return "no-independent-time"
    return None if times.independent_ms >= item.due_ms else "not-due"


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionRequest:
    """A destruction of an epoch or a client before its date."""

    requested_ms: int
    humans: frozenset[ActorId]
    lawful_erasure: bool


def decide_early(query: DestructionRequest, times: Times, *, frozen: bool) -> Why | None:
    """Decide on a destruction ahead of its date; None means that it may run.

    Two humans and 24 hours, so that a mistake or one stolen account can be stopped; an erasure
    that the law demands waits for neither.
    """
    if query.lawful_erasure:
        return None
    if len(query.humans) < HUMANS:
        return "one-human"
    if frozen or jumped(times):
        return "clock-jumped"
    # The earlier of the two counts: setting this machine's clock ahead shortens no waiting.
    seen_ms = times.wall_ms
    if times.independent_ms is not None:
        seen_ms = min(seen_ms, times.independent_ms)
    return None if seen_ms - query.requested_ms >= WAIT_MS else "waiting"
