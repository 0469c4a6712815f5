"""What jobs need from outside: their rows, who does each kind, and whom to tell of a failure."""

from collections.abc import Callable, Sequence
from typing import Protocol

from bailee.act import Principal
from bailee.ids import ClientId
from bailee.jobs.model import JobRow
from bailee.work import Tx


class JobRows(Protocol):
    """Job rows: one for each kind and client, found by both."""

    def one(self, tx: Tx, /, **where: object) -> JobRow | None:
        """Return the row with these columns, or None."""

    def all(self, tx: Tx, order: str = "", /, **where: object) -> Sequence[JobRow]:
        """Return all rows, by kind and client."""

    def put(self, tx: Tx, row: JobRow, /) -> None:
        """Insert the row, or replace the one of its key."""


Do = Callable[[Principal, ClientId], object]
"""Does a job once, as whoever runs jobs; raises a BaileeError when it failed, Waits when it must
wait.  Done again after a crash, it has the same effect."""

Tell = Callable[[Tx, JobRow], object]
"""Is told of a job that fails or waits, in the transaction that records it."""
