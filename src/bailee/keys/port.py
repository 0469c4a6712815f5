"""What turning keys needs from outside: row backups read back, a printer of recovery kits."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bailee.keyring.model import NamedKeys
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


class KeyInspection(Protocol):
    """What only an audit asks of the rows of keys."""

    def orphan_keys(self, tx: Tx) -> Sequence[tuple[str, str, str]]:
        """Name (level, noun, id) of keys that hang on nothing."""

    def orphan_marks(self, tx: Tx) -> Sequence[tuple[str, str]]:
        """Name (noun, id) of keys whose mark for renewal is wrong, or gone."""


class Custodians(Protocol):
    """What custodians hold of deletions."""

    def pending(self) -> frozenset[bytes]:
        """Return the deleted key ids that custodians hold; Sealed when none answers."""

    def named(self) -> Sequence[NamedKeys]:
        """Return what each was left with, with the generation of each; Sealed as above."""


Newest = Callable[[], Callable[[Tx], object]]
"""Raises Damaged unless the rows of all ledgers are the newest that custodians know of.

What it returns raises it of a copy of the rows which was made since.
"""

Record = Callable[[Tx, KeysTurned], object]
"""Records the outcome of a finished turn, in the transaction that closes it."""
