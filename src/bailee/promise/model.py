"""Model of the promise: sentences, what each demands, and how much of that is met."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Status: how far a sentence is enforced."""

    ENFORCED = "enforced"
    PARTLY = "partly"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Demand: one thing that a sentence demands, and all that must be there for it to be met.

    `acts` must be in the table with a policy that permits them to someone; `policies` must be
    loaded; `parts` are files of the package; `tests` are patterns under the tree's root.
    """

    id: str
    acts: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Sentence: one sentence of the promise; its words are the message `promise.sentence.<id>`."""

    id: str
    evidence: tuple[str, ...]
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Kept: one sentence as it stands: what carries it out, what proves it, what is missing.

    `tests` is None where the tests did not ship: then they were not looked at.
    """

    sentence: str
    status: Status
    policies: tuple[str, ...]
    acts: tuple[str, ...]
    tests: tuple[str, ...] | None
    evidence: tuple[str, ...]
    met: tuple[str, ...]
    missing: tuple[str, ...]
