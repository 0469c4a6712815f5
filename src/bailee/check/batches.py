"""Audits one client's logs by their rows: files, ledger entries, streams and sources.

What a sealed file holds is audited by `segments.py`, which loads what it takes to read one; here
rows are compared with files by size and digest, and with what the ledger says was received.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from bailee import errors
from bailee.check.entries import RecordedFacts
from bailee.check.model import Finding, FindingKind, found
from bailee.check.openings import CheckOpenings
from bailee.check.port import BatchRows, Blobs, Openers, Snapshots
from bailee.grant import Scope
from bailee.ids import BatchId, ClientId
from bailee.keyring.model import NAMES, TEXT, VAULT, Custodied
from bailee.keyring.port import LivingEpochs, Macs
from bailee.logs.facts import BatchFacts, blocks_of
from bailee.logs.model import (
    PREFIX_DOMAIN,
    SECRETS_DAYS,
    SOURCE_DOMAIN,
    STREAM,
    STREAM_DOMAIN,
    BatchRow,
    Origin,
    PartRow,
    RunRow,
    SealedRow,
    SegmentPart,
    SourceRow,
    StreamRow,
    facts_of,
    prefix_message,
    read_stream_label,
    source_message,
    stream_aad,
    stream_message,
    stream_ref,
)
from bailee.work import Tx

LOG_SCOPES: Final = tuple(Scope(noun=noun) for noun in (STREAM, *map(str, SegmentPart), "run"))

_CHUNK: Final = 1024 * 1024
_DAY_MS: Final = 86_400_000
_NO_PREFIX: Final = bytes(32)


class Segments(Protocol):
    """What judges the sealed files themselves: `segments.SegmentAudit`, loaded when it is used."""

    def audit(
        self,
        client: ClientId,
        openings: CheckOpenings,
        told: RecordedFacts,
        alive: Iterable[Custodied],
    ) -> Iterator[Finding]:
        """Judge all files of a client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """One sealed file of a log, and what it is of."""

    part: str
    of: str
    sealed: SealedRow

    def finding(self, kind: FindingKind, client: ClientId) -> Finding:
        """Name it."""
        return found(
            kind, client=str(client), part=self.part, batch=self.of, file=str(self.sealed.blob)
        )


def of_part(row: PartRow) -> Filed:
    """Name an object of a batch."""
    return Filed(part=str(row.part), of=str(row.batch), sealed=row.sealed)


def of_run(row: RunRow) -> Filed:
    """Name an index run; it is of a stream."""
    return Filed(part="run", of=str(row.stream), sealed=row.sealed)


class BatchAudit:
    """Judges the rows of logs."""

    def __init__(
        self,
        *,
        work: Snapshots,
        rows: BatchRows,
        blobs: Blobs,
        keys: Openers,
        macs: Macs,
        epochs: LivingEpochs,
        now_ms: Callable[[], int],
    ) -> None:
        self._work = work
        self._rows = rows
        self._blobs = blobs
        self._keys = keys
        self._macs = macs
        self._epochs = epochs
        self._now_ms = now_ms

    def batches(self, client: ClientId) -> list[BatchRow]:
        """Return the rows of a client's batches as they are now."""
        return list(self._work.read(lambda tx: self._rows.batches(tx, client)))

    def _filed(self, client: ClientId) -> list[Filed]:
        def fn(tx: Tx) -> list[Filed]:
            parts = [of_part(row) for row in self._rows.all_parts(tx, client)]
            return [*parts, *map(of_run, self._rows.all_runs(tx, client))]

        return self._work.read(fn)

    # --- without a grant -------------------------------------------------------------------

    def files(self, client: ClientId, *, deep: bool) -> Iterator[Finding]:
        """Compare each sealed file with its row: there, of that size, and deep, those bytes."""
        for filed in self._filed(client):
            kind = self._file(filed.sealed, deep=deep)
            if kind is not None and filed in self._filed(client):  # not merged away meanwhile
                yield filed.finding(kind, client)

    def _file(self, row: SealedRow, *, deep: bool) -> FindingKind | None:
        try:
            blob = self._blobs.open(str(row.blob))
        except (errors.NotFound, errors.Damaged):
            return FindingKind.SEGMENT_MISSING
        try:
            if blob.size() != row.sealed_bytes:
                return FindingKind.SEGMENT_SIZE
            digest, at = sha256(), 0
            while deep and (chunk := blob.read_at(at, _CHUNK)):
                digest.update(chunk)
                at += len(chunk)
        except errors.Damaged:
            return FindingKind.SEGMENT_CONTENT
        finally:
            blob.close()
        return FindingKind.SEGMENT_CONTENT if deep and digest.digest() != row.digest else None

    def sources(self, client: ClientId) -> Iterator[Finding]:
        """See that each source stands where the batches taken of its address lead."""

        def fn(tx: Tx) -> tuple[Sequence[SourceRow], Sequence[BatchRow]]:
            return self._rows.all_sources(tx, client), self._rows.batches(tx, client)

        sources, batches = self._work.read(fn)
        address = {source.source: source.address_key for source in sources}
        chains: dict[bytes, list[BatchRow]] = {}
        for row in batches:
            if row.source is not None and row.source in address:
                chains.setdefault(address[row.source], []).append(row)
        for source in sources:
            if not self._led_to(source, chains.get(source.address_key, [])):
                yield found(
                    FindingKind.SOURCE_DIFFERS, client=str(client), source=str(source.source)
                )

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

    # --- against the ledger ----------------------------------------------------------------

    def told(self, client: ClientId, told: RecordedFacts) -> Iterator[Finding]:
        """Compare each batch with the entry that took it in, and each entry with the rows."""
        rows = {str(row.batch): row for row in self.batches(client) if row.log_index < told.until}
        alive = {item.epoch: item for item in self.alive(client)}
        parts = self._work.read(lambda tx: self._rows.all_parts(tx, client))
        held: dict[BatchId, list[PartRow]] = {}
        for part in parts:
            held.setdefault(part.batch, []).append(part)
        for name, row in rows.items():
            said = told.batches.get(name)
            body = {} if said is None else said.body
            if said is None or (said.entry, said.index) != (row.entry, row.log_index):
                yield found(FindingKind.BATCH_ROW, client=str(client), batch=name, what="entry")
                continue
            month = alive.get(row.epoch)
            if month is None or not _made(row, body) <= month.made:
                yield found(FindingKind.BATCH_ROW, client=str(client), batch=name, what="month")
            ended = told.ended.get(row.epoch, -1) > row.log_index
            parts_here = held.get(row.batch, [])
            yield from self._against(row, parts_here, body, None if ended else month)
        yield from self._addresses(client, rows, told)
        for name in told.batches.keys() - rows.keys():
            yield found(FindingKind.BATCH_LOST, client=str(client), batch=name, part="row")

    def _addresses(
        self, client: ClientId, rows: Mapping[str, BatchRow], told: RecordedFacts
    ) -> Iterator[Finding]:
        """See that each source is found by where its batches came from."""
        known = self._work.read(lambda tx: self._rows.all_sources(tx, client))
        sources = {source.source: source for source in known}
        for name, row in rows.items():
            source = None if row.source is None else sources.get(row.source)
            if source is not None and name in told.addresses:
                said = source_message(client, source.stream, told.addresses[name])
                if not self._macs.verify_mac(SOURCE_DOMAIN, said, source.address_key):
                    facts = {"client": str(client), "source": str(source.source)}
                    yield found(FindingKind.SOURCE_DIFFERS, **facts)

    def alive(self, client: ClientId) -> Sequence[Custodied]:
        """Say which months live."""
        return self._work.read(lambda tx: self._epochs.epochs(tx, client))

    def _against(
        self,
        row: BatchRow,
        parts: Sequence[PartRow],
        said: Mapping[str, str],
        alive: Custodied | None,
    ) -> Iterator[Finding]:
        client, batch = str(row.client), str(row.batch)
        values = sum(block.values for block in blocks_of(said))
        if not _same(row, BatchFacts.parse(said)) or values != row.values:
            yield found(FindingKind.BATCH_ROW, client=client, batch=batch, what="row")
        for part in parts:
            until = (
                row.received_ms + SECRETS_DAYS * _DAY_MS
                if part.part is SegmentPart.SECRETS
                else None
            )
            sealed = facts_of(str(part.part), part.sealed)
            if said.items() & sealed.items() != sealed.items() or part.until_ms != until:
                yield found(FindingKind.BATCH_ROW, client=client, batch=batch, what=str(part.part))
        for wanted in self._wanted(row, alive) - {str(part.part) for part in parts}:
            if f"{wanted}.sha256" in said:
                yield found(FindingKind.BATCH_LOST, client=client, batch=batch, part=wanted)

    def _wanted(self, row: BatchRow, alive: Custodied | None) -> set[str]:
        """Name the objects that a batch must still have, if it ever had them."""
        lives = alive is not None and alive.text  # with a month's text its secrets end
        kept = lives and row.received_ms + SECRETS_DAYS * _DAY_MS > self._now_ms()
        return _living(alive) | ({str(SegmentPart.SECRETS)} if kept else set())

    # --- with a grant ----------------------------------------------------------------------

    def labels(self, client: ClientId, openings: CheckOpenings) -> Iterator[Finding]:
        """Open the label of each stream, and see that the stream is found by it."""
        for row in self._work.read(lambda tx: list(self._rows.streams(tx, client))):
            if row.origin not in frozenset(Origin) or not self._label_holds(row, openings):
                yield found(FindingKind.STREAM_LABEL, client=str(client), stream=str(row.stream))

    def _label_holds(self, row: StreamRow, openings: CheckOpenings) -> bool:
        ref, aad = stream_ref(row.client, row.stream), stream_aad(row.client, row.stream)
        try:
            opener = openings.open(
                lambda grant: self._work.read(lambda tx: self._keys.opener(tx, ref, grant))
            )
            label, _ = read_stream_label(opener.open_row(aad, row.sealed_label))
        except (errors.Damaged, errors.NotFound, ValueError):
            return False
        said = stream_message(row.client, label)
        return self._macs.verify_mac(STREAM_DOMAIN, said, row.label_key)


def _same(row: BatchRow, facts: BatchFacts) -> bool:
    """Compare a row with what the ledger recorded when the batch was taken in."""
    recorded = (facts.batch, facts.stream, facts.epoch, facts.offset, facts.bytes, facts.lines)
    return recorded == (row.batch, row.stream, row.epoch, row.offset, row.length, row.lines)


def _made(row: BatchRow, said: Mapping[str, str]) -> set[str]:
    """Name the keys that its month must have had: one that was ended has left a mark."""
    if f"{SegmentPart.NAMES}.sha256" not in said:
        return {TEXT}
    return {TEXT, NAMES, VAULT} if row.values else {TEXT, NAMES}


def _living(alive: Custodied | None) -> set[str]:
    if alive is None:
        return set()
    return {noun for noun, lives in ((TEXT, alive.text), (NAMES, alive.names)) if lives}
