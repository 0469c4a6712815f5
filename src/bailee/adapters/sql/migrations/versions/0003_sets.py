"""Adds digests of sets of rows, which the upgrade fills; its SQL is frozen beside it."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables of digests."""
    run(Path(__file__).with_suffix(".sql"))
