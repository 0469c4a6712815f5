"""Unit of work, as a port: one function in one transaction, durable when `run` returns.

The function does no I/O of its own, for it may be run again; many functions share one commit
(docs/decisions/0002-who-leads-commits.md).  Files are written, fsynced and renamed before: the
row that names a file makes it exist (spec/invariants.md I2).
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from bailee.ids import ClientId

T = TypeVar("T")
R = TypeVar("R")


class Tx(Protocol):
    """A transaction in progress: an opaque value that only `adapters/sql` looks into."""


class Work(Protocol):
    """Runs functions in transactions."""

    def run(self, client: ClientId, fn: Callable[[Tx], T]) -> T:
        """Run `fn` and return its result once it is durable.

        What `fn` raises undoes its own part alone and is raised here.  Raises CannotRecord when
        the store does not take the commit, OutcomeUnknown when that cannot be known.
        """

    def later(self, client: ClientId, fn: Callable[[Tx], object]) -> None:
        """Run `fn` in a transaction soon, and before those that begin after this; wait for none.

        What it raises is dropped, and so is all of it by a crash (docs/decisions/0026).  A store
        may do it at once, and then raises as `run` does.
        """

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on one consistent snapshot; it must not write."""


class Rows(Protocol[R]):
    """The rows of one table, for a noun that reads and writes them plainly, by their columns."""

    def one(self, tx: Tx, /, **where: object) -> R | None:
        """Return the row with these columns, or None; Damaged when there are two."""

    def all(self, tx: Tx, order: str = "", /, **where: object) -> Sequence[R]:
        """Return all rows with these columns, by the primary key unless `order` says how."""

    def add(self, tx: Tx, row: R, /) -> None:
        """Insert a row; Conflict when a key of it is taken."""

    def drop(self, tx: Tx, /, **where: object) -> int:
        """Delete the rows with these columns; return how many."""
