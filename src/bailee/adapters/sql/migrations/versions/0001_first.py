"""The first schema: every table as homes have it since; its SQL is frozen beside it."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all tables."""
    run(Path(__file__).with_suffix(".sql"))
