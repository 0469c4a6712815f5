"""What was received of a log is known by tags and places that end with its month's values."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Round sizes up, drop tags under a key that never ends, and make room for places."""
    run(Path(__file__).with_suffix(".sql"))
