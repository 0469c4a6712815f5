"""Directory store: objects as files, whole and durable or not there; a name is never used twice.

`put` writes a file in `.incoming/`, fsyncs it, links it to its name (which must be free) and fsyncs
the directory, in that order: whatever the moment of a crash, a name shows all the bytes or none.
`replace` does the same for the few names whose content changes (`checkpoint`, `signer`, tiles not
yet signed).  What a crash leaves lies in `.incoming/` or is named by no row: `sweep` removes it
once it is an hour old, for a younger one may be about to be named.
Names are opaque; one that could lead out of the root is refused before any call is made.
"""

import errno
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from bailee import errors, failpoint
from bailee.limits import RESERVE_BYTES, STORE_DEPTH

SWEEP_AFTER_S: Final = 3_600.0
"""Age from which an unnamed object is swept: a younger one may be of a commit still to come."""

_INCOMING: Final = ".incoming"
# No dot in front, so no `.` or `..`, nothing hidden, and never `.incoming`.
_SEGMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
# 1,024 folders of base32: a directory of a million entries is slow to list on most file systems.
_SHARD_CHARS: Final = 2


class DirectoryHandle:
    """Open object, read at any position; it stays readable when its name is deleted."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def size(self) -> int:
        """Return the size in bytes."""
        with _reading():
            return os.fstat(self._descriptor).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`, fewer only where the object ends."""
        parts: list[bytes] = []
        with _reading():
            # A read may return less than was asked for: on a signal, or beyond 2 GiB.
            while length > 0:
                part = os.pread(self._descriptor, length, offset)
                if not part:
                    break
                parts.append(part)
                offset += len(part)
                length -= len(part)
        # One part is the usual case, and goes out without a copy.
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Close the descriptor; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class DirectoryStore:
    """Store in a directory of this machine; `sharded` spreads flat names over folders."""

    def __init__(self, root: Path, *, sharded: bool = False) -> None:
        self._root = root
        self._sharded = sharded
        # Folders that this process has synced.  Valid for its life: folders are never removed.
        self._durable_folders: set[Path] = set()

    # --- writing ---------------------------------------------------------------------------

    def put(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> int:
        """Store a new object under a free name, durably; return its size in bytes.

        Raises Conflict when the name is taken and CannotRecord when the disk does not take it;
        what `chunks` raises is raised, and nothing is stored.
        """
        place = self._place(name)
        incoming, size = self._receive(chunks)
        with _writing():
            try:
                self._make_folder(place.parent)
                with failpoint.durable("objects.rename"):
                    # A link, not a rename: it fails when the name is taken, atomically.
                    # A crash after it leaves the object whole under its name, and a second
                    # name in `.incoming`, which the sweep removes.
                    os.link(incoming, place)
            except FileExistsError:
                raise errors.Conflict("errors_objects_store.name-taken") from None
            finally:
                _clear(incoming)
            # A crash before it may take the name back, but then `put` has not returned.
            self._sync_folder(place.parent)
        return size

    def replace(self, name: str, data: bytes) -> None:
        """Store an object under a name that may have been in use, durably."""
        self.replace_many({name: data})

    def replace_many(self, objects: Mapping[str, bytes]) -> None:
        """Store several, each whole or not at all, in any order; durable when this returns."""
        # One fsync of each folder for all of them: a step of the ledger writes hundreds of tiles.
        places = {self._place(name): data for name, data in objects.items()}
        folders = sorted({place.parent for place in places})
        with _writing():
            for folder in folders:
                self._make_folder(folder)
        for place, data in places.items():
            incoming, _ = self._receive((data,))
            with _writing(), failpoint.durable("objects.rename"):
                # A crash here leaves the old object or the new one under the name.
                incoming.replace(place)
        with _writing():
            for folder in folders:
                self._sync_folder(folder)

    def delete(self, name: str) -> bool:
        """Remove an object, durably; False when there was none."""
        place = self._place(name)
        with _writing():
            try:
                with failpoint.durable("objects.delete"):
                    place.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return False
            # Durable, or a crash would show again what a caller was told is gone.
            self._sync_folder(place.parent)
        return True

    def discard(self, names: Iterable[str]) -> None:
        """Remove objects that nobody needs: not durably, for one that comes back does no harm."""
        with _writing():
            for name in names:
                place = self._place(name)
                with failpoint.durable("objects.discard"):
                    place.unlink(missing_ok=True)

    def sweep(
        self,
        named: Callable[[Iterable[str]], frozenset[str]],
        older_than_s: float = SWEEP_AFTER_S,
        now_s: Callable[[], float] = time.time,
    ) -> int:
        """Remove objects that no row names and that are older than an hour; return how many.

        `named` is given the old ones and returns those that rows name.
        """
        before = now_s() - older_than_s
        swept = self.sweep_incoming(older_than_s, now_s)
        old = [name for name in self.names() if _modified(self._place(name)) < before]
        # Rows are asked after the listing: an object that was named in between is then kept.
        keep = named(old) if old else frozenset()
        return swept + sum(self.delete(name) for name in old if name not in keep)

    def sweep_incoming(
        self,
        older_than_s: float = SWEEP_AFTER_S,
        now_s: Callable[[], float] = time.time,
    ) -> int:
        """Remove only what crashes left half written; return how many files."""
        before = now_s() - older_than_s
        orphans = self._files(self._root / _INCOMING)
        old = [orphan for orphan in orphans if _modified(orphan) < before]
        with _writing():
            for orphan in old:
                _clear(orphan)
        return len(old)

    # --- reading ---------------------------------------------------------------------------

    def open(self, name: str) -> DirectoryHandle:
        """Open one for reading at any position; NotFound when there is none."""
        with _reading():
            return DirectoryHandle(os.open(self._place(name), os.O_RDONLY | os.O_CLOEXEC))

    def read_at(self, name: str, offset: int, length: int) -> bytes:
        """Read a range; fewer bytes only where the object ends."""
        with self.open(name) as handle:
            return handle.read_at(offset, length)

    def read(self, name: str) -> bytes:
        """Read a whole object; for small ones."""
        with self.open(name) as handle:
            return handle.read_at(0, handle.size())

    def size(self, name: str) -> int:
        """Return the size in bytes."""
        with _reading():
            return self._place(name).stat().st_size

    def exists(self, name: str) -> bool:
        """Return whether the name is in use."""
        return self._place(name).is_file()

    def names(self, under: str = "") -> Iterator[str]:
        """Yield all names, in order; only those below a folder when one is given."""
        top = self._root / under if not under else self._root.joinpath(*_segments(under))
        for path in self._files(top):
            parts = path.relative_to(self._root).parts
            if parts[0] != _INCOMING:
                yield parts[-1] if self._sharded else "/".join(parts)

    # --- inside ----------------------------------------------------------------------------

    def _place(self, name: str) -> Path:
        parts = _segments(name)
        if self._sharded:
            # The random part of an id follows its kind and a dash.
            shard = name.partition("-")[2][:_SHARD_CHARS] or name[:_SHARD_CHARS]
            if len(parts) != 1 or not shard.isalnum():
                raise errors.UsageError("errors_objects_store.bad-name")
            parts = [shard, name]
        return self._root.joinpath(*parts)

    def _receive(self, chunks: Iterable[bytes | bytearray | memoryview]) -> tuple[Path, int]:
        """Write and fsync a file in `.incoming/`; a crash here leaves an orphan there to sweep."""
        incoming = self._root / _INCOMING / secrets.token_hex(16)
        with _writing():
            self._make_folder(incoming.parent)
            # O_EXCL with a random name: two writers never share a file.
            descriptor = os.open(
                incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
        size = 0
        whole = False
        try:
            for chunk in chunks:
                with _writing(), failpoint.durable("objects.write"):
                    size += _write_all(descriptor, chunk)
            with _writing(), failpoint.durable("objects.fsync"):
                # A failed fsync is never tried again: the kernel may have dropped the pages.
                os.fsync(descriptor)
            whole = True
        finally:
            os.close(descriptor)
            if not whole:
                with suppress(OSError):
                    _clear(incoming)
        return incoming, size

    def _make_folder(self, folder: Path) -> None:
        """Make a folder, and its name durable in its parent, before it is used.

        One that is there may have been made just before a crash and not synced, so each process
        syncs each folder once.
        """
        if folder in self._durable_folders:
            return
        if folder != self._root:
            self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, parents=folder == self._root, exist_ok=True)
        self._sync_folder(folder.parent)
        self._durable_folders.add(folder)

    def _sync_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with failpoint.durable("objects.fsync-folder"):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _files(self, folder: Path) -> Iterator[Path]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if path.name != _INCOMING:
                    yield from self._files(path)
            # A link is neither: whoever plants one does not get what it leads to listed or swept.
            elif entry.is_file(follow_symlinks=False):
                yield path


def _segments(name: str) -> list[str]:
    parts = name.split("/")
    fits = len(parts) <= STORE_DEPTH and all(_SEGMENT.fullmatch(part) for part in parts)
    if not fits:
        raise errors.UsageError("errors_objects_store.bad-name")
    return parts


def _clear(incoming: Path) -> None:
    with failpoint.durable("objects.incoming"):
        # A crash before it leaves an orphan to sweep.
        incoming.unlink(missing_ok=True)


def _write_all(descriptor: int, chunk: bytes | bytearray | memoryview) -> int:
    left = memoryview(chunk).cast("B")
    total = len(left)
    while left:
        left = left[os.write(descriptor, left) :]
    return total


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")  # gone meanwhile: nothing to sweep


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            mib = 2 * RESERVE_BYTES >> 20
            raise errors.CannotRecord("errors_objects_store.full", mib=mib) from error
        code = errno.errorcode.get(error.errno or 0, "EIO")
        raise errors.CannotRecord("errors_objects_store.not-writable", code=code) from error


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise errors.NotFound("errors_objects_store.missing") from None
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "EIO")
        raise errors.Damaged("errors_objects_store.unreadable", code=code) from error
