"""Model of jobs: the row of one, what is shown of it, what came of doing it."""

from dataclasses import dataclass
from enum import StrEnum

from bailee.ids import ClientId

LEASE_BYTES = 16
"""Random: names who does a job, so that nobody else ends it."""


class JobName(StrEnum):
    """Job name: which kind of job; a word of the rows, which only grow."""

    SEQUENCE = "sequence"
    RESIGN = "resign"
    HEADS = "heads"
    EXPIRE = "expire"
    EPOCHS = "epochs"
    SWEEP = "sweep"
    BACKUP = "backup"
    TURN = "turn"
    CHECK = "check"
    NOTICES = "notices"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """Job row: one kind of job for one client; for the home as a whole the provider's id.

    `due_ms` is in time as jobs have it, `lease_until_ms` in shown time; `since_ms` and `done_ms`
    are of the wall clock, for people (spec/jobs.md).
    """

    kind: JobName
    client: ClientId
    due_ms: int
    lease: bytes | None = None
    lease_until_ms: int = 0
    attempts: int = 0
    """How often it failed since it was last done."""
    error: str | None = None
    waits: tuple[str, ...] = ()
    """For whom it waits, in words of a closed list and random ids."""
    since_ms: int | None = None
    done_ms: int | None = None


class JobState(StrEnum):
    """Job state: how a job stands."""

    PLANNED = "planned"
    DUE = "due"
    RUNNING = "running"
    WAITING = "waiting"
    FAILING = "failing"


class JobResult(StrEnum):
    """Job result: what came of doing a job once."""

    DONE = "done"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobShown:
    """Job shown: as a list shows it; `since` says since when it fails or waits."""

    job: JobName
    client: ClientId
    state: JobState
    due_ms: int
    attempts: int
    error: str | None
    waits: tuple[str, ...]
    since_ms: int | None
    done_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDone:
    """Job done: one job that was tried, and what came of it."""

    job: JobName
    client: ClientId
    result: JobResult
    error: str | None = None
    waits: tuple[str, ...] = ()


PEOPLE = "people"
SECOND = "second-person"
TWO = "two-people"
CUSTODIAN = "custodian:"
"""For whom a job waits: people who sit before it, a second one, two, a custodian by its id."""


class Waits(Exception):
    """Waits: raised by what does a job when it must wait for somebody, and says for whom."""

    def __init__(self, *whom: str) -> None:
        super().__init__("waits")
        self.whom = whom
