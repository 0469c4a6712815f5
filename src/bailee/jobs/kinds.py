"""Kinds: the table of jobs: how often each is done, for whom, and whether it needs an act.

A new kind is one line here, what does it in `run/wiring/jobs.py`, and a word for people.
"""

from dataclasses import dataclass
from typing import Final

from bailee.jobs.model import JobName

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

RETRY_MS: Final = MINUTE_MS
"""How long after its first failure a job is tried again; twice as long after each further one."""
RETRY_MOST_MS: Final = 6 * HOUR_MS
"""The longest delay: what failed at night is tried again before the morning."""
RETRY_LEAST_MS: Final = 15 * MINUTE_MS
"""Up to there the delay grows even for what is done more often: a full disk stays full a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """Job kind: one kind of job, done again `every_ms` after it was done.

    `upkeep` is what opening and leaving a home does in any case, under no act.  `each` is done for
    each client by itself, the provider included, their turns spread over the period.
    """

    name: JobName
    every_ms: int
    upkeep: bool = False
    each: bool = False

    @property
    def retry_most_ms(self) -> int:
        """Say how long at most it is left after a failure."""
        return max(RETRY_LEAST_MS, min(self.every_ms, RETRY_MOST_MS))


def kinds(check_days: int) -> tuple[JobKind, ...]:
    """Give the table; a deep check has read everything once within so many days."""
    return (
        # Entries that wait for a checkpoint: a crash of the signer loses nobody more than these.
        JobKind(name=JobName.SEQUENCE, every_ms=MINUTE_MS, upkeep=True),
        # Heads are signed anew once they are a day old; asked each hour, none gets older than 25.
        JobKind(name=JobName.RESIGN, every_ms=HOUR_MS, upkeep=True),
        JobKind(name=JobName.HEADS, every_ms=HOUR_MS, upkeep=True),
        JobKind(name=JobName.EXPIRE, every_ms=DAY_MS),
        JobKind(name=JobName.EPOCHS, every_ms=DAY_MS),
        JobKind(name=JobName.SWEEP, every_ms=DAY_MS),
        JobKind(name=JobName.BACKUP, every_ms=DAY_MS),
        # Whether a turn is due, its own term says; here is how often that is asked.
        JobKind(name=JobName.TURN, every_ms=HOUR_MS),
        # Woken in the transaction that has something to say; once a day, should that be lost.
        JobKind(name=JobName.NOTICES, every_ms=DAY_MS),
        JobKind(name=JobName.CHECK, every_ms=check_days * DAY_MS, each=True),
    )
