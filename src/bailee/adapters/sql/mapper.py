"""Mapper: plain reads and writes of rows, from a table's declaration and a frozen dataclass.

A field is the column of its name (`alias` names those that differ); a field that is a dataclass
itself stands for the columns of its own fields; `reading` says how values are read, and what is
damage.  Statements that are not plain, and hot ones, stand by hand beside their noun and use
`columns`, `of` and `read`.
"""

# ruff: noqa: S608  # statements are put together from declared names alone; values are parameters

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Final, Generic, TypeVar

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.reading import DAMAGED, Reading, typed
from bailee.adapters.sql.table import Table, quoted
from bailee.ids import Id
from bailee.work import Tx

R = TypeVar("R")


class Mapped(Generic[R]):
    """Mapped: the rows of one table as values of one dataclass.

    `damaged` and `twice` are the reasons of Damaged: of a row that does not read, and of a second
    row where `one` was asked for.
    """

    def __init__(
        self,
        table: Table,
        row: type[R],
        *,
        alias: Mapping[str, str] | None = None,
        damaged: str = DAMAGED,
        twice: str = DAMAGED,
    ) -> None:
        self._table = table.name
        self._key = table.key
        self._order = ", ".join(map(quoted, table.key))
        self._twice = twice
        paths = {path.rpartition(".")[2]: path for path, _ in typed(row)}
        self._getters = {
            (alias or {}).get(name, name): attrgetter(path) for name, path in paths.items()
        }
        declared = {column.name: column for column in table.columns}
        mapped = [declared[name] for name in self._getters]
        columns = dict(zip(paths, mapped, strict=True))
        self.read: Final = Reading(row, columns=columns, damaged=damaged)
        """Reads a row of `columns`; Damaged when nobody here wrote it."""
        self.width: Final = len(mapped)
        self.columns: Final = ", ".join(quoted(column.name) for column in mapped)
        self.select: Final = f"select {self.columns} from {table.name}"

    # --- rows and values -------------------------------------------------------------------

    def values(self, row: R) -> dict[str, object]:
        """Give a row's columns by name, as SQLite takes them."""
        return {name: raw(get(row)) for name, get in self._getters.items()}

    def of(self, alias: str) -> str:
        """Give `columns` of the table that a statement by hand calls `alias`."""
        return ", ".join(f"{alias}.{quoted(name)}" for name in self._getters)

    # --- reads -----------------------------------------------------------------------------

    def one(self, tx: Tx, /, **where: object) -> R | None:
        """Return the row with these columns, or None; Damaged when there are two."""
        found = self.all(tx, **where)
        # The schema lets this in where a column is no key: two rows of one name are worth nothing,
        # since nobody could say which confers the power.
        if len(found) > 1:
            raise errors.Damaged(self._twice)
        return found[0] if found else None

    def all(self, tx: Tx, order: str = "", /, **where: object) -> list[R]:
        """Return all rows with these columns, by the primary key unless `order` says how."""
        text, values = self._asked(where, order)
        found = sql(tx).execute(text, values)
        if not found and not self._by_key(where):
            # An index may have been emptied, its rows left as they were: what it does not find is
            # looked for once without it.
            bare = _scan(self.select, _names(where), order or self._order)
            found = sql(tx).execute(bare, values)
        return list(map(self.read, found))

    def each(self, tx: Tx, order: str = "", /, **where: object) -> Iterator[R]:
        """Yield what `all` returns, without holding it all."""
        text, values = self._asked(where, order)
        return map(self.read, sql(tx).stream(text, values))

    def found(self, tx: Tx, tail: str, /, **values: object) -> list[R]:
        """Return the rows that a tail by hand leaves: what follows `select … from …`."""
        return list(map(self.read, sql(tx).execute(f"{self.select} {tail}", _raws(values))))

    def _by_key(self, where: Mapping[str, object]) -> bool:
        """Tell whether columns begin the primary key, which is the table itself."""
        return set(where) == set(self._key[: len(where)])

    def _asked(self, where: Mapping[str, object], order: str) -> tuple[str, Mapping[str, object]]:
        return _select(self.select, _names(where), order or self._order), _raws(where)

    # --- writes ----------------------------------------------------------------------------

    def add(self, tx: Tx, row: R, /, **more: object) -> None:
        """Insert a row, with columns beside it that its dataclass has not."""
        values = {**self.values(row), **_raws(more)}
        sql(tx).change(_insert(self._table, tuple(values)), values)

    def add_all(self, tx: Tx, rows: Sequence[R], /) -> None:
        """Insert rows in one statement."""
        sql(tx).many(_insert(self._table, tuple(self._getters)), map(self.values, rows))

    def add_once(self, tx: Tx, row: R, /) -> bool:
        """Insert a row unless a key of it is taken; tell whether all were free."""
        values = self.values(row)
        text = _insert(self._table, tuple(values)) + " on conflict do nothing"
        return sql(tx).change(text, values) == 1

    def put(self, tx: Tx, row: R, /, *, changed: str = "", **more: object) -> None:
        """Insert a row, or replace the one of its key; `more` as `add` takes it.

        With a reason `changed`: only the version before it, else Conflict of that reason.
        """
        values = {**self.values(row), **_raws(more)}
        text = _put(self._table, self._key, tuple(values), versioned=bool(changed))
        if sql(tx).change(text, values) != 1:
            raise errors.Conflict(changed)

    def replace(self, tx: Tx, row: R, /, *, changed: str) -> None:
        """Replace the version before it; Conflict of the reason `changed` when it is gone."""
        values = self.values(row)
        if sql(tx).change(_update(self._table, self._key, tuple(values)), values) != 1:
            raise errors.Conflict(changed)

    def drop(self, tx: Tx, /, **where: object) -> int:
        """Delete the rows with these columns; return how many."""
        return sql(tx).change(_delete(self._table, _names(where)), _raws(where))


# --- values ----------------------------------------------------------------------------------


def raw(value: object) -> object:
    """Give a value as SQLite takes it."""
    if isinstance(value, Id):
        return value.raw
    if isinstance(value, tuple):
        return " ".join(value)
    return value.value if isinstance(value, Enum) else value


def _raws(values: Mapping[str, object]) -> dict[str, object]:
    return {name: raw(value) for name, value in values.items()}


# --- statements, each made once --------------------------------------------------------------


def _names(where: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    # NULL equals nothing in SQL: asked for with `=`, such rows would never be found.
    return tuple((name, "=" if value is not None else "is") for name, value in where.items())


@cache
def _where(names: tuple[tuple[str, str], ...]) -> str:
    asked = " and ".join(f"{quoted(name)} {equals} :{name}" for name, equals in names)
    return f" where {asked}" if asked else ""


@cache
def _select(select: str, names: tuple[tuple[str, str], ...], order: str) -> str:
    return f"{select}{_where(names)} order by {order}"


@cache
def _scan(select: str, names: tuple[tuple[str, str], ...], order: str) -> str:
    # A sign before the column: SQLite then uses no index on it.  `not indexed` holds only where a
    # table has row numbers.
    asked = " and ".join(f"+{quoted(name)} {equals} :{name}" for name, equals in names)
    return f"{select} where {asked} order by {order}"


@cache
def _delete(table: str, names: tuple[tuple[str, str], ...]) -> str:
    return f"delete from {table}{_where(names)}"


@cache
def _insert(table: str, names: tuple[str, ...]) -> str:
    params = ", ".join(f":{name}" for name in names)
    return f"insert into {table} ({', '.join(map(quoted, names))}) values ({params})"


@cache
def _put(table: str, key: tuple[str, ...], names: tuple[str, ...], *, versioned: bool) -> str:
    # The version is compared by the statement that writes: of two who change one row, the second
    # changes none and is told.
    before = f" where {table}.version = :version - 1" if versioned else ""
    keyed = ", ".join(map(quoted, key))
    return f"{_insert(table, names)} on conflict ({keyed}) do update set {_set(key, names)}{before}"


@cache
def _update(table: str, key: tuple[str, ...], names: tuple[str, ...]) -> str:
    found = " and ".join(f"{quoted(name)} = :{name}" for name in key)
    return f"update {table} set {_set(key, names)} where {found} and version = :version - 1"


def _set(key: tuple[str, ...], names: tuple[str, ...]) -> str:
    return ", ".join(f"{quoted(name)} = :{name}" for name in names if name not in key)
