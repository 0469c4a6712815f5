"""Runs the SQL of a step: a file of its own, so that a reviewer sees that nobody changed it."""

from pathlib import Path

from alembic import op


def run(place: Path) -> None:
    """Run each statement of a file; a statement ends with a semicolon that ends its line."""
    bind = op.get_bind()
    for statement in place.read_text("utf-8").split(";\n"):
        if statement:
            bind.exec_driver_sql(statement)
