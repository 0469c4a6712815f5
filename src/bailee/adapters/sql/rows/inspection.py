"""Inspection: what only audits ask of rows: schema, counts, rows that hang on nothing."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.form import form_of
from bailee.adapters.sql.reading import Reading
from bailee.adapters.sql.rows.blobs import SqlNamedBlobs
from bailee.adapters.sql.whole import differing
from bailee.ids import ClientId
from bailee.work import Tx

_ORPHAN_BUCKETS = """
select cast(b.bucket as text), b.client from key_bucket b
left join key_trunk t on t.noun = 'client' and t.id = b.client
where t.id is null or t.version <> b.parent
"""
_ORPHAN_LEAVES = """
select l.noun, l.id from key_leaf l
left join key_bucket b on b.client = l.client and b.bucket = l.bucket
where b.client is null
  and l.client not in (select client from key_pending where noun = 'client')
"""
_ORPHAN_MARKS = """
select t.noun, t.id from key_trunk t, key_state s
where t.pending_gen not between s.generation and s.write_gen
   or (t.pending_gen is null and s.phase = 'still' and exists (
       select 1 from key_pending p
       where p.gen = s.generation and p.requested_ms > s.turned_ms
         and ((t.noun = 'client' and p.client = t.id and p.noun not in ('client', 'law'))
              or (t.noun = 'law' and p.noun = 'law'))))
"""
"""A mark is of a generation that is written; and what was deleted since the last turn left one.

Deletions within a turn leave none where the key above was renewed already.
"""

_KEYED = """
exists (select 1 from key_epoch k
        where k.client = v.client and k.epoch = v.epoch
          and (k.wrapped is not null or k.pending_gen is not null) and {})
"""
"""A key lives, or rows that hung on it are still to be swept."""
_VAULT = (
    "k.noun = 'vault' and (k.version = v.version or k.wrapped is null and k.version > v.version)"
)
_ORPHAN_VALUES = f"""
select count(*) from vault v
where v.version < 0
   or not {_KEYED.format(f"({_VAULT} or v.sealed is null and k.version >= v.version)")}
"""  # noqa: S608  # constants
_ORPHAN_INDEX = f"""
select count(*) from vault_index v
where not {_KEYED.format("k.noun in ('vault', 'index') and k.version = v.version")}
"""  # noqa: S608  # constants
_ORPHANS = "select '{0}', {1} from {0} where (client, {2}) not in (select client, {2} from {3})"
_ORPHAN_BATCHES = (
    "select 'log_stream', stream from log_stream where client not in (select id from client)",
    _ORPHANS.format("log_source", "source", "stream", "log_stream"),
    _ORPHANS.format("log_batch", "batch", "stream", "log_stream"),
    _ORPHANS.format("log_batch", "batch", "source", "log_source") + " and source is not null",
    _ORPHANS.format("log_part", "batch", "batch", "log_batch"),
    _ORPHANS.format("log_run", "blob", "stream", "log_stream") + " and stream <> zeroblob(16)",
    """
    select 'log_batch', b.batch from log_batch b
    left join ledger_entry e on e.client = b.client and e.idx = b.log_index
    where e.entry is not b.entry or e.time_ms is not b.received_ms
    """,
)
_ORPHAN_EPOCHS = """
select k.noun, k.client from key_epoch k left join key_trunk t
on t.noun = 'client' and t.id = k.client
where k.wrapped is not null and t.version is not k.parent
   or k.client not in (select id from client)
"""
_ORPHAN_MONTHS = """
select l.noun, l.id from key_leaf l
where l.epoch > 0 and not exists (
    select 1 from key_epoch k where k.client = l.client and k.epoch = l.epoch)
  and l.client not in (select client from key_pending where noun = 'client')
"""
_ORPHAN_EPOCH_MARKS = """
select 'epoch-' || k.noun, k.client from key_epoch k, key_state s
where k.pending_gen not between 0 and s.write_gen
   or k.wrapped is not null and (k.pending_gen < s.generation or k.noun <> 'vault'
      and k.pending_gen is not null)
   or k.wrapped is null and k.pending_gen is not null and k.noun in ('names', 'text')
      and exists (select 1 from key_epoch o where o.client = k.client and o.epoch = k.epoch
                  and o.noun = k.noun and o.wrapped is not null)
   or k.noun not in ('vault', 'names', 'text', 'index')
union
select 'epoch-vault', p.client from key_pending p, key_state s
where s.phase = 'still' and p.gen = s.generation and p.noun = 'value'
  and p.requested_ms > s.turned_ms and not exists (
    select 1 from key_epoch k where k.client = p.client and k.noun = 'vault'
      and (k.pending_gen is not null or k.wrapped is null))
  and p.client in (select id from key_trunk where noun = 'client')
"""
"""A vault where something was erased is marked until the turn keys it anew, or was ended."""

_ORPHAN_KEYS = (
    ("bucket", _ORPHAN_BUCKETS),
    ("leaf", _ORPHAN_LEAVES),
    ("leaf", _ORPHAN_MONTHS),
    ("epoch", _ORPHAN_EPOCHS),
)


class _OrphanRow(NamedTuple):
    """A row that hangs on nothing: of what, and the bytes of its id."""

    what: str
    id: bytes


_ORPHAN: Final = Reading(_OrphanRow)


class SqlInspection(SqlNamedBlobs):
    """Implements what audits ask of the rows, as the nouns' ports have it."""

    def schema_version(self, tx: Tx) -> str:
        """Return the step of the migration chain that the rows are at."""
        return form_of(tx)

    def differing(self, tx: Tx) -> Iterator[tuple[ClientId, str]]:
        """Yield (client, set) where rows are not those of their digest."""
        return differing(tx)

    def entry_count(self, tx: Tx, client: ClientId) -> tuple[int, int]:
        """Return how many entries a log has, and one more than the largest index."""
        rows = sql(tx).execute(
            "select count(*), coalesce(max(idx) + 1, 0) from ledger_entry where client = :client",
            {"client": client.raw},
        )
        return rows[0][0], rows[0][1]

    def orphan_keys(self, tx: Tx) -> Sequence[tuple[str, str, str]]:
        """Name (level, noun, id) of keys that hang on nothing, or on another version of it."""
        return [
            (level, *orphan)
            for level, statement in _ORPHAN_KEYS
            for orphan in _orphans(tx, statement)
        ]

    def orphan_values(self, tx: Tx) -> int:
        """Count rows of vaults, and of their indexes, whose key is gone or never was."""
        found = [sql(tx).execute(one)[0][0] for one in (_ORPHAN_VALUES, _ORPHAN_INDEX)]
        return sum(found)

    def orphan_batches(self, tx: Tx) -> Sequence[tuple[str, str]]:
        """Name (table, id) of rows of logs that hang on nothing, or on no entry."""
        return [orphan for statement in _ORPHAN_BATCHES for orphan in _orphans(tx, statement)]

    def orphan_marks(self, tx: Tx) -> Sequence[tuple[str, str]]:
        """Name (noun, id) of keys whose mark for renewal is wrong, or gone."""
        marks = (_ORPHAN_MARKS, _ORPHAN_EPOCH_MARKS)
        return [orphan for statement in marks for orphan in _orphans(tx, statement)]


def _orphans(tx: Tx, statement: str) -> Iterator[tuple[str, str]]:
    for row in map(_ORPHAN, sql(tx).execute(statement)):
        yield row.what, row.id.hex()
