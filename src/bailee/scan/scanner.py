"""Scanner, the library: bytes in, finds out, as columns.

`Scanner().scan(data)` scans what is in memory; `Scanner().stream()` takes a stream chunk by
chunk.  Law: what is found depends on the stream's bytes alone.  A stream is worked on in blocks
that it cuts itself, of the lines that start within `BLOCK_BYTES`: no chunk's edge is seen.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from bailee.limits import LINE_BYTES
from bailee.scan.armour import Armour
from bailee.scan.buffers import Columns, Padded
from bailee.scan.carried import Carried
from bailee.scan.detect.decode import decode_lines, map_back
from bailee.scan.detect.known import KnownNames
from bailee.scan.detect.structure.columns import FRESH_LINES
from bailee.scan.detect.sweep import sweep
from bailee.scan.encodings import PROBE_BYTES, ScanTranscoder, encoding_of
from bailee.scan.kinds import Flag, Rule
from bailee.scan.own import Own
from bailee.scan.propagate import Propagator
from bailee.scan.recipes import recipe
from bailee.scan.recipes.build import Tables, build
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.rows import Bytes, Merger, Numbers, Rows

# Large enough that what a block costs beside its bytes is nothing, small enough that its text and
# the pages of its columns that are written stay far below what a process may take.
BLOCK_BYTES = 8 * 1024 * 1024
READ_BYTES = 512 * 1024
"""At a time: little enough to be still near when it is scanned."""
_SEARCH_BYTES = 4096
"""Looked at for a newline at a time: there nearly always is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finds:
    """What was found in a text, one row a find, ordered by `start`, never overlapping."""

    text: Bytes
    """The bytes that offsets count in: the caller's own, or what they were transcoded to."""
    start: Numbers
    """First byte of each find, from `text[0]`."""
    end: Numbers
    """One after the last byte."""
    kind: npt.NDArray[np.uint8]
    """`kinds.Kind`."""
    flags: npt.NDArray[np.uint16]
    """`kinds.Flag`, several may be set."""
    rule: npt.NDArray[np.uint16]
    """Index into `rules`."""
    line: Numbers
    """Index of the line, from 0; `line_starts[line]` is its first byte."""
    line_starts: Numbers
    rules: tuple[Rule, ...]
    first_line: int = 0
    """Number in its stream, from 0, of the line that `line_starts[0]` starts."""
    offset: int = 0
    """Place in its stream of `text[0]`."""

    def __len__(self) -> int:
        """Count the finds."""
        return len(self.start)

    def value(self, index: int) -> bytes:
        """Copy the bytes of one find."""
        return self.text[self.start[index] : self.end[index]].tobytes()


class _Engine:
    """One text buffer and its columns; not for two threads at a time."""

    # Kernels let go of the interpreter's lock and write to these arrays by address: a second
    # thread in here would write finds of its text over those of the first.

    def __init__(self, tables: Tables, capacity: int) -> None:
        self.tables = tables
        self.text = Padded(capacity)
        self.columns = Columns(capacity, tables)
        self._decoder: _Decoder | None = None
        teaching = np.array([rule.teaches for rule in tables.rules], np.uint8)
        self._propagator = Propagator(teaching, len(self.columns.start))

    def sweep(self, size: int) -> None:
        """Sweep on to this size, which ends a line; 0 begins a new block."""
        self.columns.put(slot.TEXT, self.text.address)
        self.columns.put(slot.SIZE, size)
        # A block is begun by the note that nothing of it is swept: the kernel then clears what it
        # keeps between calls, all of which are addresses in the block before.
        if size:
            sweep(self.columns.address)
        else:
            self.columns.put(slot.SWEPT, 0)

    def finish(self, size: int, names: KnownNames) -> Rows:
        """Sweep to the block's end; what it returns is valid until the next block."""
        self.text.close(size)
        # What has no newline at its end gets one of the padding, so that its last line is swept.
        self.sweep(size + (int(self.text.bytes[size - 1]) != char.NEWLINE))
        columns = _found(self.columns)
        if self.columns.get(slot.ESCAPED_COUNT):
            # Made when it is needed: it doubles the memory of an engine, and many logs have no
            # escape that matters.
            if self._decoder is None:
                self._decoder = _Decoder(self.tables, self.text.capacity)
            columns = self._decoder.add(self.columns, columns)
        # Last, over all finds: a name is looked for where nothing else was found.
        return self._propagator.add(names, self.columns, columns)


def _found(columns: Columns) -> Rows:
    count = columns.get(slot.OUT_COUNT)
    rows = (columns.start, columns.end, columns.line, columns.kind, columns.rule, columns.flags)
    return cast("Rows", tuple(row[:count] for row in rows))


class _Decoder:
    """Scans the lines that hold escapes a second time, decoded."""

    def __init__(self, tables: Tables, capacity: int) -> None:
        self.text = Padded(capacity)
        self.columns = Columns(capacity, tables)
        self.rows = np.empty((capacity, 3), np.uint32)
        self._merger = Merger(len(self.columns.start))

    def add(self, first: Columns, rows: Rows) -> Rows:
        """Merge what the decoded lines hold into the first sweep's columns."""
        size = decode_lines(first.address, self.text.address, int(self.rows.ctypes.data))
        count = first.get(slot.DECODED_ROWS)
        self.text.close(size)
        # DECODED says that escapes mean nothing any more: a line must not be set aside twice.
        for number, value in (
            (slot.DECODED, 1),
            # Which header each of these lines stands under was noted when it was set aside.
            (slot.ESCAPED_LAYOUTS, first.get(slot.ESCAPED_LAYOUTS)),
            (slot.TEXT, self.text.address),
            (slot.SWEPT, 0),
            (slot.SIZE, size),
        ):
            self.columns.put(number, value)
        sweep(self.columns.address)
        start, end, line, kind, rule, flags = _found(self.columns)
        left, right = map_back(self.rows[:count], start, end)
        # Where the text is longer than what was found in it, an escape is inside the find.
        flags[right - left != end - start] |= int(Flag.ENCODED)
        made = (left, right, first.escaped[line], kind, rule, flags)
        return self._merger.merged(rows, made)


class Scanner:
    """Finds identifiers in logs.  Make one and keep it: its tables and buffers are reused.

    `own` lists the operator's servers and accounts, for the flag `infrastructure`.
    """

    def __init__(self, *, block_bytes: int = BLOCK_BYTES, own: Own | None = None) -> None:
        self.tables = build(recipe.book())
        self.block_bytes = block_bytes
        self.own = own
        self._idle: list[_Engine] = []

    def scan(self, data: bytes | bytearray | memoryview | Bytes) -> Finds:
        """Scan all of a text; finds count from its first byte, or that of `text` in UTF-8."""
        whole = np.frombuffer(data, np.uint8) if not isinstance(data, np.ndarray) else data
        encoding = encoding_of(whole[:PROBE_BYTES].tobytes())
        if encoding:
            whole = np.frombuffer(
                ScanTranscoder(encoding).feed(whole.tobytes(), last=True), np.uint8
            )
        stream = Stream(self)
        parts = list(chain(stream.feed(whole), stream.close()))
        return _joined(whole, parts, self.tables.rules)

    def stream(self, encoding: str = "", *, lent: bool = False) -> "Stream":
        """Begin a stream; several may be open at a time.

        With `lent`, the columns of a block are not copied and are valid until the next block is
        asked for; its text always is.  `encoding` is what `encodings.encoding_of` says of the
        first bytes: "" for UTF-8, or for anything else that is scanned as the bytes it is.
        """
        return Stream(self, encoding, lent=lent)

    def lend(self) -> _Engine:
        """Hand out an engine; a new one costs its page faults."""
        if self._idle:
            return self._idle.pop()
        return _Engine(self.tables, self.block_bytes + LINE_BYTES)

    def take_back(self, engine: _Engine) -> None:
        """Keep an engine for the next stream."""
        self._idle.append(engine)


class ByteSource(Protocol):
    """Bytes to read, such as a file opened without a buffer."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read at most as much as there is room for; 0 at the end."""


class Stream:
    """One source of log lines, taken in chunks of any size."""

    def __init__(self, scanner: Scanner, encoding: str = "", *, lent: bool = False) -> None:
        self._lent = lent
        self._transcoder = ScanTranscoder(encoding) if encoding else None
        self._scanner = scanner
        self._block = scanner.block_bytes
        self._engine = scanner.lend()
        self._engine.columns.form_fits[:] = 0
        # What a header said is of its stream alone; the first line of this one may be another.
        for number, value in ((slot.LAYOUT, 0), (slot.LAYOUT_COUNT, 0), (slot.FRESH, FRESH_LINES)):
            self._engine.columns.put(number, value)
        self._fits = self._engine.columns.form_fits
        self._names = KnownNames()
        self._armour = Armour()
        self._carried = Carried()
        # What was read beyond the present block; it is put in front of the next one only when
        # that is asked for, because until then the caller looks at the present text.
        self._after: Bytes = np.empty(0, np.uint8)
        self._filled = 0
        self._swept = 0
        self._offset = 0
        self._lines = 0
        self._engine.sweep(0)

    def feed(self, chunk: bytes | bytearray | memoryview | Bytes) -> Iterator[Finds]:
        """Take a chunk; yields the finds of each block that it completes.

        `text` of what is yielded is valid until the next block is asked for.
        """
        rest = np.frombuffer(chunk, np.uint8) if not isinstance(chunk, np.ndarray) else chunk
        if self._transcoder:
            rest = np.frombuffer(self._transcoder.feed(rest.tobytes()), np.uint8)
        yield from self._take(rest)

    def _take(self, rest: Bytes) -> Iterator[Finds]:
        while len(rest):
            # At most `READ_BYTES` at a time, so that what is copied is still near when it is swept.
            room = min(self._engine.text.capacity - self._filled, READ_BYTES)
            taken = rest[:room]
            self._engine.text.bytes[self._filled : self._filled + len(taken)] = taken
            rest = rest[room:]
            yield from self._grown(len(taken))

    def _grown(self, count: int) -> Iterator[Finds]:
        """Sweep the lines that so many more bytes complete; finish a block when it is."""
        # A block ends with the line that holds its last byte: what was searched before is not
        # searched again.
        searched = max(self._filled, self._block - 1)
        self._filled += count
        end = self._cut(searched)
        while end:
            yield self._finish(end)
            self._advance(end)
            end = self._cut(self._block - 1)
        # Not while the block's end is sought: those lines are swept when it is finished.
        if self._filled < self._block:
            self._sweep_lines()

    def _sweep_lines(self) -> None:
        """Sweep what is there of whole lines, while it is near."""
        tail = self._engine.text.bytes[self._swept : self._filled]
        whole = _last_line(tail)
        if whole:
            self._swept += whole
            self._engine.sweep(self._swept)

    def read(self, source: "ByteSource") -> Iterator[Finds]:
        """Take all of a source without a copy between; the stream stays open."""
        if self._transcoder:
            raise ValueError("what is transcoded is fed")
        while True:
            room = self._engine.text.bytes[self._filled : self._filled + READ_BYTES]
            taken = source.readinto(room.data)
            if not taken:
                return
            yield from self._grown(taken)

    def close(self) -> Iterator[Finds]:
        """End the stream; yields the finds of what is left."""
        if self._transcoder:
            yield from self._take(np.frombuffer(self._transcoder.feed(b"", last=True), np.uint8))
        if self._filled:
            yield self._finish(self._filled)
            self._advance(self._filled)
        # Copied before the engine goes: its next stream sets them to nothing.
        self._fits = self._fits.copy()
        self._scanner.take_back(self._engine)

    def formats(self) -> dict[str, int]:
        """Count the lines so far that each recipe recognised, most first; others fit none."""
        counts: Counter[str] = Counter()
        for form, fits in zip(self._scanner.tables.forms, self._fits.tolist(), strict=False):
            counts[form.partition(":")[0]] += fits
        return {name: lines for name, lines in counts.most_common() if lines}

    def _cut(self, searched: int) -> int:
        """Find where the present block ends, or 0 while that is not known."""
        if self._filled < self._block:
            return 0
        while searched < self._filled:
            part = self._engine.text.bytes[searched : self._filled][:_SEARCH_BYTES]
            found = part.tobytes().find(b"\n")
            if found >= 0:
                return searched + found + 1
            searched += len(part)
        # No newline, and no more room: a line of over a megabyte is cut here.
        return self._filled if self._filled == self._engine.text.capacity else 0

    def _finish(self, size: int) -> Finds:
        text = self._engine.text.bytes
        columns = self._engine.columns
        # Before the block is closed: that writes newlines over what came after.
        self._after = text[size : self._filled].copy()
        rows = self._engine.finish(size, self._names)
        lines = columns.get(slot.LINE)
        rows = self._armour.add(text[:size], columns.line_starts[:lines], rows)
        rows = self._carried.add(text[:size], columns.line_starts[:lines], rows)
        start, end, line, kind, rule, flags = rows
        if self._scanner.own:
            flags = self._scanner.own.marked(text, (start, end, kind, flags))
        made = Finds(
            text=text[:size],
            start=start,
            end=end,
            kind=kind,
            flags=flags,
            rule=rule,
            line=line,
            line_starts=columns.line_starts[:lines],
            rules=self._engine.tables.rules,
            first_line=self._lines,
            offset=self._offset,
        )
        self._lines += lines
        return made if self._lent else _kept(made)

    def _advance(self, size: int) -> None:
        """Begin the next block with what came after the last; only now is that one overwritten."""
        self._offset += size
        self._filled = len(self._after)
        self._swept = 0
        self._engine.sweep(0)
        self._engine.text.bytes[: self._filled] = self._after


def _last_line(tail: Bytes) -> int:
    """Find where the last whole line ends, or 0."""
    size = len(tail)
    while size:
        start = max(size - _SEARCH_BYTES, 0)
        found = tail[start:size].tobytes().rfind(b"\n") + 1
        if found:
            return start + found
        size = start
    return 0


def _kept(finds: Finds) -> Finds:
    """Copy the columns, which the next block will overwrite."""
    return replace(
        finds,
        start=finds.start.copy(),
        end=finds.end.copy(),
        kind=finds.kind.copy(),
        flags=finds.flags.copy(),
        rule=finds.rule.copy(),
        line=finds.line.copy(),
        line_starts=finds.line_starts.copy(),
    )


def _joined(whole: Bytes, parts: Iterable[Finds], rules: tuple[Rule, ...]) -> Finds:
    """Put a stream's blocks together, counting from the stream's first byte."""
    rows = list(parts)
    if not rows:
        none = np.empty(0, np.int64)
        small = np.empty(0, np.uint16)
        return Finds(
            text=whole,
            start=none,
            end=none,
            kind=small.astype(np.uint8),
            flags=small,
            rule=small,
            line=none,
            line_starts=none,
            rules=rules,
        )
    return Finds(
        text=whole,
        start=np.concatenate([row.start + row.offset for row in rows]),
        end=np.concatenate([row.end + row.offset for row in rows]),
        kind=np.concatenate([row.kind for row in rows]),
        flags=np.concatenate([row.flags for row in rows]),
        rule=np.concatenate([row.rule for row in rows]),
        line=np.concatenate([row.line + row.first_line for row in rows]),
        line_starts=np.concatenate([row.line_starts + row.offset for row in rows]),
        rules=rules,
    )
