"""Powers: API tokens and locks of clients; no home has any yet."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables."""
    run(Path(__file__).with_suffix(".sql"))
