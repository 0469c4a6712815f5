"""What objects need from outside."""

from collections.abc import Sequence
from typing import Protocol

from bailee.grant import Grant, Ref
from bailee.ids import ClientId, ObjectId
from bailee.keyring.model import Pending
from bailee.objects.model import VersionRow
from bailee.seal.port import Opener, Sealer
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


class Keys(Protocol):
    """The part of the keyring that objects use."""

    def sealer(self, ref: Ref) -> Sealer:
        """Make a fresh leaf key that only seals."""

    def enrol(self, tx: Tx, sealer: Sealer) -> None:
        """Make a fresh leaf key last."""

    def opener(self, tx: Tx, ref: Ref, grant: Grant) -> Opener:
        """Return what opens, when the grant covers it."""

    def destroy(self, tx: Tx, refs: Sequence[Ref]) -> Pending:
        """Destroy leaf keys; final at the turn."""

    def announce(self, pending: Pending) -> None:
        """Leave the ids of destroyed keys with the custodians."""
