"""What a search reads of the two objects: columns that it needs, of row groups that may hold it.

A reader is for one thread.  What it gives lies over Arrow's own buffers, which live as long.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from bailee.errors import Damaged
from bailee.logs.segment import TOKEN_BYTES, Arrow, Bytes, NamesReader, Numbers, TextReader, Words
from bailee.logs.window import Window

_LINES = ["time_unix_nano", "stream", "severity_number", "body", "ordinals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """Stored text of consecutive row groups; line i lies from `starts[i]` to `starts[i + 1]`."""

    first_group: int
    counts: Sequence[int]
    """Lines of each group."""
    timed: Sequence[bool]
    """Whether all lines of each group lie in the window."""
    starts: Words
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The lines of one row group, as columns."""

    block: int
    first_line: int
    """Within the batch, from 0."""
    stream: str
    times_ns: Numbers
    severities: npt.NDArray[np.int8]
    starts: Words
    body: bytes
    firsts: Words
    """Where each line's ordinals start."""
    ordinals: Words


class TextColumns(TextReader):
    """Reads a text object by columns."""

    def groups_within(self, window: Window) -> dict[int, bool]:
        """Give the row groups with a line in the window, and whether all of each are."""
        meta = self._file.metadata
        out = {}
        for number in range(self.groups):
            said = meta.row_group(number).column(0).statistics
            known = said is not None and said.has_min_max
            first, last = (said.min, said.max) if known else (None, None)
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
            body=body,
        )

    def times(self, group: int) -> Numbers:
        """Read when each line of a row group happened."""
        found = self._table(range(group, group + 1), ["time_unix_nano"])
        return cast("Numbers", found.column("time_unix_nano").to_numpy())

    def rows(self, group: int) -> Rows:
        """Read the lines of a row group."""
        block, first = self.place(group)
        table = self._table(range(group, group + 1), _LINES)
        starts, body = _binary(table.column("body"))
        (listed,) = table.column("ordinals").chunks
        ordinals = listed.flatten().to_numpy(zero_copy_only=False).astype(np.uint32, copy=False)
        return Rows(
            block=block,
            first_line=sum(note.lines for note in self.notes[:block]) + first,
            stream=table.column("stream")[0].as_py(),
            times_ns=table.column("time_unix_nano").to_numpy(),
            severities=table.column("severity_number").to_numpy(),
            starts=starts,
            body=body,
            firsts=np.frombuffer(listed.buffers()[1], np.uint32, len(listed) + 1),
            ordinals=ordinals,
        )

    def _table(self, groups: range, columns: list[str]) -> Arrow:
        try:
            found = self._file.read_row_groups(groups, columns, use_threads=False)
        except (pa.ArrowException, OSError):
            raise Damaged("errors_logs.segment-malformed") from None
        return found.combine_chunks()


def _binary(column: Arrow) -> tuple[Words, bytes]:
    (chunk,) = column.chunks
    if chunk.offset:
        raise Damaged("errors_logs.segment-malformed")
    _valid, starts, body = chunk.buffers()
    return (
        np.frombuffer(starts, np.uint32, len(chunk) + 1),
        b"" if body is None else body.to_pybytes(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The tokens of one block by ordinal, (m, 10) each."""

    exact: Bytes
    canonical: Bytes


class NamesColumns(NamesReader):
    """Reads the tokens of a names object."""

    def tokens(self, number: int) -> Tokens:
        """Read those of one block."""
        try:
            table = self._file.read_row_group(number, ["token", "canonical"], use_threads=False)
        except (pa.ArrowException, OSError, IndexError):
            raise Damaged("errors_logs.segment-malformed") from None
        exact = _tokens(table.column("token"))
        canonical = _tokens(table.column("canonical"))
        other = table.column("canonical").is_valid().to_numpy()
        return Tokens(exact=exact, canonical=np.where(other[:, None], canonical, exact))


def _tokens(column: Arrow) -> Bytes:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # of none or several chunks, as versions differ
        whole = pa.concat_arrays(whole.chunks)
    held = np.frombuffer(whole.buffers()[1] or b"", np.uint8).reshape(-1, TOKEN_BYTES)
    return held[whole.offset : whole.offset + len(whole)]
