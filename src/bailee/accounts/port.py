"""What accounts need from outside."""

from collections.abc import Sequence
from typing import Protocol

from bailee.keyring.port import Macs, Opening, Sealing
from bailee.monitor.power import ActorRow
from bailee.work import Tx


class ActorRows(Protocol):
    """The rows of actors."""

    def by_os_user(self, tx: Tx, os_user_key: bytes) -> ActorRow | None:
        """Find by the keyed name."""

    def all(self, tx: Tx) -> Sequence[ActorRow]:
        """Return every actor, by id."""

    def add(self, tx: Tx, row: ActorRow) -> None:
        """Insert an actor; Conflict when the name has one."""

    def replace(self, tx: Tx, row: ActorRow) -> None:
        """Replace the version before it; Conflict when that one is not there."""


class AccountKeys(Macs, Sealing, Opening, Protocol):
    """The part of the keyring that accounts use."""
