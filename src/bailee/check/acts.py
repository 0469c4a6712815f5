"""The act of checking."""

from typing import Annotated

from bailee.act import Facts, Is, Param, Purpose, Request
from bailee.audit import Depth
from bailee.check.model import Report

_Depth = Annotated[
    Depth, Param(kind=Is.WORD, help="help.check", words=("quick", "deep"), flags=True)
]


class RunCheck(Request[Report], act="check:run", implied=Purpose.VERIFICATION, command="check"):
    """Audit everything stored; reads, never repairs."""

    depth: _Depth = Depth.QUICK


class CheckFacts(Facts):
    """What the ledger holds of a check: how much it opened, and how much damage it found.

    A grant that was used up on the way says nothing of damage: the last one does.
    """

    opened: int
    damaged: int | None = None
