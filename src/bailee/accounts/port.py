"""What accounts need from outside."""

from collections.abc import Sequence
from typing import Protocol

from bailee.grant import Grant, Ref
from bailee.monitor.power import ActorRow, Macs
from bailee.seal.port import Opener, Sealer
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


class Keys(Macs, Protocol):
    """The part of the keyring that accounts use."""

    def sealer(self, ref: Ref) -> Sealer:
        """Make a fresh leaf key that only seals."""

    def enrol(self, tx: Tx, sealer: Sealer) -> None:
        """Make a fresh leaf key last."""

    def opener(self, tx: Tx, ref: Ref, grant: Grant) -> Opener:
        """Return what opens, when the grant covers it."""
