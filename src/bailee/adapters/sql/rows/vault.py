"""Vault rows: the rows of the vaults, thousands in a statement.

A batch goes in as a few blobs, cut by SQLite itself: 3 µs a row, where a set of parameters for
each row costs 5.  Rows go in the order of their keys, so that neighbours share a page.
"""

# ruff: noqa: S608  # statements are put together from constants of this module alone

from collections.abc import Iterable, Sequence
from types import NoneType

import numpy as np
from numpy.typing import NDArray

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.adapters.sql.reading import DAMAGED, sound
from bailee.adapters.sql.schema.keys import key_epoch
from bailee.adapters.sql.schema.vault import vault, vault_index
from bailee.adapters.sql.whole import require, require_cells
from bailee.ids import ClientId
from bailee.keyring.model import COMMITMENT_BYTES, TOKEN_BYTES, NewValues, ValueRow
from bailee.work import Tx

_N = "with recursive n (i) as (values (0) union all select i + 1 from n where i + 1 < :n)"
_KEY = "substr(:keys, n.i * 16 + 1, 16)"
_TOKEN = f"substr(:tokens, n.i * {TOKEN_BYTES} + 1, {TOKEN_BYTES})"
_COMMITMENT = f"substr(:commitments, n.i * {COMMITMENT_BYTES} + 1, {COMMITMENT_BYTES})"
_SEALED = "substr(:sealed, n.i * :size + 1, :size)"
_KIND = "unicode(cast(substr(:kinds, n.i + 1, 1) as text))"  # a byte below 128 as a number

# `cross join` keeps SQLite from walking the table and looking each row up in the list.
_INDEXED = f"""
{_N} select x.key, x.sealed from n cross join vault_index x
on x.client = :client and x.epoch = :epoch and x.version = :version and x.key = {_KEY}
"""
_ADD_INDEX = f"""
insert into vault_index (client, epoch, version, key, sealed)
{_N} select :client, :epoch, :version, {_KEY}, {_SEALED} from n where true
on conflict do nothing
"""
_DROP_INDEX = """
delete from vault_index
where client = :client and epoch = :epoch and version = :version and key = :key
"""
_INDEX_COUNT = """
select count(*) from vault_index
where client = :client and epoch = :epoch and version = :version
"""
_COLUMNS = "v.token, v.kind, v.version, v.commitment, v.sealed"
_VALUES = f"""
{_N} select {_COLUMNS} from n cross join vault v
on v.client = :client and v.epoch = :epoch and v.token = {_TOKEN}
"""
_COMMITMENTS = f"""
{_N} select v.token, v.commitment from n cross join vault v
on v.client = :client and v.epoch = :epoch and v.token = {_TOKEN}
"""
_HELD_COMMITMENTS = f"{_COMMITMENTS} and v.sealed is not null"
_ADD_VALUES = f"""
insert into vault (client, epoch, token, version, kind, commitment, sealed)
{_N} select :client, :epoch, {_TOKEN}, :version, {_KIND}, {_COMMITMENT}, {_SEALED} from n where true
on conflict do nothing
"""
_RESEAL = f"""
{_N} update vault set version = :version, sealed = {_SEALED} from n
where vault.client = :client and vault.epoch = :epoch and vault.token = {_TOKEN}
  and vault.sealed is not null
"""
# Token and commitment stay: lines name the token, and roots in the ledger are over commitments.
_ERASE = """
update vault set kind = null, sealed = null
where client = :client and epoch = :epoch and token = :token
"""
_HELD = f"""
select {_COLUMNS} from vault v
where v.client = :client and v.epoch = :epoch and v.token > :after
  and v.sealed is not null and (:version is null or v.version = :version)
order by v.token limit :limit
"""
_SWEEP_INDEX = """
delete from vault_index where (client, epoch, version, key) in (
    select client, epoch, version, key from vault_index
    where client = :client and epoch = :epoch and version = :version limit :limit)
"""
_SWEEP_VALUES = """
delete from vault where (client, epoch, token) in (
    select client, epoch, token from vault
    where client = :client and epoch = :epoch and version <= :version limit :limit)
"""

_COUNTS = """
select epoch, count(*) from vault where client = :client and sealed is not null group by epoch
"""


_BYTES = (bytes,)
_VALUE = (_BYTES, (int, NoneType), (int,), _BYTES, (bytes, NoneType))


class SqlVaultRows:
    """Vault rows; implements `keyring.port.VaultRows` and `vault.port.VaultRows`."""

    def indexed(
        self, tx: Tx, client: ClientId, epoch: int, version: int, keys: Sequence[bytes]
    ) -> dict[bytes, bytes]:
        """Return the sealed tokens that stand under these index keys."""
        if not keys:
            return {}
        # Sorted: neighbours share a page, and each page is then read once.
        values = {**_place(client, epoch), "version": version, **_packed("keys", sorted(keys))}
        return dict(sound(sql(tx).execute(_INDEXED, values), _BYTES, _BYTES))

    def require_indexed(
        self, tx: Tx, client: ClientId, epoch: int, version: int, keys: Iterable[bytes]
    ) -> None:
        """Return if what stands under index keys, or nothing, is as it was left; else Damaged."""
        require_cells(tx, vault_index, client, (epoch, version), keys)

    def require_gone(self, tx: Tx, client: ClientId, epoch: int, tokens: Iterable[bytes]) -> None:
        """Return if tokens that are not there, or erased, were not taken away; else Damaged."""
        require_cells(tx, vault, client, (epoch,), (one for one in tokens if _is_token(one)))

    def require_months(self, tx: Tx, client: ClientId) -> None:
        """Return if no key of a month is missing; else Damaged."""
        require(tx, client, key_epoch)

    def add_index(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        version: int,
        columns: tuple[Sequence[bytes], Sequence[bytes]],
    ) -> int:
        """Insert (keys, sealed tokens) where the key is free; return how many were."""
        if not columns[0]:
            return 0
        keys, sealed = (_table(column) for column in columns)
        order = _order(columns[0])
        values = {
            **_place(client, epoch),
            "version": version,
            "keys": keys[order].tobytes(),
            "sealed": sealed[order].tobytes(),
            "size": sealed.shape[1],
            "n": len(keys),
        }
        return sql(tx).change(_ADD_INDEX, values)

    def drop_index(
        self, tx: Tx, client: ClientId, epoch: int, version: int, keys: Sequence[bytes]
    ) -> None:
        """Delete index rows."""
        place = {**_place(client, epoch), "version": version}
        sql(tx).many(_DROP_INDEX, [{**place, "key": key} for key in keys])

    def index_count(self, tx: Tx, client: ClientId, epoch: int, version: int) -> int:
        """Count the index rows under one version of a vault key."""
        values = {**_place(client, epoch), "version": version}
        return int(sql(tx).execute(_INDEX_COUNT, values)[0][0])

    def values(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> dict[bytes, ValueRow]:
        """Return vault rows by token, erased ones too."""
        rows = self._by_token(tx, client, epoch, _VALUES, tokens)
        return {row.token: row for row in _values(rows)}

    def commitments(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes], *, held: bool = False
    ) -> dict[bytes, bytes]:
        """Return the commitments of tokens, erased ones too unless `held`."""
        statement = _HELD_COMMITMENTS if held else _COMMITMENTS
        rows = self._by_token(tx, client, epoch, statement, tokens)
        return dict(sound(rows, _BYTES, _BYTES))

    def _by_token(
        self, tx: Tx, client: ClientId, epoch: int, statement: str, tokens: Sequence[bytes]
    ) -> list[Row]:
        wanted = sorted(set(filter(_is_token, tokens)))
        if not wanted:
            return []
        return sql(tx).execute(statement, {**_place(client, epoch), **_packed("tokens", wanted)})

    def add_values(self, tx: Tx, client: ClientId, epoch: int, values: NewValues) -> int:
        """Insert vault rows where the token is free; return how many were.

        One statement for each padded size, of which there are few.
        """
        tokens, commitments = _table(values.tokens), _table(values.commitments)
        kinds = np.array(values.kinds, np.uint8)
        order = _order(values.tokens)
        sizes = np.fromiter(map(len, values.sealed), np.int64, len(tokens))[order]
        added = 0
        # One width a statement, since it cuts the blob at multiples of it.
        for size in np.unique(sizes).tolist():
            some = order[sizes == size]
            columns = {
                **_place(client, epoch),
                "version": values.version,
                "tokens": tokens[some].tobytes(),
                "kinds": kinds[some].tobytes(),
                "commitments": commitments[some].tobytes(),
                "sealed": b"".join([values.sealed[at] for at in some.tolist()]),
                "size": size,
                "n": len(some),
            }
            added += sql(tx).change(_ADD_VALUES, columns)
        return added

    def reseal(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        version: int,
        columns: tuple[Sequence[bytes], Sequence[bytes]],
    ) -> None:
        """Replace version and sealed value of vault rows, given as (tokens, sealed values)."""
        tokens, sealed = columns
        for size in {len(blob) for blob in sealed}:
            some = [at for at, blob in enumerate(sealed) if len(blob) == size]
            values = {
                **_place(client, epoch),
                "version": version,
                **_packed("tokens", [tokens[at] for at in some]),
                "sealed": b"".join([sealed[at] for at in some]),
                "size": size,
            }
            sql(tx).change(_RESEAL, values)

    def erase(self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]) -> None:
        """Leave token and commitment of vault rows, and nothing else."""
        place = _place(client, epoch)
        sql(tx).many(_ERASE, [{**place, "token": token} for token in tokens])

    def held(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        *,
        after: bytes = b"",
        version: int | None = None,
        limit: int = -1,
    ) -> Sequence[ValueRow]:
        """Return vault rows that are not erased, by token, of one version if it is named."""
        values = {**_place(client, epoch), "after": after, "version": version, "limit": limit}
        return _values(sql(tx).execute(_HELD, values))

    def counts(self, tx: Tx, client: ClientId) -> dict[int, int]:
        """Count the values that are held, by epoch."""
        return dict(sql(tx).execute(_COUNTS, {"client": client.raw}))

    def sweep(
        self, tx: Tx, client: ClientId, epoch: int, version: int, limit: int, *, ended: bool
    ) -> int:
        """Delete up to `limit` index rows of a version, and vault rows when it was ended."""
        values = {**_place(client, epoch), "version": version, "limit": limit}
        swept = sql(tx).change(_SWEEP_INDEX, values)
        return swept + (sql(tx).change(_SWEEP_VALUES, values) if ended else 0)


def _is_token(blob: bytes) -> bool:
    return len(blob) == TOKEN_BYTES


def _place(client: ClientId, epoch: int) -> dict[str, object]:
    return {"client": client.raw, "epoch": epoch}


def _values(rows: Sequence[Row]) -> list[ValueRow]:
    found = list(map(ValueRow._make, sound(rows, *_VALUE)))
    # One alone would pass for erased, and the digest is over the kind.
    if any((row.kind is None) != (row.sealed is None) for row in found):
        raise errors.Damaged(DAMAGED)
    return found


def _packed(name: str, parts: Sequence[bytes]) -> dict[str, object]:
    return {name: b"".join(parts), "n": len(parts)}


def _table(parts: Sequence[bytes]) -> NDArray[np.uint8]:
    """Put parts of one length below each other."""
    return np.frombuffer(b"".join(parts), np.uint8).reshape(len(parts), -1)


def _order(parts: Sequence[bytes]) -> NDArray[np.int64]:
    """Return the order of parts of one length, five times as fast as `sorted`."""
    return np.frombuffer(b"".join(parts), f"S{len(parts[0])}").argsort()
