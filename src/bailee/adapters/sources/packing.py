"""Packing: gzip (RFC 1952) and zstd (RFC 8878) undone, recognised by their first bytes.

Memory is bounded, whatever a few bytes unpack to.  What ends early or does not unpack raises
PartlyDone after all that came before it was given: nothing before a tear is lost, and a short
output never passes for a whole one.
"""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

import zstandard

from bailee import errors

HEAD_BYTES = 4
PIECE_BYTES = 4 * 1024 * 1024
"""Unpacked bytes given at a time."""
# Magic numbers: RFC 1952, 2.3.1, and RFC 8878, 3.1.1.
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_SIP_BYTES = 1024
"""Bytes fed to zstd at a time: it takes no bound on what comes out; 1 KiB may become 32 MiB."""
# 16 beside the window tells zlib to expect a gzip header, not one of its own.
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def is_packed(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of gzip or zstd."""
    return head.startswith((_GZIP, _ZSTD))


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what chunks hold, decompressed when their first bytes say so."""
    rest = iter(chunks)
    head = b""
    while len(head) < HEAD_BYTES and (chunk := next(rest, b"")):
        head += chunk
    whole = chain((head,) if head else (), rest)
    if head.startswith(_GZIP):
        return _garbled(_gunzip(whole))
    if head.startswith(_ZSTD):
        return _garbled(_unzstd(whole))
    return whole


def _garbled(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except (zlib.error, zstandard.ZstdError):
        raise errors.PartlyDone("errors_sources.garbled") from None


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member, begun = zlib.decompressobj(_GZIP_WINDOW), False
    for chunk in chunks:
        rest, full = chunk, False
        while rest or full:
            if not begun:
                rest = rest.lstrip(b"\0")  # padding between members, as tapes leave it
                begun = bool(rest)
                continue
            if piece := member.decompress(rest, PIECE_BYTES):
                yield piece
            # A full piece: more may come out without any more input, so ask again.
            full = len(piece) == PIECE_BYTES and not member.eof
            rest = member.unconsumed_tail
            # Several members in a row are one file, as rotated and appended logs have them.
            if member.eof:
                rest = member.unused_data
                member, begun = zlib.decompressobj(_GZIP_WINDOW), False
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
