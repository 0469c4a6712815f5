"""A client's ledger, for who may look: its head, its key, its entries, receipts and exports.

The ledger itself lies below the monitor, which writes to it; looking into it is an act like any
other, so it is done from here, above.  What is handed over was verified before.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from bailee import errors
from bailee.clients.port import Door
from bailee.grant import Grant
from bailee.ids import ClientId, EntryId
from bailee.ledger.acts import (
    EntriesShown,
    EntryProved,
    ExportLedger,
    HeadShown,
    KeyShown,
    LedgerExported,
    ProveEntry,
    ShowEntries,
    ShowHead,
    ShowKey,
)
from bailee.ledger.port import ExportSink
from bailee.ledger.reading import READ_SCOPES, LedgerReader
from bailee.ledger.service import Ledger
from bailee.monitor.attempt import recording_read
from bailee.monitor.model import Denial, Principal
from bailee.proof.tree.checkpoint import read_checkpoint
from bailee.work import Work

T = TypeVar("T")
Facts = dict[str, str]


class Asking(Protocol):
    """What every request to the ledger has."""

    @property
    def act(self) -> str:
        """The act."""

    @property
    def client(self) -> str:
        """The client's label."""

    @property
    def purpose(self) -> str | None:
        """Why."""


class Logbook:
    """The acts on the ledger of one client."""

    def __init__(
        self,
        *,
        work: Work,
        ledger: Ledger,
        reader: LedgerReader,
        monitor: Door,
        find_client: Callable[[Principal, str], ClientId],
    ) -> None:
        self._work = work
        self._ledger = ledger
        self._reader = reader
        self._monitor = monitor
        self._find_client = find_client

    def head(self, who: Principal, request: ShowHead) -> HeadShown | Denial:
        """Give the newest checkpoint, as published."""

        def give(grant: Grant, facts: Facts) -> HeadShown:
            head = self._ledger.head(grant.client)
            facts["size"] = str(head.size)
            return HeadShown(
                origin=read_checkpoint(head.note).head.origin,
                size=head.size,
                root=head.root,
                signed_ms=head.signed_ms,
                note=head.note,
            )

        return self._do(who, request, give)

    def key(self, who: Principal, request: ShowKey) -> KeyShown | Denial:
        """Give the verifier key."""
        return self._do(
            who, request, lambda grant, _: KeyShown(vkey=str(self._ledger.key(grant.client)))
        )

    def show(self, who: Principal, request: ShowEntries) -> EntriesShown | Denial:
        """Open entries: who did what, when, why."""

        def give(grant: Grant, facts: Facts) -> EntriesShown:
            sealed = self._reader.sealed_in(grant.client, request.start, request.stop)
            entries = tuple(self._reader.show(grant, request.start, request.stop))
            facts["entries"] = str(len(entries))
            return EntriesShown(entries=entries, lost=sealed.lost)

        return self._do(who, request, give, opens=True)

    def prove(self, who: Principal, request: ProveEntry) -> EntryProved | Denial:
        """Make the receipt of one entry."""
        try:
            entry = EntryId.parse(request.entry)
        except ValueError:
            raise errors.UsageError("errors_clients.not-an-entry") from None

        def give(grant: Grant, facts: Facts) -> EntryProved:
            facts["entry"] = str(entry)
            index, receipt = self._reader.prove(grant, entry)
            return EntryProved(entry=entry, index=index, receipt=receipt)

        return self._do(who, request, give, opens=True)

    def export(
        self, who: Principal, request: ExportLedger, sink: ExportSink
    ) -> LedgerExported | Denial:
        """Hand the whole log over."""

        def give(grant: Grant, facts: Facts) -> LedgerExported:
            exported = self._reader.export(grant, sink)
            facts |= {"size": str(exported.size), "subjects": str(exported.subjects)}
            return exported

        return self._do(who, request, give, opens=True)

    def _do(
        self,
        who: Principal,
        request: Asking,
        give: Callable[[Grant, Facts], T],
        *,
        opens: bool = False,
    ) -> T | Denial:
        client = self._find_client(who, request.client)
        grant = self._monitor.authorize(
            who,
            act=request.act,
            client=client,
            purpose=request.purpose,
            scopes=READ_SCOPES if opens else (),
            count=self._reader.sealed_in(client).openings + _OWN if opens else 0,
            body={},
            subject=None,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_read(self._work, self._monitor, grant) as facts:
            return give(grant, facts)


_OWN = 2
"""The entry of this act itself, and a year that may turn over meanwhile."""
