"""What the vault needs from outside: rows that find and keep, thousands at a time."""

from collections.abc import Sequence
from typing import Protocol

from bailee.ids import ClientId
from bailee.keyring.port import KeyedVaultRows as KeyedRows
from bailee.work import Tx


class VaultRows(KeyedRows, Protocol):
    """The rows of the vaults; the keyring uses the same store, for what a turn rekeys."""

    def commitments(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> dict[bytes, bytes]:
        """Return the commitments of tokens, erased ones too."""

    def counts(self, tx: Tx, client: ClientId) -> dict[int, int]:
        """Count the values that are held, by epoch."""
