"""Ports of backups: a home's files, destinations, rows of a copy, keys."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from bailee.audit import Finding
from bailee.backup.archive import ArchiveFile, Member
from bailee.clock import Clock
from bailee.ids import ClientId, EntryId, ObjectId
from bailee.keyring.model import LeafRow, Pending, State, WrappingKeyRow
from bailee.ledger.model import EntryDraft, LedgerRow, Recorded
from bailee.ledger.port import Files
from bailee.monitor.service import Monitor
from bailee.work import Tx, Work

T = TypeVar("T")


class Destination(Protocol):
    """Destination: where backups are; names are random, a file once written never changes."""

    def put(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> int:
        """Write a new file, durable when this returns: whole or not there."""

    def open(self, name: str) -> ArchiveFile:
        """Open a file; NotFound when absent."""

    def names(self) -> Iterator[str]:
        """Go through the names."""

    def delete(self, name: str) -> bool:
        """Delete a file, durably; False when there was none."""


class BackupReading(Protocol):
    """Backup reading: rows that can only be read: a copy in a file of its own."""

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on the rows."""

    def transaction(self) -> AbstractContextManager[Tx]:
        """Read them in one transaction that cannot write."""


class RowsFile(Protocol):
    """Rows file: a file for a copy of the rows, ours alone, gone when its context ends."""

    def member(self, name: str) -> Member:
        """Give it as a member of an archive."""

    def write(self, chunks: Iterable[bytes]) -> None:
        """Fill it."""

    def rows(self) -> AbstractContextManager[BackupReading]:
        """Open the rows in it, read-only."""


class HomeFiles(Protocol):
    """Home files: the files of a home, to be read for a backup."""

    def copy_rows(self) -> AbstractContextManager[RowsFile]:
        """Copy the rows as they are at one moment."""

    def empty_rows(self) -> AbstractContextManager[RowsFile]:
        """Make room for rows that are read back from a backup."""

    def settings(self) -> Sequence[Member]:
        """Give the keyring file and the settings."""

    def heads(self) -> Iterator[Member]:
        """Give each log's signer state and checkpoint."""

    def tiles(self) -> Iterator[Member]:
        """Give each log's tiles."""

    def objects(self) -> Iterator[Member]:
        """Give every sealed file."""


class BackedKeyRows(Protocol):
    """Backed key rows: the part of the key rows from which the generation of a copy is read."""

    def state(self, tx: Tx) -> tuple[State, bytes] | None:
        """Return the state and its MAC."""

    def wrapping_keys(self, tx: Tx) -> Iterator[WrappingKeyRow]:
        """Yield all keys under the key of a generation."""


class BackedLedgerRows(Protocol):
    """Backed ledger rows: the part of the ledger's rows that backups read."""

    def row_of(self, tx: Tx, client: ClientId) -> LedgerRow:
        """Return the log of a client."""

    def clients(self, tx: Tx) -> Sequence[ClientId]:
        """Return all clients that have a log."""

    def leaves(self, tx: Tx, client: ClientId, start: int, stop: int) -> Sequence[bytes]:
        """Return leaves in order; Damaged where one lacks."""


class Surroundings(Protocol):
    """Surroundings: what lies around the rows: rights of files, custodians, disks, backups."""

    def audit(
        self, generation: int, written: Mapping[str, str], *, deep: bool
    ) -> Iterable[Finding]:
        """Audit them; `written` gives the SHA-256 that the ledger holds of each backup."""


class NamedBlobs(Protocol):
    """Named blobs: the rows that say which sealed files there must be, of whatever noun."""

    def blobs(self, tx: Tx) -> frozenset[str]:
        """Return the names of all sealed files that rows name."""


class BackupFolder(Protocol):
    """Backup folder: where backup files are, by path."""

    def open(self, path: str) -> ArchiveFile:
        """Open one; NotFound when there is none."""

    def beside(self, path: str) -> Sequence[str]:
        """Return the paths of the other backups in its folder."""


class Staging(Protocol):
    """Staging: a place beside the home where a restore builds it; installed as one move."""

    def __enter__(self) -> Self:
        """Take it, empty, alone; LockedByOther while another restore has it."""

    def __exit__(self, *exc: object) -> None:
        """Remove it, unless it was installed."""

    def take(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write one file of the home, durably; Conflict when it was written before."""

    @property
    def ledgers(self) -> Files:
        """The files of its ledgers."""

    def rows(self) -> AbstractContextManager[BackupReading]:
        """Open the rows in it, read-only."""

    def install(self) -> None:
        """Move all of it to its place at once; Conflict when something is there."""


class LeafRows(Protocol):
    """Leaf rows: the part of the key rows in which a key id is looked up."""

    def leaves_by_kid(self, tx: Tx, key_ids: frozenset[bytes]) -> Sequence[LeafRow]:
        """Return the leaves with these key ids; reads them all."""


class BackedObjectRows(Protocol):
    """Backed object rows: the part of the rows of objects that a restore cleans."""

    def drop(self, tx: Tx, client: ClientId, obj: ObjectId) -> None:
        """Delete all versions of an object."""


class SubjectRows(BackedLedgerRows, Protocol):
    """Subject rows: the part of the ledger's rows that a restore cleans."""

    def drop_subject(self, tx: Tx, client: ClientId, entry: EntryId) -> bool:
        """Remove a sealed subject."""


class BackedLedger(Protocol):
    """Backed ledger: the part of the ledger that a restore uses."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Record an entry in this transaction."""

    def sequence(self, client: ClientId) -> object:
        """Add what is committed to the tree and publish a checkpoint."""


class Adopting(Protocol):
    """Adopting: takes back leaves whose rows were lost."""

    def adopt_lost(self, client: ClientId) -> int:
        """Take them from the bundles, marked as lost; return how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedHome:
    """Staged home: the services of a home that a restore builds, bound to its staging place.

    `deleted` gives the key ids that custodians hold as deleted; `settle` deletes them again in
    the rows, `scatter` gives up the shards of a client's names, and `announce` is for what both
    return; `beyond` counts the entries that custodians know of and the ledgers lack.
    """

    provider: ClientId
    work: Work
    keys: LeafRows
    deleted: Callable[[], frozenset[bytes]]
    settle: Callable[[Tx], Pending]
    scatter: Callable[[Tx, ClientId], Sequence[Pending]]
    beyond: Callable[[], int]
    announce: Callable[[Pending], None]
    ledgers: SubjectRows
    objects: BackedObjectRows
    ledger: BackedLedger
    reader: Adopting
    monitor: Monitor
    clock: Clock


Held = Callable[[], frozenset[int]]
"""Which generations the custodians hold, asked once the keyring file is in the staging place."""

OpenHome = Callable[[], AbstractContextManager[StagedHome]]
"""Opens the staged home with its keys; closing it publishes its ledgers."""

Audit = Callable[[], int]
"""Audits what was staged, without keys; returns how many things are damaged."""
