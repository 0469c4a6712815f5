"""Audit of sources: each stands where its batches lead, and is found by where they came from."""

from collections.abc import Iterator, Sequence
from typing import Final

from bailee.audit import Audited, Finding, FindingKind, NounAudit, ReadLedger, found
from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import LOG_BATCH
from bailee.logs.facts import BatchFacts
from bailee.logs.model import (
    PREFIX_DOMAIN,
    SOURCE_DOMAIN,
    BatchRow,
    SourceRow,
    prefix_message,
    source_message,
)
from bailee.logs.port import AuditedLogRows
from bailee.parts import Parts
from bailee.work import Tx

_NO_PREFIX: Final = bytes(32)


class SourceAudit(NounAudit):
    """Audit of one client's sources."""

    part = "sources"
    follows = frozenset({LOG_BATCH})

    def __init__(self, parts: Parts, rows: AuditedLogRows, audited: Audited) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._rows = rows
        self._macs = parts.keyring
        self._addresses: dict[str, str] = {}
        """Where each batch came from, which its subject alone records; no finding repeats it."""

    def stored(self) -> Iterator[Finding]:
        """Compare where each source stands with where the batches of its address lead."""
        sources, batches = self._work.read(self._known)
        address = {source.source: source.address_key for source in sources}
        chains: dict[bytes, list[BatchRow]] = {}
        for row in batches:
            if row.source is not None and row.source in address:
                chains.setdefault(address[row.source], []).append(row)
        for source in sources:
            if not self._led_to(source, chains.get(source.address_key, [])):
                yield self._differs(source)

    def _known(self, tx: Tx) -> tuple[Sequence[SourceRow], Sequence[BatchRow]]:
        client = self.audited.client
        return self._rows.all_sources(tx, client), self._rows.batches(tx, client)

    def _differs(self, source: SourceRow) -> Finding:
        client = str(self.audited.client)
        return found(FindingKind.SOURCE_DIFFERS, client=client, source=str(source.source))

    def _led_to(self, source: SourceRow, batches: Sequence[BatchRow]) -> bool:
        """Follow the batches of an address to where a source stands.

        Two sources may share their first batches: the same file, cut and written on otherwise.
        Where a batch's identity was dropped, which happens with time, nothing can be followed.
        """
        starts: dict[int, list[BatchRow]] = {}
        for row in batches:
            starts.setdefault(row.offset, []).append(row)
        reached = [(0, _NO_PREFIX)]
        while reached:
            offset, prefix = reached.pop()
            if offset == source.next_offset and prefix == source.prefix:
                return True
            for row in starts.get(offset, ()):
                if row.identity is None:
                    return True
                if row.length and offset + row.length <= source.next_offset:
                    further = prefix_message(prefix, row.identity)
                    reached.append((offset + row.length, self._macs.mac(PREFIX_DOMAIN, further)))
        return False

    def take(self, entry: EntryShown) -> None:
        """Keep where a batch came from; what was forgotten of it is not compared."""
        subject = entry.subject
        if subject is not None:
            self._addresses[str(BatchFacts.parse(entry.body).batch)] = subject.get("source", "")

    def opened(self, reading: ReadLedger) -> Iterator[Finding]:
        """Compare the keyed address of each source with where its batches came from."""
        if reading.lost or reading.closed:
            return  # what the missing bodies recorded cannot be told from what was altered
        known, batches = self._work.read(self._known)
        sources = {source.source: source for source in known}
        for row in batches:
            source = None if row.source is None else sources.get(row.source)
            address = self._addresses.get(str(row.batch))
            if source is not None and address is not None and row.log_index < reading.until:
                message = source_message(self.audited.client, source.stream, address)
                if not self._macs.verify_mac(SOURCE_DOMAIN, message, source.address_key):
                    yield self._differs(source)
