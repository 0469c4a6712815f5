"""Rows: one engine, one migration chain, tables and row adapters in one module per noun.

SQL is written here and nowhere else.  `table` declares, `mapper` reads and writes what is plain.
Alembic, and SQLAlchemy below it, serve `init` and upgrades alone.
"""
