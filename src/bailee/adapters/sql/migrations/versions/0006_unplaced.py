"""Of how many lines of a batch nothing tells when they happened."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make room for the count; of batches of before it is not known."""
    run(Path(__file__).with_suffix(".sql"))
