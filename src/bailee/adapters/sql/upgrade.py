"""Brings the rows of an older home to today's form.

Rehearsed on a copy, and then done in one transaction on rows that nobody else has open: a process
of the version before would go on writing in the form that it knows.  What the steps made of the
copy is compared with what was there, table by table.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.adapters.sql.chain import CHAIN, Chain, Step
from bailee.adapters.sql.engine import (
    BUSY_S,
    Row,
    SqlTx,
    Translated,
    integrity,
    sql,
    still_place,
)
from bailee.adapters.sql.form import VERSION_TABLE, form_of
from bailee.adapters.sql.table import quoted
from bailee.failpoint import durable
from bailee.work import Tx

_TABLES = "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%'"
_DIGESTS: Final = 1 << 256
"""Digests of rows are added up modulo this: in whatever order they come, one sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCompared:
    """Table compared: how many rows it had and has, and whether they are the same ones."""

    table: str
    before: int | None
    """None where a step makes it."""
    after: int | None
    """None where a step drops it."""
    same: bool
    """Whether each row holds what it held, in the columns of before."""
    as_declared: bool
    """Whether no step touched its declaration: what digests it had still count."""


def compare(before: Path, after: Path) -> Sequence[TableCompared]:
    """Compare each table of a copy with what the steps made of it in another; reads all rows."""
    with _reading(before) as old, _reading(after) as new:
        was, now = _declarations(old), _declarations(new)
        return [_compared(old, new, was, now, name) for name in sorted(was.keys() | now.keys())]


def counts(tx: Tx) -> Mapping[str, int]:
    """Count the rows of every table that there is."""
    one = sql(tx)
    names = [str(row[0]) for row in one.execute(_TABLES) if row[0] != VERSION_TABLE]
    return {name: int(one.execute(_count(name))[0][0]) for name in names}


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with Translated(), closing(sqlite3.connect(still_place(path), uri=True)) as connection:
        yield connection


def _declarations(connection: sqlite3.Connection) -> dict[str, str]:
    found = connection.execute(_TABLES)
    return {str(name): str(made) for name, made in found if name != VERSION_TABLE}


def _compared(
    old: sqlite3.Connection,
    new: sqlite3.Connection,
    was: Mapping[str, str],
    now: Mapping[str, str],
    name: str,
) -> TableCompared:
    before = _number(old, name) if name in was else None
    after = _number(new, name) if name in now else None
    same = False
    if name in was and name in now:
        # Of those that both have: what a step adds to a row is not of before.
        columns = [one for one in _columns(old, name) if one in _columns(new, name)]
        same = before == after and _digest(old, name, columns) == _digest(new, name, columns)
    return TableCompared(
        table=name,
        before=before,
        after=after,
        same=same,
        as_declared=was.get(name) == now.get(name),
    )


def _number(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(_count(name)).fetchone()[0])


def _count(name: str) -> str:
    return f"select count(*) from {quoted(name)}"  # noqa: S608  # a table's own name, quoted


def _columns(connection: sqlite3.Connection, name: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"pragma table_info({quoted(name)})")]


def _digest(connection: sqlite3.Connection, name: str, columns: Sequence[str]) -> int:
    listed = ", ".join(map(quoted, columns))
    found = connection.execute(f"select {listed} from {quoted(name)}")  # noqa: S608  # as above
    # Added up, not chained: a step that makes a table anew may leave its rows in another order.
    return sum(map(_digest_of, found)) % _DIGESTS


def _digest_of(row: Row) -> int:
    whole = sha256()
    for value in row:
        written = value if isinstance(value, bytes) else str(value).encode()
        # Its type and length first: two values must not run into one, nor a text be a number.
        whole.update(f"{type(value).__name__} {len(written)} ".encode())
        whole.update(written)
    return int.from_bytes(whole.digest(), "big")


def bring_up(path: Path, chain: Chain = CHAIN) -> None:
    """Bring a copy to the newest form; Damaged when what comes out is not whole."""
    with older_rows(path, alone=False, chain=chain) as rows:
        if rows.steps():
            rows.bring_up()
    with Translated(), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if integrity(connection):
            raise errors.Damaged("errors_sql.damaged")


class OlderRows:
    """The rows of a home, in the form that they are found in."""

    def __init__(self, connection: sqlite3.Connection, chain: Chain) -> None:
        self._connection = connection
        self._chain = chain

    def form(self) -> str:
        """Return the step that they are at."""
        with Translated():
            return form_of(SqlTx(self._connection))

    def steps(self) -> Sequence[Step]:
        """Return what they lack; Conflict when a later version wrote them."""
        return self._chain.steps(self.form())

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole file."""
        with Translated(), durable("rows.copy"):
            self._connection.execute("vacuum into :target", {"target": str(target)})

    def bring_up(self, after: Callable[[Tx], object] = lambda _: None) -> None:
        """Bring them to the newest form, with `after` in that transaction, and close them."""
        with Translated(), durable("rows.upgrade"):
            self._chain.run(self._connection, after)


@contextmanager
def older_rows(path: Path, *, alone: bool, chain: Chain = CHAIN) -> Iterator[OlderRows]:
    """Open the rows of a home; `alone`: LockedByOther while another process has them open."""
    if not path.is_file():
        raise errors.NotFound("errors_sql.no-database")
    with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as connection:
        connection.execute("pragma secure_delete = on")  # as in use: a dropped column is gone
        if alone:
            _take(connection)
        yield OlderRows(connection, chain)


def _take(connection: sqlite3.Connection) -> None:
    """Lock the rows until the connection is closed, which a crash does as well."""
    try:
        # Before anything is read: only then does SQLite refuse where another has them open.
        connection.execute("pragma locking_mode = exclusive")
        connection.execute("begin exclusive")
        connection.execute("commit")
    except sqlite3.OperationalError:
        raise errors.LockedByOther("errors_sql.in-use") from None
