"""Asking: what a request brings to the monitor, how its entry may say it, what is decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bailee import errors
from bailee.act import ACTS, Denial, Purpose
from bailee.ids import ActorId, ClientId
from bailee.ledger.model import EntryDraft, Recorded
from bailee.limits import REASON_BYTES
from bailee.policy import Decision

STRANGER = "unknown"
"""The word for who is in no row, and for what is in no list."""
_PURPOSES = frozenset(Purpose)


class Asking(Protocol):
    """Asking: what every request has, whatever it asks for."""

    @property
    def act(self) -> str:
        """The act's name."""

    @property
    def purpose(self) -> str | None:
        """Why, where it was named."""


def purpose_word(purpose: str | None) -> str:
    """Write a purpose as a body may hold it: a text that is none of ours could hold anything."""
    if purpose is None:
        return "none"
    return purpose if purpose in _PURPOSES else STRANGER


def subject_of(request: Asking, subject: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Add the reason, where one was given, to what the entry says of persons.

    Raises LimitExceeded when it is longer than a subject may hold.
    """
    reason = getattr(request, "reason", None)
    if reason is None:
        return subject
    if len(reason.encode()) > REASON_BYTES:
        raise errors.LimitExceeded("errors_monitor.reason-length", limit=REASON_BYTES)
    return {**(subject or {}), "reason": reason}


def implied(act: str) -> str | None:
    """Return the purpose that an act has by itself; None where it has to be named."""
    known = ACTS.get(act)
    return known.implied if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedAct:
    """Decided act: what was decided, and the entry that says so; without an actor, a refusal."""

    log: ClientId
    draft: EntryDraft
    decision: Decision
    actor: ActorId | None

    def denial(self, recorded: Recorded) -> Denial:
        """Make the answer of a refusal that was recorded."""
        return Denial(
            rule=str(self.decision.rules[0]),
            sentence=self.decision.sentence,
            entry=recorded.entry,
            purposes=self.decision.others,
        )
