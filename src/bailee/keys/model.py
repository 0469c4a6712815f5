"""Values of keys: copies of rows, erasures and how sure they are, the report of `key list`."""

from dataclasses import dataclass
from typing import Literal

from bailee.ids import BackupId
from bailee.keyring.model import Custody, Phase, TurnRow, WrapClass

DAY_MS = 86_400_000

STALE_CUSTODIAN = "keys.stale-custodian"
"""Message id: a custodian holds a turn secret of a past generation, so an image was restored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCopy:
    """Row copy: a backup of the rows, written at one destination."""

    id: BackupId
    destination: str
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """How far the erasure of something deleted in a generation is."""

    stage: Literal["pending", "erased"]
    effective_ms: int
    wrap_class: WrapClass

    @property
    def sentence(self) -> str:
        """Message id of the sentence that says it, to be filled with `date`."""
        return f"keys.erasure-{self.stage}"

    @property
    def residual(self) -> str:
        """Message id of the sentence that says what could still bring it back."""
        return f"keys.residual-{self.wrap_class}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingErasures:
    """How many deletions wait for the same turn, and when it is due."""

    count: int
    effective_by_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """What `key list` shows."""

    generation: int
    phase: Phase
    counts: dict[str, int]
    pending: tuple[PendingErasures, ...]
    custodians: tuple[Custody, ...]
    stale_custodians: tuple[str, ...]
    turns: tuple[TurnRow, ...]
    due_ms: int
