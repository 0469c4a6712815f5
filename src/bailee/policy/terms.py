"""Terms: how long the policies let a ledger say whom an act was about.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Terms: for how many days subjects are kept, and by which laws beyond an erasure."""

    subject_days: int
    laws: tuple[str, ...]

    def canonical(self) -> str:
        """Write them in one way, for the hash of the policies."""
        return f"subject {self.subject_days} evidence {','.join(self.laws)}"


def shipped_terms() -> str:
    """Read what ships with this version."""
    return (resources.files("bailee.policy") / "terms.toml").read_text("utf-8")


def read(text: str) -> Terms:
    """Read them; ValueError for a term that is none."""
    asked = tomllib.loads(text)
    days = asked["subject"]["days"]
    # `true` counts as 1 to Python.
    if type(days) is not int or not LEAST_DAYS <= days <= MOST_DAYS:
        raise ValueError("not a number of days")
    return Terms(subject_days=days, laws=tuple(map(str, asked["evidence"]["laws"])))
