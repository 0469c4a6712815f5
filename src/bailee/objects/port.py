"""What objects need from outside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from bailee.grant import Grant, Scope
from bailee.ids import ClientId, ObjectId
from bailee.keyring.port import Deleting, Opening, Sealing
from bailee.monitor.model import Denial, Principal
from bailee.objects.model import VersionRow
from bailee.work import Tx


class ObjectRows(Protocol):
    """The rows of objects: one for each version."""

    def next_version(self, tx: Tx, client: ClientId, obj: ObjectId) -> int:
        """Return the number that the next version takes, from 1."""

    def add(self, tx: Tx, row: VersionRow) -> None:
        """Insert a version; Conflict when another took its number."""

    def versions(
        self, tx: Tx, client: ClientId, obj: ObjectId | None = None
    ) -> Sequence[VersionRow]:
        """Return the versions of one object, or of all of a client, oldest first."""

    def drop(self, tx: Tx, client: ClientId, obj: ObjectId) -> None:
        """Delete all versions of an object."""


class Blob(Protocol):
    """A sealed file, open for reading at any place."""

    def size(self) -> int:
        """Return the stored size in bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer at the end."""

    def close(self) -> None:
        """Give it back."""


class BlobStore(Protocol):
    """Where sealed files are; durable when `put` returns."""

    def put(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> int:
        """Write a new file and return its size; Conflict when the name is taken."""

    def open(self, name: str) -> Blob:
        """Open a file; NotFound when absent."""

    def delete(self, name: str) -> bool:
        """Delete a file; False when there was none."""


class ObjectKeys(Sealing, Opening, Deleting, Protocol):
    """The part of the keyring that objects use."""


class Door(Protocol):
    """The part of the monitor that objects use."""

    def authorize(
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

    def outcome(self, tx: Tx, grant: Grant, result: str, body: Mapping[str, str]) -> object:
        """Record what became of it."""


ClientFinder = Callable[[Principal, str], ClientId]
"""Finds a client by its label, for who asks; NotFound when there is none or it is not theirs."""
