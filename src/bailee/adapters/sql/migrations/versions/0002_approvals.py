"""Approvals: matters that need two people, of whatever act; endings of months were the first."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table; what is asked for in the one before is asked for again."""
    run(Path(__file__).with_suffix(".sql"))
