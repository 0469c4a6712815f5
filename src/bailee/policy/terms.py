"""Terms: how long the policies let a ledger say whom an act was about, and a token live.

Read from `terms.toml`, which is part of the policies: their hash covers it.
"""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Final

LEAST_DAYS: Final = 30
"""Shorter, and an act would be forgotten before anyone can have asked about it (GDPR 12(3))."""

MOST_DAYS: Final = 3_650
"""Ten years: as long as a year's bodies are kept at most, and no setting means "for ever"."""


TOKEN_DAYS_MOST: Final = 366
"""A year: longer, and nobody remembers which machine has it."""


REVEAL_DAY_MOST: Final = 100_000
"""Beyond it a budget stops nobody who reads what a small host's customers are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Terms: how long subjects are kept, by which laws beyond an erasure; of tokens and budgets."""

    subject_days: int
    laws: tuple[str, ...]
    token_days: int
    reveal_day: int

    def canonical(self) -> str:
        """Write them in one way, for the hash of the policies."""
        subject = f"subject {self.subject_days} evidence {','.join(self.laws)}"
        return f"{subject} token {self.token_days} reveal {self.reveal_day}"


def shipped_terms() -> str:
    """Read what ships with this version."""
    return (resources.files("bailee.policy") / "terms.toml").read_text("utf-8")


def read(text: str) -> Terms:
    """Read them; ValueError for a term that is none."""
    asked = tomllib.loads(text)
    return Terms(
        subject_days=_number(asked["subject"]["days"], LEAST_DAYS, MOST_DAYS),
        laws=tuple(map(str, asked["evidence"]["laws"])),
        token_days=_number(asked["token"]["days"], 1, TOKEN_DAYS_MOST),
        reveal_day=_number(asked["reveal"]["day"], 0, REVEAL_DAY_MOST),
    )


def _number(given: object, least: int, most: int) -> int:
    # `true` counts as 1 to Python.
    if type(given) is not int or not least <= given <= most:
        raise ValueError("not a number within its bounds")
    return given
