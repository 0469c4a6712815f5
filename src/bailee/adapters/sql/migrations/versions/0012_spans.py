"""In which stretch of time the lines of a batch lie, coarsely, and indexes by it."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column, and fill it from first and last times, which stand beside it."""
    run(Path(__file__).with_suffix(".sql"))
