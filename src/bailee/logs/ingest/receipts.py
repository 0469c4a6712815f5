"""Receipts: the tags and sealed places by which what was received is known again.

They depend on received bytes, and those hold every value of a batch: who has such a tag and its key
can try guesses.  So the key is the vault key of the month, which a turn replaces once a value of
the month was erased, and which ends with the month's identifiers.  What was tagged under it is
known no more then, to anybody.  spec/segment.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from bailee import errors
from bailee.ids import BatchId, ClientId
from bailee.keyring.vault.access import VaultKeys, VaultSealer
from bailee.logs.model import BatchPlace, BatchRow, batch_message
from bailee.logs.port import ReceiptKeys
from bailee.work import Tx, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTags:
    """Batch tags: what a row keeps of where a batch stood; none in a month without a vault."""

    identities: tuple[bytes, ...] = ()
    """Under the newest vault key first; while a turn replaces it there are two."""
    sealed_place: bytes | None = None
    version: int | None = None


@final
class Receipts:
    """Receipts: makes tags, seals places, and opens those whose key lives."""

    def __init__(self, work: Work, keys: ReceiptKeys) -> None:
        self._work = work
        self._keys = keys

    def make(
        self, batch: BatchId, place: BatchPlace, client: ClientId, address_key: bytes, epoch: int
    ) -> BatchTags:
        """Tag a batch and seal its place, under the vault key of its month, made if need be."""
        keys = self._reached(client, epoch)
        if keys is None:
            return BatchTags()
        message = batch_message(client, address_key, epoch, place)
        return BatchTags(
            identities=tuple(sealer.tag(message) for sealer in keys.sealers),
            sealed_place=keys.sealers[0].seal_place(batch.raw, place.write()),
            version=keys.sealers[0].version,
        )

    def _reached(self, client: ClientId, epoch: int) -> VaultKeys | None:
        found = self._work.read(lambda tx: self._keys.vault(tx, client, epoch))
        if found is not None:
            return found
        try:
            self._work.run(client, lambda tx: self._keys.new_vault(tx, client, epoch))
        except errors.Conflict:
            return None  # ended: nothing of that month is to be known again
        return self._work.read(lambda tx: self._keys.vault(tx, client, epoch))

    def places(self, tx: Tx, rows: Sequence[BatchRow]) -> list[BatchPlace | None]:
        """Open the places of batches of one client; None where the key was replaced or ended.

        Damaged when one was altered.
        """
        reached = self._vaults(tx, rows)
        return [place_of(row, reached[row.epoch]) for row in rows]

    def shut(self, tx: Tx, rows: Sequence[BatchRow]) -> list[BatchRow]:
        """Return the batches of one client whose place no key opens any more; opens none."""
        reached = self._vaults(tx, rows)
        return [row for row in rows if _sealer_of(row, reached[row.epoch]) is None]

    def _vaults(self, tx: Tx, rows: Sequence[BatchRow]) -> dict[int, VaultKeys | None]:
        reached: dict[int, VaultKeys | None] = {}
        for row in rows:
            if row.epoch not in reached:
                reached[row.epoch] = self._keys.vault(tx, row.client, row.epoch)
        return reached


def place_of(row: BatchRow, keys: VaultKeys | None) -> BatchPlace | None:
    """Open the place of one batch; None when its key lives no more; Damaged when it was altered."""
    sealer = _sealer_of(row, keys)
    if sealer is None or row.sealed_place is None:
        return None
    return BatchPlace.read(sealer.open_place(row.batch.raw, row.sealed_place))


def _sealer_of(row: BatchRow, keys: VaultKeys | None) -> VaultSealer | None:
    if row.sealed_place is None or keys is None:
        return None
    return next((one for one in keys.sealers if one.version == row.vault_version), None)
