"""Ports of accounts."""

from typing import Protocol

from bailee.keyring.port import Macs, Opening, Sealing
from bailee.monitor.port import ActorGrounds
from bailee.monitor.power import ActorRow
from bailee.work import Tx


class ActorRows(ActorGrounds, Protocol):
    """Actor rows: the rows of actors, which the monitor only reads."""

    def require_whole(self, tx: Tx) -> None:
        """Return if no actor is missing; Damaged where it cannot be told."""

    def add(self, tx: Tx, row: ActorRow) -> None:
        """Insert an actor; Conflict when the name has one."""

    def replace(self, tx: Tx, row: ActorRow) -> None:
        """Replace the version before it; Conflict when that one is not there."""


class AccountKeys(Macs, Sealing, Opening, Protocol):
    """Account keys: the part of the keyring that accounts use."""
