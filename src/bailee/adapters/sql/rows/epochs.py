"""The keys of the months of custody: few rows, read often."""

from collections.abc import Iterator, Sequence

from bailee.adapters.sql.engine import Row, sql
from bailee.adapters.sql.rows.fence import fenced
from bailee.ids import ClientId
from bailee.keyring.model import EpochRow
from bailee.work import Tx

_EPOCH = """
select client, epoch, noun, version, parent, kid, erasures, pending_gen, wrapped from key_epoch
"""
_PUT = """
insert into key_epoch (client, epoch, noun, version, parent, kid, erasures, pending_gen, wrapped)
values (:client, :epoch, :noun, :version, :parent, :kid, :erasures, :pending_gen, :wrapped)
on conflict (client, epoch, noun, version) do update set
    parent = excluded.parent, erasures = excluded.erasures,
    pending_gen = excluded.pending_gen, wrapped = excluded.wrapped
"""
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
_DUE = (
    _EPOCH
    + """
where pending_gen < :before and noun = 'vault' and wrapped is not null
order by client, epoch, version limit 1
"""
)
_UNSWEPT = _EPOCH + " where pending_gen is not null and wrapped is null limit 1"
_SWEEP_LEAVES = """
delete from key_leaf where (client, bucket, noun, id, version) in (
    select client, bucket, noun, id, version from key_leaf
    where client = :client and epoch = :epoch and epoch > 0 and noun = :noun limit :limit)
"""


class SqlEpochRows:
    """Keys of epochs; implements `keyring.port.EpochRows`."""

    def of(self, tx: Tx, client: ClientId, epoch: int, noun: str) -> Sequence[EpochRow]:
        """Return all versions of one key, the newest first, ended ones too."""
        rows = sql(tx).execute(
            _EPOCH
            + " where client = :client and epoch = :epoch and noun = :noun order by version desc",
            {"client": client.raw, "epoch": epoch, "noun": noun},
        )
        return [_epoch(row) for row in rows]

    def of_client(self, tx: Tx, client: ClientId) -> Sequence[EpochRow]:
        """Return all keys of a client, ended ones too."""
        rows = sql(tx).execute(
            _EPOCH + " where client = :client order by epoch, noun, version",
            {"client": client.raw},
        )
        return [_epoch(row) for row in rows]

    def living(self, tx: Tx, client: ClientId, noun: str) -> Sequence[EpochRow]:
        """Return a client's living keys of one noun, the newest epoch and version first."""
        rows = sql(tx).execute(
            _EPOCH
            + " where client = :client and noun = :noun and wrapped is not null"
            + " order by epoch desc, version desc",
            {"client": client.raw, "noun": noun},
        )
        return [_epoch(row) for row in rows]

    def living_all(self, tx: Tx) -> Iterator[EpochRow]:
        """Yield all living keys."""
        return map(_epoch, sql(tx).stream(_EPOCH + " where wrapped is not null"))

    def put(self, tx: Tx, row: EpochRow) -> None:
        """Insert or replace."""
        values = {
            **_key(row),
            "parent": row.parent,
            "kid": row.kid,
            "erasures": row.erasures,
            "pending_gen": row.pending_gen,
            "wrapped": row.wrapped,
        }
        with fenced():
            sql(tx).execute(_PUT, values)

    def drop(self, tx: Tx, row: EpochRow) -> None:
        """Delete one."""
        sql(tx).execute(
            "delete from key_epoch where client = :client and epoch = :epoch and noun = :noun"
            " and version = :version",
            _key(row),
        )

    def mark_erased(self, tx: Tx, client: ClientId, epoch: int, gen: int) -> None:
        """Count an erasure on the living vault keys."""
        sql(tx).execute(_MARK, {"client": client.raw, "epoch": epoch, "gen": gen})

    def mark_all(self, tx: Tx, gen: int) -> None:
        """Note on all living vault keys that something may have been erased."""
        sql(tx).execute(_MARK_ALL, {"gen": gen})

    def due(self, tx: Tx, before: int) -> EpochRow | None:
        """Return a living vault key with erasures pending since before a generation."""
        rows = sql(tx).execute(_DUE, {"before": before})
        return _epoch(rows[0]) if rows else None

    def unswept(self, tx: Tx) -> EpochRow | None:
        """Return an ended key on which rows may still hang."""
        rows = sql(tx).execute(_UNSWEPT)
        return _epoch(rows[0]) if rows else None

    def sweep_leaves(
        self, tx: Tx, client: ClientId, epoch: int, nouns: Sequence[str], limit: int
    ) -> int:
        """Delete up to `limit` leaves of an epoch for each noun; return how many."""
        place = {"client": client.raw, "epoch": epoch, "limit": limit}
        return sum(sql(tx).change(_SWEEP_LEAVES, {**place, "noun": noun}) for noun in nouns)


def _key(row: EpochRow) -> dict[str, object]:
    return {
        "client": row.client.raw,
        "epoch": row.epoch,
        "noun": row.noun,
        "version": row.version,
    }


def _epoch(row: Row) -> EpochRow:
    client, epoch, noun, version, parent, kid, erasures, pending, wrapped = row
    return EpochRow(
        client=ClientId(client),
        epoch=epoch,
        noun=noun,
        version=version,
        parent=parent,
        kid=kid,
        erasures=erasures,
        pending_gen=pending,
        wrapped=wrapped,
    )
