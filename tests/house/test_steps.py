"""Each migration has its SQL beside it; `BAILEE_UPDATE=1` writes that of a step which has none.

It makes what is declared and what no step before makes.  What changes a table that is there is
written by hand.
"""

import os
import sqlite3
from contextlib import closing

from bailee.adapters.sql.migrations import STEPS
from bailee.adapters.sql.schema import tables


def lacking() -> str:
    """Write the statements that the SQL of all steps does not come to."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for page in sorted(STEPS.glob("*.sql")):
            connection.executescript(page.read_text("utf-8"))
        made = {name for (name,) in connection.execute("select name from sqlite_master")}
    declared = (statement for table in tables() for statement in table.statements())
    return "".join(f"{text};\n" for _, name, text in declared if name not in made)


def test_each_step_has_its_sql() -> None:
    steps = sorted(page.with_suffix(".sql") for page in STEPS.glob("[0-9]*.py"))
    for page in steps:
        if os.environ.get("BAILEE_UPDATE") and not page.exists():
            page.write_text(lacking(), "utf-8")
    assert [page.name for page in steps if not page.exists()] == []
    assert lacking() == ""
