"""Still rows: in a file that nobody writes: a copy for a backup, or one that was read back.

Opened read-only and as immutable, so that looking leaves no journal beside it and changes no byte.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from bailee.adapters.sql.engine import STILL_PRAGMAS, integrity, still_place, transaction
from bailee.work import Tx

T = TypeVar("T")


class StillRows:
    """Reads one SQLite file; for one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on the rows."""
        with self.transaction() as tx:
            return fn(tx)

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Read them in one transaction that cannot write."""
        with transaction(self._connection) as tx:
            yield tx

    def check(self) -> list[str]:
        """Ask SQLite for what it finds wrong with its own structure; names of pages only."""
        return integrity(self._connection)


@contextmanager
def still_rows(path: Path) -> Iterator[StillRows]:
    """Open a file of rows for reading alone."""
    with closing(_connect(path)) as connection:
        yield StillRows(connection)


def _connect(path: Path) -> sqlite3.Connection:
    # Immutable: without it SQLite looks for a journal beside the file, and may change both.
    connection = sqlite3.connect(still_place(path), uri=True, isolation_level=None)
    for pragma in STILL_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection
