"""Ledgers: a ledger, for who may look: its head, its key, its entries, receipts and exports.

What is handed over was verified before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from bailee import errors
from bailee.act import Principal
from bailee.ids import ActorId, ClientId, EntryId
from bailee.ledger.model import EntryShown, LedgerExported
from bailee.ledger.port import ExportSink
from bailee.ledger.reading import READ_SCOPES, LedgerReader
from bailee.ledger.service import Ledger
from bailee.ledgers.acts import (
    EntriesFacts,
    EntriesShown,
    EntryProved,
    EntryProvedFacts,
    ExportLedger,
    HeadFacts,
    HeadShown,
    KeyShown,
    LedgerExportedFacts,
    ProveEntry,
    ShowEntries,
    ShowHead,
    ShowKey,
)
from bailee.monitor.authorized import Authorized
from bailee.monitor.grants import LOOKED, RoleGrant, RoleGrants
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.proof.tree.checkpoint import read_checkpoint

_OWN = 2
"""The entry of the act itself, and a year that may turn over meanwhile."""


class Ledgers:
    """Ledgers: the acts on the ledger of one client."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: LedgerReader,
        monitor: Monitor,
        find_client: ClientFinder,
        provider: Callable[[], ClientId],
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._monitor = monitor
        self._find_client = find_client
        self._provider = provider

    def head(self, who: Principal, request: ShowHead) -> HeadShown:
        """Give the newest checkpoint, as published."""
        client = self._find_client(who, request.client)
        with self._monitor.authorize(who, request, client) as act:
            # Where nothing can be written, as it was last signed.
            signed = (
                self._ledger.head if act.recorded else lambda one: self._ledger.row_of(one).head
            )
            head = signed(client)
            # Which head was given stands in the entry: a client who was shown another can tell.
            act.facts |= HeadFacts(size=head.size).facts()
            return HeadShown(
                origin=read_checkpoint(head.note).head.origin,
                size=head.size,
                root=head.root,
                signed_ms=head.signed_ms,
                checkpoint=head.note.decode(),
            )

    def key(self, who: Principal, request: ShowKey) -> KeyShown:
        """Give the verifier key."""
        client = self._find_client(who, request.client)
        with self._monitor.authorize(who, request, client):
            return KeyShown(vkey=str(self._ledger.key(client)))

    def show(self, who: Principal, request: ShowEntries) -> EntriesShown:
        """Open entries: who did what, when, why.

        UsageError for roles in the ledger of another than the provider: none are given there.
        """
        client = self._find_client(who, request.client)
        if request.roles and client != self._provider():
            raise errors.UsageError("errors_clients.roles-of-provider")
        # The entry itself is what says that they were looked at.
        body = {LOOKED: "yes"} if request.roles else {}
        with self._reading(who, request, body) as act:
            sealed = self._reader.sealed_in(act.client, request.start, request.stop)
            entries = tuple(self._reader.show(act.grant, request.start, request.stop))
            grants = None
            if request.roles:
                grants = _grants(entries, act.grant.actor)
                given = {grant.index for grant in grants}
                entries = tuple(one for one in entries if one.index in given)
            act.facts |= EntriesFacts(entries=len(entries)).facts()
            return EntriesShown(entries=entries, lost=sealed.lost, grants=grants)

    def prove(self, who: Principal, request: ProveEntry) -> EntryProved:
        """Make the receipt of one entry."""
        try:
            entry = EntryId.parse(request.entry)
        except ValueError:
            raise errors.UsageError("errors_clients.not-an-entry") from None
        with self._reading(who, request) as act:
            # Before it is made: an attempt that fails says of which entry it was.
            act.facts |= EntryProvedFacts(entry=entry).facts()
            index, receipt = self._reader.prove(act.grant, entry)
            return EntryProved(entry=entry, index=index, receipt=receipt)

    def export(self, who: Principal, request: ExportLedger, sink: ExportSink) -> LedgerExported:
        """Hand the whole ledger over."""
        with self._reading(who, request) as act:
            exported = self._reader.export(act.grant, sink)
            facts = LedgerExportedFacts(size=exported.size, subjects=exported.subjects)
            act.facts |= facts.facts()
            return exported

    @contextmanager
    def _reading(
        self,
        who: Principal,
        request: ShowEntries | ProveEntry | ExportLedger,
        body: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Authorized]:
        """Ask for as many openings as there are bodies and subjects."""
        client = self._find_client(who, request.client)
        # Counted before the decision; entries that others add meanwhile are not covered by the
        # grant.
        count = self._reader.sealed_in(client).openings + _OWN
        with self._monitor.authorize(
            who, request, client, scopes=READ_SCOPES, count=count, body=body
        ) as act:
            yield act


def _grants(entries: Iterable[EntryShown], reader: ActorId) -> Sequence[RoleGrant]:
    found = RoleGrants()
    for entry in entries:
        found.take(entry)
    return found.since(reader)
