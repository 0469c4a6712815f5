"""What a verifier answers: the steps that it took, and one of three verdicts.

A verdict is reached by running steps one after another; the first that raises decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from bailee.proof.malformed import Malformed
from bailee.proof.shown import ShownLine


class Outcome(Enum):
    """The three verdicts, with their exit codes."""

    VERIFIED = 0
    FAILED = 10
    UNJUDGED = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationStep:
    """What one step found: a message id and its facts; `held` is None where it was not judged."""

    id: str
    held: bool | None
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome and the way to it; `line` is what a receipt of a line shows, unless it fails."""

    outcome: Outcome
    steps: tuple[VerificationStep, ...]
    line: ShownLine | None = None


def audit(steps: Iterator[VerificationStep]) -> Verdict:
    """Run the steps; the first that raises decides."""
    done: list[VerificationStep] = []
    try:
        done.extend(steps)
    except Malformed as found:
        done.append(VerificationStep(id=f"verify.{found.reason}", held=False, facts=found.facts))
        return Verdict(outcome=Outcome.FAILED, steps=tuple(done))
    judged = all(step.held for step in done)
    outcome = Outcome.VERIFIED if judged else Outcome.UNJUDGED
    return Verdict(outcome=outcome, steps=tuple(done))


def held(slug: str, **facts: str | int) -> VerificationStep:
    """Say that a step holds."""
    return VerificationStep(id=f"verify.{slug}", held=True, facts=facts)
