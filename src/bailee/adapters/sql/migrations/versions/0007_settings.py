"""Settings: what a home's settings were when they were recorded."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table; the first act on the home fills it."""
    run(Path(__file__).with_suffix(".sql"))
