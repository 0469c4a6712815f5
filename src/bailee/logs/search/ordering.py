"""Ordering: lines by the time at which they happened, then by their receipt, under a limit.

Batches are opened by their first time.  A line is shown once no batch that is not yet opened can
have an earlier one, and no more lines are held than are still wanted; so what lies behind the last
line that is shown is never read.
"""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from bailee.logs.acts import FoundLine
from bailee.logs.search.filter import Hits
from bailee.logs.search.scan import (
    TORN,
    BatchReader,
    BatchReading,
    SearchQuery,
    hits_of,
    kept_of,
    lines_of,
    received,
)
from bailee.logs.tally import Order, Tally
from bailee.logs.window import Window

_NO_LINES = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, order=True)
class _Found:
    """Found: where a line is, in the order in which lines are shown."""

    time_ns: int
    batch: int
    group: int
    number: int

    @property
    def place(self) -> tuple[int, int]:
        """The row group that it is in."""
        return self.batch, self.group


def lines(
    query: SearchQuery, batch_readers: Sequence[BatchReader], tally: Tally
) -> Iterator[FoundLine]:
    """Yield the lines that are wanted, in the order that is; count them as they are taken."""
    # A count has no order, and reads no time.
    if query.count or query.order is Order.RECEIVED:
        yield from received(query, batch_readers, tally)
        return
    seen: set[int] = set()
    for run in _runs(query, batch_readers, tally):
        room = query.lines - tally.lines
        tally.more = tally.more or len(run) > room
        for number, line in _read(run[:room], batch_readers, tally):
            tally.show(line.inherited)
            seen.add(number)
            tally.batches = len(seen)
            yield line
        if tally.more:
            return


def _runs(
    query: SearchQuery, batch_readers: Sequence[BatchReader], tally: Tally
) -> Iterator[list[_Found]]:
    """Yield places of lines, in runs that are each complete and before all that follow."""
    # One more than is wanted: that there is more is said.
    most = query.lines + 1
    pending: list[_Found] = []
    order = sorted(range(len(batch_readers)), key=lambda at: batch_readers[at].row.first_ns)
    for number in order:
        reader = batch_readers[number]
        ready = [one for one in pending if one.time_ns < reader.row.first_ns]
        if ready:
            pending = [one for one in pending if one.time_ns >= reader.row.first_ns]
            most -= len(ready)
            yield sorted(ready)
        if most <= 0:
            return
        window = query.window
        # Enough is held already: of this batch only what is not later matters.
        if len(pending) >= most:
            window = _until(window, max(pending).time_ns + 1)
        found = [*pending, *_found(replace(query, window=window), number, reader, tally)]
        pending = heapq.nsmallest(most, found) if len(found) > most else found
    if pending:
        yield sorted(pending)


def _until(window: Window, end_ns: int) -> Window:
    to_ns = end_ns if window.to_ns is None else min(window.to_ns, end_ns)
    if window.from_ns is not None and window.from_ns >= to_ns:
        return window
    return Window(from_ns=window.from_ns, to_ns=to_ns)


def _found(query: SearchQuery, number: int, reader: BatchReader, tally: Tally) -> Iterator[_Found]:
    """Find the lines of one batch, and when each happened."""
    with closing(hits_of(query, [reader], tally)) as found:
        for reading, hits in found:
            kept = kept_of(reading, hits, query.window, tally).tolist()
            if not kept:
                continue
            try:
                times = reading.text.times(hits.group) if hits.rows is None else hits.rows.times_ns
            except TORN:
                tally.note(reader.text_file)
                continue
            for line in kept:
                yield _Found(int(times[line]), number, hits.group, line)


def _read(
    run: Sequence[_Found], batch_readers: Sequence[BatchReader], tally: Tally
) -> Iterator[tuple[int, FoundLine]]:
    """Read the lines of a run, each row group once; what is damaged is left out."""
    held: dict[_Found, FoundLine] = {}
    by_place = sorted(run, key=lambda one: (one.place, one.number))
    for batch, of_batch in groupby(by_place, key=lambda one: one.batch):
        with closing(BatchReading(batch_readers[batch])) as reading:
            for group, some in groupby(of_batch, key=lambda one: one.group):
                places = [*some]
                numbers = [one.number for one in places]
                hits = Hits(group=group, lines=_NO_LINES, timed=True)
                found = lines_of(reading, hits, numbers, tally)
                held.update(zip(places, found, strict=False))
    for one in run:
        if one in held:
            yield one.batch, held[one]
