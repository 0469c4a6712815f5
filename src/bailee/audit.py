"""Audit of a noun: what `check` compares of it, and the kinds of finding that it may yield.

A noun's `audit.py` holds one class, made anew for each client and each check.  `check` calls its
methods in the order in which they stand here, and knows no noun.  A finding says kinds, ids and
counts, never a value; nothing is repaired.  Damage is yielded, or raised as `Damaged` where the
audit cannot go on; any other exception is a mistake of ours and stops the check.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final, Protocol, TypeVar

from bailee import errors
from bailee.grant import Grant, Ref, Scope
from bailee.ids import ActorId, ClientId
from bailee.ledger.model import EntryShown
from bailee.seal.port import BlobStore

T = TypeVar("T")

_CHUNK: Final = 1024 * 1024
"""Bytes of a sealed file read at a time: bounds memory, whatever the file's size."""


class Depth(StrEnum):
    """How deep: `quick` looks at rows, heads and sizes, `deep` at every byte."""

    QUICK = "quick"
    DEEP = "deep"


class FindingKind(StrEnum):
    """Finding kind: what can be found; each has a sentence in `locale/*/nouns/check.toml`.

    The list only grows: kinds stand in reports that others keep.
    """

    ROWS_STRUCTURE = "rows-structure"
    ROWS_VERSION = "rows-version"
    ROWS_UNREADABLE = "rows-unreadable"
    ROWS_MISSING = "rows-missing"
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
    BODIES_MISSING = "bodies-missing"
    BODIES_UNREAD = "bodies-unread"
    OBJECT_MISSING = "object-missing"
    OBJECT_SIZE = "object-size"
    OBJECT_CONTENT = "object-content"
    OBJECT_ROW = "object-row"
    OBJECT_LABEL = "object-label"
    OBJECT_LOST = "object-lost"
    ROW_DIFFERS = "row-differs"
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
    NAMES_DIFFER = "names-differ"

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
    CLOCK_BEHIND = "clock-behind"
    CLOCK_AHEAD = "clock-ahead"
    CLOCK_UNKNOWN = "clock-unknown"
    ROLE_GIVEN = "role-given"
    SETTING_WEAKER = "setting-weaker"
    CUSTODIAN_AWAY = "custodian-away"
    EPOCH_SOONER = "epoch-sooner"
    ERASURE_UNRECORDED = "erasure-unrecorded"
    STREAM_RECORDED = "stream-recorded"


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
        FindingKind.BODIES_UNREAD,
        FindingKind.FILES_UNNAMED,
        FindingKind.CLOCK_BEHIND,
        FindingKind.CLOCK_AHEAD,
        FindingKind.CLOCK_UNKNOWN,
        FindingKind.ROLE_GIVEN,
        FindingKind.SETTING_WEAKER,
        FindingKind.CUSTODIAN_AWAY,
        FindingKind.EPOCH_SOONER,
        FindingKind.ERASURE_UNRECORDED,
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


class ReadLedger(Protocol):
    """One client's ledger, read to its end, with the grants that open what else it has."""

    @property
    def until(self) -> int:
        """The index up to which entries were read; later ones came while that was done."""

    @property
    def lost(self) -> int:
        """How many entries have lost their body, as after a restore."""

    @property
    def closed(self) -> int:
        """How many bodies no longer open, since the key of their year was destroyed."""

    def row(self, ref: Ref, aad: bytes, sealed: bytes) -> bytes | None:
        """Open a small value; None when it does not open, or its key is gone."""

    def open(self, fn: Callable[[Grant], T]) -> T:
        """Open something else with a grant, which is asked for anew when it is used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What one audit is of: a client, or the provider with what is the home's as a whole."""

    client: ClientId
    provider: ClientId
    depth: Depth
    reader: ActorId | None = None
    """Who reads the verdict, where that is known: some findings are of what they have not seen."""

    @property
    def deep(self) -> bool:
        """Tell whether every byte is compared."""
        return self.depth is Depth.DEEP

    @property
    def is_provider(self) -> bool:
        """Tell whether it is of the provider's own things."""
        return self.client == self.provider


class NounAudit:
    """Audit of what one client has of a noun; each method is empty unless the noun overrides it."""

    part: str
    """The word by which a finding names these rows when they cannot be read."""
    scopes: tuple[Scope, ...] = ()
    """What a grant must cover for what `opened` opens."""
    follows: frozenset[str] = frozenset()
    """The kinds of entries that `take` takes; of the acts among them `done` takes outcomes."""

    lost: int = 0
    """How many bodies of entries restores have lost, of all clients, by the provider's ledger."""

    def __init__(self, audited: Audited) -> None:
        self.audited = audited

    def home(self) -> Iterable[Finding]:
        """Audit what is of no one client; called for the provider alone, without a grant."""
        return ()

    def stored(self) -> Iterable[Finding]:
        """Audit what needs no grant: rows, and sealed files as ciphertext."""
        return ()

    def counts(self) -> Mapping[str, int]:
        """Count what there is, under the words that the verdict shows."""
        return {}

    def take(self, entry: EntryShown) -> None:
        """Keep what is needed of an entry, in the order of the ledger; Damaged when malformed."""

    def done(self, act: EntryShown, outcome: EntryShown) -> None:
        """Keep what is needed of an act that was done; parse the outcome by the act's facts."""

    def projected(self) -> Iterable[Finding]:
        """Compare rows with the entries taken, unless bodies are lost or closed.

        Called wherever a ledger was read: the provider's at either depth, others' in a deep check.
        """
        return ()

    def opened(self, reading: ReadLedger) -> Iterable[Finding]:
        """Compare rows with the entries taken and open what is sealed; for a deep check alone."""
        del reading
        return ()

    def around(self) -> Iterable[Finding]:
        """Audit what lies outside the rows, such as backups; last, and for the provider alone."""
        return ()


AuditMaker = Callable[[Audited], NounAudit]
"""Makes the audit of a noun, for one client and one reading of its ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKinds:
    """The kinds of finding by which a noun names what is wrong with a sealed file."""

    missing: FindingKind
    size: FindingKind
    content: FindingKind


def compare_file(
    blobs: BlobStore, name: str, kinds: FileKinds, *, size: int, digest: bytes | None
) -> FindingKind | None:
    """Compare a sealed file with its row: its size in bytes and, unless None, its SHA-256."""
    try:
        blob = blobs.open(name)
    except (errors.NotFound, errors.Damaged):
        return kinds.missing
    try:
        if blob.size() != size:
            return kinds.size
        found_digest, at = sha256(), 0
        while digest is not None and (chunk := blob.read_at(at, _CHUNK)):
            found_digest.update(chunk)
            at += len(chunk)
    except errors.Damaged:
        return kinds.content
    finally:
        blob.close()
    return kinds.content if digest not in (None, found_digest.digest()) else None
