"""The tables, made from their declarations: a test of one room needs no migrations."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bailee.adapters.sql.schema import tables


def make_tables(path: Path) -> None:
    """Make every table in a new file of rows."""
    with closing(sqlite3.connect(path)) as connection:
        for table in tables():
            for _, _, statement in table.statements():
                connection.execute(statement)
