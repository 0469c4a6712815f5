"""What only `check` asks of the rows: their schema, their counts, rows that hang on nothing."""

import importlib
import pkgutil
from collections.abc import Iterable, Sequence

from sqlalchemy import create_engine, text

from bailee.adapters.sql import schema
from bailee.adapters.sql.engine import sql
from bailee.ids import ClientId
from bailee.work import Tx

_SCHEMA = "select type, name, sql from sqlite_master where name not like 'sqlite_%'"
_VERSION_TABLE = "alembic_version"
_STRAY_BUCKETS = """
select b.client, b.bucket from key_bucket b
left join key_trunk t on t.noun = 'client' and t.id = b.client
where t.id is null or t.version <> b.parent
"""
_STRAY_LEAVES = """
select l.noun, l.id from key_leaf l
left join key_bucket b on b.client = l.client and b.bucket = l.bucket
where b.client is null
  and l.client not in (select client from key_pending where noun = 'client')
"""
_STRAY_MARKS = """
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


class SqlInspection:
    """Implements `check.port.Inspection` on SQLite."""

    def schema_version(self, tx: Tx) -> str:
        """Return the step of the migration chain that the rows are at."""
        rows = sql(tx).execute(f"select version_num from {_VERSION_TABLE}")  # noqa: S608  # constant
        return str(rows[0][0]) if len(rows) == 1 else ""

    def schema_differences(self, tx: Tx) -> Sequence[str]:
        """Name tables, indexes and triggers that are not as this version makes them."""
        found = {(row[0], row[1]): row[2] for row in sql(tx).execute(_SCHEMA)}
        return _differing(found, _expected())

    def entry_count(self, tx: Tx, client: ClientId) -> tuple[int, int]:
        """Return how many entries a log has, and one more than the largest index."""
        rows = sql(tx).execute(
            "select count(*), coalesce(max(idx) + 1, 0) from ledger_entry where client = :client",
            {"client": client.raw},
        )
        return rows[0][0], rows[0][1]

    def logless(self, tx: Tx) -> int:
        """Count entries of clients that have no log."""
        rows = sql(tx).execute(
            "select count(*) from ledger_entry where client not in (select client from ledger)"
        )
        return int(rows[0][0])

    def stray_keys(self, tx: Tx) -> Sequence[tuple[str, str, str]]:
        """Name (level, noun, id) of keys that hang on nothing, or on another version of it."""
        out = [("bucket", str(row[1]), row[0].hex()) for row in sql(tx).execute(_STRAY_BUCKETS)]
        out += [("leaf", row[0], row[1].hex()) for row in sql(tx).execute(_STRAY_LEAVES)]
        return out

    def stray_marks(self, tx: Tx) -> Sequence[tuple[str, str]]:
        """Name (noun, id) of keys whose mark for renewal is wrong, or gone."""
        return [(row[0], row[1].hex()) for row in sql(tx).execute(_STRAY_MARKS)]


def _expected() -> dict[tuple[str, str], str]:
    for module in pkgutil.iter_modules(schema.__path__):
        importlib.import_module(f"{schema.__name__}.{module.name}")
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        schema.metadata.create_all(connection)
        rows = connection.execute(text(_SCHEMA)).all()
    engine.dispose()
    return {(row[0], row[1]): row[2] for row in rows}


def _differing(
    found: dict[tuple[str, str], str], expected: dict[tuple[str, str], str]
) -> Sequence[str]:
    names: Iterable[tuple[str, str]] = found.keys() | expected.keys()
    return sorted(
        name
        for kind, name in names
        if name != _VERSION_TABLE and found.get((kind, name)) != expected.get((kind, name))
    )
