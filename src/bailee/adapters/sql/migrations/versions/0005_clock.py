"""Clock: how much time has passed for certain."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table; it stays empty until somebody says that the clock is right."""
    run(Path(__file__).with_suffix(".sql"))
