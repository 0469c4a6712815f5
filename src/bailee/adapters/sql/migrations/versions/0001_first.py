"""The first schema."""

import importlib
import pkgutil

from alembic import op

from bailee.adapters.sql import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all tables."""
    for module in pkgutil.iter_modules(schema.__path__):
        importlib.import_module(f"{schema.__name__}.{module.name}")
    schema.metadata.create_all(op.get_bind())
