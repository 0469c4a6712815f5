"""Audit of sources: batches stand where they say, and sources are found by where they came from."""

import hmac
from collections.abc import Iterator, Mapping, Sequence

from bailee import errors
from bailee.audit import Audited, Finding, FindingKind, NounAudit, ReadLedger, found
from bailee.encoding import enc
from bailee.keyring.vault.access import VaultKeys
from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import LOG_BATCH
from bailee.logs.facts import BatchFacts
from bailee.logs.model import (
    SOURCE_DOMAIN,
    BatchPlace,
    BatchRow,
    SourceRow,
    batch_message,
    source_message,
)
from bailee.logs.port import AuditedLogRows
from bailee.parts import Parts
from bailee.seal.padding import coarse
from bailee.work import Tx


class SourceAudit(NounAudit):
    """Audit of one client's sources."""

    part = "sources"
    follows = frozenset({LOG_BATCH})

    def __init__(self, parts: Parts, rows: AuditedLogRows, audited: Audited) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._rows = rows
        self._macs = self._keys = parts.keyring
        self._addresses: dict[str, str] = {}
        """Where each batch came from, which its subject alone records; no finding repeats it."""

    def stored(self) -> Iterator[Finding]:
        """Open where each batch stood, and compare it with its row and with how it is found."""
        sources, batches, months = self._work.read(self._placed)
        address = {source.source: source.address_key for source in sources}
        for row in batches:
            key = None if row.source is None else address.get(row.source)
            if not _stands(row, key, months[row.epoch]):
                facts = {"client": str(self.audited.client), "batch": str(row.batch)}
                yield found(FindingKind.BATCH_ROW, **facts, what="place")

    def _placed(
        self, tx: Tx
    ) -> tuple[Sequence[SourceRow], Sequence[BatchRow], Mapping[int, VaultKeys | None]]:
        sources, batches = self._known(tx)
        client = self.audited.client
        months = {
            epoch: self._keys.vault(tx, client, epoch) for epoch in {row.epoch for row in batches}
        }
        return sources, batches, months

    def _known(self, tx: Tx) -> tuple[Sequence[SourceRow], Sequence[BatchRow]]:
        client = self.audited.client
        return self._rows.all_sources(tx, client), self._rows.batches(tx, client)

    def _differs(self, source: SourceRow) -> Finding:
        client = str(self.audited.client)
        return found(FindingKind.SOURCE_DIFFERS, client=client, source=str(source.source))

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
                client, key = self.audited.client, source.address_key
                # As it is written today, or as it came: what was taken in before is found by that.
                messages = (
                    source_message(client, source.stream, address),
                    enc("log-source", client.raw, source.stream.raw, address),
                )
                if not any(self._macs.verify_mac(SOURCE_DOMAIN, one, key) for one in messages):
                    yield self._differs(source)


def _stands(row: BatchRow, address_key: bytes | None, keys: VaultKeys | None) -> bool:
    """Tell whether a batch's place opens, and is that of its row and of its tag.

    One whose key was replaced or ended is known no more; one without a source is not looked for.
    """
    if row.sealed_place is None or row.vault_version is None:
        return row.sealed_place is None and row.vault_version is None
    living = {} if keys is None else {sealer.version: sealer for sealer in keys.sealers}
    sealer = living.get(row.vault_version)
    if sealer is None:
        return row.vault_version < max(living, default=row.vault_version + 1)
    try:
        place = BatchPlace.read(sealer.open_place(row.batch.raw, row.sealed_place))
    except errors.Damaged:
        return False
    if row.identity is not None and address_key is not None:
        message = batch_message(row.client, address_key, row.epoch, place)
        if not hmac.compare_digest(sealer.tag(message), row.identity):
            return False
    return (coarse(place.offset), coarse(place.length)) == (row.offset, row.length)
