"""Scan: lines out of the batches within reach, in order, each read when it is asked for.

A batch is opened once something in it is wanted, its names once a line is shown.  Where text is
looked for, the next block is read and opened in another thread while this one is looked through;
where a person is, the next row group.
"""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from bailee.errors import Damaged
from bailee.logs.acts import FoundLine, Tally
from bailee.logs.model import BatchRow
from bailee.logs.pieces import pieces_of
from bailee.logs.search.filter import (
    Hits,
    bodies_of,
    by_text,
    by_token,
    everything,
    rows_within,
    timely,
)
from bailee.logs.search.pattern import Pattern
from bailee.logs.store.columns import Bodies, NamesColumns, RowRange, TextColumns, Tokens
from bailee.logs.store.segment import TOKEN_BYTES
from bailee.logs.store.segments import Reached
from bailee.logs.window import Window
from bailee.vault.model import Sought

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """Search query: what lines are wanted, and how many at most; `count` for their number alone."""

    pattern: Pattern | None
    sought: tuple[Sought, ...]
    window: Window
    lines: int
    count: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReader:
    """Batch reader: opens one batch whose keys were taken; `names` is None once they have ended."""

    row: BatchRow
    text: Reached
    names: Reached | None
    groups: Sequence[int] = ()
    """Row groups that the index names, when somebody is asked about."""
    wanted: Sequence[bytes] = ()
    """Canonical tokens of who is asked about."""


class _Reading:
    """Reading: one batch being read; what it opens it closes."""

    def __init__(self, batch_reader: BatchReader) -> None:
        self.batch_reader = batch_reader
        # The tokens of the block read last. Valid for the life of the reading, for a sealed file
        # never changes; one block, since lines come in order and rarely go back.
        self._held: tuple[int, Tokens] | None = None

    @cached_property
    def text(self) -> TextColumns:
        """Open the text."""
        return _owned(TextColumns(self.batch_reader.text()), self.batch_reader)

    @cached_property
    def names(self) -> NamesColumns | None:
        """Open the names."""
        if self.batch_reader.names is None:
            return None
        return _owned(NamesColumns(self.batch_reader.names()), self.batch_reader)

    def close(self) -> None:
        """Close what was opened."""
        for name in ("text", "names"):
            reader = self.__dict__.pop(name, None)
            if reader is not None:
                reader.close()

    def tokens(self, block: int) -> Tokens:
        """Read the tokens of a block; the last is kept.  Only where names are."""
        if self._held is None or self._held[0] != block:
            if self.names is None:
                raise Damaged("errors_logs.segment-missing")
            self._held = block, self.names.tokens(block)
        return self._held[1]

    def line(self, rows: RowRange, number: int) -> FoundLine:
        """Read one line of a row group as structure."""
        start, stop = int(rows.starts[number]), int(rows.starts[number + 1])
        first, last = int(rows.firsts[number]), int(rows.firsts[number + 1])
        return FoundLine(
            time_ns=int(rows.times_ns[number]),
            stream=rows.stream,
            severity=int(rows.severities[number]),
            body=pieces_of(rows.body[start:stop].tobytes(), self._tokens(rows, first, last)),
            batch=self.batch_reader.row.batch,
            line=rows.first_line + number + 1,
            epoch=self.batch_reader.row.epoch,
        )

    def _tokens(self, rows: RowRange, first: int, last: int) -> Sequence[bytes | None]:
        if first == last:
            return ()
        if self.batch_reader.names is None:
            return [None] * (last - first)
        tokens = self.tokens(rows.block)
        ordinals = rows.ordinals[first:last]
        if int(ordinals.max()) >= len(tokens.exact):
            raise Damaged("errors_logs.segment-malformed")
        whole = tokens.exact[ordinals].tobytes()
        return [whole[at : at + TOKEN_BYTES] for at in range(0, len(whole), TOKEN_BYTES)]


_R = TypeVar("_R", TextColumns, NamesColumns)


def _owned(reader: _R, batch_reader: BatchReader) -> _R:
    # The batch's id is inside the sealed file too: a row that points to another batch's file of the
    # same month would show that one's lines as this one's.
    if reader.batch != batch_reader.row.batch.raw:
        reader.close()
        raise Damaged("errors_logs.segment-malformed")
    return reader


def lines(
    query: SearchQuery, batch_readers: Sequence[BatchReader], tally: Tally
) -> Iterator[FoundLine]:
    """Yield the lines that are wanted, and count them; of a count, none."""
    last = None
    # Closed also when the taker stops early: a thread and two files would stay with it.
    with closing(_hits(query, batch_readers)) as found:
        for reading, hits in found:
            kept = timely(reading.text, hits, query.window) if query.window.bounded else hits.lines
            if not len(kept):
                continue
            # Found one more than was asked for: only then is it known that there is more.
            if not query.count and tally.lines == query.lines:
                tally.more = True
                return
            if reading is not last:
                last, tally.batches = reading, tally.batches + 1
            if query.count:
                tally.lines += len(kept)
                continue
            # Read for groups with a hit alone; a count reads no line at all.
            rows = reading.text.rows(hits.group) if hits.rows is None else hits.rows
            for number in kept.tolist():
                if tally.lines == query.lines:
                    tally.more = True
                    return
                tally.lines += 1
                yield reading.line(rows, number)


def _hits(
    query: SearchQuery, batch_readers: Sequence[BatchReader]
) -> Generator[tuple[_Reading, Hits]]:
    # Text alone reads every batch, and so reads ahead through all of them; a person is in few
    # groups, which the index names.
    if query.pattern is not None and not query.sought:
        yield from _hits_of_text(query.pattern, query.window, batch_readers)
        return
    for batch_reader in batch_readers:
        # Inside out: what reads ahead in another thread ends before its reader is closed.
        with closing(_Reading(batch_reader)) as reading, closing(_hits_in(query, reading)) as some:
            for hits in some:
                yield reading, hits


def _hits_in(query: SearchQuery, reading: _Reading) -> Generator[Hits]:
    if not query.sought:
        yield from everything(reading.text, query.window)
    elif reading.batch_reader.names is not None:
        read = rows_within(reading.text, reading.batch_reader.groups, query.window)
        with closing(_ahead(read)) as parts:
            yield from by_token(parts, reading.tokens, reading.batch_reader.wanted, query.pattern)


def _hits_of_text(
    pattern: Pattern, window: Window, batch_readers: Sequence[BatchReader]
) -> Iterator[tuple[_Reading, Hits]]:
    reading: _Reading | None = None
    try:
        with closing(_ahead(_bodies(window, batch_readers))) as parts:
            for batch_reader, bodies in parts:
                if reading is None or reading.batch_reader is not batch_reader:
                    if reading is not None:
                        reading.close()
                    reading = _Reading(batch_reader)
                for hits in by_text(bodies, pattern):
                    yield reading, hits
    finally:
        if reading is not None:
            reading.close()


def _bodies(
    window: Window, batch_readers: Sequence[BatchReader]
) -> Iterator[tuple[BatchReader, Bodies]]:
    """Read the text of all batches; a reader of its own, for it runs in another thread."""
    for batch_reader in batch_readers:
        with _owned(TextColumns(batch_reader.text()), batch_reader) as text:
            for bodies in bodies_of(text, window):
                yield batch_reader, bodies


def _ahead(parts: Iterator[T]) -> Generator[T]:
    """Make the next part in another thread while this one is looked through."""
    # One part ahead and no more: two blocks of text in memory at once are the bound. The threads
    # share no reader; opening and decompressing let go of Python's lock.
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part
