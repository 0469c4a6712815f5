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
def attempted(work: Work, door: Outcomes, grant: Grant) -> Iterator[None]:
    """Record `failed` or `unknown` when what is inside does not come to its end."""
    try:
        yield
    except errors.OutcomeUnknown:
        _record(work, door, grant, "unknown", {})
        raise
    except BaseException:
        _record(work, door, grant, "failed", {})
        raise


@contextmanager
def looked(work: Work, door: Outcomes, grant: Grant) -> Iterator[dict[str, str]]:
    """Record `done` with the facts that were put into the dictionary, or how else it ended."""
    facts: dict[str, str] = {}
    with attempted(work, door, grant):
        yield facts
    _record(work, door, grant, "done", facts)


def _record(
    work: Work, door: Outcomes, grant: Grant, result: str, facts: Mapping[str, str]
) -> None:
    work.run(grant.client, lambda tx: door.outcome(tx, grant, result, facts))
