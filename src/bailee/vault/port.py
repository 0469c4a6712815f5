"""What the vault needs from outside: rows that find and keep, thousands at a time."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from bailee.ids import ClientId
from bailee.keyring.port import KeyedVaultRows as KeyedRows
from bailee.work import Tx


class VaultRows(KeyedRows, Protocol):
    """The rows of the vaults; the keyring uses the same store, for what a turn rekeys."""

    def commitments(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes], *, held: bool = False
    ) -> dict[bytes, bytes]:
        """Return the commitments of tokens, erased ones too unless `held`."""

    # What is there or not is compared with its digest before it is called so: rows can be taken
    # away and put back by whoever writes the database.
    def require_indexed(
        self, tx: Tx, client: ClientId, epoch: int, version: int, keys: Iterable[bytes]
    ) -> None:
        """Return if what stands under index keys, or nothing, is as it was left; else Damaged."""

    def require_gone(self, tx: Tx, client: ClientId, epoch: int, tokens: Iterable[bytes]) -> None:
        """Return if tokens that are not there, or erased, were not taken away; else Damaged."""

    def require_months(self, tx: Tx, client: ClientId) -> None:
        """Return if no key of a month is missing; else Damaged."""

    def counts(self, tx: Tx, client: ClientId) -> dict[int, int]:
        """Count the values that are held, by epoch."""
