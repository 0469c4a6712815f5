"""Alembic's entry: run the migrations on the one SQLite file named in the configuration."""

from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(f"sqlite:///{context.config.attributes['path']}", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
