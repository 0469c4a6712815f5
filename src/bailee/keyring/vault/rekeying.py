"""Rekeying a vault: a new vault key takes over, at a turn, where something was erased.

Rewrapping the old key would erase nothing: what older copies hold of an erased value opens under
it.  So each value that was not erased is opened, indexed under the new key and sealed again, some
thousands in a transaction.  Until the last one both keys live.  A crash leaves that state, in which
every value is found and opens; the next run goes on where rows still name the old version.
spec/keys.md, "Turn"
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import final

from bailee.keyring.model import INDEX, VAULT, EpochRow, ValueRow
from bailee.keyring.tree.epochs import SWEPT_WITH, EpochKeys
from bailee.keyring.tree.wrapping import CLIENT, WrappingKeys
from bailee.keyring.vault.chain import Canonical, lengths
from bailee.keyring.vault.cipher import Plain, VaultCipher
from bailee.work import Tx

VALUES_AT_ONCE = 5_000
"""Values per transaction: about 80 ms."""
SWEPT_AT_ONCE = 20_000
"""Rows deleted per transaction: other writers wait for it."""


@final
class Rekeying:
    """Steps of rekeying; each may be run again after a crash."""

    def __init__(self, wrapping: WrappingKeys, epochs: EpochKeys) -> None:
        self._wrapping = wrapping
        self._rows = wrapping.rows
        self._epochs = epochs
        # Where the last step ended, by vault and version.  A hint that saves reading from the
        # start: `_move` goes back to the beginning before it believes that nothing is left.
        self._after: dict[tuple[bytes, int, int], bytes] = {}

    def step(self, tx: Tx, target: int) -> bool:
        """Do one step for a vault with erasures of before `target`; False when there is none."""
        row = self._rows.epochs.due(tx, target)
        if row is None:
            return False
        living = self._epochs.living(tx, row.client, row.epoch, VAULT)
        # The first step makes the new key and nothing else, so that a crash finds either one key or
        # two, both whole.
        if living[0].version == row.version:
            self._epochs.renewed(tx, row.client, row.epoch, VAULT, row)
            # Older copies hold the old vault key, wrapped under the client key: while that one
            # lives they open, so it has to be renewed in the same turn.
            self._rows.mark_pending(tx, CLIENT, row.client.raw, target - 1)
            return True
        if not self._move(tx, row, living[0]):
            self._retire(tx, row, target)
        return True

    def _retire(self, tx: Tx, row: EpochRow, gen: int) -> None:
        """Drop the key that was replaced; the index rows under it are left to be swept."""
        # Its wrap goes in the transaction that found no value under it any more; a mark takes its
        # place, so that a crash does not lose which index rows nothing needs.
        self._rows.epochs.drop(tx, row)
        self._rows.epochs.put(tx, replace(row, noun=INDEX, wrapped=None, pending_gen=gen))

    def _move(self, tx: Tx, old: EpochRow, new: EpochRow) -> bool:
        """Carry some values over to the new key; False when none is left.

        The end of the rows counts only when it was reached from their beginning: where the last
        step ended is in memory, and the transaction of that step may have been undone.
        """
        place = (old.client.raw, old.epoch, old.version)
        after = self._after.get(place, b"")
        held = self._left(tx, old, after) or (self._left(tx, old, b"") if after else [])
        if not held:
            self._after.pop(place, None)
            return False
        above = self._epochs.client_key(tx, old.client)[1]
        was, now = (self._cipher(above, row) for row in (old, new))
        plains = [was.open_value(row.token, row.kind or 0, row.sealed or b"") for row in held]
        self._index(tx, now, held, plains)
        tokens, kinds = [row.token for row in held], [row.kind or 0 for row in held]
        sealed = now.seal_values(tokens, kinds, plains, self._wrapping.entropy)
        self._rows.vaults.reseal(tx, old.client, old.epoch, new.version, (tokens, sealed))
        self._after[place] = held[-1].token
        return True

    def _left(self, tx: Tx, old: EpochRow, after: bytes) -> Sequence[ValueRow]:
        return self._rows.vaults.held(
            tx, old.client, old.epoch, after=after, version=old.version, limit=VALUES_AT_ONCE
        )

    def _cipher(self, above: bytes, row: EpochRow) -> VaultCipher:
        key = self._epochs.test_open(above, row)
        return VaultCipher(key, row.client, row.epoch, row.version)

    def _index(
        self, tx: Tx, now: VaultCipher, held: Sequence[ValueRow], plains: Sequence[Plain]
    ) -> None:
        keys, tokens = now.keys_of(held, plains), [row.token for row in held]
        spelled: list[tuple[Canonical, bytes]] = [
            ((row.kind or 0, plain.canonical), row.token)
            for row, plain in zip(held, plains, strict=True)
            if plain.canonical != row.token
        ]
        place = (now.client, now.epoch)
        # Chains are numbered anew under the new key, from where the last step left them.
        free = lengths(tx, self._rows.vaults, place, now, [canonical for canonical, _ in spelled])
        for canonical, token in spelled:
            keys.append(now.link(*canonical, free[canonical]))
            tokens.append(token)
            free[canonical] += 1
        sealed = now.seal_tokens(keys, tokens, self._wrapping.entropy)
        self._rows.vaults.add_index(tx, now.client, now.epoch, now.version, (keys, sealed))

    def sweep(self, tx: Tx) -> bool:
        """Delete some rows that hang on an ended key, which nothing opens; False when none do."""
        row = self._rows.epochs.unswept(tx)
        if row is None:
            return False
        if self._swept(tx, row) == 0:
            if self._is_mark(tx, row):
                self._epochs.end(tx, row, None)
            else:
                self._rows.epochs.drop(tx, row)
        return True

    def _is_mark(self, tx: Tx, row: EpochRow) -> bool:
        """Return whether the row has to stay as the mark that this month was ended."""
        # Without it a key would be made for the month again by the first history that declares it.
        if row.noun == INDEX or self._rows.wrapping_key(tx, CLIENT, row.client.raw) is None:
            return False
        return self._rows.epochs.of(tx, row.client, row.epoch, row.noun)[0] == row

    def _swept(self, tx: Tx, row: EpochRow) -> int:
        client, epoch = row.client, row.epoch
        if row.noun in (VAULT, INDEX):
            return self._rows.vaults.sweep(
                tx, client, epoch, row.version, SWEPT_AT_ONCE, ended=row.noun == VAULT
            )
        nouns = SWEPT_WITH[row.noun]
        return self._rows.epochs.sweep_leaves(tx, client, epoch, nouns, SWEPT_AT_ONCE)
