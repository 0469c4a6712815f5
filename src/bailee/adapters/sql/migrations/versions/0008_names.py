"""Names: sealed shards; what a home holds already is unplaced until a name is next looked up."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables, and have each object wait for the first look-up, which opens its label."""
    run(Path(__file__).with_suffix(".sql"))
