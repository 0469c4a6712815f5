"""Ports of objects."""

from collections.abc import Sequence
from typing import Protocol

from bailee.ids import ClientId, ObjectId
from bailee.keyring.port import Deleting, Opening, Sealing
from bailee.objects.model import VersionRow
from bailee.work import Tx


class ObjectRows(Protocol):
    """Object rows: the rows of objects, one for each version."""

    def next_version(self, tx: Tx, client: ClientId, obj: ObjectId) -> int:
        """Return the number that the next version takes, from 1."""

    def add(self, tx: Tx, row: VersionRow) -> None:
        """Insert a version; Conflict when another took its number."""

    def versions(
        self, tx: Tx, client: ClientId, obj: ObjectId | None = None
    ) -> Sequence[VersionRow]:
        """Return the versions of one object, or of all of a client, oldest first."""

    def require_whole(self, tx: Tx, client: ClientId) -> None:
        """Return if no version of a client is missing; Damaged where it cannot be told."""

    def drop(self, tx: Tx, client: ClientId, obj: ObjectId) -> None:
        """Delete all versions of an object."""


class ObjectKeys(Sealing, Opening, Deleting, Protocol):
    """Object keys: the part of the keyring that objects use."""
