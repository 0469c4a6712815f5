"""Segments: sealed objects of logs, durable before a row names them, opened against a grant."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from typing import cast

from bailee import errors
from bailee.encoding import u64
from bailee.grant import Grant, Ref
from bailee.ids import BlobId
from bailee.logs.model import RUN, SealedRow, SegmentPart, extent_aad
from bailee.logs.port import SegmentKeys
from bailee.seal.layout import Extent
from bailee.seal.port import Blob, BlobStore, Chunk, Opener, Sealer
from bailee.seal.stream import OpeningReader, SealingWriter, object_aad
from bailee.work import Tx, Work

_SIZE = 8
"""Bytes of the true size, in front of what else is sealed with it."""
WINDOW_BYTES = 1 << 18
"""Read at once of a sealed object: four of its segments."""

Reached = Callable[[], io.BufferedReader]
"""Opens an object whose key was taken while a grant lived."""


class SegmentStore:
    """Segment store: seals objects of logs into files, and opens them against a grant."""

    def __init__(self, *, work: Work, keys: SegmentKeys, blobs: BlobStore) -> None:
        self._work = work
        self._keys = keys
        self._blobs = blobs

    def put(
        self, ref: Ref, data: Chunk, blob: BlobId | None = None, *, about: bytes = b""
    ) -> tuple[Sealer, SealedRow]:
        """Seal and store an object; it exists once its row and its key are committed.

        `about` is sealed beside its size, to be read without it.  A crash before that leaves
        ciphertext whose key is nowhere, to be swept.
        """
        sealer = self._keys.sealer(ref)
        writer = SealingWriter(sealer, _aad(ref))
        name, digest = blob or BlobId.new(), sha256()
        # Hashed as it streams out: the digest is over the ciphertext that was handed to the store,
        # not over what a second reading of the disk would give.
        self._blobs.put(str(name), _digesting(writer.seal((data,)), digest.update))
        extent = writer.extent
        row = SealedRow(
            blob=name,
            sealed_bytes=extent.sealed_size,
            # Under the same key as the object: what is sealed beside it ends with it.
            sealed_extent=sealer.seal_row(extent_aad(ref), u64(extent.true_size) + about),
            digest=digest.digest(),
            commitment=writer.commitment,
        )
        return sealer, row

    def open(self, ref: Ref, row: SealedRow, grant: Grant) -> io.BufferedReader:
        """Open an object as a seekable file; closing it gives the sealed file back."""
        opener = self._work.read(lambda tx: self._living(tx, ref, grant))
        if opener is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        return self._opened(ref, row, opener)

    def reach(
        self, wanted: Sequence[tuple[Ref, SealedRow]], grant: Grant
    ) -> "list[Reached | None]":
        """Take what opens each object, to be read when its turn comes; None where a key has ended.

        A grant lasts for seconds, and looking through months of text takes longer.
        """
        openers = self._work.read(lambda tx: [self._living(tx, ref, grant) for ref, _ in wanted])
        return [
            None if opener is None else partial(self._opened, ref, row, opener)
            for (ref, row), opener in zip(wanted, openers, strict=True)
        ]

    def abouts(self, wanted: Sequence[tuple[Ref, SealedRow]], grant: Grant) -> list[bytes | None]:
        """Read what is sealed beside the size of each object; None where a key has ended."""
        openers = self._work.read(lambda tx: [self._living(tx, ref, grant) for ref, _ in wanted])
        return [
            None if opener is None else _extent(opener, ref, row)[_SIZE:]
            for (ref, row), opener in zip(wanted, openers, strict=True)
        ]

    def _living(self, tx: Tx, ref: Ref, grant: Grant) -> Opener | None:
        try:
            return self._keys.opener(tx, ref, grant)
        except errors.NotFound:
            # The key of a text or of names goes with its month and not before; that of a run also
            # when the run is merged.
            if ref.noun != RUN and self.lives(tx, ref):
                raise errors.Damaged("errors_keyring.does-not-open") from None
            return None

    def lives(self, tx: Tx, ref: Ref) -> bool:
        """Return whether the key of its month lives with which an object ends."""
        return any(
            month.text if ref.noun == SegmentPart.TEXT else month.names
            for month in self._keys.epochs(tx, ref.client)
            if month.epoch == ref.epoch
        )

    def _opened(self, ref: Ref, row: SealedRow, opener: Opener) -> io.BufferedReader:
        true_size = int.from_bytes(_extent(opener, ref, row)[:_SIZE], "big")
        with ExitStack() as unopened:
            # Opened last, once key and extent are good, and closed again when the first segment is
            # not: a reader that was never made would leave its descriptor open.
            source = self._source(row)
            unopened.callback(source.close)
            reader = OpeningReader(
                opener,
                _aad(ref),
                source,
                extent=Extent(true_size=true_size, sealed_size=row.sealed_bytes),
                commitment=row.commitment,
            )
            unopened.pop_all()
        return io.BufferedReader(cast("io.RawIOBase", _Owning(reader, source.close)), WINDOW_BYTES)

    def _source(self, row: SealedRow) -> Blob:
        # Its key lives, so it is held: told as "not there", it would pass for one that had ended.
        try:
            return self._blobs.open(str(row.blob))
        except errors.NotFound as missing:
            raise errors.Damaged(missing.reason) from None

    def drop(self, rows: Iterable[SealedRow]) -> None:
        """Delete files whose rows and keys are gone; what a crash leaves here is swept."""
        # After the transaction that dropped row and key: what a crash leaves is ciphertext without
        # a key.
        for row in rows:
            self._blobs.delete(str(row.blob))


class _Owning(io.RawIOBase):
    """A reader that gives its sealed file back when it is closed."""

    def __init__(self, reader: OpeningReader, release: Callable[[], None]) -> None:
        self._reader = reader
        self._release = release

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # any writable buffer
        return self._reader.readinto(buffer)

    def close(self) -> None:
        # Called again by the garbage collector: the file is given back once.
        if not self.closed:
            self._reader.close()
            self._release()
        super().close()


def _extent(opener: Opener, ref: Ref, row: SealedRow) -> bytes:
    return opener.open_row(extent_aad(ref), row.sealed_extent)


def _aad(ref: Ref) -> bytes:
    return object_aad(ref.client.raw, ref.noun, ref.id, ref.version)


def _digesting(
    chunks: Iterable[memoryview], update: Callable[[memoryview], object]
) -> Iterator[memoryview]:
    for chunk in chunks:
        update(chunk)
        yield chunk
