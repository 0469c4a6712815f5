"""What turning keys needs from outside: row backups read back, a printer of recovery kits."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bailee.grant import Grant, Scope
from bailee.ids import ClientId
from bailee.keys.acts import KeysTurned
from bailee.keys.model import RowCopy
from bailee.monitor.model import Denial, Principal
from bailee.secret import Secret
from bailee.work import Tx


class RowBackup(Protocol):
    """Backups of the rows, as `backup` makes them.

    A store with replicas returns from `write` only once they have caught up.
    """

    def write(self, generation: int) -> Sequence[RowCopy]:
        """Write the rows at every destination, durably; raises when one does not take them."""

    def reading(self, copy: RowCopy) -> AbstractContextManager[Tx]:
        """Read a copy back from its destination, as a transaction that cannot write."""


class KitPrinter(Protocol):
    """Printer of the recovery kit of a new root; people then prove that they can use it."""

    def rehearsed(self, root: Secret[bytes]) -> bool:
        """Print the shares and join enough of them as typed back; False when that fails."""


class Door(Protocol):
    """The part of the monitor that keys use."""

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
    ) -> Grant | Denial:
        """Decide, record, grant; with `wait`, once a checkpoint includes the entry."""

    def outcome(self, tx: Tx, grant: Grant, result: str, body: Mapping[str, str]) -> object:
        """Record what became of it."""


Record = Callable[[Tx, KeysTurned], None]
"""Writes the ledger's entry of a finished turn, in the transaction that closes it."""
