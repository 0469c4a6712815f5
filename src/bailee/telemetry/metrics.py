"""Metrics: the list of figures that may be shown, each with its labels, and the words of those."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class MetricKind(StrEnum):
    """Metric kind: whether a figure only grows."""

    COUNTER = "counter"
    GAUGE = "gauge"


class Result(StrEnum):
    """Result: what became of an act that was asked."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class Lack(StrEnum):
    """Lack: what keeps a server from being ready."""

    KEYS = "keys"
    """It is sealed."""
    CUSTODIANS = "custodians"
    RESERVE = "reserve"
    """The disk is so full that the space kept for refusals and deletions is not held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Metric: one figure; `labels` gives each label the words that it may have."""

    name: str
    kind: MetricKind
    help: str
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)


ACTS: Final = "bailee_acts"
READY: Final = "bailee_ready"
LACKING: Final = "bailee_lacking"
CUSTODIANS_AWAY: Final = "bailee_custodians_away"
DISK_FREE: Final = "bailee_disk_free_bytes"
FAULTS: Final = "bailee_faults"
LEDGERS_BEHIND: Final = "bailee_ledgers_behind"
JOBS_FAILING: Final = "bailee_jobs_failing"
JOBS_WAITING: Final = "bailee_jobs_waiting"
JOB_DONE: Final = "bailee_job_done_timestamp_seconds"
NOTICES_UNSENT: Final = "bailee_notices_unsent"


def metrics(*, acts: Iterable[str], jobs: Iterable[str]) -> tuple[Metric, ...]:
    """Give the list; the words of acts and jobs are the caller's closed lists."""
    of_act, of_job = frozenset(acts), {"job": frozenset(jobs)}
    results, lacks = frozenset(map(str, Result)), frozenset(map(str, Lack))
    counter, gauge = MetricKind.COUNTER, MetricKind.GAUGE
    return (
        Metric(
            name=ACTS,
            kind=counter,
            help="acts that were asked, by what became of them",
            labels={"act": of_act, "result": results},
        ),
        Metric(name=READY, kind=gauge, help="1 when it does what is asked"),
        Metric(
            name=LACKING,
            kind=gauge,
            help="1 for what keeps it from being ready",
            labels={"what": lacks},
        ),
        Metric(name=CUSTODIANS_AWAY, kind=gauge, help="custodians that do not answer"),
        Metric(name=DISK_FREE, kind=gauge, help="bytes that are free where the home is"),
        Metric(name=FAULTS, kind=counter, help="mistakes of the program"),
        Metric(name=LEDGERS_BEHIND, kind=gauge, help="ledgers that cannot be signed now"),
        Metric(name=JOBS_FAILING, kind=gauge, help="jobs that fail", labels=of_job),
        Metric(name=JOBS_WAITING, kind=gauge, help="jobs that wait for somebody", labels=of_job),
        Metric(
            name=JOB_DONE,
            kind=gauge,
            help="when a job was done last, for the client of whom that is longest ago",
            labels=of_job,
        ),
        Metric(name=NOTICES_UNSENT, kind=gauge, help="notices that could not be sent yet"),
    )
