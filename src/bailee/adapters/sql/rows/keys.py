"""The rows of the key tree: statements by hand, one for all that stands above a leaf."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.adapters.sql.rows.epochs import SqlEpochRows
from bailee.adapters.sql.rows.fence import fenced
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.grant import Ref
from bailee.ids import ClientId, InstallId
from bailee.keyring.model import (
    BodyKeyRow,
    BucketRow,
    HeldBodyKey,
    HeldKey,
    LeafRow,
    PendingRow,
    Phase,
    State,
    TurnRow,
    WrappingKeyRow,
)
from bailee.work import Tx

_PLACE = """
select s.generation, s.write_gen, t.gen, t.version, t.pending_gen, t.wrapped,
       b.version, b.parent, b.wrapped, l.kid, l.epoch, l.wrapped
from key_state s
join key_trunk t on t.noun = 'client' and t.id = :client
left join key_bucket b on b.client = :client and b.bucket = :bucket
left join key_leaf l on l.client = :client and l.bucket = :bucket
     and l.noun = :noun and l.id = :id and l.version = :version
"""
_LAW_PLACE = """
select s.generation, s.write_gen, t.id, t.gen, t.version, t.pending_gen, t.wrapped,
       l.kid, l.parent, l.wrapped
from key_state s
join key_trunk t on t.noun = 'law'
left join key_law l on l.client = :client and l.year = :year
"""
_STATE = """
select install, provider, generation, write_gen, phase, new_root, began_ms, turned_ms, mac
from key_state
"""
_SAVE_STATE = """
insert into key_state (one, install, provider, generation, write_gen, phase, new_root,
                       began_ms, turned_ms, mac)
values (1, :install, :provider, :generation, :write_gen, :phase, :new_root,
        :began_ms, :turned_ms, :mac)
on conflict (one) do update set
    generation = excluded.generation, write_gen = excluded.write_gen, phase = excluded.phase,
    new_root = excluded.new_root, began_ms = excluded.began_ms, turned_ms = excluded.turned_ms,
    mac = excluded.mac
"""
_TRUNK = "select noun, id, gen, version, pending_gen, wrapped from key_trunk"
_PUT_TRUNK = """
insert into key_trunk (noun, id, gen, version, pending_gen, wrapped)
values (:noun, :id, :gen, :version, :pending_gen, :wrapped)
on conflict (noun, id) do update set
    gen = excluded.gen, version = excluded.version, pending_gen = excluded.pending_gen,
    wrapped = excluded.wrapped
"""
_MARK_PENDING = """
update key_trunk set pending_gen = max(coalesce(pending_gen, 0), :gen)
where noun = :noun and id = :id
"""
_PUT_BUCKET = """
insert into key_bucket (client, bucket, version, parent, wrapped)
values (:client, :bucket, :version, :parent, :wrapped)
on conflict (client, bucket) do update set
    version = excluded.version, parent = excluded.parent, wrapped = excluded.wrapped
"""
_LEAF = "select client, bucket, noun, id, version, kid, epoch, wrapped from key_leaf"
_ADD_LEAF = """
insert into key_leaf (client, bucket, noun, id, version, kid, epoch, wrapped)
values (:client, :bucket, :noun, :id, :version, :kid, :epoch, :wrapped)
on conflict do nothing
"""
_REWRAP_LEAF = """
update key_leaf set wrapped = :wrapped
where client = :client and bucket = :bucket and noun = :noun and id = :id and version = :version
"""
_DROP_LEAF = """
delete from key_leaf
where client = :client and bucket = :bucket and noun = :noun and id = :id and version = :version
"""
_DROP_ORPHANS = """
delete from key_leaf where (client, bucket, noun, id, version) in (
    select l.client, l.bucket, l.noun, l.id, l.version
    from key_pending p join key_leaf l on l.client = p.client
    where p.noun = 'client' limit :limit)
"""
_DROP_CLIENT_LEAVES = """
delete from key_leaf where (client, bucket, noun, id, version) in (
    select client, bucket, noun, id, version from key_leaf where client = :client limit :limit)
"""
_PUT_LAW = """
insert into key_law (client, year, kid, parent, wrapped)
values (:client, :year, :kid, :parent, :wrapped)
on conflict (client, year) do update set parent = excluded.parent, wrapped = excluded.wrapped
"""
_ADD_PENDING = """
insert into key_pending (kid, client, noun, gen, requested_ms)
values (:kid, :client, :noun, :gen, :requested_ms)
"""
_TURNS = """
select gen, new_root, began_ms, finished_ms, effective_ms, erased, confirmations, wrap_class
from key_turn order by gen
"""
_ADD_TURN = """
insert into key_turn (gen, new_root, began_ms, finished_ms, effective_ms, erased,
                      confirmations, wrap_class)
values (:gen, :new_root, :began_ms, :finished_ms, :effective_ms, :erased,
        :confirmations, :wrap_class)
on conflict (gen) do nothing
"""
_COUNTS = """
select (select count(*) from key_trunk where noun = 'client'), (select count(*) from key_bucket),
       (select count(*) from key_leaf), (select count(*) from key_law),
       (select count(*) from key_trunk where noun = 'log'), (select count(*) from key_pending)
"""


class SqlKeyRows:
    """The key tree's rows; implements `keyring.port.KeyRows`."""

    def __init__(self) -> None:
        self.epochs = SqlEpochRows()
        self.vaults = SqlVaultRows()

    def state(self, tx: Tx) -> tuple[State, bytes] | None:
        """Return the state and its MAC."""
        rows = sql(tx).execute(_STATE)
        if not rows:
            return None
        install, provider, generation, write_gen, phase, new_root, began, turned, mac = rows[0]
        state = State(
            install=InstallId(install),
            provider=ClientId(provider),
            generation=generation,
            write_gen=write_gen,
            phase=Phase(phase),
            new_root=bool(new_root),
            began_ms=began,
            turned_ms=turned,
        )
        return state, mac

    def save_state(self, tx: Tx, state: State, mac: bytes) -> None:
        """Insert or replace the state."""
        values = {
            "install": state.install.raw,
            "provider": state.provider.raw,
            "generation": state.generation,
            "write_gen": state.write_gen,
            "phase": state.phase.value,
            "new_root": int(state.new_root),
            "began_ms": state.began_ms,
            "turned_ms": state.turned_ms,
            "mac": mac,
        }
        sql(tx).execute(_SAVE_STATE, values)

    def generations(self, tx: Tx) -> tuple[int, int]:
        """Return (generation, write generation)."""
        rows = sql(tx).execute("select generation, write_gen from key_state")
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    # --- trunk -----------------------------------------------------------------------------

    def wrapping_key(self, tx: Tx, noun: str, ident: bytes) -> WrappingKeyRow | None:
        """Return one key under the KEK."""
        rows = sql(tx).execute(
            _TRUNK + " where noun = :noun and id = :id", {"noun": noun, "id": ident}
        )
        return _wrapping(rows[0]) if rows else None

    def wrapping_keys(self, tx: Tx) -> Iterator[WrappingKeyRow]:
        """Yield all keys under the KEK."""
        return map(_wrapping, sql(tx).stream(_TRUNK + " order by noun, id"))

    def wrapping_keys_before(self, tx: Tx, gen: int, limit: int) -> Sequence[WrappingKeyRow]:
        """Return up to `limit` of them from older generations."""
        rows = sql(tx).execute(
            _TRUNK + " where gen < :gen order by noun, id limit :limit",
            {"gen": gen, "limit": limit},
        )
        return [_wrapping(row) for row in rows]

    def put_wrapping_key(self, tx: Tx, row: WrappingKeyRow) -> None:
        """Insert or replace."""
        values = {
            "noun": row.noun,
            "id": row.id,
            "gen": row.gen,
            "version": row.version,
            "pending_gen": row.pending_gen,
            "wrapped": row.wrapped,
        }
        with fenced():
            sql(tx).execute(_PUT_TRUNK, values)

    def mark_pending(self, tx: Tx, noun: str, ident: bytes, gen: int) -> None:
        """Note that something below was deleted while `gen` was written."""
        sql(tx).execute(_MARK_PENDING, {"noun": noun, "id": ident, "gen": gen})

    def drop_wrapping_key(self, tx: Tx, noun: str, ident: bytes) -> None:
        """Delete one."""
        sql(tx).execute(
            "delete from key_trunk where noun = :noun and id = :id", {"noun": noun, "id": ident}
        )

    # --- buckets and leaves ----------------------------------------------------------------

    def place(self, tx: Tx, client: ClientId, bucket: int, ref: Ref | None) -> HeldKey | None:
        """Return what stands above a leaf, and the leaf of `ref`, in one statement."""
        noun, ident, version = (ref.noun, ref.id, ref.version) if ref else ("", b"", 0)
        rows = sql(tx).execute(
            _PLACE,
            {
                "client": client.raw,
                "bucket": bucket,
                "noun": noun,
                "id": ident,
                "version": version,
            },
        )
        if not rows:
            return None
        generation, write_gen, gen, t_version, pending, t_wrapped = rows[0][:6]
        b_version, parent, b_wrapped, kid, epoch, wrapped = rows[0][6:]
        return HeldKey(
            generation=generation,
            write_gen=write_gen,
            wrapping=WrappingKeyRow(
                noun="client",
                id=client.raw,
                gen=gen,
                version=t_version,
                pending_gen=pending,
                wrapped=t_wrapped,
            ),
            bucket=None
            if b_wrapped is None
            else BucketRow(
                client=client, bucket=bucket, version=b_version, parent=parent, wrapped=b_wrapped
            ),
            leaf=None
            if wrapped is None
            else LeafRow(
                client=client,
                bucket=bucket,
                noun=noun,
                id=ident,
                version=version,
                kid=kid,
                epoch=epoch,
                wrapped=wrapped,
            ),
        )

    def put_bucket(self, tx: Tx, row: BucketRow) -> None:
        """Insert or replace."""
        values = {
            "client": row.client.raw,
            "bucket": row.bucket,
            "version": row.version,
            "parent": row.parent,
            "wrapped": row.wrapped,
        }
        with fenced():
            sql(tx).execute(_PUT_BUCKET, values)

    def buckets(self, tx: Tx, client: ClientId) -> Iterator[BucketRow]:
        """Yield the buckets of a client."""
        rows = sql(tx).stream(
            "select bucket, version, parent, wrapped from key_bucket where client = :client",
            {"client": client.raw},
        )
        for bucket, version, parent, wrapped in rows:
            yield BucketRow(
                client=client, bucket=bucket, version=version, parent=parent, wrapped=wrapped
            )

    def drop_bucket(self, tx: Tx, client: ClientId, bucket: int) -> None:
        """Delete one."""
        sql(tx).execute(
            "delete from key_bucket where client = :client and bucket = :bucket",
            {"client": client.raw, "bucket": bucket},
        )

    def drop_buckets(self, tx: Tx, client: ClientId) -> None:
        """Delete all buckets of a client."""
        sql(tx).execute("delete from key_bucket where client = :client", {"client": client.raw})

    def add_leaf(self, tx: Tx, row: LeafRow) -> None:
        """Insert; Conflict when there is one for this thing already."""
        values = {**_leaf_key(row), "kid": row.kid, "epoch": row.epoch, "wrapped": row.wrapped}
        if sql(tx).change(_ADD_LEAF, values) != 1:
            raise errors.Conflict("errors_keyring.enrolled-already")

    def leaves(self, tx: Tx, client: ClientId, bucket: int) -> Sequence[LeafRow]:
        """Return the leaves of a bucket."""
        rows = sql(tx).execute(
            _LEAF + " where client = :client and bucket = :bucket",
            {"client": client.raw, "bucket": bucket},
        )
        return [_leaf(row) for row in rows]

    def rewrap_leaves(self, tx: Tx, rows: Sequence[LeafRow]) -> None:
        """Replace the wraps of leaves."""
        sql(tx).many(
            _REWRAP_LEAF,
            [{**_leaf_key(row), "wrapped": row.wrapped} for row in rows],
        )

    def drop_leaves(self, tx: Tx, rows: Sequence[LeafRow]) -> None:
        """Delete leaves."""
        sql(tx).many(_DROP_LEAF, [_leaf_key(row) for row in rows])

    def drop_client_leaves(self, tx: Tx, client: ClientId, limit: int) -> int:
        """Delete up to `limit` leaves of a client; return how many."""
        return sql(tx).change(_DROP_CLIENT_LEAVES, {"client": client.raw, "limit": limit})

    def drop_orphans(self, tx: Tx, limit: int) -> int:
        """Delete up to `limit` leaves of clients that left; return how many."""
        return sql(tx).change(_DROP_ORPHANS, {"limit": limit})

    def leaves_by_kid(self, tx: Tx, key_ids: frozenset[bytes]) -> Sequence[LeafRow]:
        """Return the leaves with these key ids; reads them all, for a restore."""
        return [leaf for leaf in map(_leaf, sql(tx).stream(_LEAF)) if leaf.kid in key_ids]

    # --- law -------------------------------------------------------------------------------

    def body_key(self, tx: Tx, client: ClientId, year: int) -> BodyKeyRow | None:
        """Return the ledger-body key of a client and year."""
        rows = sql(tx).execute(
            "select client, year, kid, parent, wrapped from key_law "
            "where client = :client and year = :year",
            {"client": client.raw, "year": year},
        )
        return _law(rows[0]) if rows else None

    def held_body_key(self, tx: Tx, client: ClientId, year: int) -> HeldBodyKey | None:
        """Return it with what stands above it, in one statement: each entry asks for it."""
        rows = sql(tx).execute(_LAW_PLACE, {"client": client.raw, "year": year})
        if not rows:
            return None
        return HeldBodyKey(client.raw, year, *rows[0])

    def body_keys(self, tx: Tx) -> Iterator[BodyKeyRow]:
        """Yield all ledger-body keys."""
        return map(_law, sql(tx).stream("select client, year, kid, parent, wrapped from key_law"))

    def put_body_key(self, tx: Tx, row: BodyKeyRow) -> None:
        """Insert or replace."""
        values = {
            "client": row.client.raw,
            "year": row.year,
            "kid": row.kid,
            "parent": row.parent,
            "wrapped": row.wrapped,
        }
        sql(tx).execute(_PUT_LAW, values)

    def drop_body_key(self, tx: Tx, client: ClientId, year: int) -> None:
        """Delete one."""
        sql(tx).execute(
            "delete from key_law where client = :client and year = :year",
            {"client": client.raw, "year": year},
        )

    # --- deletions and turns ---------------------------------------------------------------

    def add_pending(self, tx: Tx, rows: Sequence[PendingRow]) -> None:
        """Note deletions that are not final yet."""
        sql(tx).many(
            _ADD_PENDING,
            [
                {
                    "kid": row.kid,
                    "client": row.client.raw,
                    "noun": row.noun,
                    "gen": row.gen,
                    "requested_ms": row.requested_ms,
                }
                for row in rows
            ],
        )

    def pending(self, tx: Tx) -> Sequence[PendingRow]:
        """Return them all."""
        rows = sql(tx).execute("select kid, client, noun, gen, requested_ms from key_pending")
        return [
            PendingRow(kid=kid, client=ClientId(client), noun=noun, gen=gen, requested_ms=when)
            for kid, client, noun, gen, when in rows
        ]

    def settle_pending(self, tx: Tx, gen: int) -> int:
        """Drop those that are final now; return how many."""
        return sql(tx).change("delete from key_pending where gen <= :gen", {"gen": gen})

    def add_turn(self, tx: Tx, row: TurnRow) -> None:
        """Note a finished turn."""
        values = {
            "gen": row.gen,
            "new_root": int(row.new_root),
            "began_ms": row.began_ms,
            "finished_ms": row.finished_ms,
            "effective_ms": row.effective_ms,
            "erased": row.erased,
            "confirmations": row.confirmations,
            "wrap_class": row.wrap_class,
        }
        sql(tx).execute(_ADD_TURN, values)

    def turns(self, tx: Tx) -> Sequence[TurnRow]:
        """Return finished turns, oldest first."""
        return [_turn(row) for row in sql(tx).execute(_TURNS)]

    def counts(self, tx: Tx) -> Mapping[str, int]:
        """Count the rows of each level."""
        names = ("clients", "buckets", "leaves", "laws", "logs", "pending")
        return dict(zip(names, sql(tx).execute(_COUNTS)[0], strict=True))


def _leaf_key(row: LeafRow) -> dict[str, Any]:
    return {
        "client": row.client.raw,
        "bucket": row.bucket,
        "noun": row.noun,
        "id": row.id,
        "version": row.version,
    }


def _wrapping(row: Row) -> WrappingKeyRow:
    noun, ident, gen, version, pending, wrapped = row
    return WrappingKeyRow(
        noun=noun, id=ident, gen=gen, version=version, pending_gen=pending, wrapped=wrapped
    )


def _leaf(row: Row) -> LeafRow:
    client, bucket, noun, ident, version, kid, epoch, wrapped = row
    return LeafRow(
        client=ClientId(client),
        bucket=bucket,
        noun=noun,
        id=ident,
        version=version,
        kid=kid,
        epoch=epoch,
        wrapped=wrapped,
    )


def _law(row: Row) -> BodyKeyRow:
    client, year, kid, parent, wrapped = row
    return BodyKeyRow(client=ClientId(client), year=year, kid=kid, parent=parent, wrapped=wrapped)


def _turn(row: Row) -> TurnRow:
    gen, new_root, began, finished, effective, erased, confirmations, wrap_class = row
    return TurnRow(
        gen=gen,
        new_root=bool(new_root),
        began_ms=began,
        finished_ms=finished,
        effective_ms=effective,
        erased=erased,
        confirmations=confirmations,
        wrap_class=wrap_class,
    )
