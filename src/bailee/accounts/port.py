"""What accounts need from outside."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from bailee.grant import Grant, Scope
from bailee.ids import ClientId
from bailee.keyring.port import Macs, Opening, Sealing
from bailee.ledger.model import Recorded
from bailee.monitor.model import Denial, Principal
from bailee.monitor.power import ActorRow
from bailee.work import Tx

T = TypeVar("T")


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


class Door(Protocol):
    """The part of the monitor that accounts use."""

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


ClientFinder = Callable[[Principal, str], ClientId]
"""Finds a client by its label, for who asks; NotFound when unknown or not theirs."""
