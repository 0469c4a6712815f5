"""Rows: one engine, one migration chain, tables and row adapters in one module per noun.

SQL is written here and nowhere else.  Alembic, and SQLAlchemy below it, serve `init` and upgrades
alone.

In reading order:

- engine: SQLite as the store of rows: one writer at a time
- group: many jobs share one commit, led by who comes first
- following: what the engine asks of who hears of its commits, and compares rows with it
- table: a table, each column declared once, with what it protects and why
- schema: the tables, one module per noun
- reading: how a row becomes a value
- mapper: what is plain, read and written from a table's declaration
- rows: what is not plain: row adapters, one module per noun
- form: which step of the chain the rows are at, and what today's makes
- migrations: the steps, each frozen
- chain: runs the steps
- create: makes a database
- upgrade: brings the rows of an older home to today's form
- still: rows in a file that nobody writes
- sets: sets: keeps a keyed digest of the rows of each table that has one
- whole: whole: compares rows with their digests before an answer says that something is not there
- fence: fence: the write fence as our own error: a turn has passed since the caller read its keys
- spans: spans: the stretch of time that the lines of a batch lie in, coarsely, as one byte
- glance: what the rows of a home say in clear, to whoever may read its files, without a key
"""
