"""Columns: what a search reads of a batch: the columns it needs, of row groups that may have hits.

A reader is for one thread.  What it gives lies over Arrow's own buffers, which live as long.
`pyarrow.compute`, which some harmless methods of arrays load, takes 100 ms of a first search: what
they do is done on the buffers here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from bailee.errors import Damaged
from bailee.logs.store.segment import (
    INHERITED,
    TOKEN_BYTES,
    Arrow,
    Bytes,
    IdentifierMapReader,
    Numbers,
    TextReader,
    Words,
)
from bailee.logs.window import Window

_LINES = ["time_unix_nano", "stream", "severity_number", "body", "ordinals", "attributes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """Bodies: redacted text of consecutive row groups; line i is `starts[i]` to `starts[i + 1]`."""

    first_group: int
    counts: Sequence[int]
    """Lines of each group."""
    timed: Sequence[bool]
    """Whether all lines of each group lie in the window."""
    starts: Words
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRange:
    """Row range: the lines of one row group, as columns; times in nanoseconds since 1970."""

    block: int
    first_line: int
    """Within the batch, from 0."""
    stream: str
    times_ns: Numbers
    inherited: npt.NDArray[np.bool_]
    """Which lines have the time of another, for they gave none."""
    severities: npt.NDArray[np.int8]
    starts: Words
    body: Bytes
    firsts: Words
    """Where each line's ordinals start."""
    ordinals: Words


class TextColumns(TextReader):
    """Text columns: reads a redacted text by columns; for one thread."""

    def groups_within(self, window: Window) -> dict[int, bool]:
        """Return the row groups that may have lines in the window, and whether all of each are."""
        meta = self._file.metadata
        out = {}
        for number in range(self.groups):
            statistics = meta.row_group(number).column(0).statistics
            # A row group without statistics may hold any time: it is read, not left out.
            known = statistics is not None and statistics.has_min_max
            first, last = (statistics.min, statistics.max) if known else (None, None)
            if window.meets(first, last):
                out[number] = window.holds(first, last)
        return out

    def lines_of(self, group: int) -> int:
        """Count the lines of a row group."""
        return int(self._file.metadata.row_group(group).num_rows)

    def bodies(self, groups: range, within: Mapping[int, bool]) -> Bodies:
        """Read the text of consecutive row groups of one block."""
        column = self._table(groups, ["body"]).column("body")
        starts, body = _binary(column)
        return Bodies(
            first_group=groups.start,
            counts=[self.lines_of(group) for group in groups],
            timed=[within[group] for group in groups],
            starts=starts,
            # A copy, once: `bytes.find` needs bytes, and the copy can be handed to another thread
            # while Arrow's own buffer is let go of.
            body=body.tobytes(),
        )

    def times(self, group: int) -> Numbers:
        """Read when each line of a row group happened."""
        found = self._table(range(group, group + 1), ["time_unix_nano"])
        return cast("Numbers", found.column("time_unix_nano").to_numpy())

    def rows(self, group: int) -> RowRange:
        """Read the lines of a row group."""
        block, first = self.place(group)
        table = self._table(range(group, group + 1), _LINES)
        starts, body = _binary(table.column("body"))
        (listed,) = table.column("ordinals").chunks
        (about,) = table.column("attributes").chunks
        firsts = np.frombuffer(listed.buffers()[1], np.uint32, len(listed) + 1)
        ordinals = listed.values.to_numpy(zero_copy_only=False).astype(np.uint32, copy=False)
        return RowRange(
            block=block,
            first_line=sum(note.lines for note in self.notes[:block]) + first,
            stream=table.column("stream")[0].as_py(),
            times_ns=table.column("time_unix_nano").to_numpy(),
            inherited=(about.field("mark").to_numpy() & INHERITED) != 0,
            severities=table.column("severity_number").to_numpy(),
            starts=starts,
            body=body,
            firsts=firsts,
            # Arrow may keep more than the lines use: beyond the last line's end its buffer means
            # nothing.
            ordinals=ordinals[: firsts[-1]],
        )

    def _table(self, groups: range, columns: list[str]) -> Arrow:
        try:
            found = self._file.read_row_groups(groups, columns, use_threads=False)
        except (pa.ArrowException, OSError):
            raise Damaged("errors_logs.segment-malformed") from None
        return found.combine_chunks()


def _binary(column: Arrow) -> tuple[Words, Bytes]:
    (chunk,) = column.chunks
    # An offset would shift every line against its text; our own files have none, so one that does
    # was not written here.
    if chunk.offset:
        raise Damaged("errors_logs.segment-malformed")
    _valid, starts, body = chunk.buffers()
    held = np.frombuffer(b"" if body is None else body, np.uint8)
    return np.frombuffer(starts, np.uint32, len(chunk) + 1), held


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens: those of one block by ordinal, (m, 10) each."""

    exact: Bytes
    canonical: Bytes


class NamesColumns(IdentifierMapReader):
    """Names columns: reads the tokens of an identifier map; for one thread."""

    def tokens(self, number: int) -> Tokens:
        """Read those of one block."""
        try:
            table = self._file.read_row_group(number, ["token", "canonical"], use_threads=False)
        except (pa.ArrowException, OSError, IndexError):
            raise Damaged("errors_logs.segment-malformed") from None
        exact, _all = _tokens(table.column("token"))
        canonical, other = _tokens(table.column("canonical"))
        return Tokens(exact=exact, canonical=np.where(other[:, None], canonical, exact))


def _tokens(column: Arrow) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """Give tokens, and which of them are there."""
    parts = [_fixed(chunk) for chunk in column.chunks]
    if len(parts) == 1:
        return parts[0]
    none = np.empty((0, TOKEN_BYTES), np.uint8), np.empty(0, np.bool_)
    held, there = zip(*parts, strict=True) if parts else ((none[0],), (none[1],))
    return np.concatenate(held), np.concatenate(there)


def _fixed(chunk: Arrow) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    valid, held = chunk.buffers()
    rows = slice(chunk.offset, chunk.offset + len(chunk))
    tokens = np.frombuffer(held or b"", np.uint8).reshape(-1, TOKEN_BYTES)[rows]
    # No bitmap means that every value is there: that is how Arrow writes a column without nulls.
    if valid is None:
        return tokens, np.ones(len(chunk), np.bool_)
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")
    return tokens, bits[rows].astype(np.bool_)
