"""Pushes: how far each source of pushed lines was taken in."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table."""
    run(Path(__file__).with_suffix(".sql"))
