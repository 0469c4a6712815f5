"""Archives: the logs in a tar or zip file, each a source of its own.

Read forward where they stand and never written anywhere: no name in an archive is a path of ours.
What is no regular file is passed over; an archive in an archive is refused as any other form is.
"""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import IO, Protocol, cast

from bailee import errors
from bailee.adapters.sources.flow import Flow
from bailee.adapters.sources.packing import PIECE_BYTES
from bailee.limits import ARCHIVE_MEMBERS

_BLOCK_BYTES = 512
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED = 1
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)

Open = Callable[[], Generator[bytes, None, None]]
"""Gives the bytes of an archive, unpacked, from its first."""


def is_zip(head: bytes) -> bool:
    """Tell by its first bytes whether this is a zip file."""
    return head.startswith(_ZIP)


def is_tar(head: bytes) -> bool:
    """Tell by the checksum of its first header whether this is a tar file."""
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK_BYTES], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


class ArchiveMember(Protocol):
    """Archive member: one regular file of an archive."""

    name: str
    size_bytes: int

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes from its first; PartlyDone when they break."""


def zip_members(file: IO[bytes]) -> Iterator[ArchiveMember]:
    """Yield the files of a zip file in their order, and close it; PartlyDone when it is broken."""
    with file:
        yield from _zipped(file)


def _zipped(file: IO[bytes]) -> Iterator[ArchiveMember]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        # Its list stands at its end: a zip file that was cut has none.
        raise errors.PartlyDone("errors_sources.archive-torn") from None
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > ARCHIVE_MEMBERS:
        raise errors.PartlyDone("errors_sources.archive-members", limit=ARCHIVE_MEMBERS)
    for info in infos:
        yield _ZipMember(archive, info)


class _ZipMember:
    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self.name = info.filename
        self.size_bytes = info.compress_size
        self._archive = archive
        self._info = info

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes."""
        if self._info.flag_bits & _ENCRYPTED:
            raise errors.PartlyDone("errors_sources.archive-encrypted")
        try:
            with self._archive.open(self._info) as opened:
                while piece := opened.read(PIECE_BYTES):
                    yield piece
        except EOFError:
            raise errors.PartlyDone("errors_sources.torn") from None
        # RuntimeError: a compression that the library does not know.
        except (*_BROKEN, OSError, ValueError, RuntimeError):
            raise errors.PartlyDone("errors_sources.garbled") from None


def tar_members(opened: Open) -> Iterator[ArchiveMember]:
    """Yield the files of a tar file in their order; PartlyDone when it ends before its end."""
    reading = _TarReading(opened)
    try:
        while (member := reading.after()) is not None:
            yield member
    finally:
        reading.close()


class _TarReading:
    """Reading of a tar file: forward through its members, anew for what lies behind.

    Members are asked for in their order, so that a packed archive is unpacked once, unless a
    member is read a second time.
    """

    def __init__(self, opened: Open) -> None:
        self._opened = opened
        self._asked = 0
        self._open()

    def _open(self) -> None:
        self._raw = self._opened()
        self._flow = Flow(self._raw)
        try:
            # As a stream: it is read forward alone, and holds no list of what it passed.
            self._tar = tarfile.open(fileobj=cast("IO[bytes]", self._flow), mode="r|")  # noqa: SIM115  # closed by `close`
        except tarfile.TarError:
            raise errors.PartlyDone("errors_sources.archive-torn") from None
        self._at = 0
        """How many members were passed."""
        self._used = False
        """Whether the last of them was read."""
        self._last: tarfile.TarInfo | None = None

    def after(self) -> "_TarMember | None":
        """Go to the next regular file; None at the end."""
        while (info := self._to(self._asked + 1)) is not None:
            self._asked += 1
            if self._asked > ARCHIVE_MEMBERS:
                raise errors.PartlyDone("errors_sources.archive-members", limit=ARCHIVE_MEMBERS)
            if info.isreg():
                return _TarMember(self, info.name, self._asked)
        while self._flow.read(PIECE_BYTES):
            pass
        # Blocks of zeros end an archive, and nothing follows them: one that was cut between two
        # files has none, and of two in a row the second would be passed over.
        end = self._tar.offset
        if self._flow.size < end + _BLOCK_BYTES or self._flow.filled > end:
            raise errors.PartlyDone("errors_sources.archive-torn")
        return None

    def _to(self, number: int) -> tarfile.TarInfo | None:
        """Stand at a member, counted from 1, none of it read yet."""
        if self._at > number or (self._at == number and self._used):
            self.close()
            self._open()
        try:
            while self._at < number:
                self._last = self._tar.next()
                if self._last is None:
                    return None
                self._at, self._used = self._at + 1, False
                # The list that the library keeps of what it passed would grow with the archive.
                self._tar.members.clear()  # type: ignore[attr-defined]  # public, but not in the stubs
        except tarfile.TarError:
            raise errors.PartlyDone("errors_sources.archive-torn") from None
        return self._last

    def chunks(self, number: int) -> Iterator[bytes]:
        """Yield the bytes of a member."""
        info = self._to(number)
        file = None if info is None else self._tar.extractfile(info)
        if file is None:
            raise errors.PartlyDone("errors_sources.archive-torn")
        self._used = True
        try:
            while piece := file.read(PIECE_BYTES):
                yield piece
        except tarfile.TarError:
            raise errors.PartlyDone("errors_sources.archive-torn") from None

    def close(self) -> None:
        """Stop reading."""
        self._raw.close()


class _TarMember:
    size_bytes = 0

    def __init__(self, reading: _TarReading, name: str, number: int) -> None:
        self.name = name
        self._reading = reading
        self._number = number

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes."""
        return self._reading.chunks(self._number)
