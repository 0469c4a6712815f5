"""The mapper: plain reads and writes of rows, from a table's declaration and a frozen dataclass.

A field is the column of its name (`alias` names those that differ); a field that is a dataclass
itself stands for the columns of its own fields.  The types of fields say how columns are read:

    bytes, str, int   as they are; whole numbers not below zero unless the column says so
    bool              0 or 1
    Id                its 16 bytes
    Enum, Literal     a word of the closed list
    tuple[str, ...]   words joined by blanks
    X | None          NULL for None

What a row holds that nobody here wrote is Damaged, and here alone: a number too large for its
type, a NULL where none may be, an id of another length, a word of no list.  Statements that are
not plain, and hot ones, stand by hand beside their noun and use `columns` and `read`.
"""

# ruff: noqa: S608  # statements are put together from declared names alone; values are parameters

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter, call
from types import NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    Protocol,
    TypeGuard,
    TypeVar,
    get_args,
    get_origin,
)

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.adapters.sql.table import Column, Table, quoted
from bailee.ids import Id
from bailee.work import Tx

DAMAGED: Final = "errors_sql.damaged"
"""The reason of a damaged row whose noun has none of its own."""


class Frozen(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


R = TypeVar("R", bound=Frozen)
_Read = Callable[[object], object]


class Mapped(Generic[R]):
    """The rows of one table as values of one dataclass.

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
        self._row = row
        self._damaged = damaged
        self._twice = twice
        self._parts: list[tuple[str, type[Frozen], tuple[str, ...]]] = []
        self._getters: dict[str, Callable[[object], object]] = {}
        self._names: list[str] = []
        self._readers: list[_Read] = []
        declared = {column.name: column for column in table.columns}
        for path, kind in self._fields(row):
            name = path.rpartition(".")[2]
            column = declared[(alias or {}).get(name, name)]
            self._getters[column.name] = attrgetter(path)
            self._names.append(name)
            self._readers.append(_reader(kind, column))
        self.width = len(self._names)
        self.columns = ", ".join(map(quoted, self._getters))
        self.select = f"select {self.columns} from {table.name}"

    def _fields(self, row: type[Frozen], before: str = "") -> Iterator[tuple[str, object]]:
        for field in fields(row):
            if _is_part(field.type):
                inner = tuple(one.name for one in fields(field.type))
                self._parts.append((field.name, field.type, inner))
                yield from self._fields(field.type, f"{before}{field.name}.")
            else:
                yield before + field.name, field.type

    # --- rows and values -------------------------------------------------------------------

    def read(self, row: Row) -> R:
        """Read a row of `columns`; Damaged when nobody here wrote it."""
        try:
            # ValueError alone: a TypeError is a mistake of ours, and must not pass for damage.
            found = dict(zip(self._names, map(call, self._readers, row), strict=False))
            for name, kind, inner in self._parts:
                found[name] = kind(**{one: found.pop(one) for one in inner})
            return self._row(**found)
        except ValueError:
            raise errors.Damaged(self._damaged) from None

    def read_joined(self, row: Row) -> R | None:
        """Read a row that a left join may not have found, which is NULL in every column."""
        return None if all(value is None for value in row) else self.read(row)

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
        if len(found) > 1:
            raise errors.Damaged(self._twice)
        return found[0] if found else None

    def all(self, tx: Tx, order: str = "", /, **where: object) -> list[R]:
        """Return all rows with these columns, by the primary key unless `order` says how."""
        text, values = self._asked(where, order)
        return list(map(self.read, sql(tx).execute(text, values)))

    def each(self, tx: Tx, order: str = "", /, **where: object) -> Iterator[R]:
        """Yield what `all` returns, without holding it all."""
        text, values = self._asked(where, order)
        return map(self.read, sql(tx).stream(text, values))

    def found(self, tx: Tx, tail: str, /, **values: object) -> list[R]:
        """Return the rows that a tail by hand leaves: what follows `select … from …`."""
        return list(map(self.read, sql(tx).execute(f"{self.select} {tail}", _raws(values))))

    def _asked(self, where: Mapping[str, object], order: str) -> tuple[str, Mapping[str, object]]:
        return _select(self.select, _names(where), order or self._order), _raws(where)

    # --- writes ----------------------------------------------------------------------------

    def add(self, tx: Tx, row: R, /, **more: object) -> None:
        """Insert a row, with columns beside it that its dataclass has not."""
        values = {**self.values(row), **_raws(more)}
        sql(tx).change(_insert(self._table, tuple(values)), values)

    def add_new(self, tx: Tx, row: R, /, *, taken: str) -> None:
        """Insert a row; Conflict of the reason `taken` when a key of it is not free."""
        values = self.values(row)
        text = _insert(self._table, tuple(values)) + " on conflict do nothing"
        if sql(tx).change(text, values) != 1:
            raise errors.Conflict(taken)

    def put(self, tx: Tx, row: R, /, *, changed: str = "") -> None:
        """Insert a row, or replace the one of its key.

        With a reason `changed`: only the version before it, else Conflict of that reason.
        """
        values = self.values(row)
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


# --- values, and how columns are read --------------------------------------------------------


def raw(value: object) -> object:
    """Give a value as SQLite takes it."""
    if isinstance(value, Id):
        return value.raw
    if isinstance(value, tuple):
        return " ".join(value)
    return value.value if isinstance(value, Enum) else value


def _raws(values: Mapping[str, object]) -> dict[str, object]:
    return {name: raw(value) for name, value in values.items()}


def _is_part(kind: object) -> TypeGuard[type[Frozen]]:
    return isinstance(kind, type) and is_dataclass(kind) and not issubclass(kind, Id)


def _reader(kind: object, column: Column) -> _Read:
    """Make what reads a column as a field's type; it raises ValueError of what is not one."""
    options = get_args(kind)
    if get_origin(kind) is UnionType:
        (some,) = (option for option in options if option is not NoneType)
        return _nullable(_reader(some, column))
    if get_origin(kind) is Literal:
        return _word(dict(zip(options, options, strict=True)))
    if isinstance(kind, type) and issubclass(kind, Id):
        return id_reader(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _word({member.value: member for member in kind})
    return _any_whole if column.negative else _READERS[kind]


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a whole number from 0")
    return value


def _any_whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError("not a whole number")
    return value


def _flag(value: object) -> bool:
    if type(value) is not int or value not in (0, 1):
        raise ValueError("neither 0 nor 1")
    return value == 1


def _blob(value: object) -> bytes:
    if type(value) is not bytes:
        raise ValueError("not bytes")
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("not text")
    return value


def _words(value: object) -> tuple[str, ...]:
    found = tuple(_text(value).split())
    if " ".join(found) != value:  # a MAC over the words would not see the blanks between
        raise ValueError("not words joined by blanks")
    return found


def id_reader(kind: type[Id]) -> Callable[[object], Id]:
    """Make what reads an id; it raises ValueError of what is none."""
    return lambda value: kind(_blob(value))


def _word(words: Mapping[object, object]) -> _Read:
    def read(value: object) -> object:
        if not isinstance(value, (str, int)) or value not in words:
            raise ValueError("a word of no list")
        return words[value]

    return read


def _nullable(read: _Read) -> _Read:
    return lambda value: None if value is None else read(value)


_READERS: Final[Mapping[object, _Read]] = {
    bool: _flag,
    bytes: _blob,
    int: _whole,
    str: _text,
    tuple[str, ...]: _words,
}


# --- statements, each made once --------------------------------------------------------------


def _names(where: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, "=" if value is not None else "is") for name, value in where.items())


@cache
def _where(names: tuple[tuple[str, str], ...]) -> str:
    asked = " and ".join(f"{quoted(name)} {equals} :{name}" for name, equals in names)
    return f" where {asked}" if asked else ""


@cache
def _select(select: str, names: tuple[tuple[str, str], ...], order: str) -> str:
    return f"{select}{_where(names)} order by {order}"


@cache
def _delete(table: str, names: tuple[tuple[str, str], ...]) -> str:
    return f"delete from {table}{_where(names)}"


@cache
def _insert(table: str, names: tuple[str, ...]) -> str:
    params = ", ".join(f":{name}" for name in names)
    return f"insert into {table} ({', '.join(map(quoted, names))}) values ({params})"


@cache
def _put(table: str, key: tuple[str, ...], names: tuple[str, ...], *, versioned: bool) -> str:
    before = f" where {table}.version = :version - 1" if versioned else ""
    keyed = ", ".join(map(quoted, key))
    return f"{_insert(table, names)} on conflict ({keyed}) do update set {_set(key, names)}{before}"


@cache
def _update(table: str, key: tuple[str, ...], names: tuple[str, ...]) -> str:
    found = " and ".join(f"{quoted(name)} = :{name}" for name in key)
    return f"update {table} set {_set(key, names)} where {found} and version = :version - 1"


def _set(key: tuple[str, ...], names: tuple[str, ...]) -> str:
    return ", ".join(f"{quoted(name)} = :{name}" for name in names if name not in key)
