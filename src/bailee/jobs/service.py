"""Runner: does what is due, and shows how each job stands; what a server's loop calls too.

Upkeep is done under no act, as at each opening of a home; all else under `job:run`, and what a job
asks of another noun under that noun's own act.  A job that fails or dies keeps no other from being
done.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import final

from bailee import errors
from bailee.act import Principal, Refused
from bailee.ids import ClientId
from bailee.jobs import state
from bailee.jobs.acts import JobsListedFacts, JobsRunFacts, ListJobs, RunJobs
from bailee.jobs.kinds import JobKind
from bailee.jobs.leases import Leases, Place
from bailee.jobs.model import SECOND, JobDone, JobName, JobResult, JobRow, JobShown, Waits
from bailee.jobs.port import Do
from bailee.monitor.service import Monitor

REFUSED = "errors_jobs.refused"
"""The policies refused what the job asked for: its entry says by which rule."""
BROKEN = "errors_jobs.broken"
"""The program has a mistake: it ends with it, and the job is tried again like any that failed."""


@final
class Runner:
    """Runner: lists and does the jobs of one home."""

    def __init__(
        self,
        *,
        leases: Leases,
        doing: Mapping[JobName, Do],
        monitor: Monitor,
        provider: ClientId,
    ) -> None:
        """Take the parts; `doing` does each kind, by its name."""
        self._leases = leases
        self._doing = doing
        self._monitor = monitor
        self._provider = provider

    # --- acts ------------------------------------------------------------------------------

    def list(self, who: Principal, request: ListJobs) -> Sequence[JobShown]:
        """Show every job; changes nothing."""
        with self._monitor.authorize(who, request, self._provider) as act:
            found = self.jobs()
            act.facts |= JobsListedFacts(jobs=len(found)).facts()
        return found

    def run(self, who: Principal, request: RunJobs) -> Sequence[JobDone]:
        """Do once what is due; what fails is in the answer, and the others are done."""
        with self._monitor.authorize(who, request, self._provider) as act:
            self._leases.plan(self._leases.now())
            tried = [*self._run(who, self.due())]
            # What these woke: a notice of a failure goes out now, not at the next run.
            done = {(one.job, one.client) for one in tried}
            woken = [one for one in self.due() if (one[0].name, one[1]) not in done]
            tried += self._run(who, woken)
            count = Counter(one.result for one in tried)
            act.facts |= JobsRunFacts(
                done=count[JobResult.DONE],
                waiting=count[JobResult.WAITING],
                failed=count[JobResult.FAILED],
            ).facts()
        return tried

    # --- for a server's loop ---------------------------------------------------------------

    def jobs(self) -> Sequence[JobShown]:
        """Return how every job stands; asks for no permission, and opens nothing."""
        time = self._leases.now()
        return [
            JobShown(
                job=row.kind,
                client=row.client,
                state=state.state_of(row, kind, time),
                due_ms=row.due_ms,
                attempts=row.attempts,
                error=row.error,
                waits=row.waits,
                since_ms=row.since_ms,
                done_ms=row.done_ms,
            )
            for kind, row in self._leases.all(time)
        ]

    def due(self) -> Sequence[Place]:
        """Return what is due now, by kind and client."""
        return self._leases.due(self._leases.now())

    def run_once(self, who: Principal) -> Sequence[JobDone]:
        """Do once what is due; Refused when more than upkeep is due and `who` may not do it."""
        self._leases.plan(self._leases.now())
        # Each minute: with an entry for each, the provider's ledger would be full of them.
        upkeep = self._run(who, [one for one in self.due() if one[0].upkeep])
        return [*upkeep, *self.run(who, RunJobs())] if self.due() else upkeep

    # --- one after the other ---------------------------------------------------------------

    def _run(self, who: Principal, places: Sequence[Place]) -> Sequence[JobDone]:
        return [one for place in places if (one := self._one(who, place)) is not None]

    def _one(self, who: Principal, place: Place) -> JobDone | None:
        row = self._leases.take(place)
        if row is None:
            return None
        kind, client = place
        # Until it is known better: a mistake of ours ends the process, and the row says so.
        tried = JobDone(job=kind.name, client=client, result=JobResult.FAILED, error=BROKEN)
        try:
            with self._leases.held(row):
                tried = self._tried(who, kind, row)
        finally:
            self._leases.give_back(row, partial(_ended, kind, tried))
        return tried

    def _tried(self, who: Principal, kind: JobKind, row: JobRow) -> JobDone:
        made = partial(JobDone, job=kind.name, client=row.client)
        try:
            self._doing[kind.name](who, row.client)
        except Waits as waits:
            return made(result=JobResult.WAITING, waits=waits.whom)
        except errors.WaitingForSecond:
            return made(result=JobResult.WAITING, waits=(SECOND,))
        except Refused:
            return made(result=JobResult.FAILED, error=REFUSED)
        except errors.BaileeError as error:
            return made(result=JobResult.FAILED, error=error.reason)
        return made(result=JobResult.DONE)


def _ended(kind: JobKind, tried: JobDone, row: JobRow, time: state.JobTime) -> JobRow:
    if tried.result is JobResult.DONE:
        return state.done(row, kind, time)
    if tried.result is JobResult.WAITING:
        return state.waits(row, kind, time, tried.waits)
    return state.failed(row, kind, time, tried.error or BROKEN)
