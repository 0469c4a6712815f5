"""Second: which acts need a second person, how surely known, and who that may be.

Read from `second.toml`, which is part of the policies: their hash covers it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources

from bailee.act import ACTS, Strength
from bailee.policy.model import Role


class When(StrEnum):
    """When: whether an act needs a second person at all times."""

    ALWAYS = "always"
    TWO_HUMANS = "two-humans"
    """Once somebody else is enrolled who may agree: whoever is alone could else do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """Second: what the policies ask of an act that needs a second person."""

    when: When
    least: Strength
    by: frozenset[Role]
    unless: Mapping[str, frozenset[str]]
    each: bool = False
    """One request may be about several matters, each agreed on by itself."""

    def exempts(self, what: Mapping[str, str]) -> bool:
        """Tell whether one person suffices for a matter of these words."""
        return any(what.get(name) in words for name, words in self.unless.items())

    def canonical(self, act: str) -> str:
        """Write it in one way, for the hash of the policies."""
        unless = (f"{name}={','.join(sorted(words))}" for name, words in self.unless.items())
        by = ",".join(sorted(self.by))
        return f"{act} {self.when} {self.least} {by} {self.each} {' '.join(sorted(unless))}"


def shipped_seconds() -> str:
    """Read what ships with this version."""
    return (resources.files("bailee.policy") / "second.toml").read_text("utf-8")


def read(text: str) -> Mapping[str, Second]:
    """Read it by act; ValueError for a word or an act that there is not."""
    found: dict[str, Second] = {}
    for act, asked in tomllib.loads(text).items():
        # At load, not at the first question: a misspelt act would be one that needs nobody.
        if act not in ACTS:
            raise ValueError(act)
        found[act] = Second(
            when=When(asked["when"]),
            least=Strength(asked["least"]),
            by=frozenset(map(Role, asked["by"])),
            unless={name: frozenset(words) for name, words in asked.get("unless", {}).items()},
            each=asked.get("each", False),
        )
    return found
