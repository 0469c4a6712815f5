"""Erasure of values, and the end of an epoch's keys: what `Deletions` does for leaf keys.

An erased value loses its sealed row and every index row that finds it, at once.  What older copies
hold of them opens under the vault key, so the next turn replaces that key and carries over what
was not erased; until then the erasure is pending.  spec/vault.md, spec/keys.md
"""

from collections.abc import Iterator, Sequence
from typing import final

from bailee.ids import ClientId
from bailee.keyring.destroy.due import DeletedKeys, GoneKey, value_kid
from bailee.keyring.model import NAMES, TEXT, VALUE, VAULT, DueKey, EpochRow, Pending, ValueRow
from bailee.keyring.tree.epochs import SWEPT_WITH, EpochKeys
from bailee.keyring.tree.wrapping import CLIENT, WrappingKeys
from bailee.keyring.vault.access import Vaults
from bailee.keyring.vault.chain import spellings
from bailee.keyring.vault.cipher import Plain, VaultCipher
from bailee.work import Tx

LEAVES_AT_ONCE = 10_000
"""Leaf rows deleted in the transaction that ends an epoch; a turn sweeps the rest."""
ALL = -1
"""No limit on the rows of one statement, as SQLite counts it."""


@final
class Erasures:
    """Erases values and ends the keys of epochs; all is pending until a turn."""

    def __init__(
        self, wrapping: WrappingKeys, epochs: EpochKeys, vaults: Vaults, deleted: DeletedKeys
    ) -> None:
        self._wrapping = wrapping
        self._deleted = deleted
        self._rows = wrapping.rows
        self._epochs = epochs
        self._vaults = vaults

    # --- values ----------------------------------------------------------------------------

    def values(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes], now_ms: int
    ) -> Pending:
        """Erase these values with all their other spellings; what is not held is passed over."""
        # Two ciphers while a turn replaces the key: a value is found, and must go, under both.
        ciphers = {cipher.version: cipher for cipher in self._vaults.ciphers(tx, client, epoch)}
        all_tokens = self._with_spellings(tx, client, epoch, ciphers, tokens)
        rows = self._held(tx, client, epoch, ciphers, all_tokens)
        if not rows:
            return self._deleted.note(tx, [], now_ms)
        plains = [
            (row, ciphers[row.version].open_value(row.token, row.kind or 0, row.sealed or b""))
            for row in rows
        ]
        # Index rows under each living key: one left behind would find the erased value, and tell
        # that it had been there.
        for cipher in ciphers.values():
            keys = list(self._keys(tx, cipher, plains))
            self._rows.vaults.drop_index(tx, client, epoch, cipher.version, keys)
        self._rows.vaults.erase(tx, client, epoch, [row.token for row in rows])
        gen = self._rows.generations(tx)[1]
        self._rows.epochs.mark_erased(tx, client, epoch, gen)
        self._rows.mark_pending(tx, CLIENT, client.raw, gen)
        gone = [
            GoneKey(
                value_kid(client, epoch, row.token), client, VALUE, epoch=epoch, token=row.token
            )
            for row in rows
        ]
        return self._deleted.note(tx, gone, now_ms)

    def _held(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        ciphers: dict[int, VaultCipher],
        tokens: Sequence[bytes],
    ) -> list[ValueRow]:
        found = self._rows.vaults.values(tx, client, epoch, tokens).values()
        return [row for row in found if row.sealed is not None and row.version in ciphers]

    def _with_spellings(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        ciphers: dict[int, VaultCipher],
        tokens: Sequence[bytes],
    ) -> list[bytes]:
        """Add the canonical spelling and all others, so that nothing still finds the person."""
        wanted = set(tokens)
        for row in self._held(tx, client, epoch, ciphers, tokens):
            kind = row.kind or 0
            plain = ciphers[row.version].open_value(row.token, kind, row.sealed or b"")
            wanted.add(plain.canonical)
            for cipher in ciphers.values():
                links = spellings(
                    tx, self._rows.vaults, (client, epoch), cipher, (kind, plain.canonical)
                )
                wanted.update(links.values())
        return list(wanted)

    def _keys(
        self, tx: Tx, cipher: VaultCipher, plains: Sequence[tuple[ValueRow, Plain]]
    ) -> Iterator[bytes]:
        yield from cipher.keys_of([row for row, _ in plains], [plain for _, plain in plains])
        for row, plain in plains:
            kind = row.kind or 0
            # Only the canonical token has a chain; its links go with it, or a search would still
            # follow them to tokens of the erased person.
            if plain.canonical == row.token:
                place = (cipher.client, cipher.epoch)
                yield from spellings(tx, self._rows.vaults, place, cipher, (kind, row.token))

    # --- epochs ----------------------------------------------------------------------------

    def epoch(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        *,
        text: bool,
        now_ms: int,
        current: int,
    ) -> Pending:
        """End the keys of names and vault, and with `text` that of the text too."""
        # The current month may go on with new keys: all leaves of the old ones go now, or they
        # would be taken for leaves of the new keys.  Of another month the turn may sweep the rest.
        nouns = (VAULT, NAMES, TEXT) if text else (VAULT, NAMES)
        ended = [row for noun in nouns for row in self._epochs.living(tx, client, epoch, noun)]
        return self._end(tx, ended, now_ms, ALL if epoch == current else LEAVES_AT_ONCE)

    def _end(self, tx: Tx, ended: Sequence[EpochRow], now_ms: int, limit: int) -> Pending:
        gen = self._rows.generations(tx)[1]
        for row in ended:
            self._rows.epochs.sweep_leaves(tx, row.client, row.epoch, SWEPT_WITH[row.noun], limit)
            # Index and value rows of a vault may be millions: a turn sweeps them, whatever the
            # limit.
            whole = limit == ALL and row.noun != VAULT
            self._epochs.end(tx, row, None if whole else gen)
            # The ended wrap lies in older copies under this client key, so that has to be renewed.
            self._rows.mark_pending(tx, CLIENT, row.client.raw, gen)
        # Key ids, as of leaves: a restore before the next turn must end these keys again.
        gone = [GoneKey(row.kid, row.client, f"epoch-{row.noun}", epoch=row.epoch) for row in ended]
        return self._deleted.note(tx, gone, now_ms)

    def of_client(self, tx: Tx, client: ClientId) -> None:
        """End all keys of a client that leaves; its client key is gone, so nothing opens them."""
        gen = self._rows.generations(tx)[1]
        for row in self._rows.epochs.of_client(tx, client):
            self._epochs.end(tx, row, gen)

    # --- what custodians name --------------------------------------------------------------

    def again(
        self, tx: Tx, key_ids: frozenset[bytes], erased: Sequence[DueKey], now_ms: int
    ) -> None:
        """End these epoch keys and erase these values again."""
        ended = [row for row in self._rows.epochs.living_all(tx) if row.kid in key_ids]
        self._end(tx, ended, now_ms, LEAVES_AT_ONCE)
        for item in erased:
            self.values(tx, item.client, item.epoch, [item.token], now_ms)

    def by_kid(self, tx: Tx, key_ids: frozenset[bytes], now_ms: int) -> Pending:
        """End and erase again what custodians name; reads every vault row, once in a restore."""
        # Months before values: what was ended as a whole is not looked through value by value.
        living = list(self._rows.epochs.living_all(tx))
        ended = [row for row in living if row.kid in key_ids]
        gone = self._end(tx, ended, now_ms, LEAVES_AT_ONCE)
        vaults = {(row.client, row.epoch) for row in living if row.noun == VAULT}
        for client, epoch in vaults - {
            (row.client, row.epoch) for row in ended if row.noun == VAULT
        }:
            tokens = [
                row.token
                for row in self._rows.vaults.held(tx, client, epoch)
                if value_kid(client, epoch, row.token) in key_ids
            ]
            if tokens:
                gone += self.values(tx, client, epoch, tokens, now_ms)
        return gone
