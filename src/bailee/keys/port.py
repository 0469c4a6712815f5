"""What turning keys needs from outside: row backups read back, a printer of recovery kits."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bailee.keys.acts import KeysTurned
from bailee.keys.model import RowCopy
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


Record = Callable[[Tx, KeysTurned], object]
"""Records the outcome of a finished turn, in the transaction that closes it."""
