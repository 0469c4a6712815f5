"""The act of checking."""

from typing import Annotated

from bailee.act import Is, Param, Purpose, Request
from bailee.check.model import Depth, Report

_Depth = Annotated[
    Depth, Param(kind=Is.WORD, help="help.check", words=("quick", "deep"), flags=True)
]


class RunCheck(Request[Report], act="check:run", implied=Purpose.VERIFICATION, command="check"):
    """Audit everything stored; reads, never repairs."""

    depth: _Depth = Depth.QUICK
