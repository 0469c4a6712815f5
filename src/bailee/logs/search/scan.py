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

from bailee.errors import Damaged, NotFound
from bailee.logs.acts import FoundLine
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
from bailee.logs.store.segment import TOKEN_BYTES, Numbers
from bailee.logs.store.segments import Reached
from bailee.logs.tally import DamagedFile, Order, Tally
from bailee.logs.window import Window
from bailee.vault.model import Sought

T = TypeVar("T")

TORN = (Damaged, NotFound)
"""What a batch is damaged by: a file that does not read, or that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """Search query: what lines are wanted, and how many at most; `count` for their number alone."""

    pattern: Pattern | None
    sought: tuple[Sought, ...]
    window: Window
    lines: int
    count: bool
    order: Order = Order.TIME


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
    text_file: DamagedFile
    """How its files are named when one of them is damaged."""
    names_file: DamagedFile | None = None


class BatchReading:
    """Batch reading: one batch being read; what it opens it closes."""

    def __init__(self, batch_reader: BatchReader) -> None:
        self.batch_reader = batch_reader
        # The tokens of the block read last. Valid for the life of the reading, for a sealed file
        # never changes; one block, since lines come in order and rarely go back.
        self._held: tuple[int, Tokens] | None = None
        self._names_asked = False

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

    @property
    def torn_file(self) -> DamagedFile:
        """The file that was being read last: the names once they are asked for."""
        names = self.batch_reader.names_file
        return names if self._names_asked and names is not None else self.batch_reader.text_file

    def close(self) -> None:
        """Close what was opened."""
        for name in ("text", "names"):
            reader = self.__dict__.pop(name, None)
            if reader is not None:
                reader.close()

    def tokens(self, block: int) -> Tokens:
        """Read the tokens of a block; the last is kept.  Only where names are."""
        if self._held is None or self._held[0] != block:
            # While it is so, what breaks is the names.
            self._names_asked = True
            if self.names is None:
                raise Damaged("errors_logs.segment-missing")
            self._held = block, self.names.tokens(block)
            self._names_asked = False
        return self._held[1]

    def line(self, rows: RowRange, number: int) -> FoundLine:
        """Read one line of a row group as structure."""
        start, stop = int(rows.starts[number]), int(rows.starts[number + 1])
        first, last = int(rows.firsts[number]), int(rows.firsts[number + 1])
        return FoundLine(
            time_ns=int(rows.times_ns[number]),
            stream=rows.stream,
            severity=int(rows.severities[number]),
            inherited=bool(rows.inherited[number]),
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


def received(
    query: SearchQuery, batch_readers: Sequence[BatchReader], tally: Tally
) -> Iterator[FoundLine]:
    """Yield the lines that are wanted in the order of their receipt, and count them.

    Of a count, none.  A batch that is damaged is noted, and the others are read.
    """
    last = None
    # Closed also when the taker stops early: a thread and two files would stay with it.
    with closing(hits_of(query, batch_readers, tally)) as found:
        for reading, hits in found:
            kept = kept_of(reading, hits, query.window, tally)
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
            for line in lines_of(reading, hits, kept.tolist(), tally):
                if tally.lines == query.lines:
                    tally.more = True
                    return
                tally.show(line.inherited)
                yield line


def kept_of(reading: BatchReading, hits: Hits, window: Window, tally: Tally) -> Numbers:
    """Keep the lines whose own time lies in the window; none of what is damaged."""
    if not window.bounded:
        return hits.lines
    try:
        return timely(reading.text, hits, window)
    except TORN:
        tally.note(reading.batch_reader.text_file)
        return hits.lines[:0]


def lines_of(
    reading: BatchReading, hits: Hits, numbers: Sequence[int], tally: Tally
) -> Iterator[FoundLine]:
    """Read lines of a row group; none after one that is damaged."""
    file = reading.batch_reader.text_file
    try:
        rows = reading.text.rows(hits.group) if hits.rows is None else hits.rows
        # From here on what is read is the names.
        file = reading.batch_reader.names_file or file
        for number in numbers:
            yield reading.line(rows, number)
    except TORN:
        tally.note(file)


def hits_of(
    query: SearchQuery, batch_readers: Sequence[BatchReader], tally: Tally
) -> Generator[tuple[BatchReading, Hits]]:
    """Yield what may be wanted, batch by batch; what is damaged is noted and passed over."""
    # Text alone reads every batch, and so reads ahead through all of them; a person is in few
    # groups, which the index names.
    if query.pattern is not None and not query.sought:
        yield from _hits_of_text(query.pattern, query.window, batch_readers, tally)
        return
    for batch_reader in batch_readers:
        # Inside out: what reads ahead in another thread ends before its reader is closed.
        with closing(BatchReading(batch_reader)) as reading:
            try:
                with closing(_hits_in(query, reading)) as some:
                    for hits in some:
                        yield reading, hits
            except TORN:
                tally.note(reading.torn_file)


def _hits_in(query: SearchQuery, reading: BatchReading) -> Generator[Hits]:
    if not query.sought:
        yield from everything(reading.text, query.window)
    elif reading.batch_reader.names is not None:
        read = rows_within(reading.text, reading.batch_reader.groups, query.window)
        with closing(_ahead(read)) as parts:
            yield from by_token(parts, reading.tokens, reading.batch_reader.wanted, query.pattern)


def _hits_of_text(
    pattern: Pattern, window: Window, batch_readers: Sequence[BatchReader], tally: Tally
) -> Iterator[tuple[BatchReading, Hits]]:
    reading: BatchReading | None = None
    try:
        with closing(_ahead(_bodies(window, batch_readers))) as parts:
            for batch_reader, bodies in parts:
                if bodies is None:
                    tally.note(batch_reader.text_file)
                    continue
                if reading is None or reading.batch_reader is not batch_reader:
                    if reading is not None:
                        reading.close()
                    reading = BatchReading(batch_reader)
                for hits in by_text(bodies, pattern):
                    yield reading, hits
    finally:
        if reading is not None:
            reading.close()


def _bodies(
    window: Window, batch_readers: Sequence[BatchReader]
) -> Iterator[tuple[BatchReader, Bodies | None]]:
    """Read the text of all batches; a reader of its own, for it runs in another thread.

    None instead of text where a batch is damaged.
    """
    for batch_reader in batch_readers:
        try:
            with _owned(TextColumns(batch_reader.text()), batch_reader) as text:
                for bodies in bodies_of(text, window):
                    yield batch_reader, bodies
        except TORN:
            yield batch_reader, None


def _ahead(parts: Iterator[T]) -> Generator[T]:
    """Make the next part in another thread while this one is looked through."""
    # One part ahead and no more: two blocks of text in memory at once are the bound. The threads
    # share no reader; opening and decompressing let go of Python's lock.
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part
