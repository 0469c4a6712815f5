"""Segment: redacted text and identifier map of a batch, as columns.

The redacted text outlives the identifier map, and names nobody without it.  It is Parquet with
columns named as in OpenTelemetry's log data model, in row groups of 5,000 lines that never span two
blocks; its footer holds what each block needs to be read and proven, its key among it.  The
identifier map says of each ordinal of each block which token stands for the value.
Both are written to memory and sealed as they are; nothing here knows a key.  spec/segment.md
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import IO, Any, Self, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # ships no types

from bailee.errors import Damaged
from bailee.logs.kernels.hashing import STEP
from bailee.logs.store.lines import Moments
from bailee.logs.store.placeholder import StoredBlock

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Array = npt.NDArray[Any]
Arrow = Any
"""What pyarrow gives: it ships no types."""

FORMAT = 1
GROUP_LINES = 5_000
"""Opening one hit costs 1.7 ms at this size, 20 ms at 50,000; smaller ones compress worse."""
LEVEL = 3
"""Of zstd: 1 was 4 % larger and hardly faster, 6 three times slower."""
TOKEN_BYTES = 10
COMMITMENT_BYTES = 32

INHERITED = 2
"""A mark: the line gave no time of its own.  `kernels.text.OPEN` is the other."""

_NOTES = b"bailee.blocks"
_BATCH = b"bailee.batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockNote:
    """Block note: what reading and proving a block needs beside its columns."""

    key: bytes
    lines: int
    returns: bool
    encoding: str = "utf-8"
    """What the received bytes were written in; stored text is UTF-8 always."""
    front: bytes = b""
    """A byte order mark that stood before the first line."""

    def written(self) -> dict[str, Any]:
        """Write it as JSON has it."""
        return {
            "key": b64encode(self.key).decode(),
            "lines": self.lines,
            "returns": self.returns,
            "encoding": self.encoding,
            "front": self.front.hex(),
        }

    @classmethod
    def read(cls, note: dict[str, Any]) -> "BlockNote":
        """Read what `written` gave."""
        return cls(
            key=b64decode(note["key"]),
            lines=note["lines"],
            returns=note["returns"],
            encoding=note["encoding"],
            front=bytes.fromhex(note["front"]),
        )

    @property
    def groups(self) -> int:
        """How many row groups hold its lines."""
        return -(-self.lines // GROUP_LINES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Block: one block as read back: text, times, and its note."""

    stored: StoredBlock
    event_ns: Numbers
    inherited: npt.NDArray[np.bool_]
    note: BlockNote


@cache
# Kept for the life of the process: it depends on nothing, and building it costs more than a block.
def _text_schema() -> Arrow:
    mark = pa.struct([pa.field("mark", pa.uint8(), nullable=False)])
    return pa.schema(
        [
            pa.field("time_unix_nano", pa.int64(), nullable=False),
            pa.field("observed_time_unix_nano", pa.int64(), nullable=False),
            pa.field("stream", pa.dictionary(pa.int8(), pa.string()), nullable=False),
            pa.field("severity_number", pa.int8(), nullable=False),
            pa.field("body", pa.binary(), nullable=False),
            pa.field("ordinals", pa.list_(pa.field("o", pa.uint32(), nullable=False)), False),
            pa.field("attributes", mark, nullable=False),
        ]
    )


@cache
def _names_schema() -> Arrow:
    return pa.schema(
        [
            pa.field("kind", pa.uint8(), nullable=False),
            pa.field("token", pa.binary(TOKEN_BYTES), nullable=False),
            pa.field("canonical", pa.binary(TOKEN_BYTES)),
            pa.field("commitment", pa.binary(COMMITMENT_BYTES), nullable=False),
        ]
    )


def _column(kind: Arrow, length: int, *buffers: Array | None) -> Arrow:
    """Lay a column over arrays without copying; they must live until it is written."""
    given = [None if buffer is None else pa.py_buffer(buffer) for buffer in buffers]
    return pa.Array.from_buffers(kind, length, given)


def _constant(kind: Arrow, length: int, value: int) -> Arrow:
    return _column(kind, length, None, np.full(length, value, kind.to_pandas_dtype()))


class TextWriter:
    """Text writer: writes the redacted text of a batch, a block at a time."""

    def __init__(self, *, batch: bytes, stream: str, receipt_ns: int, level: int = LEVEL) -> None:
        self._out = BytesIO()
        self._batch = batch
        self._stream = stream
        self._receipt_ns = receipt_ns
        self._notes: list[BlockNote] = []
        self._writer = pq.ParquetWriter(
            self._out,
            _text_schema(),
            compression="zstd",
            # Times and ordinals grow by small steps, so their differences pack into a few bits;
            # lines compress together once their lengths stand apart.
            compression_level=level,
            use_dictionary=["stream", "severity_number", "attributes.mark"],
            column_encoding={
                "time_unix_nano": "DELTA_BINARY_PACKED",
                "observed_time_unix_nano": "DELTA_BINARY_PACKED",
                "body": "DELTA_LENGTH_BYTE_ARRAY",
                "ordinals.list.element": "DELTA_BINARY_PACKED",
            },
            # Of times alone: a search leaves out row groups by them. Those of other columns would
            # only make the footer larger, which each search reads whole.
            write_statistics=["time_unix_nano"],
            store_schema=False,
            write_page_checksum=True,
        )

    def add(
        self, stored: StoredBlock, moments: Moments, severities: Small, note: BlockNote
    ) -> None:
        """Write a block's row groups."""
        count = stored.lines
        marks = stored.marks | (moments.inherited * np.uint8(INHERITED))
        words = _column(pa.uint32(), len(stored.ordinals), None, stored.ordinals)
        listed = pa.list_(pa.field("o", pa.uint32(), nullable=False))
        firsts = [None, pa.py_buffer(stored.firsts)]
        streams = pa.DictionaryArray.from_arrays(
            _constant(pa.int8(), count, 0), pa.array([self._stream])
        )
        columns = [
            _column(pa.int64(), count, None, moments.event),
            _constant(pa.int64(), count, self._receipt_ns),
            streams,
            _column(pa.int8(), count, None, severities),
            _column(pa.binary(), count, None, stored.starts, stored.body),
            pa.Array.from_buffers(listed, count, firsts, children=[words]),
            pa.StructArray.from_arrays([_column(pa.uint8(), count, None, marks)], ["mark"]),
        ]
        table = pa.Table.from_arrays(columns, schema=_text_schema())
        # One table a block: row groups never span two blocks, so what is proven and erased of a
        # block needs no other.
        self._writer.write_table(table, row_group_size=GROUP_LINES)
        self._notes.append(note)

    def close(self) -> memoryview:
        """Write the footer and give the whole object."""
        notes = json.dumps([note.written() for note in self._notes])
        about = {b"bailee.format": b"1", _BATCH: self._batch.hex().encode(), _NOTES: notes}
        self._writer.add_key_value_metadata(about)
        self._writer.close()
        return self._out.getbuffer()


class TextReader:
    """Text reader: reads a redacted text, a block or a row group at a time; for one thread.

    Damaged when the file is no such text or a page's checksum is wrong.
    """

    def __init__(self, source: IO[bytes]) -> None:
        try:
            self._file = pq.ParquetFile(source, page_checksum_verification=True)
            about = self._file.metadata.metadata
            notes = json.loads(about[_NOTES])
            self.batch = bytes.fromhex(about[_BATCH].decode())
            self.notes = tuple(BlockNote.read(one) for one in notes)
        except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, RecursionError):
            raise Damaged("errors_logs.segment-malformed") from None
        # The notes say which rows are of which block: with one group too many, lines would be
        # proven against another block's root.
        if sum(note.groups for note in self.notes) != self._file.metadata.num_row_groups:
            raise Damaged("errors_logs.segment-malformed")

    @property
    def groups(self) -> int:
        """How many row groups there are."""
        return int(self._file.metadata.num_row_groups)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file that it reads."""
        self._file.close(force=True)

    def place(self, group: int) -> tuple[int, int]:
        """Say of which block a row group is, and its first line there."""
        for number, note in enumerate(self.notes):
            if group < note.groups:
                return number, group * GROUP_LINES
            group -= note.groups
        raise IndexError("no such row group")

    def block(self, number: int) -> Block:
        """Read all lines of one block."""
        first = sum(note.groups for note in self.notes[:number])
        return self._read(number, range(first, first + self.notes[number].groups))

    def group(self, number: int) -> Block:
        """Read the lines of one row group."""
        return self._read(self.place(number)[0], range(number, number + 1))

    def _read(self, block: int, groups: range) -> Block:
        columns = ["time_unix_nano", "body", "ordinals", "attributes"]
        try:
            table = self._file.read_row_groups(groups, columns, use_threads=False)
        except (pa.ArrowException, OSError):
            raise Damaged("errors_logs.segment-malformed") from None
        table = table.combine_chunks()
        lines = table.column("body").chunk(0)
        listed = table.column("ordinals").chunk(0)
        marks = table.column("attributes").chunk(0).field("mark").to_numpy()
        starts = np.frombuffer(lines.buffers()[1], np.uint32, len(lines) + 1)
        body = np.frombuffer(lines.buffers()[2] or b"", np.uint8)
        # Arrow's buffer ends where the text does, while the loops may read eight bytes further.
        padded = np.empty(len(body) + STEP, np.uint8)
        padded[: len(body)] = body
        ordinals = listed.flatten().to_numpy(zero_copy_only=False).astype(np.uint32, copy=False)
        note = self.notes[block]
        stored = StoredBlock(
            body=padded[: len(body)],
            starts=starts,
            firsts=np.frombuffer(listed.buffers()[1], np.uint32, len(lines) + 1),
            ordinals=np.ascontiguousarray(ordinals),
            marks=np.ascontiguousarray(marks),
            returns=note.returns,
        )
        times = table.column("time_unix_nano").to_numpy()
        return Block(
            stored=stored,
            event_ns=np.ascontiguousarray(times),
            inherited=(marks & INHERITED) != 0,
            note=note,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierMap:
    """Identifier map: which tokens stand for the values of one block, by ordinal."""

    kinds: Bytes
    tokens: Bytes
    """(m, 10)"""
    canonical: Bytes
    """(m, 10): the token that the index posts."""
    commitments: Bytes
    """(m, 32)"""


class IdentifierMapWriter:
    """Identifier map writer: a row group for each block of the batch, an empty one too."""

    def __init__(self, *, batch: bytes) -> None:
        self._out = BytesIO()
        self._batch = batch
        self._blocks: list[int] = []
        self._writer = pq.ParquetWriter(
            self._out,
            _names_schema(),
            compression={
                # Tokens and commitments are random: no compression finds anything in them, and
                # trying takes time.
                "kind": "zstd",
                "token": "none",
                "canonical": "none",
                "commitment": "none",
            },
            use_dictionary=["kind"],
            write_statistics=False,
            store_schema=False,
            write_page_checksum=True,
        )

    def add(self, names: IdentifierMap) -> None:
        """Write the identifier map of the next block."""
        count = len(names.kinds)
        same = (names.tokens == names.canonical).all(axis=1)
        # Null where the exact spelling is the canonical one, as it mostly is: ten bytes less a
        # value.
        bits = np.packbits(~same, bitorder="little")
        columns = [
            _column(pa.uint8(), count, None, names.kinds),
            _column(pa.binary(TOKEN_BYTES), count, None, names.tokens),
            _column(pa.binary(TOKEN_BYTES), count, bits, names.canonical),
            _column(pa.binary(COMMITMENT_BYTES), count, None, names.commitments),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=_names_schema()))
        self._blocks.append(count)

    def close(self) -> memoryview:
        """Write the footer and give the whole object."""
        about = {_BATCH: self._batch.hex(), _NOTES: json.dumps(self._blocks)}
        self._writer.add_key_value_metadata(about)
        self._writer.close()
        return self._out.getbuffer()


class IdentifierMapReader:
    """Identifier map reader: reads an identifier map, a block at a time; for one thread.

    Damaged when the file is no such map or a page's checksum is wrong.
    """

    def __init__(self, source: IO[bytes]) -> None:
        try:
            self._file = pq.ParquetFile(source, page_checksum_verification=True)
            about = self._file.metadata.metadata
            self.batch = bytes.fromhex(about[_BATCH].decode())
            self._counts = [int(count) for count in json.loads(about[_NOTES])]
        except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, RecursionError):
            raise Damaged("errors_logs.segment-malformed") from None

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return len(self._counts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file that it reads."""
        self._file.close(force=True)

    def block(self, number: int) -> IdentifierMap:
        """Read the identifier map of one block."""
        count = self._counts[number]
        try:
            table = self._file.read_row_group(number, use_threads=False)
        except (pa.ArrowException, OSError):
            raise Damaged("errors_logs.segment-malformed") from None
        # The count was written apart: an ordinal beyond it would take the token of another block's
        # value.
        if table.num_rows != count:
            raise Damaged("errors_logs.segment-malformed")
        tokens = _fixed(table, "token", TOKEN_BYTES)
        canonical = _fixed(table, "canonical", TOKEN_BYTES)
        other = table.column("canonical").is_valid().to_numpy()
        return IdentifierMap(
            kinds=table.column("kind").to_numpy(),
            tokens=tokens,
            canonical=np.where(other[:, None], canonical, tokens),
            commitments=_fixed(table, "commitment", COMMITMENT_BYTES),
        )


def _fixed(table: Arrow, name: str, width: int) -> Bytes:
    chunks = table.column(name).chunks
    rows = [
        np.frombuffer(chunk.buffers()[1] or b"", np.uint8).reshape(-1, width)[
            chunk.offset : chunk.offset + len(chunk)
        ]
        for chunk in chunks
    ]
    return cast("Bytes", np.concatenate(rows)) if rows else np.empty((0, width), np.uint8)
