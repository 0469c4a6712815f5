"""Values in, tokens out; and, against a grant, the way back."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bailee.grant import Grant
from bailee.ids import ClientId
from bailee.keyring.model import Pending
from bailee.vault.model import Bytes, Held, Interned, Opening, Sought, Value
from bailee.work import Tx


class Vault(Protocol):
    """The vaults of all clients and epochs.

    Will be made as Vault(work=work, keyring=keyring, rows=SqlVaultRows()).
    """

    def intern(
        self,
        client: ClientId,
        epoch: int,
        kinds: Sequence[int],
        raws: Sequence[bytes],
        canons: Sequence[bytes | None],
    ) -> Interned:
        """Look up or draw the tokens of many values, durable when it returns.

        A canonical form of None says that the raw value is it.  In a transaction of its own: call
        it before the text is built, never within another.  Conflict when the epoch's names ended.
        """

    def commit_only(
        self, client: ClientId, epoch: int, kinds: Sequence[int], raws: Sequence[bytes]
    ) -> Bytes:
        """Commit to values whose names are dropped at once: (n, 32), and nothing is kept."""

    def find(
        self, tx: Tx, client: ClientId, sought: Sequence[Sought]
    ) -> Mapping[int, tuple[Held, ...]]:
        """Find values in all live epochs, by epoch; absent ones are simply not there."""

    def open(
        self, tx: Tx, grant: Grant, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> tuple[Value | None, ...]:
        """Open values, one opening of the grant each; None where nothing is held (any more).

        The grant's scope names `value` with ids `value_id(epoch, token)`, or `value:<kind>`.
        """

    def openings(
        self, tx: Tx, grant: Grant, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> tuple[Opening | None, ...]:
        """As `open`, with what proves each commitment."""

    def commitments(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> tuple[bytes | None, ...]:
        """Return C of each token, which stays when the value was erased; needs no grant."""

    def erase(self, tx: Tx, client: ClientId, sought: Sequence[Sought]) -> Pending:
        """Erase values in every live epoch, all their spellings; final at the next turn.

        Announce the result (`Keyring.announce`) once the transaction is durable.
        """
