"""The acts on ledgers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from bailee.act import Client, Facts, Is, Param, Purpose, Request, Upload
from bailee.ids import EntryId
from bailee.ledger.model import EntryShown, LedgerExported
from bailee.ledger.port import ExportSink
from bailee.monitor.grants import RoleGrant

_Entry = Annotated[
    str, Param(kind=Is.ID, help="help.ledger_entry", positional=True, metavar="ENTRY")
]
_Start = Annotated[int, Param(kind=Is.COUNT, help="help.ledger_start", least=0, typed=False)]
_Roles = Annotated[bool, Param(kind=Is.FLAG, help="help.ledger_roles")]
_Stop = Annotated[int | None, Param(kind=Is.COUNT, help="help.ledger_stop", least=0, typed=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadShown:
    """Head shown: the checkpoint as published, and what it says."""

    origin: str
    size: int
    root: bytes
    signed_ms: int
    checkpoint: str


class ShowHead(Request[HeadShown], act="ledger:head", implied=Purpose.VERIFICATION):
    """Give the newest checkpoint."""

    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesShown:
    """Entries shown: the entries; `lost` counts those whose body a recovery did not bring back."""

    entries: Sequence[EntryShown]
    lost: int
    grants: Sequence[RoleGrant] | None = None
    """Roles that were given since the reader looked last, where that was asked for."""


class ShowEntries(Request[EntriesShown], act="ledger:show", implied=Purpose.VERIFICATION):
    """Open entries: who did what, when, why; from `start` to before `stop` (None: all).

    `roles`: of the provider's ledger alone, what gave a role since the reader asked for that last.
    """

    client: Client
    start: _Start = 0
    stop: _Stop = None
    roles: _Roles = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyShown:
    """Key shown: the verifier key in its text form."""

    vkey: str


class ShowKey(Request[KeyShown], act="ledger:key", implied=Purpose.VERIFICATION):
    """Give the verifier key, to hand to the client once, outside."""

    client: Client


class ExportLedger(
    Upload[LedgerExported, ExportSink],
    act="ledger:export",
    implied=Purpose.VERIFICATION,
    waits=True,
):
    """Hand a whole ledger over, to be verified offline; the sink comes beside."""

    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProved:
    """Entry proved: the receipt, a tlog-proof file."""

    entry: EntryId
    index: int
    receipt: bytes = field(repr=False)


class ProveEntry(Request[EntryProved], act="ledger:prove", implied=Purpose.VERIFICATION):
    """Make the receipt of one entry."""

    client: Client
    entry: _Entry


class HeadFacts(Facts):
    """What an entry says of a head that was given."""

    size: int


class EntriesFacts(Facts):
    """What an entry says of entries that were opened."""

    entries: int


class EntryProvedFacts(Facts):
    """What an entry says of a receipt: the entry that it proves."""

    entry: EntryId


class LedgerExportedFacts(Facts):
    """What an entry says of an export."""

    size: int
    subjects: int
