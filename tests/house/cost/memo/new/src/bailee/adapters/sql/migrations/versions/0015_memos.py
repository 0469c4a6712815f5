"""Memos: a table of their own; its SQL is frozen beside it."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the table."""
    run(Path(__file__).with_suffix(".sql"))
