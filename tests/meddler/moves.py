"""What a writer of the database may do: put back rows and files, edit columns, set the clock.

He has neither passphrase nor custodians.  He keeps all rows and all files of the home of every
moment.  `spec/rows.md` says of each column how it is protected; those in clear are his to edit, and
the values that he writes are ones that might have stood there.
"""

# ruff: noqa: S608  # statements are put together from declared names alone

import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.keyring.custody import HandClock

from bailee.adapters.sql.schema import tables
from bailee.adapters.sql.table import Column, Table, Type, quoted

Row = tuple[Any, ...]  # SQLite's types are dynamic
Rows = Mapping[str, list[Row]]
TABLES = {one.name: one for one in tables()}
DIGESTS = ("row_set", "row_head")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CLOCK_STEPS_MS = (-400 * DAY_MS, -3 * DAY_MS, -HOUR_MS, 40 * HOUR_MS, 60 * DAY_MS, 900 * DAY_MS)
JOURNALS = ("due-*", "anchors", "phase")
"""Files of a custodian that are no secrets: who holds one custodian puts them back, too."""
MOVES = {
    "tables": 4,
    "some_rows": 3,
    "client_rows": 3,
    "deleted_rows": 2,
    "column": 6,
    "some_files": 4,
    "ledger_folder": 2,
    "marks": 3,
    "whole_rows": 2,
}
STILL_MOVES = {"snapshot": 3, "set_clock": 3}
"""Those that he makes while no process has the home open."""
INSIDER_MOVES = {"journals_back": 6}
_OURS = ("rows.db", "rows.db-wal", "rows.db-shm", "reserve", "signer.lock")
"""Put back as rows, or holding nothing."""


@dataclass(frozen=True)
class Moment:
    """All rows and files of a home as they once were."""

    rows: Rows
    files: Mapping[str, bytes]
    journals: Mapping[str, bytes]
    """Those of the first custodian."""


@dataclass(frozen=True)
class Moved:
    """A move: what it was, and what there was before it and after it."""

    what: str
    before: Moment
    after: Moment


class LockedError(Exception):
    """Somebody is writing: nothing was done."""


@contextmanager
def written(rows_db: Path) -> Iterator[sqlite3.Connection]:
    """Write the rows, past fences, conditions and indexes; LockedError where somebody does."""
    with closing(sqlite3.connect(rows_db, timeout=0, isolation_level=None)) as rows:
        rows.execute("pragma ignore_check_constraints = on")
        try:
            rows.execute("begin immediate")
        except sqlite3.OperationalError:
            raise LockedError from None
        fences = rows.execute("select name, sql from sqlite_master where type = 'trigger'")
        held = fences.fetchall()
        for name, _ in held:
            rows.execute(f'drop trigger "{name}"')
        yield rows
        for _, statement in held:
            rows.execute(statement)
        with suppress(sqlite3.OperationalError):
            rows.execute("commit")


def moment(home: Path, custodian: Path) -> Moment:
    """Copy all rows and files."""
    with closing(sqlite3.connect(home / "rows.db")) as rows:
        held = {name: rows_of(rows, one) for name, one in TABLES.items()}
    return Moment(rows=held, files=dict(_files(home)), journals=dict(_journals(custodian)))


def _files(home: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.name not in _OURS:
            yield str(path.relative_to(home)), path.read_bytes()


def _journals(custodian: Path) -> Iterator[tuple[str, bytes]]:
    for pattern in JOURNALS:
        for path in sorted(custodian.glob(pattern)):
            yield path.name, path.read_bytes()


class Meddler:
    """One writer of the database, with what he kept; every move says what he did."""

    def __init__(self, home: Path, custodian: Path, clock: HandClock, rng: random.Random) -> None:
        self._home, self._custodian, self._clock, self._rng = home, custodian, clock, rng
        self.moments: list[Moment] = []
        self.only: Sequence[str] = ()
        """The moves that he makes, where he makes not all of them."""
        self.insider = False
        """Whether he also holds the first custodian's journals."""

    def now(self) -> Moment:
        """Copy what there is now."""
        return moment(self._home, self._custodian)

    def look(self) -> Moment:
        """Keep what there is now."""
        found = self.now()
        self.moments.append(found)
        return found

    def move(self, *, running: bool = False) -> str:
        """Make one move; `running`: while a process has the home open, whatever lock it holds."""
        weights = MOVES | ({} if running else STILL_MOVES) | (INSIDER_MOVES if self.insider else {})
        open_to_him = {name: one for name, one in weights.items() if name in (self.only or weights)}
        if not open_to_him:
            return "nothing, for somebody runs"
        [name] = self._rng.choices(list(open_to_him), list(open_to_him.values()))
        act: Callable[[], str] = getattr(self, f"_{name}")
        try:
            return act()
        except LockedError:
            return "nothing, for somebody writes"

    # --- rows --------------------------------------------------------------------------------

    def _then(self) -> Moment:
        return self._rng.choice(self.moments)

    def _tables(self) -> str:
        """Put some tables back."""
        names = [name for name in TABLES if self._rng.random() < 0.3]
        self._put_tables(self._then().rows, names)
        return f"tables of before: {names}"

    def _whole_rows(self) -> str:
        self._put_tables(self._then().rows, list(TABLES))
        return "all rows of before"

    def _put_tables(self, rows: Rows, names: list[str]) -> None:
        with written(self._home / "rows.db") as connection:
            for name in names:
                connection.execute(f"delete from {name}")
                insert(connection, name, rows[name])

    def _some_rows(self) -> str:
        """Put some rows of some tables back, over what is there."""
        then, names = self._then().rows, self._rng.sample(list(TABLES), 5)
        with written(self._home / "rows.db") as connection:
            for name in names:
                insert(connection, name, [row for row in then[name] if self._rng.random() < 0.5])
        return f"rows of before over {names}"

    def _client_rows(self) -> str:
        """Put back what a digest is over, with its digests; the ledger stays."""
        names = [name for name, one in TABLES.items() if _has_set(one)]
        some = [name for name in names if self._rng.random() < 0.7]
        self._put_tables(self._then().rows, [*some, *DIGESTS])
        return f"rows with their digests: {some}"

    def _deleted_rows(self) -> str:
        name = self._rng.choice(list(TABLES))
        with written(self._home / "rows.db") as connection:
            keys = ", ".join(quoted(one.name) for one in TABLES[name].columns if one.key)
            held = sorted(connection.execute(f"select {keys} from {name}").fetchall(), key=repr)
            gone = [one for one in held if self._rng.random() < 0.5]
            connection.executemany(f"delete from {name} where {_found_by(TABLES[name])}", gone)
        return f"{len(gone)} rows of {name} deleted"

    def _marks(self) -> str:
        """Take away every mark that something was deleted."""
        with written(self._home / "rows.db") as connection:
            for name in ("key_trunk", "key_epoch"):
                connection.execute(f"update {name} set pending_gen = null")
            connection.execute("delete from key_pending")
        return "marks taken away"

    def _column(self) -> str:
        """Write another value in a clear column of one row."""
        table, column = self._rng.choice(clear_columns())
        with written(self._home / "rows.db") as connection:
            held = sorted(rows_of(connection, table), key=repr)
            if not held:
                return f"nothing, {table.name} is empty"
            row = self._rng.choice(held)
            older = [row for one in self.moments for row in one.rows[table.name]]
            values = plausible(table, column, row, older)
            if not values:
                return f"nothing, {table.name}.{column.name} has one value"
            why = self._rng.choice(sorted(values))
            with suppress(sqlite3.IntegrityError):  # a key that another row has
                edit(connection, table, column, row, values[why])
        return f"{table.name}.{column.name}: {why}"

    # --- files -------------------------------------------------------------------------------

    def _some_files(self) -> str:
        then = self._then().files
        now = set(dict(_files(self._home)))
        chosen = [name for name in sorted(then.keys() | now) if self._rng.random() < 0.4]
        self._put_files(then, chosen)
        return f"{len(chosen)} files of before"

    def _ledger_folder(self) -> str:
        then, now = self._then().files, set(dict(_files(self._home)))
        self._put_files(then, [name for name in then.keys() | now if name.startswith("ledger/")])
        return "the ledger's folder of before"

    def _put_files(self, then: Mapping[str, bytes], names: list[str]) -> None:
        for name in names:
            path = self._home / name
            if name in then:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.write_bytes(then[name])
                path.chmod(0o600)
            else:
                path.unlink(missing_ok=True)

    def _snapshot(self) -> str:
        """Put the whole home back."""
        self.put_whole(self._then())
        return "the whole home of before"

    def put_whole(self, then: Moment) -> None:
        """Put a home back as it was."""
        self._put_tables(then.rows, list(TABLES))
        now = set(dict(_files(self._home)))
        self._put_files(then.files, sorted(then.files.keys() | now))

    def undo(self, moved: Sequence[Moved]) -> None:
        """Put right what moves changed and nobody has changed since."""
        for one in reversed(moved):
            with written(self._home / "rows.db") as connection:
                for name, table in TABLES.items():
                    _undo(connection, table, one.before.rows[name], one.after.rows[name])
            now, before, after = dict(_files(self._home)), one.before.files, one.after.files
            changed = [
                name for name in before.keys() | after if before.get(name) != after.get(name)
            ]
            self._put_files(before, [name for name in changed if now.get(name) == after.get(name)])

    def _journals_back(self) -> str:
        then = self._then().journals
        for name in {*then, *dict(_journals(self._custodian))}:
            if name in then:
                (self._custodian / name).write_bytes(then[name])
            else:
                (self._custodian / name).unlink()
        return "journals of one custodian of before"

    # --- time --------------------------------------------------------------------------------

    def _set_clock(self) -> str:
        step = self._rng.choice(CLOCK_STEPS_MS)
        self._clock.set_ahead(step)
        return f"the clock set by {step // HOUR_MS} h"


def _undo(
    rows: sqlite3.Connection, table: Table, before: Sequence[Row], after: Sequence[Row]
) -> None:
    at = [number for number, one in enumerate(table.columns) if one.key]
    new, gone = set(after) - set(before), set(before) - set(after)
    now = {tuple(row[number] for number in at): row for row in rows_of(rows, table)}
    his = [key for key, row in now.items() if row in new]
    rows.executemany(f"delete from {table.name} where {_found_by(table)}", his)
    free = set(his)
    again = [row for row in gone if (key := tuple(row[n] for n in at)) in free or key not in now]
    insert(rows, table.name, again)


def clear_columns() -> list[tuple[Table, Column]]:
    """List every column that stands in clear."""
    return [
        (table, column)
        for table in TABLES.values()
        for column in table.columns
        if column.info.kind == "clear"
    ]


def plausible(
    table: Table, column: Column, row: Row, others: list[Row]
) -> dict[str, int | str | bytes | None]:
    """Give values that might stand in a column of a row: another's, one of before, one beside."""
    at = list(table.columns).index(column)
    keys = [number for number, one in enumerate(table.columns) if one.key]
    now = row[at]
    values: dict[str, int | str | bytes | None] = {}
    for other in others:
        if other[at] != now:
            same = all(other[key] == row[key] for key in keys)
            values["of before" if same else "another row's"] = other[at]
    if column.null and now is not None:
        values["null"] = None
    if column.type is Type.INTEGER:
        values["one more"] = (now or 0) + 1
        if now:
            values["one less"] = now - 1
        if now != 0:
            values["zero"] = 0
    return values


def rows_of(rows: sqlite3.Connection, table: Table) -> list[Row]:
    """Read all rows of a table, each as its columns are declared."""
    names = ", ".join(quoted(one.name) for one in table.columns)
    return rows.execute(f"select {names} from {table.name}").fetchall()


def edit(
    rows: sqlite3.Connection,
    table: Table,
    column: Column,
    row: Row,
    value: int | str | bytes | None,
) -> None:
    """Write a value into a column of a row."""
    key = [one for one, declared in zip(row, table.columns, strict=True) if declared.key]
    rows.execute(
        f"update {table.name} set {quoted(column.name)} = ? where {_found_by(table)}",
        (value, *key),
    )


def _found_by(table: Table) -> str:
    return " and ".join(f"{quoted(one.name)} = ?" for one in table.columns if one.key)


def _has_set(table: Table) -> bool:
    return hasattr(table.set, "owner")


def insert(connection: sqlite3.Connection, name: str, rows: Sequence[Row]) -> None:
    """Insert rows of a table, over those with their keys."""
    names = ", ".join(quoted(one.name) for one in TABLES[name].columns)
    marks = ", ".join("?" * len(TABLES[name].columns))
    connection.executemany(f"insert or replace into {name} ({names}) values ({marks})", rows)
