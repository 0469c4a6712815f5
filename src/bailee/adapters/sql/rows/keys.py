"""Key rows: the rows of the key tree, with statements by hand for what stands above a leaf."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.fence import fenced
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.reading import DAMAGED, Reading
from bailee.adapters.sql.rows.epochs import SqlEpochRows
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.adapters.sql.schema import keys as tables
from bailee.grant import Ref
from bailee.ids import ClientId
from bailee.keyring.model import (
    BodyKeyRow,
    BucketRow,
    HeldBodyKey,
    HeldKey,
    LeafRow,
    PendingRow,
    State,
    TurnRow,
    WrappingKeyRow,
)
from bailee.keyring.sets import SetKeys
from bailee.work import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class _StateRow:
    """The state, and the MAC over it."""

    state: State
    mac: bytes


class _Generations(NamedTuple):
    """Which generation lives, and which is written."""

    generation: int
    write_gen: int


class _Place(NamedTuple):
    """What `_PLACE` finds; flat, since every opening and every sealing asks for it."""

    generation: int
    write_gen: int
    gen: int
    version: int
    pending_gen: int | None
    wrapped: bytes
    bucket_version: int | None
    bucket_parent: int | None
    bucket_wrapped: bytes | None
    leaf_kid: bytes | None
    leaf_epoch: int | None
    leaf_wrapped: bytes | None

    def bucket_of(self, client: ClientId, bucket: int) -> BucketRow | None:
        """Give the bucket's row, if there is one; Damaged when there is a part of one."""
        version, parent, wrapped = self.bucket_version, self.bucket_parent, self.bucket_wrapped
        if version is None and parent is None and wrapped is None:
            return None
        if version is None or parent is None or wrapped is None:
            raise errors.Damaged(DAMAGED)
        return BucketRow(
            client=client, bucket=bucket, version=version, parent=parent, wrapped=wrapped
        )

    def leaf_of(self, client: ClientId, bucket: int, ref: Ref) -> LeafRow | None:
        """Give the leaf's row, if there is one; Damaged when there is a part of one."""
        kid, epoch, wrapped = self.leaf_kid, self.leaf_epoch, self.leaf_wrapped
        if kid is None and epoch is None and wrapped is None:
            return None
        if kid is None or epoch is None or wrapped is None:
            raise errors.Damaged(DAMAGED)
        return LeafRow(
            client=client,
            bucket=bucket,
            noun=ref.noun,
            id=ref.id,
            version=ref.version,
            kid=kid,
            epoch=epoch,
            wrapped=wrapped,
        )


STATE: Final = Mapped(tables.key_state, _StateRow)
WRAPPING_KEYS: Final = Mapped(tables.key_trunk, WrappingKeyRow)
BUCKETS: Final = Mapped(tables.key_bucket, BucketRow)
LEAVES: Final = Mapped(tables.key_leaf, LeafRow)
BODY_KEYS: Final = Mapped(tables.key_law, BodyKeyRow)
PENDING: Final = Mapped(tables.key_pending, PendingRow)
TURNS: Final = Mapped(tables.key_turn, TurnRow)
_GENERATIONS: Final = Reading(_Generations)
_HELD_BODY_KEY: Final = Reading(HeldBodyKey)
_READ_PLACE: Final = Reading(_Place)

# Everything above a leaf in one statement, and of one moment: read one after the other, a turn
# could replace the key between them.
_PLACE = """
select s.generation, s.write_gen, t.gen, t.version, t.pending_gen, t.wrapped,
       b.version, b.parent, b.wrapped, l.kid, l.epoch, l.wrapped
from key_state s
join key_trunk t on t.noun = 'client' and t.id = :client
left join key_bucket b on b.client = :client and b.bucket = :bucket
left join key_leaf l on l.client = :client and l.bucket = :bucket
     and l.noun = :noun and l.id = :id and l.version = :version
"""
_BODY_PLACE = """
select :client, :year, s.generation, s.write_gen, t.id, t.gen, t.version, t.pending_gen, t.wrapped,
       l.kid, l.parent, l.wrapped
from key_state s
join key_trunk t on t.noun = 'law'
left join key_law l on l.client = :client and l.year = :year
"""
_MARK_PENDING = """
update key_trunk set pending_gen = max(coalesce(pending_gen, 0), :gen)
where noun = :noun and id = :id
"""
_REWRAP_LEAF = """
update key_leaf set wrapped = :wrapped
where client = :client and bucket = :bucket and noun = :noun and id = :id and version = :version
"""
_DROP_LEAF = """
delete from key_leaf
where client = :client and bucket = :bucket and noun = :noun and id = :id and version = :version
"""
# In bounded parts: a client that left may have millions of leaves, and other writers wait for each
# statement.
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

    def digest_by(self, tx: Tx, keys: SetKeys) -> None:
        """Keep digests of rows under these keys from now on, in whatever has these rows open."""
        sql(tx).sets.keys = keys

    def before_commit(self, tx: Tx, call: Callable[[], object]) -> None:
        """Run a call as the last part of a transaction's work."""
        sql(tx).last.append(call)

    def state(self, tx: Tx) -> tuple[State, bytes] | None:
        """Return the state and its MAC."""
        row = STATE.one(tx)
        return None if row is None else (row.state, row.mac)

    def save_state(self, tx: Tx, state: State, mac: bytes) -> None:
        """Insert or replace the state."""
        # State and MAC in one row: a crash between two could leave a state that nobody vouched for.
        STATE.put(tx, _StateRow(state=state, mac=mac), one=1)

    def generations(self, tx: Tx) -> tuple[int, int]:
        """Return (generation, write generation)."""
        rows = sql(tx).execute("select generation, write_gen from key_state")
        return _GENERATIONS(rows[0]) if rows else (0, 0)

    # --- wrapping keys ---------------------------------------------------------------------

    def wrapping_key(self, tx: Tx, noun: str, ident: bytes) -> WrappingKeyRow | None:
        """Return one wrapping key, by noun and id."""
        return WRAPPING_KEYS.one(tx, noun=noun, id=ident)

    def wrapping_keys(self, tx: Tx) -> Iterator[WrappingKeyRow]:
        """Yield all wrapping keys: those that the key of a generation wraps."""
        return WRAPPING_KEYS.each(tx)

    def wrapping_keys_before(self, tx: Tx, gen: int, limit: int) -> Sequence[WrappingKeyRow]:
        """Return up to `limit` wrapping keys of generations before `gen`."""
        older = "where gen < :gen order by noun, id limit :limit"
        return WRAPPING_KEYS.found(tx, older, gen=gen, limit=limit)

    def put_wrapping_key(self, tx: Tx, row: WrappingKeyRow) -> None:
        """Insert or replace."""
        with fenced():
            WRAPPING_KEYS.put(tx, row)

    def mark_pending(self, tx: Tx, noun: str, ident: bytes, gen: int) -> None:
        """Note that something below was deleted while `gen` was written."""
        sql(tx).execute(_MARK_PENDING, {"noun": noun, "id": ident, "gen": gen})

    def drop_wrapping_key(self, tx: Tx, noun: str, ident: bytes) -> None:
        """Delete one."""
        WRAPPING_KEYS.drop(tx, noun=noun, id=ident)

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
        found = _READ_PLACE(rows[0])
        return HeldKey(
            generation=found.generation,
            write_gen=found.write_gen,
            wrapping=WrappingKeyRow(
                noun="client",
                id=client.raw,
                gen=found.gen,
                version=found.version,
                pending_gen=found.pending_gen,
                wrapped=found.wrapped,
            ),
            bucket=found.bucket_of(client, bucket),
            leaf=None if ref is None else found.leaf_of(client, bucket, ref),
        )

    def put_bucket(self, tx: Tx, row: BucketRow) -> None:
        """Insert or replace."""
        with fenced():
            BUCKETS.put(tx, row)

    def buckets(self, tx: Tx, client: ClientId) -> Iterator[BucketRow]:
        """Yield the buckets of a client."""
        return BUCKETS.each(tx, client=client)

    def drop_bucket(self, tx: Tx, client: ClientId, bucket: int) -> None:
        """Delete one."""
        BUCKETS.drop(tx, client=client, bucket=bucket)

    def drop_buckets(self, tx: Tx, client: ClientId) -> None:
        """Delete all buckets of a client."""
        BUCKETS.drop(tx, client=client)

    def add_leaf(self, tx: Tx, row: LeafRow) -> None:
        """Insert; Conflict when there is one for this thing already."""
        if not LEAVES.add_once(tx, row):
            raise errors.Conflict("errors_keyring.enrolled-already")

    def leaves(self, tx: Tx, client: ClientId, bucket: int) -> Sequence[LeafRow]:
        """Return the leaves of a bucket."""
        return LEAVES.all(tx, client=client, bucket=bucket)

    def rewrap_leaves(self, tx: Tx, rows: Sequence[LeafRow]) -> None:
        """Replace the wraps of leaves."""
        sql(tx).many(_REWRAP_LEAF, map(LEAVES.values, rows))

    def drop_leaves(self, tx: Tx, rows: Sequence[LeafRow]) -> None:
        """Delete leaves."""
        sql(tx).many(_DROP_LEAF, map(LEAVES.values, rows))

    def drop_client_leaves(self, tx: Tx, client: ClientId, limit: int) -> int:
        """Delete up to `limit` leaves of a client; return how many."""
        return sql(tx).change(_DROP_CLIENT_LEAVES, {"client": client.raw, "limit": limit})

    def drop_orphans(self, tx: Tx, limit: int) -> int:
        """Delete up to `limit` leaves of clients that left; return how many."""
        return sql(tx).change(_DROP_ORPHANS, {"limit": limit})

    def leaves_by_kid(self, tx: Tx, key_ids: frozenset[bytes]) -> Sequence[LeafRow]:
        """Return the leaves with these key ids; reads them all, for a restore."""
        # Streamed: all leaves of a home do not fit in memory, those that are looked for do.
        return [leaf for leaf in LEAVES.each(tx) if leaf.kid in key_ids]

    # --- keys of ledger bodies -------------------------------------------------------------

    def body_key(self, tx: Tx, client: ClientId, year: int) -> BodyKeyRow | None:
        """Return the ledger-body key of a client and year."""
        return BODY_KEYS.one(tx, client=client, year=year)

    def held_body_key(self, tx: Tx, client: ClientId, year: int) -> HeldBodyKey | None:
        """Return a ledger-body key with what stands above it, in one statement: each entry asks."""
        rows = sql(tx).execute(_BODY_PLACE, {"client": client.raw, "year": year})
        return _HELD_BODY_KEY(rows[0]) if rows else None

    def body_keys(self, tx: Tx) -> Iterator[BodyKeyRow]:
        """Yield all ledger-body keys."""
        return BODY_KEYS.each(tx)

    def put_body_key(self, tx: Tx, row: BodyKeyRow) -> None:
        """Insert or replace."""
        BODY_KEYS.put(tx, row)

    def drop_body_key(self, tx: Tx, client: ClientId, year: int) -> None:
        """Delete one."""
        BODY_KEYS.drop(tx, client=client, year=year)

    # --- deletions and turns ---------------------------------------------------------------

    def add_pending(self, tx: Tx, rows: Sequence[PendingRow]) -> None:
        """Note deletions that are not final yet."""
        for row in rows:
            PENDING.add_once(tx, row)

    def pending(self, tx: Tx) -> Sequence[PendingRow]:
        """Return all deletions that are not final yet."""
        return PENDING.all(tx)

    def settle_pending(self, tx: Tx, gen: int) -> int:
        """Drop the deletions of generations up to `gen`, which are final; return how many."""
        return sql(tx).change("delete from key_pending where gen <= :gen", {"gen": gen})

    def add_turn(self, tx: Tx, row: TurnRow) -> None:
        """Note a finished turn, once: a turn that was resumed may end twice."""
        # The first that was noted stands: its figures are those of the turn, not of its resumption.
        TURNS.add_once(tx, row)

    def turns(self, tx: Tx) -> Sequence[TurnRow]:
        """Return finished turns, oldest first."""
        return TURNS.all(tx)

    def counts(self, tx: Tx) -> Mapping[str, int]:
        """Count the rows of each level."""
        names = ("clients", "buckets", "leaves", "laws", "logs", "pending")
        return dict(zip(names, sql(tx).execute(_COUNTS)[0], strict=True))
