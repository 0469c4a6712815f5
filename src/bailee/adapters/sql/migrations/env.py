"""Alembic's entry: run the migrations on the one SQLite file named in the configuration."""

from alembic import context
from sqlalchemy import create_engine, pool

from bailee.adapters.sql.schema import metadata

engine = create_engine(f"sqlite:///{context.config.attributes['path']}", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
