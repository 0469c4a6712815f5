"""Jobs: what a home does by itself; the first run plans them, so that the table begins empty."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    run(Path(__file__).with_suffix(".sql"))
