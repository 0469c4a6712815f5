"""Check report, with its exit code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bailee.audit import Depth, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Check report: what was found, how deep was looked, and how much there was."""

    DAMAGED: ClassVar[int] = 10

    depth: Depth
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]

    @property
    def clean(self) -> bool:
        """Tell whether nothing is damaged; warnings do not count."""
        return not any(finding.is_damage for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """0 when clean, 10 when something is damaged."""
        return 0 if self.clean else self.DAMAGED
