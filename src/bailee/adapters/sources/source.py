"""Sources of log lines: a file, which can be read again, and standard input, which cannot.

A file is opened once and read by position, so that what was recognised is what is read on, whatever
happens to its name meanwhile.  Offsets count unpacked bytes.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from types import TracebackType
from typing import BinaryIO, Self

from bailee import errors
from bailee.adapters.sources.packing import HEAD_BYTES, PIECE_BYTES, is_packed, unpacked
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
        if not is_packed(self._at(0, HEAD_BYTES)):
            yield from self._raw(offset)
            return
        # From the beginning: neither gzip nor zstd can be entered at an offset of what comes out.
        with closing(self._raw(0)) as raw:
            for chunk in unpacked(raw):
                if offset < len(chunk):
                    yield chunk[offset:]
                offset = max(0, offset - len(chunk))

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
        yield from unpacked(self._raw())

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


Source = FileSource | StreamSource


def source_of(place: SourcePlace, stdin: BinaryIO) -> Source:
    """Open a place as a source; PartlyDone with the reason when it is refused."""
    return StreamSource(stdin) if place.path == STDIN and not place.steps else FileSource(place)
