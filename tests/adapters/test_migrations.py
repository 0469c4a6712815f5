"""The migration chain: each step is frozen, and the last one ends where the declarations begin."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory

from bailee.adapters.sql.create import configuration, create
from bailee.adapters.sql.engine import SCHEMA
from bailee.adapters.sql.schema import tables

FROZEN = {
    "0001": "ca43e4b1f19721cfdef72f64aa373d11a658162aa475eb10ff89aa99d189fc38",
}
"""The SHA-256 of each step's SQL: homes have run it, so that it never changes."""


def chain() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration(Path("nowhere")))


def test_the_adapters_are_written_for_the_newest_step() -> None:
    assert chain().get_current_head() == SCHEMA


def test_a_step_never_changes() -> None:
    steps = {
        step.revision: Path(step.path).with_suffix(".sql") for step in chain().walk_revisions()
    }
    found = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in steps.items()}
    assert found == FROZEN


def test_the_chain_makes_the_tables_as_they_are_declared(tmp_path: Path) -> None:
    create(tmp_path / "rows.db")
    with closing(sqlite3.connect(tmp_path / "rows.db")) as connection:
        found = connection.execute(
            "select type, name, sql from sqlite_master where name not like 'sqlite_%'"
        ).fetchall()
    declared = {statement for table in tables() for statement in table.statements()}
    assert {row for row in found if row[1] != "alembic_version"} == declared
