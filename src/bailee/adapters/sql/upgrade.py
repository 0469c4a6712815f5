"""Brings the rows of an older home to today's form.

Rehearsed on a copy, and then done in one transaction on rows that nobody else has open: a process
of the version before would go on writing in the form that it knows.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from bailee import errors
from bailee.adapters.sql.chain import CHAIN, Chain, Step
from bailee.adapters.sql.engine import BUSY_S, SqlTx, Translated, integrity
from bailee.adapters.sql.form import form_of
from bailee.failpoint import durable
from bailee.work import Tx


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
