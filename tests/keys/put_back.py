"""A writer of the database: puts back rows of an earlier moment, edits clear columns.

He has neither passphrase nor custodians; triggers do not bind him, for he drops them and makes
them anew.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.patience import HANGS_S

KEY_TABLES = ("key_trunk", "key_bucket", "key_leaf", "key_epoch", "key_law", "key_pending")
"""Tables of the keys, without the one row that says where a turn stands."""
Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def written(path: Path) -> Iterator[sqlite3.Connection]:
    """Write the database with its triggers out of the way."""
    with closing(sqlite3.connect(path, timeout=HANGS_S)) as connection:
        fences = connection.execute("select name, sql from sqlite_master where type = 'trigger'")
        held = fences.fetchall()
        for name, _ in held:
            connection.execute(f'drop trigger "{name}"')
        yield connection
        for _, statement in held:
            connection.execute(statement)
        connection.commit()


def copied(path: Path, tables: Sequence[str] = KEY_TABLES) -> Rows:
    """Copy all rows of some tables."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"select * from {table}").fetchall()  # noqa: S608  # constants
            for table in tables
        }


def put_back(path: Path, rows: Rows, *, only: Sequence[str] = (), over: bool = False) -> None:
    """Put rows back: a table as it was, or `over` what is there now."""
    with written(path) as connection:
        for table in only or tuple(rows):
            if not over:
                connection.execute(f"delete from {table}")  # noqa: S608  # constants
            for row in rows[table]:
                marks = ", ".join("?" * len(row))
                connection.execute(f"insert or replace into {table} values ({marks})", row)  # noqa: S608  # constants


def edited(path: Path, statement: str, *values: object) -> None:
    """Run one statement on the database."""
    with written(path) as connection:
        connection.execute(statement, values)
