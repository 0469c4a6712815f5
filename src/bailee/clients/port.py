"""Ports of clients."""

from collections.abc import Sequence
from typing import Protocol

from bailee.ids import ClientId
from bailee.keyring.port import Macs, Opening, Sealing
from bailee.monitor.power import ClientRow, LockRow
from bailee.work import Tx


class LockRows(Protocol):
    """Lock rows: which clients are locked."""

    def get(self, tx: Tx, client: ClientId) -> LockRow | None:
        """Find by client; None for one that was never locked."""

    def all(self, tx: Tx) -> Sequence[LockRow]:
        """Return every row, by client."""

    def require_whole(self, tx: Tx) -> None:
        """Return if no row is missing; Damaged where it cannot be told."""

    def put(self, tx: Tx, row: LockRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""


class ClientRows(Protocol):
    """Client rows: the rows of clients, and of which are locked."""

    @property
    def locks(self) -> LockRows:
        """The rows that say which are locked."""

    def get(self, tx: Tx, client: ClientId) -> ClientRow | None:
        """Find by id."""

    def by_label(self, tx: Tx, label_key: bytes) -> ClientRow | None:
        """Find by the keyed label."""

    def all(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client, the provider included, by id."""

    def require_whole(self, tx: Tx, label_key: bytes | None = None) -> None:
        """Return if no client, or none under this label, is missing; Damaged where unknown."""

    def add(self, tx: Tx, row: ClientRow) -> None:
        """Insert a client; Conflict when the label has one."""


class ClientKeys(Macs, Sealing, Opening, Protocol):
    """Client keys: the part of the keyring that clients use."""

    def new_client(self, tx: Tx, client: ClientId) -> None:
        """Make the key of a client."""


class NewLedgers(Protocol):
    """New ledgers: the part of the ledger that clients use."""

    def open_ledger(self, tx: Tx, client: ClientId, t_ms: int) -> object:
        """Begin the ledger of a client with its first entry."""
