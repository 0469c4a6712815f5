"""Alembic's entry: run the steps on the one connection given, in one transaction."""

import sqlite3

from alembic import context
from sqlalchemy import create_engine, pool

attributes = context.config.attributes
rows: sqlite3.Connection = attributes["connection"]
engine = create_engine("sqlite://", creator=lambda: rows, poolclass=pool.StaticPool)
with engine.begin() as connection:
    # Python begins none for a change of the schema: a crash would leave half a step behind.
    connection.exec_driver_sql("begin exclusive")
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
    attributes["last"]()  # what it raises undoes all steps
engine.dispose()
