"""One source on its way in: chunks to blocks to batches, each durable before the next is begun.

A source that lasts is gone on with where it was left, when what was taken of it is still what it
starts with; else it is a new source, from its beginning.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import tzinfo
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from bailee.clock import Clock
from bailee.errors import Damaged
from bailee.ids import BatchId, SourceId
from bailee.limits import LINE_BYTES
from bailee.logs.acts import LogSource
from bailee.logs.ingest.batch import Batch
from bailee.logs.ingest.charset import Charset, SourceTranscoder, sniff
from bailee.logs.ingest.committing import Committed, Committer, Intent, Span, secrets_by_rule
from bailee.logs.ingest.times import Timeline
from bailee.logs.model import BatchRow, SourceRow
from bailee.logs.store.lines import BlockLines, pieces
from bailee.logs.store.placeholder import PlaceholderCodec
from bailee.scan.buffers import Padded
from bailee.scan.encodings import PROBE_BYTES
from bailee.scan.scanner import BLOCK_BYTES, Finds, Scanner
from bailee.scan.vm.rows import Bytes
from bailee.seal.port import Chunk

if TYPE_CHECKING:
    from _hashlib import HASH

NO_PREFIX = bytes(32)
_NS = 1_000_000
STEP_BYTES = 1024 * 1024
"""Scanned at a time; what is held beyond a block is no more than this."""


@dataclass(kw_only=True)
class Taken:
    """What was taken so far."""

    start: int
    end: int
    lines: int = 0
    values: int = 0
    repeated: int = 0
    batches: list[BatchId]
    secrets: Counter[str]


@dataclass(kw_only=True)
class _Open:
    """The batch being filled."""

    ident: BatchId
    batch: Batch
    offset: int
    received_ms: int
    digest: "HASH"
    length: int = 0


class Intake:
    """Takes one source in."""

    def __init__(
        self,
        *,
        scanner: Scanner,
        codec: PlaceholderCodec,
        committer: Committer,
        clock: Clock,
        zone: tzinfo,
        intent: Intent,
    ) -> None:
        self._scanner = scanner
        self._codec = codec
        self._committer = committer
        self._clock = clock
        self._zone = zone
        self._intent = intent
        rules = scanner.tables.rules
        self._rules = rules
        self._replaced = np.array([rule.replaces for rule in rules], np.uint8)
        self._charset = Charset()
        self._last_ns: int | None = None
        self._open: _Open | None = None
        self._row: SourceRow | None = None
        self.taken = Taken(start=0, end=0, batches=[], secrets=Counter())

    def run(self, source: LogSource, row: SourceRow | None) -> Taken:
        """Take it in from where its row stands; with no row, from its beginning."""
        self._row = row
        start = 0 if row is None else row.next_offset
        self.taken.start = self.taken.end = start
        self._charset, chunks = self._begun(source, start)
        transcoder = SourceTranscoder(self._charset)
        if self._charset.transcoded:
            self._scan((transcoder.feed(bytes(chunk)) for chunk in chunks), source)
        else:
            self._scan(chunks, source)
        self._commit(source)
        if tail := transcoder.tail():
            self._charset = Charset()
            self._scan((tail,), source)
            self._commit(source)
        return self.taken

    def _scan(self, chunks: Iterable[Chunk], source: LogSource) -> None:
        stream = self._scanner.stream()
        held = HeldBatch()
        for chunk in chunks:
            whole = memoryview(chunk).cast("B")
            for at in range(0, len(whole), STEP_BYTES):
                part = whole[at : at + STEP_BYTES]
                held.add(part)
                self._take(stream.feed(part), held, source)
        self._take(stream.close(), held, source)

    def _begun(self, source: LogSource, start: int) -> tuple[Charset, Iterator[Chunk]]:
        """Sniff how the source is written, and read it from where it is gone on with."""
        chunks = source.read(0)
        head = b""
        held: list[Chunk] = []
        for chunk in chunks:
            held.append(chunk)
            head += bytes(chunk[:PROBE_BYTES])
            if len(head) >= PROBE_BYTES:
                break
        charset = sniff(head)
        if start:
            return charset, source.read(start)
        return charset, _after(len(charset.front), [*held], chunks)

    def _take(self, found: Iterable[Finds], held: "HeldBatch", source: LogSource) -> None:
        for finds in found:
            own = held.first(finds.offset, len(finds.text))
            received = replace(finds, text=own)
            for lines in pieces(received, self._replaced):
                self._add(received, lines, source)
            held.drop(len(own))

    def _add(self, finds: Finds, lines: BlockLines, source: LogSource) -> None:
        if self._open is not None and not self._open.batch.fits(lines):
            self._commit(source)
        opened = self._open or self._new()
        front = self._charset.front if self.taken.end == 0 and not opened.length else b""
        opened.batch.add(lines, encoding=self._charset.encoding, front=front)
        view = finds.text[lines.start : lines.size]
        raw = self._charset.raw(view.tobytes()) if self._charset.transcoded else view.data
        opened.digest.update(front)
        opened.digest.update(raw)
        opened.length += len(front) + len(raw)

    def _new(self) -> _Open:
        ident, received_ms = BatchId.new(), self._clock.now_ms()
        timeline = Timeline(receipt_ns=received_ms * _NS, zone=self._zone, last_ns=self._last_ns)
        batch = Batch(
            batch=ident.raw,
            stream=self._intent.label,
            timeline=timeline,
            codec=self._codec,
            keep_secrets=self._intent.keep_secrets,
        )
        self._open = _Open(
            ident=ident,
            batch=batch,
            offset=self.taken.end,
            received_ms=received_ms,
            digest=sha256(),
        )
        return self._open

    def _commit(self, source: LogSource) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        span = Span(
            offset=opened.offset,
            length=opened.length,
            digest=opened.digest.digest(),
            received_ms=opened.received_ms,
            encoding=self._charset.encoding,
        )
        done = self._committer.commit(opened.ident, opened.batch, span, self._intent, self._row)
        self._row = done.source
        self._last_ns = opened.batch.timeline.last_ns
        self._count(opened, done)
        source.taken(self.taken.end)

    def _count(self, opened: _Open, done: Committed) -> None:
        taken = self.taken
        taken.end = opened.offset + opened.length
        if done.repeated:
            taken.repeated += 1
            return
        taken.lines += opened.batch.lines
        taken.values += done.values
        taken.batches.append(done.batch)
        taken.secrets += secrets_by_rule(opened.batch, self._rules)


class HeldBatch:
    """What was received and is not stored yet: our own copy, to compare with what will be stored.

    The scanner's buffer is the scanner's; what comes back is judged by what came in.
    """

    def __init__(self) -> None:
        self._buffer = Padded(BLOCK_BYTES + LINE_BYTES + STEP_BYTES)
        self._size = 0
        self._dropped = 0

    def add(self, part: memoryview) -> None:
        """Take what is about to be scanned."""
        end = self._size + len(part)
        self._buffer.bytes[self._size : end] = np.frombuffer(part, np.uint8)
        self._size = end

    def first(self, offset: int, size: int) -> Bytes:
        """Give the first bytes that are held, which stand at this offset; Damaged when not."""
        if offset != self._dropped or size > self._size:
            raise Damaged("errors_logs.does-not-come-back")
        return self._buffer.bytes[:size]

    def drop(self, size: int) -> None:
        """Let go of what was stored."""
        rest = self._buffer.bytes[size : self._size].copy()
        self._buffer.bytes[: len(rest)] = rest
        self._size = len(rest)
        self._dropped += size


def _after(skipped: int, held: list[Chunk], chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield what follows the first `skipped` bytes."""
    for chunk in held:
        yield memoryview(chunk)[skipped:]
        skipped = max(0, skipped - len(chunk))
    yield from chunks


def agrees(
    source: LogSource,
    row: SourceRow,
    batches: Iterable[BatchRow],
    committer: Committer,
) -> bool:
    """Tell whether a source still starts with all that was taken of it under this row."""
    prefix = NO_PREFIX
    reader = _Reader(source.read(0))
    with closing(reader):
        for batch in batches:
            digest = reader.digest(batch.length)
            if digest is None:
                return False
            span = Span(
                offset=batch.offset,
                length=batch.length,
                digest=digest,
                received_ms=batch.received_ms,
                encoding="",
            )
            identity = committer.identity(row.client, row.address_key, batch.epoch, span)
            prefix = committer.prefix(prefix, identity)
    return prefix == row.prefix


class _Reader:
    """Reads exact stretches of a source."""

    def __init__(self, chunks: Iterator[Chunk]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")

    def digest(self, size: int) -> bytes | None:
        """Hash the next `size` bytes; None when there are not so many."""
        found = sha256()
        while size:
            if not self._left:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return None
                self._left = memoryview(chunk).cast("B")
                continue
            part = self._left[:size]
            found.update(part)
            size -= len(part)
            self._left = self._left[len(part) :]
        return found.digest()

    def close(self) -> None:
        """Stop reading."""
        end: Callable[[], None] | None = getattr(self._chunks, "close", None)
        if end is not None:
            end()


def new_source(row_of: "SourceRow | None", intent: Intent) -> SourceRow:
    """Begin a source, or go on with one."""
    return row_of or SourceRow(
        client=intent.client,
        source=SourceId.new(),
        stream=intent.stream.stream,
        address_key=intent.address_key,
        next_offset=0,
        prefix=NO_PREFIX,
    )
