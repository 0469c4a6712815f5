"""Sources of log lines: a file, which can be read again, and standard input, which cannot.

A file is opened once and read by position, so that what was recognised is what is read on, whatever
happens to its name meanwhile.  Offsets count unpacked bytes.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from types import TracebackType
from typing import BinaryIO, Self

from bailee import errors
from bailee.adapters.sources import archive
from bailee.adapters.sources.content import require_text
from bailee.adapters.sources.packing import (
    HEAD_BYTES,
    PIECE_BYTES,
    headed,
    is_packed,
    unpacked,
)
from bailee.adapters.sources.place import STDIN, SourcePlace, opened


class FileSource:
    """Regular file as a source; implements `logs.port.LogSource`."""

    lasting = True

    def __init__(self, place: SourcePlace) -> None:
        self.address = place.address
        # Once, for comparing and for reading: opened twice, it could be two files.
        self._descriptor = opened(place)
        self.size_bytes = os.fstat(self._descriptor).st_size
        self.position = 0
        """How far the file itself was read, in stored bytes: for showing progress."""
        self.durable = 0
        """Up to which offset all is in custody."""

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield its bytes, decompressed, from an offset to the end; PartlyDone when it breaks."""
        head = self._at(0, HEAD_BYTES)
        if not is_packed(head):
            require_text(head)
            yield from self._raw(offset)
            return
        # From the beginning: nothing packed can be entered at an offset of what comes out.
        with closing(self._raw(0)) as raw:
            yield from _after(offset, _as_text(unpacked(raw)))

    def archive(self) -> "Iterator[archive.ArchiveMember] | None":
        """Return the files in it when it is an archive, packed or not; None when it is none."""
        head = self._at(0, HEAD_BYTES)
        if archive.is_zip(head):
            # Of its own descriptor's file, but read by position: the library seeks in it.
            return archive.zip_members(os.fdopen(os.dup(self._descriptor), "rb"))
        if is_packed(head):
            with closing(self._unpacked()) as chunks:
                head, _ = headed(chunks)
        return archive.tar_members(self._unpacked) if archive.is_tar(head) else None

    def _unpacked(self) -> Generator[bytes, None, None]:
        with closing(self._raw(0)) as raw:
            yield from unpacked(raw)

    def taken(self, end: int) -> None:
        """Take note that everything up to an offset is durable."""
        self.durable = end

    def _raw(self, at: int) -> Generator[bytes, None, None]:
        while chunk := self._at(at, PIECE_BYTES):
            at += len(chunk)
            self.position = at
            yield chunk
        # Shorter than when it was opened, or cut and grown again while it was read: what was given
        # may be of two files, so it does not pass for a whole one.
        if at < self.size_bytes or os.fstat(self._descriptor).st_size < at:
            raise errors.PartlyDone("errors_sources.shrank")

    def _at(self, at: int, length: int) -> bytes:
        try:
            return os.pread(self._descriptor, length, at)
        except OSError:
            raise errors.PartlyDone("errors_sources.unreadable") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)


class MemberSource:
    """File in an archive as a source; implements `logs.port.LogSource`.

    It is read while its archive is open.
    """

    lasting = True

    def __init__(self, place: SourcePlace, member: archive.ArchiveMember) -> None:
        self.address = place.address
        self.size_bytes = member.size_bytes
        self.position = 0
        self.durable = 0
        self._member = member

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield its bytes, decompressed, from an offset to the end; PartlyDone when it breaks."""
        yield from _after(offset, _as_text(unpacked(self._member.chunks())))

    def taken(self, end: int) -> None:
        """Take note that everything up to an offset is durable."""
        self.durable = end

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """What is open is the archive's."""


class StreamSource:
    """Standard input, or any stream that is read once; implements `logs.port.LogSource`."""

    lasting = False
    address = STDIN
    size_bytes = None

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.position = 0
        self.durable = 0

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield its bytes, decompressed; there is only one beginning."""
        # What was read is gone: going on in the middle is for files alone.
        if offset or self.position:
            raise ValueError("a stream is read once, from its beginning")
        yield from _as_text(unpacked(self._raw()))

    def taken(self, end: int) -> None:
        """Take note that everything up to an offset is durable."""
        self.durable = end

    def _raw(self) -> Iterator[bytes]:
        try:
            while chunk := self._stream.read(PIECE_BYTES):
                self.position += len(chunk)
                yield chunk
        except OSError:
            raise errors.PartlyDone("errors_sources.unreadable") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The stream belongs to the process."""


def _as_text(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass on what is text by its first bytes; PartlyDone before any of it when it is not."""
    head, whole = headed(chunks)
    if archive.is_zip(head) or archive.is_tar(head):
        raise errors.PartlyDone("errors_sources.archive-within")
    require_text(head)
    yield from whole


def _after(offset: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what follows the first `offset` bytes."""
    for chunk in chunks:
        if offset < len(chunk):
            yield chunk[offset:]
        offset = max(0, offset - len(chunk))


Source = FileSource | MemberSource | StreamSource


def sources_of(place: SourcePlace, stdin: BinaryIO) -> Iterator[tuple[SourcePlace, Source]]:
    """Open a place as a source, or as several when it is an archive; PartlyDone when it is not."""
    if place.path == STDIN and not place.steps:
        yield place, StreamSource(stdin)
        return
    with FileSource(place) as source:
        members = source.archive()
        if members is None:
            yield place, source
            return
        for member in members:
            own = replace(place, member=member.name, size_bytes=member.size_bytes)
            yield own, MemberSource(own, member)
