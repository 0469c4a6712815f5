"""Every act there is, by name, for rooms that may not import their declarations.

Generated from the declarations: BAILEE_UPDATE=1 pytest tests/house/test_acts.py.  Do not edit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bailee.act.purpose import Purpose


@dataclass(frozen=True, slots=True)
class Act:
    """One act: `noun:verb`.

    `implied` is the purpose of an act that can only have one reason in ordinary work; an act that
    opens what belongs to a client has none, so that whoever opens says why.  `waits` marks acts
    that go on only once a checkpoint includes their entry.  `request` is where it is declared,
    `command` what is typed for it.
    """

    name: str
    implied: Purpose | None
    waits: bool
    request: str
    command: str

    @property
    def noun(self) -> str:
        """What it is done to."""
        return self.name.partition(":")[0]

    @property
    def verb(self) -> str:
        """What is done."""
        return self.name.partition(":")[2]


_ACTS = ()

ACTS: Mapping[str, Act] = MappingProxyType({act.name: act for act in _ACTS})
"""The acts of this release, by name."""
