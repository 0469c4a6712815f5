"""What became of an act, recorded whichever way it ends.

An act with an effect records `done` in the effect's own transaction and stands in `attempted`,
which records only that it failed or that nobody knows.  An act that only looks stands in
`looked`, which records `done` too.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from bailee import errors
from bailee.grant import Grant
from bailee.work import Tx, Work


class Outcomes(Protocol):
    """The part of the monitor that records what became of an act."""

    def outcome(self, tx: Tx, grant: Grant, result: str, body: Mapping[str, str]) -> object:
        """Record it."""


@contextmanager
def recording_outcome(work: Work, monitor: Outcomes, grant: Grant) -> Iterator[None]:
    """Record `failed` or `unknown` when what is inside does not come to its end."""
    try:
        yield
    except errors.OutcomeUnknown:
        _record(work, monitor, grant, "unknown", {})
        raise
    except BaseException:
        _record(work, monitor, grant, "failed", {})
        raise


@contextmanager
def recording_read(work: Work, monitor: Outcomes, grant: Grant) -> Iterator[dict[str, str]]:
    """Record `done` with the facts that were put into the dictionary, or how else it ended."""
    facts: dict[str, str] = {}
    with recording_outcome(work, monitor, grant):
        yield facts
    _record(work, monitor, grant, "done", facts)


def _record(
    work: Work, monitor: Outcomes, grant: Grant, result: str, facts: Mapping[str, str]
) -> None:
    work.run(grant.client, lambda tx: monitor.outcome(tx, grant, result, facts))
