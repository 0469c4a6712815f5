"""What clients need from outside."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from bailee.grant import Grant, Scope
from bailee.ids import ClientId
from bailee.keyring.port import Macs, Opening, Sealing
from bailee.ledger.model import Recorded
from bailee.monitor.model import Denial, Principal
from bailee.monitor.power import ClientRow
from bailee.work import Tx

T = TypeVar("T")


class ClientRows(Protocol):
    """The rows of clients."""

    def by_label(self, tx: Tx, label_key: bytes) -> ClientRow | None:
        """Find by the keyed label."""

    def all(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client, the provider included, by id."""

    def add(self, tx: Tx, row: ClientRow) -> None:
        """Insert a client; Conflict when the label has one."""


class ClientKeys(Macs, Sealing, Opening, Protocol):
    """The part of the keyring that clients use."""

    def new_client(self, tx: Tx, client: ClientId) -> None:
        """Make the key of a client."""


class Ledgers(Protocol):
    """The part of the ledger that clients use."""

    def open_log(self, tx: Tx, client: ClientId, t_ms: int) -> object:
        """Begin the log of a client with its first entry."""


class Door(Protocol):
    """The part of the monitor that clients use."""

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
        to_self: bool = False,
    ) -> Grant | Denial:
        """Decide, record, grant."""

    def outcome(
        self,
        tx: Tx,
        grant: Grant,
        result: str,
        body: Mapping[str, str],
        subject: Mapping[str, str] | None = None,
    ) -> Recorded:
        """Record what became of it."""

    def change(self, fn: Callable[[Tx], T]) -> T:
        """Run a change of rows that confer power."""
