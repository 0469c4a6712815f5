"""Archive: inside a backup, a plain tar of regular files whose names this house could write.

Any tar reads it once it is opened.  Reading is ours and strict, since an envelope names no sender:
a name is one of a closed grammar, so none climbs out; a type other than a regular file, a link
among them, is refused; a size beyond what is left of the stream is refused before a byte of it
is taken.  After the end mark come only zeros.
"""

import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from bailee.errors import Damaged, NotFound
from bailee.ids import BlobId, LedgerId
from bailee.proof.malformed import Malformed
from bailee.proof.tree.tiles import Tile
from bailee.seal.port import Chunk, SealedSource

ROWS: Final = "rows.db"
KEYRING: Final = "keyring"
CONFIG: Final = "bailee.toml"
OBJECTS: Final = "objects"
LEDGER: Final = "ledger"
SIGNER: Final = "signer"
CHECKPOINT: Final = "checkpoint"

_BLOCK: Final = 512
_CHUNK: Final = 1024 * 1024
_SINGLE: Final = frozenset({ROWS, KEYRING, CONFIG})
_HEADS: Final = frozenset({SIGNER, CHECKPOINT})
_MODE: Final = 0o600
_PAX_BYTES_MAX: Final = 4 * _BLOCK
_PAX_SIZE: Final = re.compile(rb"([0-9]{1,3}) size=([1-9][0-9]{0,18})\n")
_SIZE: Final = re.compile(rb"[0-7]{11}\0")


class ArchiveFile(SealedSource, Protocol):
    """Archive file: open for reading at any place, to be closed."""

    def close(self) -> None:
        """Give it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Member: one file that goes into a backup; one that `may_vanish` is left out if it has."""

    name: str
    open: Callable[[], ArchiveFile]
    may_vanish: bool = False


def check_name(name: str) -> str:
    """Return the name; Damaged when no backup of ours has such a member."""
    folder, _, rest = name.partition("/")
    try:
        if folder == OBJECTS:
            BlobId.parse(rest)
        elif folder == LEDGER:
            log, _, path = rest.partition("/")
            LedgerId.parse(log)
            if path not in _HEADS:
                Tile.parse(path)
        elif name not in _SINGLE:
            raise Damaged("errors_backup.member-name")
    except (ValueError, Malformed):
        raise Damaged("errors_backup.member-name") from None
    return name


def is_kept(name: str) -> bool:
    """Tell whether a file of a ledger's folder goes into a backup: heads and tiles do."""
    if name in _HEADS:
        return True
    try:
        Tile.parse(name)
    except Malformed:
        return False
    return True


# --- writing -----------------------------------------------------------------------------------


def pack(members: Iterable[Member]) -> Iterator[Chunk]:
    """Write members as a tar, a chunk at a time; the sizes are those of the opened files."""
    for member in members:
        try:
            source = member.open()
        # A sealed file may be deleted while the home is in use, with the row that named it; any
        # other that is gone makes the backup worthless, and it is not written.
        except NotFound:
            if member.may_vanish:
                continue
            raise
        try:
            size = source.size()
            # Checked when it is written too: a name that reading would refuse must not get into a
            # backup.
            yield _head(check_name(member.name), size)
            yield from _content(source, size)
        finally:
            source.close()
        yield bytes(-size % _BLOCK)
    yield bytes(2 * _BLOCK)


def _head(name: str, size: int) -> bytes:
    # No owner, no time: two backups of the same files differ in nothing that says when or who.
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, _MODE
    return info.tobuf(tarfile.PAX_FORMAT)


def _content(source: SealedSource, size: int) -> Iterator[Chunk]:
    at = 0
    while at < size:
        chunk = source.read_at(at, min(_CHUNK, size - at))
        if not chunk:  # cut short while it was read: the tar would lie about what follows
            raise Damaged("errors_backup.source-shrank")
        yield chunk
        at += len(chunk)


# --- reading -----------------------------------------------------------------------------------


class ArchiveStream(Protocol):
    """Archive stream: the opened plaintext, read from its beginning to its end."""

    def read(self, size: int, /) -> bytes | None:
        """Read up to so many bytes."""


class Unpacking:
    """Unpacking: goes through the members of a tar of at most `size` bytes, in order."""

    def __init__(self, stream: ArchiveStream, size: int) -> None:
        self._stream = stream
        self._left = size
        self._names: set[str] = set()

    def __iter__(self) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Yield name, size and content of each; what was not read of one is passed over."""
        while (head := self._header()) is not None:
            name, size = head
            # Twice the same name would let the second replace what was checked of the first.
            if name in self._names or size > self._left:
                raise Damaged("errors_backup.archive")
            self._names.add(name)
            content = self._chunks(size)
            yield name, size, content
            # What was not taken is read all the same: the stream is authenticated to its end, and
            # the next header stands behind it.
            for _ in content:
                pass
            if self._take(-size % _BLOCK).strip(b"\0"):
                raise Damaged("errors_backup.archive")
        self._end()

    def _header(self) -> tuple[str, int] | None:
        block = self._take(_BLOCK)
        if not block.strip(b"\0"):
            return None
        large = None
        # Byte 156 is the type, in the layout of POSIX tar; 8 GiB do not fit the eleven octal
        # digits.
        if block[156:157] == tarfile.XHDTYPE:
            large = self._pax(block)
            block = self._take(_BLOCK)
        size = _octal(block)
        try:
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            raise Damaged("errors_backup.archive") from None
        # Bytes 345 to 500 are a prefix of the name, which tar joins in front: a checked name could
        # become another.
        if info.type != tarfile.REGTYPE or info.linkname or block[345:500].strip(b"\0"):
            raise Damaged("errors_backup.member-type")
        return check_name(info.name), size if large is None else large

    def _pax(self, block: bytes) -> int:
        """Read the record that gives a size of 8 GiB or more; no other is known here."""
        size = _octal(block)
        if size > _PAX_BYTES_MAX:
            raise Damaged("errors_backup.archive")
        record = self._take(size + -size % _BLOCK)
        found = _PAX_SIZE.fullmatch(record[:size])
        if not found or int(found[1]) != size:
            raise Damaged("errors_backup.archive")
        return int(found[2])

    def _chunks(self, size: int) -> Iterator[bytes]:
        while size:
            chunk = self._take(min(_CHUNK, size))
            size -= len(chunk)
            yield chunk

    def _take(self, size: int) -> bytes:
        if size > self._left:
            raise Damaged("errors_backup.archive")
        parts = []
        while size:
            part = self._stream.read(size)
            if not part:
                raise Damaged("errors_backup.archive")
            parts.append(part)
            size -= len(part)
            self._left -= len(part)
        return b"".join(parts)

    def _end(self) -> None:
        # One block of zeros at least beside the one that was read: a stream cut between members
        # would look like a shorter archive.
        if self._left < _BLOCK:
            raise Damaged("errors_backup.archive")
        while self._left:
            if self._take(min(_CHUNK, self._left)).strip(b"\0"):
                raise Damaged("errors_backup.archive")


def _octal(block: bytes) -> int:
    # The size, as eleven octal digits and a zero byte; tar knows other spellings, and ours is one.
    field = block[124:136]
    if not _SIZE.fullmatch(field):
        raise Damaged("errors_backup.archive")
    return int(field[:11], 8)
