"""Stream: sealed bytes of any size, made and opened with bounded memory, in Tink's wire format.

What comes out of the reader was authenticated first, always: a segment that fails gives no byte.
Truncation, reordering, another header, another place or another key raise Damaged, and the stored
length is compared before any read, since a range in the middle would not notice a missing end.
spec/sealed-object.md
"""

import io
import secrets
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from hmac import compare_digest
from typing import TYPE_CHECKING, NoReturn, final

from cryptography.exceptions import InvalidTag

from bailee.encoding import enc
from bailee.errors import Damaged
from bailee.ids import Entropy
from bailee.limits import SEGMENT_BYTES
from bailee.seal.layout import (
    BODY_BYTES,
    FIRST_BYTES,
    HEADER_BYTES,
    PREFIX_BYTES,
    SALT_BYTES,
    TAG_BYTES,
    Extent,
    Nonces,
    plain_start,
    sealed_size,
    sealed_start,
    segment_of,
    segments_of,
)
from bailee.seal.padding import padme
from bailee.seal.port import Chunk, Opener, SealedSource, Sealer

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "Extent",
    "OpeningReader",
    "SealingWriter",
    "chunks_of",
    "object_aad",
    "sealed_size",
]

_ZEROS = memoryview(bytes(BODY_BYTES))
_AHEAD = 16
"""Segments fetched at once when reading on: 1 MiB, so that a remote store is asked rarely."""


def object_aad(client: bytes, noun: str, id: bytes, version: int) -> bytes:  # noqa: A002  # the field's name in the spec
    """Return what binds a stream to client, noun, id and version: moved, it stays shut."""
    return enc("object", client, noun, id, version)


def chunks_of(read: Callable[[int], bytes], size: int = SEGMENT_BYTES * _AHEAD) -> Iterator[bytes]:
    """Turn a read function into the chunks that a writer takes."""
    return iter(partial(read, size), b"")


@final
class SealingWriter:
    """Seals one stream, once: header, segments, the padding of the last.

    `seal` yields views of one reused buffer, each valid until the next is asked for.  Only when it
    is exhausted does `extent` exist: a stream given up half-way can never be named by a row.
    """

    def __init__(
        self,
        sealer: Sealer,
        associated_data: bytes,
        *,
        pad: bool = True,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        # Drawn here and never given: a caller that gave the same salt twice would repeat nonces.
        salt, prefix = entropy(SALT_BYTES), entropy(PREFIX_BYTES)
        self.commitment = sealer.commitment(associated_data)
        self._cipher = sealer.stream_sealer(salt, associated_data)
        self._header = bytes([HEADER_BYTES]) + salt + prefix
        self._nonces = Nonces(prefix)
        self._pad = pad
        self._taken = 0
        self._index = 0
        self._extent: Extent | None = None
        self._used = False

    @property
    def extent(self) -> Extent:
        """The true and the sealed size; RuntimeError before the last segment was taken."""
        if self._extent is None:
            raise RuntimeError("the stream is not finished")
        return self._extent

    def seal(self, chunks: Iterable[Chunk]) -> Iterator[memoryview]:
        """Seal what the chunks hold; yields segments of at most 64 KiB."""
        # A second run would count the same nonces under the same key: the two ciphertexts together
        # give away how the plaintexts differ, and how to forge a tag (spec/invariants.md I12).
        if self._used:
            raise RuntimeError("a writer seals one stream")
        self._used = True
        return self._segments(chunks)

    def _segments(self, chunks: Iterable[Chunk]) -> Iterator[memoryview]:
        # One segment is always held back: only the end of the input shows which one is the last,
        # and the nonce of the last is another.  Two buffers, reused: `out` for what is yielded,
        # `held` for what is not complete yet, so a stream of any size takes 128 KiB.
        out = memoryview(bytearray(SEGMENT_BYTES))
        out[:HEADER_BYTES] = self._header
        held = memoryview(bytearray(BODY_BYTES))
        filled, room, sealed = 0, FIRST_BYTES, 0
        for chunk in self._padded(chunks):
            left = chunk
            while left:
                # A chunk that fills a whole segment by itself is sealed from where it lies,
                # uncopied.
                if filled == room or (not filled and len(left) > room):
                    whole, left = (held[:room], left) if filled else (left[:room], left[room:])
                    segment = self._segment(whole, out, last=False)
                    sealed += len(segment)
                    yield segment
                    filled, room = 0, BODY_BYTES
                else:
                    taken = min(room - filled, len(left))
                    held[filled : filled + taken] = left[:taken]
                    filled, left = filled + taken, left[taken:]
        segment = self._segment(held[:filled], out, last=True)
        # Before the last segment is given out: a caller that has all of them finds the extent
        # there.
        self._extent = Extent(true_size=self._taken, sealed_size=sealed + len(segment))
        yield segment

    def _padded(self, chunks: Iterable[Chunk]) -> Iterator[memoryview]:
        for chunk in chunks:
            view = memoryview(chunk).cast("B")
            self._taken += len(view)
            yield view
        # At the end, because the size is known only then; sealed like data, so the cut between data
        # and padding shows to nobody without the key.
        missing = padme(self._taken) - self._taken if self._pad else 0
        while missing:
            yield _ZEROS[:missing]
            missing -= min(missing, len(_ZEROS))

    def _segment(self, data: memoryview, out: memoryview, *, last: bool) -> memoryview:
        start = 0 if self._index else HEADER_BYTES
        end = start + len(data) + TAG_BYTES
        nonce = self._nonces.at(self._index, last=last)
        # Into the reused buffer: measured, this runs at memory speed and lets other threads run;
        # `encrypt` allocates each segment and does neither.
        self._cipher.encrypt_into(nonce, data, None, out[start:end])
        self._index += 1
        return out[:end].toreadonly()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


class OpeningReader(io.RawIOBase):
    """A sealed stream as a seekable read-only file: any range costs the segments it touches.

    Opening it compares the stored length, then the key's commitment, then reads the header.
    For one thread, as files are; the source stays the caller's to close.
    """

    def __init__(
        self,
        opener: Opener,
        associated_data: bytes,
        source: SealedSource,
        *,
        extent: Extent,
        commitment: bytes,
    ) -> None:
        # Before any byte is read: a range in the middle of a stream that was cut at a segment's
        # edge opens well, and nothing in it says that the end is missing.
        stored = source.size()
        if stored != extent.sealed_size:
            raise Damaged("errors_seal.length", stored=stored)
        # Before anything is decrypted: a ciphertext made to open under two keys is refused here.
        if not compare_digest(opener.commitment(associated_data), commitment):
            raise Damaged("errors_seal.key")
        header = bytes(source.read_at(0, HEADER_BYTES))
        # The length byte is Tink's; it is not authenticated, and any other than ours has no meaning
        # here.
        if len(header) != HEADER_BYTES or header[0] != HEADER_BYTES:
            raise Damaged("errors_seal.header")
        salt, prefix = header[1 : 1 + SALT_BYTES], header[1 + SALT_BYTES :]
        self.extent = extent
        self._source = source
        self._cipher = opener.stream_opener(salt, associated_data)
        self._nonces = Nonces(prefix)
        self._last = segments_of(extent.plain_size) - 1
        self._position = 0
        # The ciphertext last fetched and the plaintext last opened: valid for the life of the
        # reader, since a sealed file is never written again under its name.
        self._window: Chunk = b""
        self._window_start = self._window_end = 0
        self._plain = memoryview(bytearray(min(BODY_BYTES, extent.plain_size)))
        self._loaded = -1
        if not extent.true_size:
            self._load(0)  # nothing of it will ever be read, yet its tag must hold all the same

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def seekable(self) -> bool:
        """Return True: it can be read from any position."""
        return True

    def tell(self) -> int:
        """Return the read position, in bytes of the plaintext without its padding."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position; beyond the end, reading gives nothing."""
        self._require_open()
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.extent.true_size}
        if whence not in origin or origin[whence] + offset < 0:
            raise ValueError("a position before the start")
        self._position = origin[whence] + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer as far as the true bytes go."""
        self._require_open()
        target = memoryview(buffer).cast("B")
        wanted = max(0, min(len(target), self.extent.true_size - self._position))
        done = 0
        while done < wanted:
            done += self._copy(target[done:wanted])
        return done

    def readall(self) -> bytes:
        """Read the rest at once."""
        out = bytearray(max(0, self.extent.true_size - self._position))
        self.readinto(out)
        return bytes(out)

    def stream(self, start: int = 0, stop: int | None = None) -> Iterator[memoryview]:
        """Yield the true bytes of a range, a segment at a time, with bounded memory.

        Each view is valid until the next is asked for.
        """
        end = self.extent.true_size if stop is None else min(stop, self.extent.true_size)
        self.seek(start)
        while self._position < end:
            index = segment_of(self._position)
            self._load(index)
            offset = self._position - plain_start(index)
            piece = self._plain[offset : min(self._size(index), offset + end - self._position)]
            self._position += len(piece)
            yield piece.toreadonly()

    def verify(self) -> None:
        """Authenticate every segment, padding included; Damaged names the first that fails.

        Reading the data leaves segments of mere padding alone.
        """
        self._require_open()
        for index in range(self._last + 1):
            self._load(index)
            padding = self._plain[self._true_size(index) : self._size(index)]
            if bytes(padding).strip(b"\0"):
                raise Damaged("errors_seal.segment", index=index)

    def close(self) -> None:
        """Overwrite the plaintext in memory; what Python copied of it elsewhere is out of reach."""
        if not self.closed and hasattr(self, "_plain"):
            self._plain[:] = bytes(len(self._plain))
            self._loaded = -1
        super().close()

    def _require_open(self) -> None:
        if self.closed:
            raise ValueError("the reader is closed")

    def _copy(self, target: memoryview) -> int:
        index = segment_of(self._position)
        offset = self._position - plain_start(index)
        size = self._size(index)
        if offset == 0 and len(target) >= size and index != self._loaded:
            self._open(index, target[:size])  # straight into the caller's buffer, no copy
            taken = size
        else:
            self._load(index)
            taken = min(size - offset, len(target))
            target[:taken] = self._plain[offset : offset + taken]
        self._position += taken
        return taken

    def _size(self, index: int) -> int:
        end = plain_start(index + 1) if index < self._last else self.extent.plain_size
        return end - plain_start(index)

    def _true_size(self, index: int) -> int:
        return max(0, min(self._size(index), self.extent.true_size - plain_start(index)))

    def _load(self, index: int) -> None:
        if index == self._loaded:
            return
        # Unset first: if opening fails, the buffer holds neither the old segment nor the new.
        self._loaded = -1
        self._open(index, self._plain[: self._size(index)])
        self._loaded = index

    def _open(self, index: int, target: memoryview) -> None:
        sealed = self._fetch(index)
        if len(sealed) != len(target) + TAG_BYTES:
            raise Damaged("errors_seal.length", stored=self._source.size())
        nonce = self._nonces.at(index, last=index == self._last)
        try:
            self._cipher.decrypt_into(nonce, sealed, None, target)
        except InvalidTag:
            # GCM decrypts before it has seen the tag: a byte that was not authenticated must not be
            # left where a caller who catches the error could read it.
            target[:] = bytes(len(target))
            raise Damaged("errors_seal.segment", index=index) from None

    def _fetch(self, index: int) -> memoryview:
        """Return a segment's ciphertext; reading on fetches several at once."""
        if not self._window_start <= index < self._window_end:
            # More than one only when reading on: a single range must not cost a MiB of a far store.
            ahead = _AHEAD if index and index == self._window_end else 1
            stop = min(index + ahead, self._last + 1)
            start = sealed_start(index)
            end = self.extent.sealed_size if stop > self._last else sealed_start(stop)
            self._window = self._source.read_at(start, end - start)
            self._window_start, self._window_end = index, stop
        base = sealed_start(self._window_start)
        start = sealed_start(index) - base
        return memoryview(self._window)[start : start + self._size(index) + TAG_BYTES]
