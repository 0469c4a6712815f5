"""Epoch rows: the keys of the months of custody: few rows, read often."""

from collections.abc import Iterator, Sequence
from typing import Final

from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.fence import fenced
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.keys import key_epoch
from bailee.ids import ClientId
from bailee.keyring.model import EpochRow
from bailee.work import Tx

EPOCHS: Final = Mapped(key_epoch, EpochRow)
_LIVING = """
where client = :client and noun = :noun and wrapped is not null order by epoch desc, version desc
"""
# The earliest generation stays noted: the oldest erasure is the one that is due first. The count of
# erasures clears what other processes remember of the vault.
_MARK = """
update key_epoch
set erasures = erasures + 1, pending_gen = min(coalesce(pending_gen, :gen), :gen)
where client = :client and epoch = :epoch and noun = 'vault' and wrapped is not null
"""
_MARK_ALL = """
update key_epoch
set erasures = erasures + 1, pending_gen = min(coalesce(pending_gen, :gen), :gen)
where noun = 'vault' and wrapped is not null
"""
_DUE = """
where pending_gen < :before and noun = 'vault' and wrapped is not null
order by client, epoch, version limit 1
"""
_UNSWEPT = "where pending_gen is not null and wrapped is null limit 1"
# `epoch > 0` is what the partial index is on: without it SQLite walks through every leaf.
_SWEEP_LEAVES = """
delete from key_leaf where (client, bucket, noun, id, version) in (
    select client, bucket, noun, id, version from key_leaf
    where client = :client and epoch = :epoch and epoch > 0 and noun = :noun limit :limit)
"""


class SqlEpochRows:
    """Keys of epochs; implements `keyring.port.EpochRows`."""

    def of(self, tx: Tx, client: ClientId, epoch: int, noun: str) -> Sequence[EpochRow]:
        """Return all versions of one key, the newest first, ended ones too."""
        return EPOCHS.all(tx, "version desc", client=client, epoch=epoch, noun=noun)

    def of_client(self, tx: Tx, client: ClientId) -> Sequence[EpochRow]:
        """Return all keys of a client, ended ones too."""
        return EPOCHS.all(tx, client=client)

    def living(self, tx: Tx, client: ClientId, noun: str) -> Sequence[EpochRow]:
        """Return a client's living keys of one noun, the newest epoch and version first."""
        return EPOCHS.found(tx, _LIVING, client=client, noun=noun)

    def living_all(self, tx: Tx) -> Iterator[EpochRow]:
        """Yield all living keys."""
        rows = sql(tx).stream(f"{EPOCHS.select} where wrapped is not null")
        return map(EPOCHS.read, rows)

    def put(self, tx: Tx, row: EpochRow) -> None:
        """Insert or replace a key's row; Conflict when a turn renewed the client key meanwhile."""
        with fenced():
            EPOCHS.put(tx, row)

    def drop(self, tx: Tx, row: EpochRow) -> None:
        """Delete the row of one version of an epoch's key, by client, epoch, noun and version."""
        EPOCHS.drop(tx, client=row.client, epoch=row.epoch, noun=row.noun, version=row.version)

    def mark_erased(self, tx: Tx, client: ClientId, epoch: int, gen: int) -> None:
        """Count an erasure on the living vault keys."""
        sql(tx).execute(_MARK, {"client": client.raw, "epoch": epoch, "gen": gen})

    def mark_all(self, tx: Tx, gen: int) -> None:
        """Note on all living vault keys that something may have been erased."""
        sql(tx).execute(_MARK_ALL, {"gen": gen})

    def due(self, tx: Tx, before: int) -> EpochRow | None:
        """Return a living vault key with erasures pending since before a generation."""
        return next(iter(EPOCHS.found(tx, _DUE, before=before)), None)

    def unswept(self, tx: Tx) -> EpochRow | None:
        """Return an ended key on which rows may still hang."""
        return next(iter(EPOCHS.found(tx, _UNSWEPT)), None)

    def sweep_leaves(
        self, tx: Tx, client: ClientId, epoch: int, nouns: Sequence[str], limit: int
    ) -> int:
        """Delete up to `limit` leaves of an epoch for each noun; return how many."""
        place = {"client": client.raw, "epoch": epoch, "limit": limit}
        return sum(sql(tx).change(_SWEEP_LEAVES, {**place, "noun": noun}) for noun in nouns)
