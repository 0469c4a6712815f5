"""Audit of batches by their rows: files, ledger entries and streams.

What a sealed file holds is audited by `segments.py`, which loads what it takes to read one; here
rows are compared with files by size and digest, and with what the ledger records as received.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bailee import errors
from bailee.audit import (
    Audited,
    FileKinds,
    Finding,
    FindingKind,
    NounAudit,
    ReadLedger,
    compare_file,
    found,
)
from bailee.grant import Scope
from bailee.ids import BatchId, ClientId
from bailee.keyring.model import NAMES, TEXT, VAULT, Custodied
from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import LOG_BATCH, STREAM_OPEN
from bailee.logs.acts import DestroyEpoch
from bailee.logs.audit.recorded import RecordedBatch, RecordedBatches
from bailee.logs.facts import BatchFacts
from bailee.logs.model import (
    SECRETS_DAYS,
    STREAM,
    STREAM_DOMAIN,
    BatchRow,
    Origin,
    PartRow,
    RunRow,
    SealedRow,
    SegmentPart,
    StreamFacts,
    StreamRow,
    read_stream_label,
    sealed_facts,
    stream_aad,
    stream_message,
    stream_ref,
)
from bailee.logs.port import AuditedLogRows
from bailee.parts import Parts
from bailee.seal.padding import coarse
from bailee.work import Tx

_DAY_MS: Final = 86_400_000
_FILES: Final = FileKinds(
    missing=FindingKind.SEGMENT_MISSING,
    size=FindingKind.SEGMENT_SIZE,
    content=FindingKind.SEGMENT_CONTENT,
)


class Segments(Protocol):
    """Audit of the sealed files themselves: `segments.SegmentAudit`, loaded when it is used."""

    def audit(
        self,
        client: ClientId,
        reading: ReadLedger,
        recorded: RecordedBatches,
        alive: Iterable[Custodied],
    ) -> Iterator[Finding]:
        """Audit all files of a client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """Filed: one sealed file of a log, and what it is of."""

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


class BatchAudit(NounAudit):
    """Audit of the rows of one client's logs."""

    part = "batches"
    scopes = tuple(Scope(noun=noun) for noun in (STREAM, *map(str, SegmentPart), "run"))
    follows = frozenset({LOG_BATCH, STREAM_OPEN, DestroyEpoch.act})

    def __init__(
        self,
        parts: Parts,
        rows: AuditedLogRows,
        segments: Callable[[], Segments],
        audited: Audited,
    ) -> None:
        super().__init__(audited)
        self._parts = parts
        self._work = parts.work
        self._rows = rows
        self._segments = segments
        self._recorded = RecordedBatches()
        self._origins: dict[str, str] = {}

    def _batches(self) -> list[BatchRow]:
        """Return the rows as they are now."""
        client = self.audited.client
        return list(self._work.read(lambda tx: self._rows.batches(tx, client)))

    def counts(self) -> Mapping[str, int]:
        """Count batches."""
        return {"batches": len(self._batches())}

    # --- without a grant -------------------------------------------------------------------

    def stored(self) -> Iterator[Finding]:
        """Compare each sealed file with its row: there, of that size, and deep, those bytes."""
        for filed in self._filed():
            kind = compare_file(
                self._parts.blobs,
                str(filed.sealed.blob),
                _FILES,
                size=filed.sealed.sealed_bytes,
                digest=filed.sealed.digest if self.audited.deep else None,
            )
            if kind is not None and filed in self._filed():  # not merged away meanwhile
                yield filed.finding(kind, self.audited.client)

    def _filed(self) -> list[Filed]:
        client = self.audited.client

        def fn(tx: Tx) -> list[Filed]:
            parts = [of_part(row) for row in self._rows.all_parts(tx, client)]
            return [*parts, *map(of_run, self._rows.all_runs(tx, client))]

        return self._work.read(fn)

    # --- against the ledger ----------------------------------------------------------------

    def take(self, entry: EntryShown) -> None:
        """Keep what was recorded of a batch."""
        if entry.opening.kind == LOG_BATCH:
            self._recorded.take(entry)
        if entry.opening.kind == STREAM_OPEN:
            opened = StreamFacts.parse(entry.body)
            self._origins[str(opened.stream)] = opened.origin

    def done(self, act: EntryShown, outcome: EntryShown) -> None:
        """Keep which months were ended."""
        del act
        self._recorded.end(outcome)

    def opened(self, reading: ReadLedger) -> Iterator[Finding]:
        """Audit streams; and batches with their files, unless bodies lack to compare them with."""
        client = self.audited.client
        for stream in self._work.read(lambda tx: list(self._rows.streams(tx, client))):
            if not self._stream_holds(stream, reading):
                facts = {"client": str(client), "stream": str(stream.stream)}
                yield found(FindingKind.STREAM_LABEL, **facts)
        if reading.lost or reading.closed:
            return
        yield from self._streams_recorded()
        rows = self._batches()
        alive = self._work.read(lambda tx: self._parts.keyring.epochs(tx, client))
        early = {str(row.batch): row for row in rows if row.log_index < reading.until}
        yield from self._compared(early, {item.epoch: item for item in alive})
        if rows:
            yield from self._segments().audit(client, reading, self._recorded, alive)

    def _streams_recorded(self) -> Iterator[Finding]:
        """Compare each stream with the entry that opened it; one of before there were any has none.

        That none is missing is told by the digest of the rows, and by these entries too.
        """
        client = self.audited.client
        rows = self._work.read(lambda tx: list(self._rows.streams(tx, client)))
        held = {str(row.stream): row.origin for row in rows}
        for stream, origin in self._origins.items():
            what = "missing" if stream not in held else "origin"
            if held.get(stream) != origin:
                facts = {"client": str(client), "stream": stream, "what": what}
                yield found(FindingKind.STREAM_RECORDED, **facts)

    def _stream_holds(self, row: StreamRow, reading: ReadLedger) -> bool:
        """Tell whether a stream's label opens, and is the one that the stream is found by."""
        ref, aad = stream_ref(row.client, row.stream), stream_aad(row.client, row.stream)
        sealed = reading.row(ref, aad, row.sealed_label)
        if row.origin not in frozenset(Origin) or sealed is None:
            return False
        try:
            label, _ = read_stream_label(sealed)
        except (errors.Damaged, ValueError):  # what was sealed has another form
            return False
        message = stream_message(row.client, label)
        return self._parts.keyring.verify_mac(STREAM_DOMAIN, message, row.label_key)

    def _compared(
        self, rows: Mapping[str, BatchRow], alive: Mapping[int, Custodied]
    ) -> Iterator[Finding]:
        """Compare each batch with the entry that took it in, and each entry with the rows."""
        client = self.audited.client
        held: dict[BatchId, list[PartRow]] = {}
        for part in self._work.read(lambda tx: self._rows.all_parts(tx, client)):
            held.setdefault(part.batch, []).append(part)
        for name, row in rows.items():
            recorded = self._recorded.batches.get(name)
            if recorded is None or (recorded.entry, recorded.index) != (row.entry, row.log_index):
                yield found(FindingKind.BATCH_ROW, client=str(client), batch=name, what="entry")
                continue
            month = alive.get(row.epoch)
            if month is None or not _made(row, recorded) <= month.made:
                yield found(FindingKind.BATCH_ROW, client=str(client), batch=name, what="month")
            ended = self._recorded.ended.get(row.epoch, -1) > row.log_index
            parts_here = held.get(row.batch, [])
            yield from self._against(row, parts_here, recorded, None if ended else month)
        for name in self._recorded.batches.keys() - rows.keys():
            yield found(FindingKind.BATCH_LOST, client=str(client), batch=name, part="row")

    def _against(
        self,
        row: BatchRow,
        parts: Sequence[PartRow],
        recorded: RecordedBatch,
        alive: Custodied | None,
    ) -> Iterator[Finding]:
        client, batch = str(row.client), str(row.batch)
        if not _same(row, recorded.facts) or recorded.values != row.values:
            yield found(FindingKind.BATCH_ROW, client=client, batch=batch, what="row")
        for part in parts:
            until = (
                row.received_ms + SECRETS_DAYS * _DAY_MS
                if part.part is SegmentPart.SECRETS
                else None
            )
            same = recorded.sealed.get(part.part) == sealed_facts(part.sealed)
            if not same or part.until_ms != until:
                yield found(FindingKind.BATCH_ROW, client=client, batch=batch, what=str(part.part))
        for wanted in self._wanted(row, alive) - {part.part for part in parts}:
            if wanted in recorded.sealed:
                yield found(FindingKind.BATCH_LOST, client=client, batch=batch, part=str(wanted))

    def _wanted(self, row: BatchRow, alive: Custodied | None) -> set[SegmentPart]:
        """Name the objects that a batch must still have, if it ever had them."""
        if alive is None:
            return set()
        wanted = {SegmentPart.NAMES} if alive.names else set()
        if alive.text:  # with a month's text its secrets end
            wanted.add(SegmentPart.TEXT)
            if row.received_ms + SECRETS_DAYS * _DAY_MS > self._parts.clock.now_ms():
                wanted.add(SegmentPart.SECRETS)
        return wanted


def _same(row: BatchRow, facts: BatchFacts) -> bool:
    """Compare a row with what the ledger recorded when the batch was taken in."""
    # Entries of before have exact numbers; rounding up what is rounded up changes nothing.
    place = (coarse(facts.offset), coarse(facts.bytes))
    recorded = (facts.batch, facts.stream, facts.epoch, *place, facts.lines)
    return recorded == (row.batch, row.stream, row.epoch, row.offset, row.length, row.lines)


def _made(row: BatchRow, recorded: RecordedBatch) -> set[str]:
    """Name the keys that its month must have had: one that was ended has left a mark."""
    if SegmentPart.NAMES not in recorded.sealed:
        return {TEXT}
    return {TEXT, NAMES, VAULT} if row.values else {TEXT, NAMES}
