"""Ports of objects."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from bailee.ids import ClientId, ObjectId
from bailee.names.port import NameKeys, NameRows
from bailee.objects.model import VersionRow
from bailee.work import Tx


class ObjectRows(Protocol):
    """Object rows: the rows of objects, one for each version."""

    @property
    def names(self) -> NameRows:
        """The rows by which objects are found by name."""

    def next_version(self, tx: Tx, client: ClientId, obj: ObjectId) -> int:
        """Return the number that the next version takes, from 1."""

    def add(self, tx: Tx, row: VersionRow) -> None:
        """Insert a version; Conflict when another took its number."""

    def versions(
        self, tx: Tx, client: ClientId, obj: ObjectId | None = None
    ) -> Sequence[VersionRow]:
        """Return the versions of one object, or of all of a client, oldest first."""

    def version(self, tx: Tx, client: ClientId, obj: ObjectId, number: int) -> VersionRow | None:
        """Return one version."""

    def newest(self, tx: Tx, client: ClientId, obj: ObjectId) -> VersionRow | None:
        """Return the newest version of an object."""

    def versions_after(
        self, tx: Tx, client: ClientId, obj: ObjectId, after: int, limit: int
    ) -> Sequence[VersionRow]:
        """Return up to so many versions of an object after one, oldest first."""

    def objects(self, tx: Tx, client: ClientId) -> Sequence[ObjectId]:
        """Return all objects of a client, by id."""

    def require_whole(
        self, tx: Tx, client: ClientId, objects: Iterable[ObjectId] | None = None
    ) -> None:
        """Return if no version of these objects, or of any, is missing; Damaged if one may be."""

    def drop(self, tx: Tx, client: ClientId, obj: ObjectId) -> None:
        """Delete all versions of an object."""


class ObjectKeys(NameKeys, Protocol):
    """Object keys: the part of the keyring that objects use."""
