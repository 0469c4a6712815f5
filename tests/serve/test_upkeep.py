"""A server does the jobs of its home by itself, and says what keeps it from doing so."""

from pathlib import Path
from queue import SimpleQueue

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import SOMEONE
from tests.serve.served import found, running

from bailee.jobs.acts import ListJobs
from bailee.jobs.model import JobState
from bailee.run.serve.upkeep import Upkeep
from bailee.run.wiring.app import os_principal


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found(tmp_path)
    return tmp_path


def nobody(message: str) -> None:
    pytest.fail(message)


def test_what_is_due_is_done_and_shown(place: Path) -> None:
    with running(place) as one:
        upkeep = Upkeep(one.home, os_principal(), nobody)
        assert upkeep.once() is None
        jobs = done(one.server.caller.call(ListJobs()))
        assert jobs
        assert {job.state for job in jobs} <= {JobState.PLANNED, JobState.WAITING}


def test_sealed_nothing_is_tried_and_nothing_said(place: Path) -> None:
    with running(place, sealed=True) as one:
        assert Upkeep(one.home, os_principal(), nobody).once() is None


def test_what_keeps_jobs_from_being_tried_is_said_once(place: Path) -> None:
    told: SimpleQueue[str] = SimpleQueue()
    with running(place) as one:
        upkeep = Upkeep(one.home, SOMEONE, told.put, each_s=0.001)
        upkeep.start()
        assert told.get(timeout=HANGS_S) == "serve.jobs-refused"
        upkeep.stop()
    assert told.empty()
