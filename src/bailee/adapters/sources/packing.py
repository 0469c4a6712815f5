"""Packing: gzip, zlib, zstd, xz, lzma, bzip2 and lz4 undone, recognised by their first bytes.

Memory is bounded, whatever a few bytes unpack to, and so is what may come out of them.  What ends
early or does not unpack raises PartlyDone after all that came before it was given: nothing before
a tear is lost, and a short output never passes for a whole one.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

import zstandard

from bailee import errors
from bailee.adapters.sources.flow import Flow

HEAD_BYTES = 4_096
"""Enough to tell every form by, an archive's first header too."""
PIECE_BYTES = 4 * 1024 * 1024
"""Unpacked bytes given at a time."""
LAYERS_MAX = 3
"""Packed in packed: `x.tar.gz` that was compressed once more; deeper only a bomb goes."""
FREE_BYTES = 1 << 30
"""What anything may unpack to.  Beyond it `RATIO_MAX` holds."""
RATIO_MAX = 20_000
"""How many times its packed size it may unpack to: logs reach some hundreds, one repeated line
through zstd some ten thousands; more is a bomb, which would fill the disk."""

# Magic numbers: RFC 1952, 2.3.1; RFC 8878, 3.1.1 and 3.1.2; the .xz format, 2.1.1.1; the LZ4 frame
# format.  Of .lzma the first of the properties that every writer uses, and a dictionary's size.
_GZIP, _ZSTD, _XZ, _LZ4 = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"\x04\x22\x4d\x18"
_LZMA, _BZIP2 = b"\x5d\x00\x00", b"BZh"
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
# RFC 1950: a window of 32 KiB at the levels 1, 6 and 9; the fourth, `x^`, could begin a text.
_ZLIB = (b"\x78\x01", b"\x78\x9c", b"\x78\xda")
# Frames that a decompressor passes over, which zstd and lz4 share: pzstd begins a file with one.
_SKIPPED, _SKIPPED_LOW = b"\x2a\x4d\x18", range(0x50, 0x60)
_SKIP_HEAD = 8
_SIP_BYTES = 1024
"""Bytes fed to zstd at a time: it takes no bound on what comes out; 1 KiB may become 32 MiB."""
_ARROW_BYTES = 1 << 16
"""What Arrow is asked for at a time: of what it cannot give in whole it gives nothing."""
# 16 beside the window tells zlib to expect a gzip header, not one of its own.
_GZIP_WINDOW = 16 + zlib.MAX_WBITS

Unpack = Callable[[Iterable[bytes]], Iterator[bytes]]


def is_packed(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of something packed."""
    return _form(head) is not None


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what chunks hold, decompressed when their first bytes say so, layer by layer."""
    counted = _Counted(chunks)
    head, whole = headed(counted.packed())
    for _layer in range(LAYERS_MAX):
        undo = _form(head)
        if undo is None:
            return whole
        head, whole = headed(counted.bounded(_garbled(undo(whole))))
    if _form(head) is not None:
        raise errors.PartlyDone("errors_sources.bomb")
    return whole


def headed(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Read the first bytes, and give them with an iterator over all of them.

    What breaks among them breaks when the iterator comes to that place.
    """
    rest = iter(chunks)
    held: list[bytes] = []
    size = 0
    broke: errors.PartlyDone | None = None
    try:
        while size < HEAD_BYTES and (chunk := next(rest, b"")):
            held.append(chunk)
            size += len(chunk)
    except errors.PartlyDone as error:
        broke = error
    return b"".join(held)[:HEAD_BYTES], chain(held, rest if broke is None else _breaking(broke))


def _breaking(broke: errors.PartlyDone) -> Iterator[bytes]:
    raise broke
    yield b""  # a generator, so that it raises where it is read


class _Counted:
    """Counted: how much was read, and how much may come out of it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._read = 0

    def packed(self) -> Iterator[bytes]:
        """Pass packed bytes on."""
        for chunk in self._chunks:
            self._read += len(chunk)
            yield chunk

    def bounded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Pass unpacked bytes on while they are not absurdly many."""
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > max(FREE_BYTES, RATIO_MAX * self._read):
                raise errors.PartlyDone("errors_sources.bomb")
            yield piece


def _form(head: bytes) -> Unpack | None:
    after = _passed(head)
    for magic, undo in _FORMS:
        if (head if after is None else after).startswith(magic):
            return undo
    if after is not None:
        return _unzstd
    # The dictionary's size has two more bytes that are zero for any that is in use, and the size
    # that follows is unknown, or far below what eight bytes hold.
    if head.startswith(_LZMA) and (head[5:13] == b"\xff" * 8 or head[10:13] == bytes(3)):
        return _unlzma
    if head.startswith(_BZIP2) and head[4:10] in _BZIP2_BLOCKS:
        return _unbzip2
    return _inflate if head.startswith(_ZLIB) else None


def _passed(head: bytes) -> bytes | None:
    """Pass over the frames that begin a file to be passed over; None when none does."""
    if not (len(head) > _SKIP_HEAD and head[0] in _SKIPPED_LOW and head[1:4] == _SKIPPED):
        return None
    while len(head) > _SKIP_HEAD and head[0] in _SKIPPED_LOW and head[1:4] == _SKIPPED:
        head = head[_SKIP_HEAD + int.from_bytes(head[4:8], "little") :]
    return head


def _garbled(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except (zlib.error, zstandard.ZstdError, lzma.LZMAError):
        raise errors.PartlyDone("errors_sources.garbled") from None


class _Member(Protocol):
    """One member of a file of several, being decompressed with a bound on what comes out."""

    @property
    def eof(self) -> bool:
        """Whether it has come to its end."""

    @property
    def unused_data(self) -> bytes:
        """What follows its end."""

    def decompress(self, data: bytes, max_length: int = ...) -> bytes:
        """Decompress, up to so many bytes."""


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return _members(chunks, lambda: _Inflating(_GZIP_WINDOW))


def _inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return _members(chunks, lambda: _Inflating(zlib.MAX_WBITS))


def _unxz(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return _members(chunks, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ))


def _unlzma(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return _members(chunks, lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE))


def _unbzip2(chunks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from _members(chunks, bz2.BZ2Decompressor)
    # What bzip2 finds wrong has no error of its own; what is read has become PartlyDone before.
    except (OSError, ValueError):
        raise errors.PartlyDone("errors_sources.garbled") from None


class _Inflating:
    """zlib's decompressor, keeping what a bounded piece left over as the others do."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _members(chunks: Iterable[bytes], make: Callable[[], _Member]) -> Iterator[bytes]:
    member, begun = make(), False
    for chunk in chunks:
        rest, full = chunk, False
        while rest or full:
            if not begun:
                rest = rest.lstrip(b"\0")  # padding between members, as tapes leave it
                begun = bool(rest)
                continue
            piece = member.decompress(rest, PIECE_BYTES)
            if piece:
                yield piece
            # A full piece: more may come out without any more input, so ask again.
            full, rest = len(piece) == PIECE_BYTES and not member.eof, b""
            # Several members in a row are one file, as rotated and appended logs have them.
            if member.eof:
                rest = member.unused_data
                member, begun = make(), False
    if begun:
        raise errors.PartlyDone("errors_sources.torn")


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    opened = zstandard.ZstdDecompressor()
    frame, begun = opened.decompressobj(), False
    held: list[bytes] = []
    size = 0
    try:
        for sip in _sips(chunks):
            rest = sip
            while rest:
                begun = True
                held.append(frame.decompress(rest))
                size += len(held[-1])
                rest = frame.unused_data
                if frame.eof:
                    frame, begun = opened.decompressobj(), False
            if size >= PIECE_BYTES:
                yield b"".join(held)
                held, size = [], 0
    except zstandard.ZstdError:
        # What came out before the tear is whole and was asked for.
        yield from held
        raise
    if size:
        yield b"".join(held)
    if begun:
        raise errors.PartlyDone("errors_sources.torn")


def _sips(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for at in range(0, len(chunk), _SIP_BYTES):
            yield chunk[at : at + _SIP_BYTES]


def _unlz4(chunks: Iterable[bytes]) -> Iterator[bytes]:
    # Loaded here: it takes half a second, and few logs come so.
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415  # ships no types

    flow = Flow(chunks)
    try:
        with pa.CompressedInputStream(pa.PythonFile(flow, mode="r"), "lz4") as stream:
            while piece := stream.read(_ARROW_BYTES):
                yield piece
    except OSError as error:
        # Arrow tells a tear from garbage by its words alone.
        torn = "Truncated" in str(error)
        raise errors.PartlyDone(
            "errors_sources.torn" if torn else "errors_sources.garbled"
        ) from None


_FORMS: tuple[tuple[bytes, Unpack], ...] = (
    (_GZIP, _gunzip),
    (_ZSTD, _unzstd),
    (_LZ4, _unlz4),
    (_XZ, _unxz),
)
