"""Notices: what a home has to say and sends by itself."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table."""
    run(Path(__file__).with_suffix(".sql"))
