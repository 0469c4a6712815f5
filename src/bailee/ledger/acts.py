"""The acts on the ledger: the request's type is the act."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from bailee.ids import EntryId
from bailee.ledger.model import EntryShown


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowHead:
    """Give the newest checkpoint."""

    act: ClassVar[str] = "ledger:head"
    client: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadShown:
    """The checkpoint as published, and what it says."""

    origin: str
    size: int
    root: bytes
    signed_ms: int
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEntries:
    """Open entries: who did what, when, why; from `start` to before `stop` (None: all)."""

    act: ClassVar[str] = "ledger:show"
    client: str
    purpose: str | None = None
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesShown:
    """The entries; `lost` counts those whose body a recovery could not bring back."""

    entries: Sequence[EntryShown]
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowKey:
    """Give the verifier key, to hand to the client once, outside."""

    act: ClassVar[str] = "ledger:key"
    client: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyShown:
    """The verifier key in its text form."""

    vkey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLedger:
    """Hand a whole log over, to be verified offline; the directory comes beside."""

    act: ClassVar[str] = "ledger:export"
    client: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerExported:
    """What was written."""

    origin: str
    size: int
    opened: int
    subjects: int
    vkey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveEntry:
    """Make the receipt of one entry."""

    act: ClassVar[str] = "ledger:prove"
    client: str
    entry: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProved:
    """The receipt, a tlog-proof file."""

    entry: EntryId
    index: int
    receipt: bytes
