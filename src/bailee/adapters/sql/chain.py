"""The migration chain: its steps, and running them with Alembic, all or none."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy.exc import DBAPIError

from bailee import errors
from bailee.adapters.sql.engine import SqlTx
from bailee.adapters.sql.form import Declared, declared, differences
from bailee.adapters.sql.migrations import NEWEST, STEPS
from bailee.work import Tx


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: its number, and in one line what it changes."""

    form: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Steps in a folder, and what they make in the end; another than ours only in tests."""

    folder: Path
    newest: str
    makes: Callable[[], Declared]

    def steps(self, form: str) -> Sequence[Step]:
        """Return what lies between a form and the newest; Conflict when it is none of ours."""
        scripts = ScriptDirectory.from_config(self.configuration())
        try:
            found = [*scripts.iterate_revisions("head", form)]
        except RevisionError:
            raise errors.Conflict(
                "errors_sql.form-unknown", form=form, newest=self.newest
            ) from None
        return [Step(step.revision, step.doc) for step in reversed(found)]

    def run(
        self, connection: sqlite3.Connection, after: Callable[[Tx], object] = lambda _: None
    ) -> None:
        """Bring the rows of a connection to the newest form in one transaction, and close it.

        `after` is the last part of that transaction.  Damaged, and nothing changed, when what the
        steps made is not what is declared.
        """
        config = self.configuration()
        config.attributes["connection"] = connection

        def last() -> None:
            self._verify(connection)
            after(SqlTx(connection))

        config.attributes["last"] = last
        try:
            command.upgrade(config, "head")
        except DBAPIError as error:  # SQLite's own error, without the statement around it
            raise error.orig or error from None

    def _verify(self, connection: sqlite3.Connection) -> None:
        differing = differences(SqlTx(connection), self.makes())
        if differing:
            raise errors.Damaged("errors_sql.form-differs", names=", ".join(differing))

    def configuration(self) -> Config:
        """Point Alembic at the steps."""
        config = Config()
        config.set_main_option("script_location", str(self.folder))
        return config


CHAIN = Chain(folder=STEPS.parent, newest=NEWEST, makes=declared)
