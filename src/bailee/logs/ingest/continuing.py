"""Continuing: how much of a source was taken in before, at its address or under another name.

Batch by batch from its first byte: a batch whose sealed place opens is compared by its digest, byte
for byte.  One whose key was replaced, because a value of its month was erased, is compared by what
is stored of its lines anyway: how many they are, and their first and last time.  What of the
source no known batch begins with is taken in.

A log that was rotated has another name and the same lines, so that batches of other addresses of
the stream count too, the first of them where it is enough to tell one log from another.  Of several
logs that were put together in one file each is known where the one before it ends, by its bytes.
spec/segment.md
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from hashlib import sha256
from typing import final

import numpy as np
import numpy.typing as npt

from bailee.ids import SourceId
from bailee.limits import LINE_BYTES
from bailee.logs.acts import LogSource
from bailee.logs.ingest.charset import sniff
from bailee.logs.ingest.parsing.port import Parser
from bailee.logs.ingest.times import Timeline
from bailee.logs.model import BatchPlace, BatchRow
from bailee.logs.store.lines import line_starts
from bailee.scan.buffers import Padded
from bailee.scan.encodings import PROBE_BYTES
from bailee.scan.vm import char
from bailee.seal.padding import coarse
from bailee.seal.port import Chunk

_NS = 1_000_000
_STEP_BYTES = 1 << 20
DATED_BYTES, UNDATED_BYTES = 64, 1_024
"""The least that a log is known by under another name: a line with its time, or some without."""
JOINED_BYTES = 1_024
"""The least that a log is known by behind another in one file: a line may well be written twice."""
_NO_SPAN = (1, 0)
"""No line gave a time of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Known batch: its row, and its exact place while the key of that lives."""

    row: BatchRow
    place: BatchPlace | None


def tells(known: Known) -> bool:
    """Tell whether a first batch is enough to know its log by, under whatever name.

    Many logs begin with one and the same line: were it taken for known, it would be lost.
    """
    row, place = known.row, known.place
    dated = row.unplaced is not None and row.unplaced < row.lines
    if place is None:
        # Its times are all there is to compare: one of them could be any log's.
        return dated and not row.offset and row.first_ns < row.last_ns
    if place.offset:
        return False
    return place.length >= (DATED_BYTES if dated else UNDATED_BYTES)


def follows(known: Known, source: SourceId | None, begun: Collection[SourceId | None]) -> bool:
    """Tell whether a later batch of another address may be what comes next of a source.

    `begun` are the sources that begin with a first batch.
    """
    # By its bytes, always.  By its times, of the same source or of one that went on another's:
    # logs of several machines that are written by one clock have like lines at like places.
    own = known.row.source
    return known.place is not None or own == source or own not in begun


def doubted(row: BatchRow, spans: Sequence[tuple[int, int]], *, undated: bool) -> bool:
    """Tell whether lines taken in may be those of a batch that can be compared no more.

    `spans` are the first and last times of what was taken in; `undated` is whether some of its
    lines gave none.
    """
    if undated and row.unplaced != 0:
        return True
    own = row.first_ns, row.last_ns
    # A log that goes on in the second in which it was left is no doubt: it only touches.
    return any(span == own or (own[0] < span[1] and span[0] < own[1]) for span in spans)


@dataclass(frozen=True, slots=True)
class _Reached:
    """How far a source is known, from somewhere in its last line (`sure`: its start) to `end`.

    They are one but after a batch whose last line no newline ended and whose place is shut: how
    much of that line it had is not known, so the line is taken in anew rather than its rest lost.
    """

    sure: int
    end: int
    last_ns: int | None


@final
class Continuing:
    """Continuing: compares the beginning of one source with what was taken at its address."""

    def __init__(self, source: LogSource, zone: tzinfo, parser: Parser) -> None:
        self._reader = _Reader(source)
        self._parser = parser
        self._zone = zone
        self.likened = False
        """Whether a batch of another address was taken for known by its times."""
        # Where in the source each other begins that lies behind another in it.
        self._shifts: dict[SourceId | None, int] = {}

    def start(
        self,
        batches: Sequence[Known],
        elsewhere: Callable[[int, SourceId | None], Sequence[Known]],
    ) -> tuple[int, SourceId | None]:
        """Return the offset from which on nothing of the source is known, and what it goes on.

        That is the source of the last batch before there; None where nothing is known.
        `elsewhere` gives batches of other addresses that begin at an offset, or about there, and
        may go on a source.
        """
        goes_on: SourceId | None = None
        # Those of its own address first: where the times of several fit, its own are meant.
        reached, left = _Reached(0, 0, None), [*batches, *elsewhere(0, goes_on)]
        try:
            # Ends: each round goes on in the source, or takes a batch away.
            while found := (
                self._exact(reached, left)
                or self._by_times(reached, left)
                or self._joined(reached, left, elsewhere)
            ):
                known, reached = found
                left.remove(known)
                goes_on = known.row.source
                self.likened |= known.place is None and known not in batches
                # What came in under each of its names in turn.
                end = reached.end - self._shifts.get(goes_on, 0)
                left += (one for one in elsewhere(end, goes_on) if one not in left)
        finally:
            self._reader.close()
        return reached.sure, goes_on

    def _exact(self, at: _Reached, left: Sequence[Known]) -> tuple[Known, _Reached] | None:
        """Find the longest batch that begins here and has the bytes that the source has."""
        placed = [
            (known.place.offset + self._shifts.get(known.row.source, 0), known.place, known)
            for known in left
            if known.place and known.place.length
        ]
        here = [
            (offset, place.length, place, known)
            for offset, place, known in placed
            if at.sure <= offset <= at.end
        ]
        best, hashing, offset = None, _Hashing(self._reader, 0), -1
        # The shorter ones on the way to the longest: an address may have had a file each day, and
        # its beginning is read once for all of them.
        for start, _, place, known in sorted(here, key=lambda item: item[:2]):
            if start != offset:
                hashing, offset = _Hashing(self._reader, start), start
            if hashing.digest(place.length) == place.digest:
                end = start + place.length
                best = known, _Reached(end, end, known.row.last_ns)
        return best

    def _joined(
        self,
        at: _Reached,
        left: list[Known],
        elsewhere: Callable[[int, SourceId | None], Sequence[Known]],
    ) -> tuple[Known, _Reached] | None:
        """Find another log that begins here, by all bytes of its first batch; it joins `left`."""
        if at.sure != at.end or not at.end:
            return None
        firsts = [
            (known.place.length, known.place.digest, known)
            for known in elsewhere(0, None)
            if known.place and known.place.length >= JOINED_BYTES
        ]
        # The shorter before the longer, so that what lies here is read once for all of them.
        best, hashing = None, _Hashing(self._reader, at.end)
        for length, digest, known in sorted(firsts, key=lambda item: item[0]):
            source = known.row.source
            if source is None or source in self._shifts:
                continue
            found = hashing.digest(length)
            if found is None:  # the source ends before
                break
            if found == digest:
                best = known, _Reached(at.end + length, at.end + length, known.row.last_ns)
        if best is not None:
            self._shifts[best[0].row.source] = at.end
            if best[0] not in left:
                left.append(best[0])
        return best

    def _by_times(self, at: _Reached, left: Sequence[Known]) -> tuple[Known, _Reached] | None:
        """Find a batch with a shut place whose lines could stand here: as many, at their times."""
        for known in left:
            row = known.row
            if row.source in self._shifts:  # its places are those of another file
                continue
            if known.place is None and row.length and row.offset == coarse(at.end):
                stretch = self._stretch(at.end, row)
                if stretch is not None and _same(row, stretch, at.last_ns):
                    end = at.end + stretch.size
                    # What a row of before does not tell is taken for a line that nothing ended.
                    sure = end if row.ended else end - stretch.last_line
                    return known, _Reached(sure, end, row.last_ns)
        return None

    def _stretch(self, offset: int, row: BatchRow) -> "_Stretch | None":
        """Read as many lines as a batch has, from an offset; None when there are not so many."""
        front = 0
        if offset == 0:
            self._reader.go(0)
            charset = sniff(bytes(self._reader.next(PROBE_BYTES)))
            # Its lines stood otherwise than they are stored: such a source is taken in anew.
            if charset.transcoded:
                return None
            front = len(charset.front)
        self._reader.go(offset + front)
        stretch = _Stretch(
            self._parser.timeline(receipt_ns=row.received_ms * _NS, zone=self._zone),
            left=row.lines,
            size=front,
        )
        while part := self._reader.next(_STEP_BYTES):
            if stretch.take(part):
                return stretch
            # At once, for an address may have had a file each day: another's lines soon stand at
            # another time.
            if stretch.strays(row):
                return None
        return stretch if stretch.take(b"") else None


class _Hashing:
    """Hashes a source on from an offset, to one length after another."""

    def __init__(self, reader: "_Reader", offset: int) -> None:
        self._reader = reader
        self._at = offset
        self._found = sha256()
        self._size = 0

    def digest(self, size: int) -> bytes | None:
        """Return the digest of so many bytes, no fewer than before; None when they lack."""
        self._reader.go(self._at + self._size)
        while self._size < size:
            part = self._reader.next(size - self._size)
            if not part:
                return None
            self._found.update(part)
            self._size += len(part)
        return self._found.digest()


class _Stretch:
    """Stretch: lines of a source that are being counted, and the span of the times they give."""

    def __init__(self, timeline: Timeline, *, left: int, size: int) -> None:
        self._timeline = timeline
        self._left = left
        self.size = size
        self.last_line = 0
        self.span = _NO_SPAN
        self.leads = False
        """Whether it begins with lines that give no time of their own."""
        # A line that goes on in what comes next is held back, and is no longer than a line may be.
        self._buffer = Padded(LINE_BYTES + _STEP_BYTES)
        self._held = 0

    def take(self, part: Chunk) -> bool:
        """Count the whole lines so far, after an empty part also the last; whether all are here."""
        held = self._held + len(part)
        self._buffer.bytes[self._held : held] = np.frombuffer(part, np.uint8)
        self._buffer.close(held)
        text = self._buffer.bytes[:held]
        starts, end = line_starts(text), held
        if len(part) and held and text[-1] != char.NEWLINE:
            starts, end = starts[:-1], int(starts[-1])
        if len(starts) > self._left:
            starts, end = starts[: self._left], int(starts[self._left])
        if len(starts):
            self._count(np.ascontiguousarray(starts), end)
        self._held = held - end
        self._buffer.bytes[: self._held] = text[end:].copy()
        return not self._left

    def strays(self, row: BatchRow) -> bool:
        """Tell whether a time so far lies outside those of a batch."""
        return self.span != _NO_SPAN and not (
            row.first_ns <= self.span[0] and self.span[1] <= row.last_ns
        )

    def _count(self, starts: npt.NDArray[np.int64], end: int) -> None:
        moments = self._timeline.read(self._buffer.address, starts, end)
        own = moments.event[~moments.inherited]
        if self.span == _NO_SPAN and moments.inherited[0]:
            self.leads = True
        if len(own):
            low, high = (int(own[0]), int(own[0])) if self.span == _NO_SPAN else self.span
            self.span = min(low, int(own.min())), max(high, int(own.max()))
        self.size += end
        self._left -= len(starts)
        self.last_line = end - int(starts[-1])


def _same(row: BatchRow, found: _Stretch, before_ns: int | None) -> bool:
    """Tell whether lines are those of a batch, by their size and by the span of their times."""
    # Lines that give no time tell nothing of themselves: any others could stand in their place.
    if found.span == _NO_SPAN or coarse(found.size) != row.length:
        return False
    low, high = found.span
    spans = [found.span]
    if found.leads:
        # Such lines were given the time of the line before them, or that of their receipt.
        leads = [row.received_ms * _NS] + ([] if before_ns is None else [before_ns])
        spans = [(min(low, one), max(high, one)) for one in leads]
    return (row.first_ns, row.last_ns) in spans


class _Reader:
    """Reads a source on from where it stands, and anew only for what lies before that.

    A compressed source is decompressed from its first byte each time it is read anew.
    """

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._chunks: Iterator[Chunk] | None = None
        self._chunk = memoryview(b"")
        self._start = self._at = 0

    def go(self, offset: int) -> None:
        """Stand at an offset."""
        if self._chunks is None or offset < self._start:
            self.close()
            self._chunks = self._source.read(offset)
            self._chunk, self._start = memoryview(b""), offset
        self._at = offset

    def next(self, most: int) -> memoryview:
        """Return up to so many bytes, and stand after them; none at the end."""
        while self._at >= self._start + len(self._chunk):
            chunk = None if self._chunks is None else next(self._chunks, None)
            if chunk is None:
                return memoryview(b"")
            self._start += len(self._chunk)
            self._chunk = memoryview(chunk).cast("B")
        first = self._at - self._start
        part = self._chunk[first : first + most]
        self._at += len(part)
        return part

    def close(self) -> None:
        """Stop reading: a generator has a file open, a plain iterator nothing."""
        end: Callable[[], None] | None = getattr(self._chunks, "close", None)
        if end is not None:
            end()
        self._chunks = None
