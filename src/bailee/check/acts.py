"""The act of judging: the request's type is the act."""

from dataclasses import dataclass
from typing import ClassVar

from bailee.check.model import Depth, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCheck:
    """Judge everything stored; reads, never repairs."""

    act: ClassVar[str] = "check:run"
    depth: Depth = Depth.QUICK
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of it."""

    report: Report
