"""The form of the rows: the step of the migration chain that they are at, and what it makes.

A home is opened in today's form alone.  An older one is brought up by `home upgrade`, after a
rehearsal and a backup; one of a step that is unknown here was written by a later version.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.schema import tables
from bailee.work import Tx

VERSION_TABLE: Final = "alembic_version"
_FORM = f"select version_num from {VERSION_TABLE}"  # noqa: S608  # a constant
_TABLE = "select 1 from sqlite_master where type = 'table' and name = :name"
_NAMED = 3
"""How many names an error says: one would do."""
_SCHEMA = "select type, name, sql from sqlite_master where name not like 'sqlite_%'"

Declared = Mapping[tuple[str, str], str]
"""SQL by type and name."""


def form_of(tx: Tx) -> str:
    """Return the step that the rows are at; Damaged when they do not say."""
    kept = sql(tx).execute(_TABLE, {"name": VERSION_TABLE})
    found = sql(tx).execute(_FORM) if kept else []
    if len(found) != 1:
        raise errors.Damaged("errors_sql.damaged")
    return str(found[0][0])


def require_newest(tx: Tx) -> None:
    """Return if the rows are in today's form; Conflict says how they come to it, or that not."""
    found = form_of(tx)
    if found == NEWEST:
        return
    older = found.isdecimal() and found < NEWEST
    reason = "errors_sql.form-older" if older else "errors_sql.form-unknown"
    raise errors.Conflict(reason, form=found, newest=NEWEST)


def declared() -> Declared:
    """Return the SQL of every table, index and trigger as declared."""
    return {
        (kind, name): statement
        for table in tables()
        for kind, name, statement in table.statements()
    }


def differences(tx: Tx, made: Declared) -> Sequence[str]:
    """Name tables, indexes and triggers whose SQL is not as `made`."""
    found = {(row[0], row[1]): row[2] for row in sql(tx).execute(_SCHEMA)}
    return sorted(
        name
        for kind, name in found.keys() | made.keys()
        if name != VERSION_TABLE
        and _plain(found.get((kind, name))) != _plain(made.get((kind, name)))
    )


def require_declared(tx: Tx) -> None:
    """Raise Damaged where a table, index, trigger or view is not declared, or not so.

    A trigger would run within our own transactions, and custodians be told of what it made; an
    index of another form hides rows that are there.
    """
    differing = differences(tx, declared())
    if differing:
        raise errors.Damaged("errors_sql.schema", names=" ".join(differing[:_NAMED]))


def _plain(statement: str | None) -> str | None:
    """Put columns on one line: SQLite writes an added one on the line of the one before it."""
    return None if statement is None else statement.replace("\n\t", "")
