"""Intake: one source on its way in, from chunks to blocks to batches, each durable before the next.

A source that can be read again is gone on with from where its beginning is known no more, as
`continuing` finds.  spec/batch.md
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from bailee.clock import Clock
from bailee.errors import Damaged
from bailee.ids import BatchId, SourceId
from bailee.logs.acts import LogSource
from bailee.logs.ingest.batch import Batch
from bailee.logs.ingest.charset import Charset, SourceTranscoder, sniff
from bailee.logs.ingest.committing import Committed, Committer, Intent, Span, secrets_by_rule
from bailee.logs.ingest.parsing.held import STEP_BYTES, HeldBytes
from bailee.logs.ingest.parsing.port import Parser
from bailee.logs.model import BatchPlace, SourceRow
from bailee.logs.store.lines import BlockLines, pieces
from bailee.logs.store.placeholder import PlaceholderCodec
from bailee.logs.times import LineTimes
from bailee.scan.encodings import PROBE_BYTES, foreign_lines
from bailee.scan.scanner import Finds
from bailee.scan.vm import char
from bailee.seal.port import Chunk

if TYPE_CHECKING:
    from _hashlib import HASH

_NS = 1_000_000


@dataclass(kw_only=True)
class Taken:
    """Taken: what of a source is durable so far; offsets and lengths in received bytes."""

    start: int
    end: int
    lines: int = 0
    values: int = 0
    repeated: int = 0
    foreign: int = 0
    """Lines in another encoding than the source, which no rule reads."""
    ended: bool = True
    """Whether the last line has a newline."""
    batches: list[BatchId]
    secrets: Counter[str]
    times: LineTimes = field(default_factory=LineTimes)
    spans: list[tuple[int, int]] = field(default_factory=list)
    """First and last time of each batch, in nanoseconds since 1970."""


@dataclass(kw_only=True)
class _Open:
    """Open batch: the one being filled; `offset` and `length` are of received bytes."""

    ident: BatchId
    batch: Batch
    offset: int
    received_ms: int
    digest: "HASH"
    length: int = 0
    ended: bool = False
    foreign: int = 0


class Intake:
    """Intake: takes one source in, for one ingest; not to be shared between threads."""

    def __init__(
        self,
        *,
        parser: Parser,
        codec: PlaceholderCodec,
        committer: Committer,
        clock: Clock,
        zone: tzinfo,
        intent: Intent,
        charset: Charset | None = None,
    ) -> None:
        """Take the parts; without a `charset` it is read off the first bytes of the source."""
        self._given = charset
        self._parser = parser
        self._codec = codec
        self._committer = committer
        self._clock = clock
        self._zone = zone
        self._intent = intent
        rules = parser.rules
        self._rules = rules
        # Made once per source: the compiled loops ask by the number of a rule, millions of times.
        self._replaced = np.array([rule.replaces for rule in rules], np.uint8)
        self._charset = Charset()
        # The time of the last line, carried from batch to batch: a line without a time has that of
        # the line before it, also when that line ended the batch before.
        self._last_ns: int | None = None
        self._open: _Open | None = None
        self._row: SourceRow | None = None
        self.taken = Taken(start=0, end=0, batches=[], secrets=Counter())

    def run(self, source: LogSource, row: SourceRow | None, start: int) -> Taken:
        """Take the source in from an offset; without a row nothing goes on with it later."""
        self._row = row
        self.taken.start = self.taken.end = start
        self._charset, chunks = self._begun(source, start)
        transcoder = SourceTranscoder(self._charset)
        if self._charset.transcoded:
            self._scan((transcoder.feed(bytes(chunk)) for chunk in chunks), source)
        else:
            self._scan(chunks, source)
        self._commit(source)
        # Half a character at the end of a UTF-16 file is bytes: a batch of its own, written as they
        # are, so that the source still comes back whole.
        if tail := transcoder.tail():
            self._charset = Charset()
            self._scan((tail,), source)
            # What is open is made durable though it is not full: no line waits in memory for its
            # source to grow. With nothing open this does nothing.
            self._commit(source)
        return self.taken

    def _scan(self, chunks: Iterable[Chunk], source: LogSource) -> None:
        # The copy is taken before the scanner sees the bytes: what is stored is compared with what
        # came in, not with what the scanner believes came in.
        held = HeldBytes()
        stream = self._parser.stream(held)
        for chunk in chunks:
            whole = memoryview(chunk).cast("B")
            for at in range(0, len(whole), STEP_BYTES):
                part = whole[at : at + STEP_BYTES]
                held.add(part)
                self._take(stream.feed(part), held, source)
        self._take(stream.close(), held, source)
        # A parser that ends early must not end the source with it.
        if held.size:
            raise Damaged("errors_logs.does-not-come-back")

    def _begun(self, source: LogSource, start: int) -> tuple[Charset, Iterator[Chunk]]:
        """Sniff how the source is written, and read it from where it is gone on with."""
        chunks = source.read(0)
        if self._given is not None:
            return self._given, chunks
        head = b""
        held: list[Chunk] = []
        for chunk in chunks:
            held.append(chunk)
            # A pipe may give a byte at a time; the mark at its start is looked for once there is
            # enough of it.
            head += bytes(chunk[:PROBE_BYTES])
            if len(head) >= PROBE_BYTES:
                break
        charset = sniff(head)
        # How it is written is read at its start even when it is continued: the middle has no mark.
        if start:
            return charset, source.read(start)
        return charset, _after(len(charset.front), [*held], chunks)

    def _take(self, found: Iterable[Finds], held: HeldBytes, source: LogSource) -> None:
        for finds in found:
            for lines in pieces(finds, self._replaced):
                self._add(finds, lines, source)
            held.drop(len(finds.text))

    def _add(self, finds: Finds, lines: BlockLines, source: LogSource) -> None:
        # Committed before this block goes in: a batch is never larger than its bound, and the block
        # is whole in the next one, for lines and values are proven within one block.
        if self._open is not None and not self._open.batch.fits(lines):
            self._commit(source)
        opened = self._open or self._new()
        # The mark belongs to the very first block of a source, and is stored beside it, never in
        # it: a search for the start of the first line would miss it otherwise.
        front = self._charset.front if self.taken.end == 0 and not opened.length else b""
        opened.batch.add(lines, encoding=self._charset.encoding, front=front)
        view = finds.text[lines.start : lines.end]
        raw = self._charset.raw(view.tobytes()) if self._charset.transcoded else view.data
        # Over received bytes, not stored ones: the identity of a batch must be found again from the
        # source alone, before anything of it is scanned.
        opened.digest.update(front)
        opened.digest.update(raw)
        opened.length += len(front) + len(raw)
        opened.foreign += foreign_lines(raw, wide=self._charset.transcoded)
        opened.ended = bool(finds.text[lines.end - 1] == char.NEWLINE)

    def _new(self) -> _Open:
        ident, received_ms = BatchId.new(), self._clock.now_ms()
        timeline = self._parser.timeline(
            receipt_ns=received_ms * _NS, zone=self._zone, last_ns=self._last_ns
        )
        batch = Batch(
            batch=ident.raw,
            stream=self._intent.label,
            timeline=timeline,
            codec=self._codec,
            keep_secrets=self._intent.keep_secrets,
            severe=self._parser.severities,
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
        # Closed before it is committed: a commit that raises leaves no batch that a later one would
        # go on filling.
        opened, self._open = self._open, None
        if opened is None:
            return
        span = Span(
            place=BatchPlace(
                offset=opened.offset, length=opened.length, digest=opened.digest.digest()
            ),
            received_ms=opened.received_ms,
            encoding=self._charset.encoding,
            ended=opened.ended,
        )
        done = self._committer.commit(opened.ident, opened.batch, span, self._intent, self._row)
        # Only now: a commit that raised leaves the offset where the last durable batch ended, and
        # that is where the next ingest goes on.
        self._last_ns = opened.batch.timeline.last_ns
        self._count(opened, done)
        # The acknowledgement: whoever sends may forget what lies before this offset, for it is
        # durable.
        source.taken(self.taken.end)

    def _count(self, opened: _Open, done: Committed) -> None:
        taken = self.taken
        taken.end = opened.offset + opened.length
        if done.repeated:
            taken.repeated += 1
            return
        taken.lines += opened.batch.lines
        taken.foreign += opened.foreign
        taken.ended = opened.ended
        taken.values += done.values
        taken.batches.append(done.batch)
        taken.spans.append((opened.batch.first_ns, opened.batch.last_ns))
        taken.secrets += secrets_by_rule(opened.batch, self._rules)
        timeline = opened.batch.timeline
        taken.times.add(
            LineTimes(
                read=timeline.read_own,
                inherited=timeline.inherited,
                received=timeline.unplaced,
                ambiguous=timeline.ambiguous,
                assumed=timeline.assumed,
                unbelieved=timeline.unbelieved,
            )
        )


def _after(skipped: int, held: list[Chunk], chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield what follows the first `skipped` bytes."""
    for chunk in held:
        yield memoryview(chunk)[skipped:]
        skipped = max(0, skipped - len(chunk))
    yield from chunks


def new_source(intent: Intent) -> SourceRow:
    """Begin a source: nothing of it has been taken yet."""
    return SourceRow(
        client=intent.client,
        source=SourceId.new(),
        stream=intent.stream.stream,
        address_key=intent.address_key,
    )
