"""What clients need from outside."""

from collections.abc import Sequence
from typing import Protocol

from bailee.grant import Grant, Ref
from bailee.ids import ClientId
from bailee.monitor.power import ClientRow, Macs
from bailee.seal.port import Opener, Sealer
from bailee.work import Tx


class ClientRows(Protocol):
    """The rows of clients."""

    def by_label(self, tx: Tx, label_key: bytes) -> ClientRow | None:
        """Find by the keyed label."""

    def all(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client, the provider included, by id."""

    def add(self, tx: Tx, row: ClientRow) -> None:
        """Insert a client; Conflict when the label has one."""


class Keys(Macs, Protocol):
    """The part of the keyring that clients use."""

    def new_client(self, tx: Tx, client: ClientId) -> None:
        """Make the key of a client."""

    def sealer(self, ref: Ref) -> Sealer:
        """Make a fresh leaf key that only seals."""

    def enrol(self, tx: Tx, sealer: Sealer) -> None:
        """Make a fresh leaf key last."""

    def opener(self, tx: Tx, ref: Ref, grant: Grant) -> Opener:
        """Return what opens, when the grant covers it."""


class Ledgers(Protocol):
    """The part of the ledger that clients use."""

    def open_log(self, tx: Tx, client: ClientId, t_ms: int) -> object:
        """Begin the log of a client with its first entry."""
