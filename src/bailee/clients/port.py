"""Ports of clients."""

from collections.abc import Sequence
from typing import Protocol

from bailee.ids import ClientId
from bailee.keyring.port import Macs, Opening, Sealing
from bailee.monitor.power import ClientRow
from bailee.work import Tx


class ClientRows(Protocol):
    """Client rows: the rows of clients."""

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
