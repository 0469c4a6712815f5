"""Backup writer: writes backups, reads them back, rotates old ones; asks for no permission.

What is written at a destination counts only once it was read back from there: the digest of the
whole file is compared, the envelope opened, every segment authenticated.  A crash leaves a file
that is whole or not there, and one that nobody counted on is rotated like any other.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bailee import errors, failpoint
from bailee.backup.archive import ROWS, ArchiveFile, Member, Unpacking, pack
from bailee.backup.form import OpenEnvelope, open_stream, read_head, seal
from bailee.backup.model import About, BackupKind, StoredBackup, Written
from bailee.backup.port import BackedKeyRows, BackedLedgerRows, Destination, HomeFiles
from bailee.clock import Clock
from bailee.ids import BackupId, Entropy
from bailee.keys.model import RowCopy
from bailee.seal.port import Chunk
from bailee.work import Tx

ROWS_KEPT: Final = 8
"""Row backups kept at each destination, of this installation.

An older one opens nothing that the newest does not: after a turn it opens nothing at all, and
serves only to salvage rows with today's keys.  Eight outlast a week of daily ones and the damage
of a day that nobody noticed.  Backups of a home are never removed: they may hold the only copy.
"""

SUFFIX: Final = ".bailee"
_CHUNK: Final = 1024 * 1024

_NOT_TAKEN = (errors.CannotRecord, errors.Damaged, errors.NotFound)
"""What one destination may do without keeping the others from their copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Recovery: the recovery key: `public` seals; `open` needs the root, and opens again."""

    public: bytes
    open: OpenEnvelope

    @property
    def id(self) -> bytes:
        """What a head names it by."""
        return sha256(self.public).digest()


def file_name(about: About) -> str:
    """Name the file of a backup: random, as its id is."""
    return f"{about.id}{SUFFIX}"


class BackupWriter:
    """Backup writer: writes and reads the backups of one home; implements `keys.port.RowBackup`."""

    def __init__(
        self,
        *,
        files: HomeFiles,
        destinations: Mapping[str, Destination],
        keys: BackedKeyRows,
        ledgers: BackedLedgerRows,
        recovery: Callable[[], Recovery],
        clock: Clock,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self._files = files
        self._destinations = destinations
        self._keys = keys
        self._ledgers = ledgers
        self._recovery = recovery
        self._clock = clock
        self._entropy = entropy

    # --- for a turn of the keys ------------------------------------------------------------

    def write(self, generation: int) -> Sequence[RowCopy]:
        """Write the rows at every destination; raise when one does not take them."""
        written = self.make(BackupKind.ROWS)
        if written.missed:
            raise errors.CannotRecord("errors_backup.missed", missed=len(written.missed))
        about = written.about
        # The turn goes on only with a copy that the new turn secret opens: after T3 no other does.
        if about.generation != generation:
            raise errors.Conflict("errors_backup.other-generation", generation=about.generation)
        return [
            RowCopy(id=about.id, destination=place, generation=generation)
            for place in written.places
        ]

    @contextmanager
    def reading(self, copy: RowCopy) -> Iterator[Tx]:
        """Read the rows of a copy back from its destination."""
        store = self._destinations[copy.destination]
        with _opened(store, f"{copy.id}{SUFFIX}") as source, self._files.empty_rows() as room:
            about, reader = open_stream(source, self._recovery().open)
            if about.id != copy.id or about.generation != copy.generation:
                raise errors.Damaged("errors_backup.other-file")
            for name, _, content in Unpacking(reader, reader.extent.true_size):
                if name == ROWS:
                    room.write(content)
            with room.rows() as rows, rows.transaction() as tx:
                yield tx

    # --- writing ---------------------------------------------------------------------------

    def make(self, kind: BackupKind) -> Written:
        """Write a backup to every destination and read it back there.

        Raises when no destination has it in the end; those that miss it are in the result.
        """
        if not self._destinations:
            raise errors.Conflict("errors_backup.no-destination")
        recovery = self._recovery()
        # Before the rows are copied: a head must not speak of an entry that the copy lacks.
        heads = [_held(head) for head in self._files.heads()] if kind is BackupKind.ROWS else []
        # A copy at one moment, in a file of its own: the home goes on being written meanwhile.
        with self._files.copy_rows() as copy:
            with copy.rows() as rows:
                about = rows.read(lambda tx: self._about(tx, kind, recovery))
            written = self._spread(
                about, lambda: self._members(kind, copy.member(ROWS), heads), recovery
            )
        for place in written.places:
            # Last, and only where the new one was read back: else a broken destination would lose
            # its old ones for nothing.
            self._rotate(self._destinations[place], about)
        return written

    def _about(self, tx: Tx, kind: BackupKind, recovery: Recovery) -> About:
        found = self._keys.state(tx)
        if found is None:
            raise errors.Conflict("errors_keyring.not-founded")
        state = found[0]
        return About(
            id=BackupId.new(self._entropy),
            install=state.install,
            kind=kind,
            # The oldest: in the middle of a turn rows are of two generations, and it takes both to
            # open all.
            generation=min(row.gen for row in self._keys.wrapping_keys(tx)),
            position=sum(
                self._ledgers.row_of(tx, client).count for client in self._ledgers.clients(tx)
            ),
            made_ms=self._clock.now_ms(),
            recovery=recovery.id,
        )

    def _members(self, kind: BackupKind, rows: Member, heads: Sequence[Member]) -> Iterator[Member]:
        """Give what goes in, in an order that keeps it whole while the home is in use.

        Rows alone come with heads taken before them, so that no head speaks of an entry that the
        rows lack.  Of a home, heads and then tiles come last: the tiles reach at least as far, and
        leaves that were signed meanwhile are saved even where their rows are not.
        """
        yield from heads
        yield rows
        yield from self._files.settings()
        if kind is BackupKind.HOME:
            yield from self._files.objects()
            yield from [_held(head) for head in self._files.heads()]
            yield from self._files.tiles()

    def _spread(
        self, about: About, members: Callable[[], Iterator[Member]], recovery: Recovery
    ) -> Written:
        """Seal to the first destination that takes it; copy to the others from there."""
        name = file_name(about)
        first: Destination | None = None
        size, digest, problem = 0, b"", None
        places, missed = list[str](), list[str]()
        for place, store in self._destinations.items():
            try:
                if first is None:
                    sealed = seal(about, pack(members()), recovery.public, self._entropy)
                    size, digest = _put(store, name, sealed)
                else:
                    _copy(first, store, name, digest)
                # By reading the file again: what was handed to a disk and what it gives back are
                # two things.
                self._read_back(store, name, digest, recovery)
            except _NOT_TAKEN as error:
                problem = error
                missed.append(place)
                # What is left there is no backup; one that cannot be removed either is rotated one
                # day.
                with suppress(*_NOT_TAKEN):
                    store.delete(name)
            else:
                first = first or store
                places.append(place)
        if problem is not None and not places:
            raise problem
        return Written(
            about=about,
            size_bytes=size,
            digest=digest,
            places=tuple(places),
            missed=tuple(missed),
        )

    def _read_back(self, store: Destination, name: str, digest: bytes, recovery: Recovery) -> None:
        with _opened(store, name) as source:
            found = sha256()
            for chunk in _chunks(source):
                found.update(chunk)
            if found.digest() != digest:
                raise errors.Damaged("errors_backup.not-as-written")
            _, reader = open_stream(source, recovery.open)
            for _ in Unpacking(reader, reader.extent.true_size):
                pass

    # --- looking and rotating --------------------------------------------------------------

    def stored(self) -> Sequence[StoredBackup]:
        """Return what lies at the destinations, newest first, by the heads alone."""
        found = [
            item for place, store in self._destinations.items() for item in stored_at(place, store)
        ]
        return sorted(found, key=lambda item: (item.about.age, item.about.made_ms), reverse=True)

    def _rotate(self, store: Destination, newest: About) -> None:
        """Remove row backups beyond those kept, never before the newest was read back."""
        rows = [
            item
            for item in stored_at("", store)
            if item.about.install == newest.install and item.about.kind is BackupKind.ROWS
        ]
        rows.sort(key=lambda item: (item.about.age, item.about.made_ms), reverse=True)
        for item in rows[ROWS_KEPT:]:
            with suppress(errors.CannotRecord, OSError), failpoint.durable("backup.rotate"):
                # A crash between two leaves one more than is kept, for the next rotation.
                store.delete(item.name)


def stored_at(place: str, store: Destination) -> Iterator[StoredBackup]:
    """Yield the backups at one destination, by their heads alone; what has none is passed over."""
    for name in list(store.names()):
        if not name.endswith(SUFFIX):
            continue
        with suppress(errors.Damaged, errors.NotFound), _opened(store, name) as source:
            head, _ = read_head(source)
            yield StoredBackup(about=head.about, place=place, name=name, size_bytes=source.size())


@contextmanager
def _opened(store: Destination, name: str) -> Iterator[ArchiveFile]:
    source = store.open(name)
    try:
        yield source
    finally:
        source.close()


def _chunks(source: ArchiveFile) -> Iterator[Chunk]:
    at, size = 0, source.size()
    while at < size:
        chunk = source.read_at(at, min(_CHUNK, size - at))
        if not chunk:
            raise errors.Damaged("errors_backup.not-as-written")
        yield chunk
        at += len(chunk)


def _put(store: Destination, name: str, chunks: Iterable[Chunk]) -> tuple[int, bytes]:
    digest = sha256()

    def passing() -> Iterator[Chunk]:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk

    try:
        with failpoint.durable("backup.write"):
            # A crash before it leaves a nameless part, swept by the store; after it, a whole file.
            size = store.put(name, passing())
    except OSError as error:
        raise errors.CannotRecord("errors_backup.not-taken") from error
    return size, digest.digest()


def _copy(source: Destination, target: Destination, name: str, digest: bytes) -> None:
    with _opened(source, name) as handle:
        if _put(target, name, _chunks(handle))[1] != digest:
            raise errors.Damaged("errors_backup.not-as-written")


class _Held:
    """A small file as it was at one moment."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def size(self) -> int:
        return len(self._data)

    def read_at(self, offset: int, size: int) -> Chunk:
        return self._data[offset : offset + size]

    def close(self) -> None:
        """Nothing is open."""


def _held(member: Member) -> Member:
    """Take a small member into memory now, rather than when its turn comes."""
    source = member.open()
    try:
        data = bytes(source.read_at(0, source.size()))
    finally:
        source.close()
    return Member(name=member.name, open=lambda: _Held(data))
