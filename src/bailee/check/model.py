"""What a judgement finds: kinds of damage and of warnings, with ids; never a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class Depth(StrEnum):
    """How deep: `quick` looks at rows, heads and sizes, `deep` at every byte."""

    QUICK = "quick"
    DEEP = "deep"


class FindingKind(StrEnum):
    """What can be found; each has a sentence in `locale/*/check.toml`, and the list only grows."""

    ROWS_STRUCTURE = "rows-structure"
    ROWS_SCHEMA = "rows-schema"
    ROWS_VERSION = "rows-version"
    ROWS_UNREADABLE = "rows-unreadable"
    POWER_FORGED = "power-forged"
    POWER_DIFFERS = "power-differs"
    REGISTER_BENT = "register-bent"
    LEDGER_CLOSED = "ledger-closed"
    KEY_STATE = "key-state"
    KEY_DAMAGED = "key-damaged"
    KEY_STRAY = "key-stray"
    KEY_MARK = "key-mark"
    KEY_GENERATION = "key-generation"
    KEY_TURN = "key-turn"
    LOG_SIGNER = "log-signer"
    LOG_ROLLED_BACK = "log-rolled-back"
    LOG_FORK = "log-fork"
    LOG_HEAD = "log-head"
    LOG_CHECKPOINT = "log-checkpoint"
    LOG_ORIGIN = "log-origin"
    LOG_KEY = "log-key"
    LOG_COUNT = "log-count"
    LOG_TILE = "log-tile"
    LOG_TAKEN = "log-taken"
    ENTRY_DAMAGED = "entry-damaged"
    ENTRY_SUBJECT = "entry-subject"
    OBJECT_MISSING = "object-missing"
    OBJECT_SIZE = "object-size"
    OBJECT_CONTENT = "object-content"
    OBJECT_ROW = "object-row"
    OBJECT_LABEL = "object-label"
    OBJECT_LOST = "object-lost"
    NAME_DAMAGED = "name-damaged"
    BATCH_ROW = "batch-row"
    BATCH_LOST = "batch-lost"
    BATCH_STRAY = "batch-stray"
    STREAM_LABEL = "stream-label"
    SOURCE_DIFFERS = "source-differs"
    SEGMENT_MISSING = "segment-missing"
    SEGMENT_SIZE = "segment-size"
    SEGMENT_CONTENT = "segment-content"
    SEGMENT_CLOSED = "segment-closed"
    SEGMENT_DIFFERS = "segment-differs"
    INDEX_DIFFERS = "index-differs"
    VALUE_DIFFERS = "value-differs"
    VALUE_STRAY = "value-stray"
    CUSTODIAN_DAMAGED = "custodian-damaged"
    BACKUP_DAMAGED = "backup-damaged"

    CUSTODIAN_SILENT = "custodian-silent"
    CUSTODIAN_BEHIND = "custodian-behind"
    OTHERS_CAN_READ = "others-can-read"
    SHARED_DISK = "shared-disk"
    BACKUP_LACKING = "backup-lacking"
    ERASURE_UNANNOUNCED = "erasure-unannounced"
    CHECKPOINT_BEHIND = "checkpoint-behind"
    BODIES_LOST = "bodies-lost"
    BODIES_CLOSED = "bodies-closed"
    FILES_UNNAMED = "files-unnamed"


WARNINGS = frozenset(
    {
        FindingKind.CUSTODIAN_SILENT,
        FindingKind.CUSTODIAN_BEHIND,
        FindingKind.OTHERS_CAN_READ,
        FindingKind.SHARED_DISK,
        FindingKind.BACKUP_LACKING,
        FindingKind.ERASURE_UNANNOUNCED,
        FindingKind.CHECKPOINT_BEHIND,
        FindingKind.BODIES_LOST,
        FindingKind.BODIES_CLOSED,
        FindingKind.FILES_UNNAMED,
    }
)
"""What costs something and is not damage: the verdict stays `clean`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found; `facts` fill its sentence."""

    kind: FindingKind
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The message id that says it."""
        return f"check.{self.kind}"

    @property
    def is_damage(self) -> bool:
        """Tell damage from a warning."""
        return self.kind not in WARNINGS

    @property
    def order(self) -> tuple[bool, str, str]:
        """Compare by this: damage first, then by kind and by what it is about."""
        return (not self.is_damage, self.kind, repr(sorted(self.facts.items())))


def found(kind: FindingKind, **facts: str | int) -> Finding:
    """Make a finding."""
    return Finding(kind=kind, facts=facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The judgement."""

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
