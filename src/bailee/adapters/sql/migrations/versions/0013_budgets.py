"""Budgets: how many identifiers each actor opens on a day; counted from the first act on."""

from pathlib import Path

from bailee.adapters.sql.migrations.statements import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the table; nobody has opened anything yet."""
    run(Path(__file__).with_suffix(".sql"))
