"""What backups need from outside: a home's files, destinations, rows of a copy, keys, the door."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from bailee.backup.archive import Member, Readable
from bailee.grant import Grant, Ref, Scope
from bailee.ids import ClientId, EntryId, ObjectId
from bailee.keyring.model import State, TrunkRow
from bailee.ledger.model import Draft, LogRow, Recorded
from bailee.monitor.model import Denial, Principal
from bailee.work import Tx

T = TypeVar("T")


class Destination(Protocol):
    """Where backups are: names are random, a name once written never changes."""

    def put(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> int:
        """Write a new file, durable when this returns: whole or not there."""

    def open(self, name: str) -> Readable:
        """Open a file; NotFound when absent."""

    def names(self) -> Iterator[str]:
        """Go through the names."""

    def delete(self, name: str) -> bool:
        """Delete a file, durably; False when there was none."""


class Reading(Protocol):
    """Rows that can only be read: a copy in a file of its own."""

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on the rows."""

    def transaction(self) -> AbstractContextManager[Tx]:
        """Read them in one transaction that cannot write."""


class RowsFile(Protocol):
    """A file for a copy of the rows, ours alone, gone when its context ends."""

    def member(self, name: str) -> Member:
        """Give it as a member of an archive."""

    def write(self, chunks: Iterable[bytes]) -> None:
        """Fill it."""

    def rows(self) -> AbstractContextManager[Reading]:
        """Open the rows in it, read-only."""


class HomeFiles(Protocol):
    """The files of a home, to be read for a backup."""

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


class KeyRows(Protocol):
    """The part of the key rows that tells which generation a copy is of."""

    def state(self, tx: Tx) -> tuple[State, bytes] | None:
        """Return the state and its MAC."""

    def trunk_all(self, tx: Tx) -> Iterator[TrunkRow]:
        """Yield all keys under the key of a generation."""


class LogRows(Protocol):
    """The part of the ledger's rows that backups read, and a restore completes."""

    def log(self, tx: Tx, client: ClientId) -> LogRow:
        """Return the log of a client."""

    def clients(self, tx: Tx) -> Sequence[ClientId]:
        """Return all clients that have a log."""

    def leaves(self, tx: Tx, client: ClientId, start: int, stop: int) -> Sequence[bytes]:
        """Return leaves in order; Damaged where one lacks."""

    def drop_subject(self, tx: Tx, client: ClientId, entry: EntryId) -> bool:
        """Remove a sealed subject."""


class ObjectRows(Protocol):
    """The part of the rows of objects that a restore cleans."""

    def drop(self, tx: Tx, client: ClientId, obj: ObjectId) -> None:
        """Delete all versions of an object."""


class Door(Protocol):
    """The part of the monitor that backups use."""

    def admit(
        self,
        who: Principal,
        *,
        act: str,
        client: ClientId,
        purpose: str | None,
        scopes: tuple[Scope, ...],
        count: int,
        body: Mapping[str, str],
        subject: Mapping[str, str] | None,
        wait: bool = False,
    ) -> Grant | Denial:
        """Decide, record, grant."""

    def outcome(self, tx: Tx, grant: Grant, result: str, body: Mapping[str, str]) -> Recorded:
        """Record what became of it."""


class Logs(Protocol):
    """The part of the ledger that a restore uses."""

    def append(self, tx: Tx, client: ClientId, draft: Draft) -> Recorded:
        """Record an entry in this transaction."""

    def sequence(self, client: ClientId) -> object:
        """Fold what is committed and publish a checkpoint."""


class Adopting(Protocol):
    """What takes back leaves whose rows were lost."""

    def adopt_lost(self, client: ClientId) -> int:
        """Take them from the bundles, marked as lost; return how many."""


Revoke = Callable[[Tx], Sequence[Ref]]
"""Drops the keys whose ids custodians hold as deleted; returns what they were of."""


class Staging(Protocol):
    """A place beside the home where a restore builds it; nothing is seen until it is installed."""

    def take(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write one file of the home, durably."""

    def has(self, name: str) -> bool:
        """Tell whether it was written."""

    def read(self, name: str) -> bytes:
        """Read a small one back; NotFound when it is not there."""

    def replace(self, name: str, data: bytes) -> None:
        """Write a small one, or write it anew, durably."""

    def rows(self) -> AbstractContextManager[Reading]:
        """Open the rows in it, read-only."""

    def install(self) -> None:
        """Move all of it to its place at once; Conflict when something is there."""
