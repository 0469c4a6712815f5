"""Values of keys: copies of rows, erasures and how sure they are, the report of `key list`."""

from dataclasses import dataclass

from bailee.ids import BackupId
from bailee.keyring.model import Custody, Phase, TurnRow

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
