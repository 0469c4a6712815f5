"""Create: makes a database in today's form; `init` only."""

import sqlite3
from pathlib import Path

from bailee.adapters.sql.chain import CHAIN
from bailee.failpoint import durable


def create(path: Path) -> None:
    """Create the file, readable by its owner alone, and run all migrations."""
    with durable("rows.create"):
        # Before SQLite opens it: SQLite would make it readable by whom the umask lets.
        path.touch(mode=0o600, exist_ok=False)
        CHAIN.run(sqlite3.connect(path, isolation_level=None))
