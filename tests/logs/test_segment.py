"""Both objects read back as they were written; one that does not read is damage."""

import io
import secrets

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # ships no types
import pytest
from tests.logs.texts import REPLACED, Writing, plain_finds

from bailee import errors
from bailee.limits import BLOCK_LINES
from bailee.logs.store.lines import Moments, pieces
from bailee.logs.store.segment import (
    GROUP_LINES,
    BlockNote,
    IdentifierMap,
    IdentifierMapReader,
    IdentifierMapWriter,
    TextReader,
    TextWriter,
)

BATCH = bytes(range(16))


def written(text: bytes) -> tuple[bytes, list[bytes]]:
    writer = TextWriter(batch=BATCH, stream="web", receipt_ns=5)
    writing, bodies = Writing(), []
    for number, lines in enumerate(pieces(plain_finds(text), REPLACED)):
        stored, _ = writing.write(lines)
        event = np.arange(lines.count) + number
        note = BlockNote(key=bytes([number]) * 32, lines=lines.count, returns=lines.returns)
        severities = (event % 25).astype(np.int8)
        writer.add(stored, Moments(event=event, inherited=event % 2 == 0), severities, note)
        bodies.append(stored.body.tobytes())
    return bytes(writer.close()), bodies


def test_text_reads_back_by_block_and_by_row_group() -> None:
    text = b"<a> says {x}\n<b>\n" * (BLOCK_LINES // 2) + b"<c>\r\n" * 7
    blob, bodies = written(text)
    reader = TextReader(io.BytesIO(blob))
    assert reader.batch == BATCH
    assert [note.lines for note in reader.notes] == [BLOCK_LINES, 7]
    assert reader.groups == BLOCK_LINES // GROUP_LINES + 1
    assert [reader.block(k).stored.body.tobytes() for k in range(2)] == bodies
    last = reader.group(reader.groups - 1)
    assert (last.stored.returns, last.note.key) == (True, bytes([1]) * 32)
    assert last.event_ns.tolist() == list(range(1, 8))
    assert last.inherited.tolist() == [False, True] * 3 + [False]
    middle = reader.group(1)
    assert middle.stored.lines == GROUP_LINES
    assert middle.stored.ordinals.tolist()[:4] == [0, 1, 0, 1]
    assert reader.place(reader.groups - 1) == (1, 0)
    assert reader.place(1) == (0, GROUP_LINES)


def test_columns_are_named_as_in_the_data_model() -> None:
    blob, _ = written(b"<a>\n")
    row = pq.read_table(io.BytesIO(blob)).to_pylist()[0]
    assert row == {
        "time_unix_nano": 0,
        "observed_time_unix_nano": 5,
        "stream": "web",
        "severity_number": 0,
        "body": b"\x1aD",
        "ordinals": [0],
        "attributes": {"mark": 2},
    }


def test_names_read_back() -> None:
    writer = IdentifierMapWriter(batch=BATCH)
    blocks = []
    for count in (3, 0, 5):
        tokens = np.frombuffer(secrets.token_bytes(10 * count), np.uint8).reshape(-1, 10)
        other = tokens.copy()
        other[::2, 0] ^= 1
        commitments = np.frombuffer(secrets.token_bytes(32 * count), np.uint8).reshape(-1, 32)
        kinds = np.arange(count, dtype=np.uint8)
        blocks.append(
            IdentifierMap(kinds=kinds, tokens=tokens, canonical=other, commitments=commitments)
        )
        writer.add(blocks[-1])
    reader = IdentifierMapReader(io.BytesIO(bytes(writer.close())))
    assert reader.blocks == 3
    for number, block in enumerate(blocks):
        found = reader.block(number)
        for name in ("kinds", "tokens", "canonical", "commitments"):
            assert np.array_equal(getattr(found, name), getattr(block, name)), name


@pytest.mark.parametrize("reader", [TextReader, IdentifierMapReader])
def test_what_is_no_segment_is_damage(reader: type[TextReader] | type[IdentifierMapReader]) -> None:
    blob, _ = written(b"<a>\n")
    for bad in (b"", b"PAR1", blob[:-1], blob[:-40] + blob[-8:]):
        with pytest.raises(errors.Damaged):
            reader(io.BytesIO(bad))


@pytest.mark.parametrize("notes", [b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"9" * 5_000 + b"]"])
@pytest.mark.parametrize("reader", [TextReader, IdentifierMapReader])
def test_notes_that_nest_without_end_are_damage(
    reader: type[TextReader] | type[IdentifierMapReader], notes: bytes
) -> None:
    table = pq.read_table(io.BytesIO(written(b"<a>\n")[0]))
    about = {**(table.schema.metadata or {}), b"bailee.batch": b"00" * 16, b"bailee.blocks": notes}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(about), out, write_page_checksum=True)
    with pytest.raises(errors.Damaged):
        reader(io.BytesIO(out.getvalue()))
