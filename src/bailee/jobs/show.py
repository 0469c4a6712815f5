"""How jobs are shown: what fails and since when, and what it takes to go on."""

from collections.abc import Iterator, Sequence

from bailee.act.show import Note, Show, Shows
from bailee.errors import PartlyDone
from bailee.jobs.acts import ListJobs, RunJobs
from bailee.jobs.model import JobDone, JobResult, JobShown, JobState

_COLUMNS = ("job", "client", "state", "due", "attempts", "error", "waits", "since", "done")


def _stands(answer: Sequence[JobShown]) -> Iterator[Note]:
    failing = sum(one.state is JobState.FAILING for one in answer)
    if failing:
        yield "jobs.failing", {"count": failing}
    if any(one.state is JobState.WAITING for one in answer):
        yield "jobs.waiting", {}


def _done(answer: Sequence[JobDone]) -> Iterator[Note]:
    if not answer:
        yield "jobs.none", {}


def _failed(answer: Sequence[JobDone]) -> PartlyDone | None:
    failed = sum(one.result is JobResult.FAILED for one in answer)
    return PartlyDone("errors_jobs.failed", count=failed) if failed else None


SHOWS: Shows = {
    ListJobs: Show(columns=_COLUMNS, notes=_stands),
    RunJobs: Show(
        columns=("job", "client", "result", "error", "waits"), notes=_done, partly=_failed
    ),
}
