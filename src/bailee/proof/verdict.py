"""Verdicts: the steps that a verification took, and one of three outcomes.

A verdict is reached by running steps one after another; the first that raises decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from bailee.proof.malformed import Malformed
from bailee.proof.shown import ShownLine


class Outcome(Enum):
    """Outcome of a verification, with its exit code."""

    VERIFIED = 0
    FAILED = 10
    UNJUDGED = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationStep:
    """Result of one step: a message id and its facts; `held` is None where it was left open."""

    id: str
    held: bool | None
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Outcome and the way to it; `line` is what a receipt of a line shows, unless it fails."""

    outcome: Outcome
    steps: tuple[VerificationStep, ...]
    line: ShownLine | None = None


def audit(steps: Iterator[VerificationStep]) -> Verdict:
    """Run the steps and return the verdict; the first step that raises decides."""
    done: list[VerificationStep] = []
    # What follows a failure is not looked at: it would be read by rules that no longer hold, and
    # a hostile file could make a reader do work for nothing.
    try:
        done.extend(steps)
    except Malformed as found:
        done.append(VerificationStep(id=f"verify.{found.reason}", held=False, facts=found.facts))
        return Verdict(outcome=Outcome.FAILED, steps=tuple(done))
    # A step that was left open never becomes a yes, whatever the others found.
    complete = all(step.held for step in done)
    outcome = Outcome.VERIFIED if complete else Outcome.UNJUDGED
    return Verdict(outcome=outcome, steps=tuple(done))


def held(slug: str, **facts: str | int) -> VerificationStep:
    """Return the result of a step that holds."""
    return VerificationStep(id=f"verify.{slug}", held=True, facts=facts)
