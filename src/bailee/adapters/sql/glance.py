"""Glance: what the rows of a home say in clear, to whoever may read its files, without a key.

For `bailee doctor`: nothing here was verified, so nothing is decided by it.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bailee import errors
from bailee.adapters.sql.engine import transaction
from bailee.adapters.sql.form import form_of
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.rows.jobs import JOBS
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.notices import NOTICES
from bailee.adapters.sql.rows.power.clock import CLOCKS
from bailee.jobs.model import JobRow
from bailee.keyring.model import State
from bailee.monitor.power import ClockRow
from bailee.notices.model import NoticeRow

WAIT_S = 5.0
"""How long another process may hold the rows, as for any command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Glance: what the rows say; with another `form` than today's, that alone."""

    form: str
    jobs: Sequence[JobRow] = ()
    notices: Sequence[NoticeRow] = ()
    clock: ClockRow | None = None
    keys: State | None = None

    @property
    def is_newest(self) -> bool:
        """Tell whether the rows are in the form of this version."""
        return self.form == NEWEST


def glance(path: Path) -> Glance:
    """Look at the rows; Damaged or CannotRecord when they do not read."""
    # Not as immutable: a command or a server may be writing, and its newest commits lie beside.
    place = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(
            sqlite3.connect(place, uri=True, timeout=WAIT_S, isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA query_only=ON")
            with transaction(connection) as tx:
                form = form_of(tx)
                if form != NEWEST:
                    return Glance(form=form)
                keys = SqlKeyRows().state(tx)
                return Glance(
                    form=form,
                    jobs=JOBS.all(tx),
                    notices=NOTICES.all(tx, "", sent_ms=None),
                    clock=next(iter(CLOCKS.all(tx)), None),
                    keys=None if keys is None else keys[0],
                )
    except sqlite3.Error:
        raise errors.Damaged("errors_sql.damaged") from None
