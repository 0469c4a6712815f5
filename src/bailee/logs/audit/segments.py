"""Audit of segments: opens each sealed file, and compares it with all that speaks of it.

The two roots of each block are computed anew from stored lines and from names, and must be those
that the ledger holds; the values that a batch names must be in the vault with these commitments;
the runs of the token index must say what text and names say together.  It loads what reads a
segment, so it is imported for a deep check and no sooner.  No value is opened.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BufferedReader
from typing import Final

import numpy as np

from bailee import errors
from bailee.audit import Finding, FindingKind, ReadLedger, found
from bailee.grant import Ref
from bailee.ids import ClientId
from bailee.keyring.model import NAMES, TEXT, Custodied
from bailee.logs.audit.batches import of_part, of_run
from bailee.logs.audit.recorded import RecordedBatch, RecordedBatches
from bailee.logs.ingest.batch import read_secrets
from bailee.logs.model import BatchRow, PartRow, RunRow, SealedRow, SegmentPart, part_ref, run_ref
from bailee.logs.port import AuditedLogRows, AuditedVaultRows
from bailee.logs.store import commitment, index
from bailee.logs.store.kernels.text import OPEN
from bailee.logs.store.segment import (
    Block,
    BlockNote,
    Bytes,
    IdentifierMap,
    IdentifierMapReader,
    TextReader,
    Words,
)
from bailee.logs.store.segments import SegmentStore
from bailee.work import Tx, Work

_NS: Final = 1_000_000
_VALUES_AT_ONCE: Final = 20_000
_UNREADABLE: Final = (errors.Damaged, errors.NotFound)
"""What a file raises that does not open or is not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """What is kept of a block of text until its names are read."""

    note: BlockNote
    firsts: Words
    ordinals: Words
    first_ns: int
    last_ns: int
    ended: bool
    unplaced: int


@dataclass(kw_only=True)
class _Read:
    """What was read of one batch."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    names: list[IdentifierMap] = field(default_factory=list)
    postings: list[index.Postings] = field(default_factory=list)
    secrets: list[int] | None = None


class SegmentAudit:
    """Opens the sealed files of logs against grants."""

    def __init__(
        self, *, work: Work, rows: AuditedLogRows, vaults: AuditedVaultRows, store: SegmentStore
    ) -> None:
        self._work = work
        self._rows = rows
        self._vaults = vaults
        self._store = store

    def audit(
        self,
        client: ClientId,
        reading: ReadLedger,
        recorded: RecordedBatches,
        alive: Iterable[Custodied],
    ) -> Iterator[Finding]:
        """Audit all files of a client; those of a month that was ended are passed over."""

        def rows(tx: Tx) -> tuple[list[BatchRow], list[PartRow], list[RunRow]]:
            own = self._rows
            return (
                [*own.batches(tx, client)],
                [*own.all_parts(tx, client)],
                [*own.all_runs(tx, client)],
            )

        batches, parts, runs = self._work.read(rows)
        held: dict[bytes, dict[SegmentPart, PartRow]] = {}
        for part in parts:
            held.setdefault(part.batch.raw, {})[part.part] = part
        living = {(item.epoch, TEXT) for item in alive if item.text}
        living |= {(item.epoch, NAMES) for item in alive if item.names}
        one = _Client(self._store, reading, recorded, living)
        indexed = one.indexed(runs, {row.batch.raw: row for row in batches})
        for row in batches:
            batch = recorded.batches.get(str(row.batch))
            if batch is not None:  # else that was named already
                read = one.batch(row, held.get(row.batch.raw, {}), batch)
                self._values(one, row, read)
                one.compare_index(row, read, indexed)
        yield from one.findings

    def _values(self, one: "_Client", row: BatchRow, read: _Read) -> None:
        """Compare the values that a batch names with the vault: there, of that kind, bound so."""
        wrong = 0
        for names in read.names:
            for at in range(0, len(names.kinds), _VALUES_AT_ONCE):
                some = slice(at, at + _VALUES_AT_ONCE)
                wrong += self._wrong(row, names.tokens[some], names, some)
        if wrong and not one.ended(row, NAMES):
            one.found(FindingKind.VALUE_DIFFERS, row, count=wrong)

    def _wrong(self, row: BatchRow, tokens: Bytes, names: IdentifierMap, some: slice) -> int:
        listed = [bytes(token) for token in tokens]
        held = self._work.read(lambda tx: self._vaults.values(tx, row.client, row.epoch, listed))
        wrong = 0
        bound = map(bytes, names.commitments[some])
        for token, kind, value in zip(listed, names.kinds[some].tolist(), bound, strict=True):
            stored = held.get(token)
            same = stored is not None and stored.commitment == value
            wrong += not same or (stored is not None and stored.kind not in (kind, None))
        return wrong


class _Client:
    """One client's files while they are audited."""

    def __init__(
        self,
        store: SegmentStore,
        reading: ReadLedger,
        recorded: RecordedBatches,
        living: set[tuple[int, str]],
    ) -> None:
        self._store = store
        self._reading = reading
        self._recorded = recorded
        self._living = living
        self.findings: list[Finding] = []

    def found(self, kind: FindingKind, row: BatchRow, **facts: str | int) -> None:
        """Name a batch."""
        self.findings.append(found(kind, client=str(row.client), batch=str(row.batch), **facts))

    def ended(self, row: BatchRow, noun: str) -> bool:
        """Tell whether what a batch had of a noun was ended with its month, or may have been."""
        asked = self._recorded.ended.get(row.epoch, -1)
        return (row.epoch, noun) not in self._living or asked > row.log_index

    # --- batches ---------------------------------------------------------------------------

    def batch(
        self, row: BatchRow, held: Mapping[SegmentPart, PartRow], recorded: RecordedBatch
    ) -> _Read:
        """Read a batch and compare it with what the ledger records as received."""
        read = _Read()
        for part, fill in (
            (SegmentPart.TEXT, self._text),
            (SegmentPart.NAMES, self._names),
            (SegmentPart.SECRETS, self._secrets),
        ):
            if part in held:
                try:
                    fill(row, held[part], read)
                except _UNREADABLE:
                    if part is SegmentPart.SECRETS or not self.ended(row, str(part)):
                        self.findings.append(
                            of_part(held[part]).finding(FindingKind.SEGMENT_CLOSED, row.client)
                        )
        for what in _differing(row, recorded, read):
            self.found(FindingKind.SEGMENT_DIFFERS, row, what=what)
        return read

    def _open(self, ref: Ref, sealed: SealedRow) -> BufferedReader:
        return self._reading.open(lambda grant: self._store.open(ref, sealed, grant))

    def _text(self, row: BatchRow, part: PartRow, read: _Read) -> None:
        ref = part_ref(row.client, row.batch, SegmentPart.TEXT, row.epoch)
        with TextReader(self._open(ref, part.sealed)) as text:
            if text.batch != row.batch.raw:
                raise errors.Damaged("errors_logs.segment-malformed")
            for number, note in enumerate(text.notes):
                block = text.block(number)
                hashes = commitment.line_hashes(
                    note.key, row.batch.raw, block.stored, block.event_ns, row.received_ms * _NS
                )
                read.lines.append((str(block.stored.lines), commitment.root(hashes).hex()))
                read.blocks.append(
                    _Block(
                        note=note,
                        firsts=block.stored.firsts,
                        ordinals=block.stored.ordinals,
                        first_ns=int(block.event_ns.min()),
                        last_ns=int(block.event_ns.max()),
                        ended=not int(block.stored.marks[-1]) & OPEN,
                        unplaced=_unplaced(block, row),
                    )
                )

    def _names(self, row: BatchRow, part: PartRow, read: _Read) -> None:
        ref = part_ref(row.client, row.batch, SegmentPart.NAMES, row.epoch)
        with IdentifierMapReader(self._open(ref, part.sealed)) as names:
            if names.batch != row.batch.raw or names.blocks != len(read.blocks):
                raise errors.Damaged("errors_logs.segment-malformed")
            first = 0
            for number, block in enumerate(read.blocks):
                found_here = names.block(number)
                key, kinds = block.note.key, found_here.kinds
                hashes = commitment.bind_hashes(
                    key, row.batch.raw, number, kinds, found_here.commitments
                )
                read.values.append((str(len(kinds)), commitment.root(hashes).hex()))
                read.names.append(found_here)
                where = index.standing(block.firsts, block.ordinals, len(kinds))
                read.postings.append(index.postings_of(found_here.canonical, where, first))
                first += block.note.groups

    def _secrets(self, row: BatchRow, part: PartRow, read: _Read) -> None:
        ref = part_ref(row.client, row.batch, SegmentPart.SECRETS, row.epoch)
        with self._open(ref, part.sealed) as file:
            read.secrets = [len(block) for block in read_secrets(file.read())]

    # --- the index -------------------------------------------------------------------------

    def indexed(
        self, runs: Iterable[RunRow], known: Mapping[bytes, BatchRow]
    ) -> dict[bytes, bytes]:
        """Digest what the runs say of each batch; audit each run by itself on the way."""
        whole: dict[bytes, bytes] = {}
        for row in runs:
            if (row.epoch, NAMES) not in self._living:
                continue
            try:
                postings = self._run(row, known)
            except _UNREADABLE:
                if row.epoch not in self._recorded.ended:
                    self.findings.append(
                        of_run(row).finding(FindingKind.SEGMENT_CLOSED, row.client)
                    )
                continue
            if postings.keys() & whole.keys():
                self.findings.append(of_run(row).finding(FindingKind.SEGMENT_CLOSED, row.client))
            whole |= postings
        return whole

    def _run(self, row: RunRow, known: Mapping[bytes, BatchRow]) -> dict[bytes, bytes]:
        ref = run_ref(row.client, row.sealed.blob, row.epoch)
        with self._open(ref, row.sealed) as file:
            run = index.Run(file)
            postings = run.all()
        prefixes = postings["prefix"]
        sound = run.postings == row.postings and bool((prefixes[:-1] <= prefixes[1:]).all())
        sound = sound and int(postings["batch"].max(initial=0)) < len(run.batches)
        for batch in run.batches:
            of = known.get(batch)
            sound = sound and of is not None and row.may_name(of.stream) and of.epoch == row.epoch
        if not sound:
            raise errors.Damaged("errors_logs.index-malformed")
        return {
            batch: _digest([postings[postings["batch"] == place]])
            for place, batch in enumerate(run.batches)
        }

    def compare_index(self, row: BatchRow, read: _Read, indexed: Mapping[bytes, bytes]) -> None:
        """Compare what the runs say of a batch with what its text and names say."""
        whole = len(read.names) == len(read.blocks) > 0
        if not whole or self.ended(row, NAMES):
            return
        if indexed.get(row.batch.raw, _digest([])) != _digest(read.postings):
            self.found(FindingKind.INDEX_DIFFERS, row)


def _unplaced(block: Block, row: BatchRow) -> int:
    """Count the lines of a block that have the time of their receipt for want of another."""
    received = block.event_ns == row.received_ms * _NS
    return int(np.count_nonzero(block.inherited & received))


def _differing(row: BatchRow, recorded: RecordedBatch, read: _Read) -> Iterator[str]:
    """Name in what a batch is not as the ledger, and its row, have it."""
    blocks = recorded.blocks
    if read.blocks:
        lines = [(str(block.lines), block.lines_root.hex()) for block in blocks]
        if read.lines != lines:
            yield "lines"
        span = (min(b.first_ns for b in read.blocks), max(b.last_ns for b in read.blocks))
        encodings = {block.note.encoding for block in read.blocks}
        if span != (row.first_ns, row.last_ns) or encodings != {recorded.facts.encoding}:
            yield "times"
        if row.unplaced not in (None, sum(block.unplaced for block in read.blocks)):
            yield "times"
        # None in a row of before, which does not tell.
        if row.ended not in (None, read.blocks[-1].ended):
            yield "lines"
    if read.names:
        values = [(str(block.values), block.values_root.hex()) for block in blocks]
        if read.values != values:
            yield "values"
    if read.secrets is not None:
        kept = (len(blocks), recorded.secrets)
        if (len(read.secrets), sum(read.secrets)) != kept:
            yield "secrets"


def _digest(postings: Sequence[index.Postings]) -> bytes:
    """Digest which tokens stand in which row groups, each pair once, in order."""
    whole = np.concatenate(postings) if postings else np.empty(0, index.POSTING)
    pairs = np.empty(len(whole), [("prefix", ">u8"), ("group", ">u2")])
    pairs["prefix"], pairs["group"] = whole["prefix"], whole["group"]
    return sha256(np.unique(pairs).tobytes()).digest()
