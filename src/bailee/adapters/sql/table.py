"""A table: its columns, each declared once, with how it protects what it holds and why.

The declaration is plain: row adapters read it at the start of every command, and importing
SQLAlchemy for that would cost each of them 0.66 s.  `Table.statements` makes it SQL, which check
compares with a home; the migrations hold their own SQL, frozen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_RESERVED: Final = frozenset(("key", "offset", "values"))
"""Words of SQL that columns are named by: quoted wherever they stand."""


class Type(StrEnum):
    """What SQLite lets a column of a strict table hold."""

    BLOB = "BLOB"
    INTEGER = "INTEGER"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class Protection:
    """How a column protects what it holds, and why that is enough.

    `names_file`: the column holds the id of a sealed file, which therefore is not swept, goes
    into a backup and must be there after a restore.
    """

    kind: str
    why: str
    names_file: bool = False


def clear(why: str, *, names_file: bool = False) -> Protection:
    """Readable by whoever has the database; the reason says why that is harmless."""
    return Protection("clear", why, names_file)


def sealed(why: str) -> Protection:
    """Encrypted; the reason says under which key."""
    return Protection("sealed", why)


def keyed(why: str) -> Protection:
    """A keyed hash; the reason says under which key."""
    return Protection("keyed", why)


@dataclass(frozen=True, slots=True)
class Column:
    """A column; whole numbers are not below zero unless `negative`."""

    name: str
    type: Type
    info: Protection
    key: bool
    null: bool
    negative: bool = False

    @property
    def sql(self) -> str:
        """Give its line of a CREATE TABLE."""
        return f"{quoted(self.name)} {self.type}{'' if self.null else ' NOT NULL'}"


def blob(name: str, info: Protection, *, key: bool = False, null: bool = False) -> Column:
    """Declare a column of bytes."""
    return Column(name, Type.BLOB, info, key, null)


def text(name: str, info: Protection, *, key: bool = False, null: bool = False) -> Column:
    """Declare a column of text."""
    return Column(name, Type.TEXT, info, key, null)


def integer(
    name: str,
    info: Protection,
    *,
    key: bool = False,
    null: bool = False,
    negative: bool = False,
) -> Column:
    """Declare a column of whole numbers."""
    return Column(name, Type.INTEGER, info, key, null, negative)


def quoted(name: str) -> str:
    """Quote a column's name where SQL knows it as a word of its own."""
    return f'"{name}"' if name in _RESERVED else name


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A condition that SQLite keeps for each row."""

    condition: str


def check(condition: str) -> TableCheck:
    """Declare a condition that SQLite keeps for each row."""
    return TableCheck(condition)


@dataclass(frozen=True, slots=True)
class Index:
    """An index by some columns, of some rows only if `where` says which."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    where: str

    @property
    def kind(self) -> str:
        """Give its type as SQLite calls it."""
        return "index"

    def statement(self, table: str) -> str:
        """Give the SQL that makes it."""
        kind = "UNIQUE INDEX" if self.unique else "INDEX"
        where = f" WHERE {self.where}" if self.where else ""
        return f"CREATE {kind} {self.name} ON {table} ({', '.join(self.columns)}){where}"


def index(name: str, *columns: str, unique: bool = False, where: str = "") -> Index:
    """Declare an index."""
    return Index(name, columns, unique, where)


@dataclass(frozen=True, slots=True)
class Fence:
    """A trigger that refuses a write on a condition, in whatever version has the database open."""

    name: str
    moment: str
    condition: str

    @property
    def kind(self) -> str:
        """Give its type as SQLite calls it."""
        return "trigger"

    def statement(self, table: str) -> str:
        """Give the SQL that makes it."""
        return (
            f"CREATE TRIGGER {self.name} before {self.moment} on {table} when {self.condition} "
            "begin select raise(abort, 'write fence'); end"
        )


def fence(name: str, moment: str, condition: str) -> Fence:
    """Declare a trigger that refuses a write."""
    return Fence(name, moment, condition)


@dataclass(frozen=True, slots=True)
class Digested:
    """Whose set a table's rows are of, and how it is cut; spec/sets.md says what is computed.

    `owner` names the column with the client, and is empty for rows of the provider.  `by` are whole
    numbers that cut the rows into sets of their own, `cell` a column of random bytes whose first
    one cuts a set into 256 cells, so that a look-up that finds nothing reads one cell and not all.
    `widths` are the columns of a table with thousands of rows a transaction, each of that many
    bytes; other tables are digested by all columns but `marks`, which nothing is concluded from, or
    which are long and bound by their seal to the others.
    """

    owner: str
    by: tuple[str, ...] = ()
    cell: str = ""
    widths: Mapping[str, int] = field(default_factory=dict)
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undigested:
    """Why a table has no set: what else tells that a row of it is missing or was exchanged."""

    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whole.  `rowid`: its rows lie in order of arrival, not in that of their key."""

    name: str
    parts: tuple[Column | TableCheck | Index | Fence, ...]
    rowid: bool
    set: Digested | Undigested

    @property
    def columns(self) -> tuple[Column, ...]:
        """Give its columns, in order."""
        return tuple(part for part in self.parts if isinstance(part, Column))

    @property
    def key(self) -> tuple[str, ...]:
        """Name the columns of the primary key."""
        return tuple(column.name for column in self.columns if column.key)

    def statements(self) -> Sequence[tuple[str, str, str]]:
        """Give (type, name, SQL) of the table and of what hangs on it, as SQLite keeps them."""
        lines = [
            *(column.sql for column in self.columns),
            f"PRIMARY KEY ({', '.join(map(quoted, self.key))})",
            *(f"CHECK ({part.condition})" for part in self.parts if isinstance(part, TableCheck)),
        ]
        kind = "STRICT" if self.rowid else "WITHOUT ROWID,\n STRICT"
        made = f"CREATE TABLE {self.name} (\n\t" + ", \n\t".join(lines) + f"\n)\n {kind}\n\n"
        hung = [part for part in self.parts if isinstance(part, (Index, Fence))]
        return [
            ("table", self.name, made),
            *((part.kind, part.name, part.statement(self.name)) for part in hung),
        ]


def table(
    name: str,
    *parts: Column | TableCheck | Index | Fence,
    set: Digested | Undigested,  # noqa: A002  # the word of the field
    rowid: bool = False,
) -> Table:
    """Declare a table."""
    return Table(name, parts, rowid, set)
