"""The acts on jobs."""

from collections.abc import Sequence

from bailee.act import Facts, Purpose, Request
from bailee.jobs.model import JobDone, JobShown


class ListJobs(Request[Sequence[JobShown]], act="job:list", implied=Purpose.SECURITY):
    """Show what a home does by itself: what is due when, what fails, what waits for whom."""


class RunJobs(Request[Sequence[JobDone]], act="job:run", implied=Purpose.SECURITY):
    """Do once whatever is due, as who asks; what is not due is left."""


class JobsListedFacts(Facts):
    """What the ledger records of jobs that were listed."""

    jobs: int


class JobsRunFacts(Facts):
    """What the ledger records of jobs that were tried: how many, by what came of them."""

    done: int
    waiting: int
    failed: int
