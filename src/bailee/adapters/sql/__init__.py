"""Rows: one engine, one migration chain, tables and row adapters in one module per noun.

SQL is written here and nowhere else.  SQLAlchemy and Alembic serve `init` and upgrades alone.
"""
