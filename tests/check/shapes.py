"""Rows of shapes that nobody here writes: what a hand, or a broken disk, may leave in a column."""

# ruff: noqa: S608  # statements are put together from declared names and the constants below

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bailee.adapters.sql.schema import tables
from bailee.adapters.sql.table import Column, Table, Type, quoted

ANOTHER, ABSENT, NEGATIVE = "of another type", "absent", "below zero"
SHORT, UNKNOWN, OTHER_BYTES = "too short", "a word of no list", "not UTF-8"
_SQL: Mapping[str, str] = {
    ABSENT: "null",
    NEGATIVE: "-1",
    SHORT: "x'0102'",
    UNKNOWN: "'nonsense'",
    OTHER_BYTES: "cast(x'ff80' as text)",
}
_LAX = """
update sqlite_schema
set sql = replace(replace(replace(sql, ' NOT NULL', ''), ',' || char(10) || ' STRICT', ''),
                  char(10) || ' STRICT', '')
where type = 'table' and name <> 'alembic_version'
"""
_KEPT = "rowid, type, name, tbl_name, rootpage, sql"
_RESTORE = f"insert into sqlite_schema ({_KEPT}) values (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Shape:
    """What is wrong with which column."""

    table: str
    column: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} {self.wrong}"

    def write(self, place: Path) -> None:
        """Write it into every row of a home, or into one, past all that SQLite guards."""
        (table,) = (one for one in tables() if one.name == self.table)
        (column,) = (one for one in table.columns if one.name == self.column)
        another = "x'0102'" if column.type is Type.TEXT else "'text'"
        key = ", ".join(map(quoted, table.key))
        value = _SQL.get(self.wrong, another)
        path = place / "home" / "rows.db"
        schema = _relax(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as rows:
            rows.execute("pragma ignore_check_constraints = on")
            update = f"update {table.name} set {quoted(column.name)} = {value}"
            try:
                changed = rows.execute(update).rowcount
            except sqlite3.IntegrityError:  # there may be one such value alone
                last = table.columns[-1].name  # not of what was erased or has ended: that is null
                one = f"select {key} from {table.name} order by {quoted(last)} desc limit 1"
                changed = rows.execute(f"{update} where ({key}) = ({one})").rowcount
            rows.execute("pragma writable_schema = on")
            rows.execute("delete from sqlite_schema")
            rows.executemany(
                f"insert into sqlite_schema ({_KEPT}) values (?, ?, ?, ?, ?, ?)", schema
            )
        assert changed, "the home must hold such a row"


def _relax(path: Path) -> list[tuple[object, ...]]:
    """Take types, NOT NULL and triggers out of the schema, and return it as it was."""
    with closing(sqlite3.connect(path, isolation_level=None)) as rows:
        schema = rows.execute(f"select {_KEPT} from sqlite_schema").fetchall()
        rows.execute("pragma writable_schema = on")
        rows.execute(_LAX)
        rows.execute("delete from sqlite_schema where type = 'trigger'")
    return schema


def shapes() -> Iterator[Shape]:
    """Go through all that can be wrong with each column of each table."""
    for table in tables():
        for column in table.columns:
            for wrong in _wrong(table, column):
                yield Shape(table.name, column.name, wrong)


def _wrong(table: Table, column: Column) -> Iterator[str]:
    if (column.name,) == table.key and column.type is Type.INTEGER:
        yield NEGATIVE  # the rowid itself: SQLite stores nothing else there
        return
    yield ANOTHER
    if not column.null and not (column.key and not table.rowid):  # which stay NOT NULL
        yield ABSENT
    if column.type is Type.INTEGER and not column.negative:
        yield NEGATIVE
    if column.type is Type.BLOB:
        yield SHORT
    if column.type is Type.TEXT:
        yield UNKNOWN
        yield OTHER_BYTES
