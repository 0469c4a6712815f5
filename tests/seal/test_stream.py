"""Streams: whatever comes in comes out, from anywhere in it, and nothing else ever does."""

import io
import secrets
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.seal.memory import AAD, CLIENT, KEY, Made, Memory, counted, make

from bailee.errors import Damaged, LimitExceeded
from bailee.limits import SEALED_SEGMENTS, SEGMENT_BYTES
from bailee.seal.layout import (
    BODY_BYTES,
    FIRST_BYTES,
    HEADER_BYTES,
    PREFIX_BYTES,
    Nonces,
    plain_size,
)
from bailee.seal.leaf import LeafSealer
from bailee.seal.padding import padme
from bailee.seal.stream import Extent, SealingWriter, chunks_of, object_aad, sealed_size

THREE = secrets.token_bytes(FIRST_BYTES + BODY_BYTES + 5_000)
FOUR = secrets.token_bytes(FIRST_BYTES + 3 * BODY_BYTES)
OTHER = object_aad(b"another-client-b", "object", b"object-sixteen-b", 1)


def swap(stored: bytes, first: int, second: int) -> bytes:
    cut = [stored[at : at + SEGMENT_BYTES] for at in range(0, len(stored), SEGMENT_BYTES)]
    cut[first], cut[second] = cut[second], cut[first]
    return b"".join(cut)


def spliced(stored: bytes) -> bytes:
    other = make([FOUR], entropy=counted(9)).stored
    return other[:HEADER_BYTES] + stored[HEADER_BYTES:]


def flip(stored: bytes, at: int) -> bytes:
    return stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut after the header": lambda stored: stored[:HEADER_BYTES],
    "cut at the first boundary": lambda stored: stored[:SEGMENT_BYTES],
    "cut at the second boundary": lambda stored: stored[: 2 * SEGMENT_BYTES],
    "cut by one byte": lambda stored: stored[:-1],
    "emptied": lambda _: b"",
    "one byte longer": lambda stored: stored + b"\0",
    "a segment longer": lambda stored: stored + stored[-SEGMENT_BYTES:],
    "two segments in each other's place": lambda stored: swap(stored, 1, 2),
    "the last segment earlier": lambda stored: swap(stored, 2, 3),
    "a segment twice": lambda s: s[: 2 * SEGMENT_BYTES] + s[SEGMENT_BYTES:-SEGMENT_BYTES],
    "the header of another stream": spliced,
    "another header length": lambda stored: flip(stored, 0),
    "another salt": lambda stored: flip(stored, 1),
    "another nonce prefix": lambda stored: flip(stored, 33),
    "a bit of the first ciphertext": lambda stored: flip(stored, HEADER_BYTES),
    "a bit of the last tag": lambda stored: flip(stored, len(stored) - 1),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_refused_by_whoever_reads_it_all(damage: str) -> None:
    made = make([FOUR])
    stored = DAMAGE[damage](made.stored)
    damaged = Made(stored=stored, extent=made.extent, commitment=made.commitment)
    with pytest.raises(Damaged):
        damaged.reader().read()
    with pytest.raises(Damaged):
        list(damaged.reader().stream())


def read_by_its_length(stored: bytes, commitment: bytes) -> bytes:
    extent = Extent(true_size=plain_size(len(stored)), sealed_size=len(stored))
    return Made(stored=stored, extent=extent, commitment=commitment).reader().read()


@pytest.mark.parametrize("damage", [name for name in DAMAGE if name.startswith("cut")])
def test_a_cut_is_refused_even_when_the_row_was_cut_with_it(damage: str) -> None:
    """The nonce of the last segment says that it is the last; a header alone holds none."""
    made = make([FOUR])
    stored = DAMAGE[damage](made.stored)
    with pytest.raises(Damaged):
        read_by_its_length(stored, made.commitment)


def test_a_wrong_length_is_refused_before_any_byte_is_read() -> None:
    made = make([FOUR])
    source = Memory(made.stored[: 2 * SEGMENT_BYTES])
    with pytest.raises(Damaged, match=r"errors_seal\.length"):
        made.reader(source=source)
    assert source.asked == []


@pytest.mark.parametrize(
    ("what", "key", "aad"),
    [
        ("another key", bytes(32), AAD),
        ("another client", KEY, OTHER),
        ("another noun", KEY, object_aad(CLIENT, "segment", b"object-sixteen-b", 1)),
        ("another id", KEY, object_aad(CLIENT, "object", b"object-sixteen-c", 1)),
        ("another version", KEY, object_aad(CLIENT, "object", b"object-sixteen-b", 2)),
    ],
)
def test_a_stream_opens_in_its_place_alone(what: str, key: bytes, aad: bytes) -> None:
    made = make([b"x"])
    source = Memory(made.stored)
    with pytest.raises(Damaged, match=r"errors_seal\.key"):
        made.reader(key=key, aad=aad, source=source)
    assert source.asked == [], what
    forged = Made(
        stored=made.stored, extent=made.extent, commitment=make([b""], key=key, aad=aad).commitment
    )
    with pytest.raises(Damaged, match=r"errors_seal\.segment"):
        forged.reader(key=key, aad=aad).read()


def test_a_segment_that_fails_gives_no_byte() -> None:
    """GCM decrypts before it knows: neither the caller's buffer nor ours may keep that."""
    made = make([THREE])
    broken = Made(
        stored=flip(made.stored, 2 * SEGMENT_BYTES - 1),
        extent=made.extent,
        commitment=made.commitment,
    )
    reader = broken.reader()
    buffer = bytearray(b"\xaa" * len(THREE))
    with pytest.raises(Damaged):
        reader.readinto(buffer)
    assert buffer[:FIRST_BYTES] == THREE[:FIRST_BYTES]
    assert bytes(buffer[FIRST_BYTES : FIRST_BYTES + BODY_BYTES]) == bytes(BODY_BYTES)
    reader.seek(0)
    assert reader.read(10) == THREE[:10]
    reader.seek(FIRST_BYTES + 10)
    with pytest.raises(Damaged):
        reader.read(10)
    assert not any(reader._plain)
    reader.seek(0)
    assert reader.read(10) == THREE[:10]


@settings(max_examples=80, deadline=None)
@given(start=st.integers(0, len(THREE)), size=st.integers(0, len(THREE)))
def test_any_range_reads_the_same_either_way(start: int, size: int) -> None:
    made = make([THREE], pad=True)
    reader = made.reader()
    reader.seek(start)
    assert reader.read(size) == THREE[start : start + size]
    assert reader.tell() == min(start + size, len(THREE))
    streamed = b"".join(map(bytes, reader.stream(start, start + size)))
    assert streamed == THREE[start : start + size]


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, len(THREE)), max_size=12).map(sorted))
def test_how_the_input_is_cut_changes_nothing(cuts: list[int]) -> None:
    edges = [0, *cuts, len(THREE)]
    pieces = [THREE[a:b] for a, b in pairwise(edges)]
    assert make(pieces).stored == make([THREE]).stored


def test_a_read_function_and_a_reused_buffer_seal_the_same() -> None:
    expected = make([THREE]).stored
    assert make(chunks_of(io.BytesIO(THREE).read, 1000)).stored == expected
    assert make(chunks_of(io.BytesIO(THREE).read)).stored == expected

    def reused() -> Iterator[memoryview]:
        buffer = bytearray(70_000)
        source = io.BytesIO(THREE)
        while count := source.readinto(buffer):
            yield memoryview(buffer)[:count]

    assert make(reused()).stored == expected


@pytest.mark.parametrize("size", [0, 1, 63, 1_000, FIRST_BYTES, 1_000_001])
def test_an_object_is_padded_and_reads_without_its_padding(size: int) -> None:
    data = secrets.token_bytes(size)
    made = make([data], pad=True)
    assert made.extent == Extent.padded(size)
    assert len(made.stored) == sealed_size(padme(size)) == made.extent.sealed_size
    assert made.reader().read() == data
    assert b"".join(map(bytes, made.reader().stream())) == data


def test_a_writer_seals_one_stream_and_names_it_only_when_it_is_whole() -> None:
    writer = SealingWriter(LeafSealer(KEY), AAD)
    segments = writer.seal([THREE])
    next(segments)
    with pytest.raises(RuntimeError, match="not finished"):
        _ = writer.extent
    with pytest.raises(RuntimeError, match="one stream"):
        writer.seal([b""])


def test_no_two_streams_share_a_header() -> None:
    headers = {make([b""], entropy=secrets.token_bytes).stored[:HEADER_BYTES] for _ in range(50)}
    assert len(headers) == 50


def test_a_stream_ends_before_its_segment_numbers_repeat() -> None:
    nonces = Nonces(bytes(PREFIX_BYTES))
    assert nonces.at(SEALED_SEGMENTS - 1, last=True) == bytes(7) + b"\xff\xff\xff\xff\x01"
    with pytest.raises(LimitExceeded):
        nonces.at(SEALED_SEGMENTS, last=True)


def test_the_reader_is_a_file() -> None:
    reader = make([THREE], pad=True).reader()
    assert reader.readable()
    assert reader.seekable()
    assert not reader.writable()
    assert reader.seek(-10, io.SEEK_END) == len(THREE) - 10
    assert reader.read() == THREE[-10:]
    assert reader.read() == b""
    assert reader.seek(5, io.SEEK_END) == len(THREE) + 5
    assert reader.read(1) == b""
    reader.seek(100)
    assert reader.seek(-50, io.SEEK_CUR) == 50
    for offset, whence in ((-1, io.SEEK_SET), (0, 9)):
        with pytest.raises(ValueError, match="before the start"):
            reader.seek(offset, whence)
    reader.seek(0)
    words = memoryview(bytearray(8)).cast("I")
    assert reader.readinto(words) == 8
    assert words.tobytes() == THREE[:8]
    reader.seek(0)
    assert io.BufferedReader(reader, 10_000).read() == THREE
    with make([THREE]).reader() as closed:
        closed.read(10)
    assert not any(closed._plain)
    with pytest.raises(ValueError, match="closed"):
        closed.readinto(bytearray(1))
    with pytest.raises(ValueError, match="closed"):
        next(closed.stream())


def test_a_source_that_shrinks_while_read_is_damage() -> None:
    made = make([THREE])
    source = Memory(made.stored)
    reader = made.reader(source=source)
    source.stored = made.stored[: SEGMENT_BYTES + 100]
    reader.seek(FIRST_BYTES)
    with pytest.raises(Damaged):
        reader.read(1)


def test_nothing_at_all_is_authenticated_too() -> None:
    made = make([b""], pad=True)
    stored = flip(made.stored, len(made.stored) - 1)
    with pytest.raises(Damaged, match=r"errors_seal\.segment"):
        Made(stored=stored, extent=made.extent, commitment=made.commitment).reader()


def test_verifying_looks_where_reading_does_not() -> None:
    """A large object ends in segments of mere padding, which reading the data never meets."""
    made = make([secrets.token_bytes(1_000_000)], pad=True)
    made.reader().verify()
    short = Extent(true_size=900_000, sealed_size=made.extent.sealed_size)
    with pytest.raises(Damaged, match=r"errors_seal\.segment"):
        replace(made, extent=short).reader().verify()
    data = secrets.token_bytes(8_390_000)
    made = make([data], pad=True)
    broken = replace(made, stored=flip(made.stored, len(made.stored) - 1))
    assert broken.reader().read() == data
    with pytest.raises(Damaged, match=r"errors_seal\.segment"):
        broken.reader().verify()


LONG = secrets.token_bytes(40 * SEGMENT_BYTES + 123)
WHERE = st.one_of(
    st.integers(0, len(LONG) + 10),
    st.builds(lambda n, off: max(0, n * BODY_BYTES + off), st.integers(0, 41), st.integers(-50, 9)),
)
SIZE = st.one_of(st.integers(0, 200), st.integers(0, 20 * SEGMENT_BYTES))
STEP = st.tuples(st.sampled_from(["seek", "read", "readinto", "stream"]), WHERE, SIZE)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=20))
def test_whatever_is_asked_in_whatever_order_a_plain_file_agrees(
    steps: list[tuple[str, int, int]],
) -> None:
    reader, plain = LONG_MADE.reader(), io.BytesIO(LONG)
    for step, where, size in steps:
        if step == "seek":
            assert reader.seek(where) == plain.seek(where)
        elif step == "read":
            assert reader.read(size) == plain.read(size)
        elif step == "readinto":
            ours, theirs = bytearray(size), bytearray(size)
            assert reader.readinto(ours) == plain.readinto(theirs)
            assert ours == theirs
        else:
            plain.seek(where)
            streamed = b"".join(map(bytes, reader.stream(where, where + size)))
            assert streamed == plain.read(size)
        assert reader.tell() == plain.tell()


LONG_MADE = make([LONG], pad=True)


def test_items_wider_than_a_byte_are_counted_in_bytes() -> None:
    words = memoryview(b"12345678").cast("I")
    made = make([words], pad=True)
    assert made.extent.true_size == 8
    assert made.reader().read() == b"12345678"


def test_reading_a_range_asks_for_the_segments_it_touches_alone() -> None:
    made = make([FOUR])
    source = Memory(made.stored)
    reader = made.reader(source=source)
    reader.seek(FIRST_BYTES + 100)
    reader.read(4096)
    reader.seek(FIRST_BYTES + 5_000)
    reader.read(4096)
    assert source.asked == [(0, HEADER_BYTES), (SEGMENT_BYTES, SEGMENT_BYTES)]


def test_memory_stays_bounded_whatever_the_size() -> None:
    chunk = bytes(1 << 20)
    writer = SealingWriter(LeafSealer(KEY), AAD)
    tracemalloc.start()
    try:
        for _ in writer.seal(chunk for _ in range(256)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert writer.extent.true_size == 256 << 20
    assert peak < 1 << 20
