"""The unit of work, as a port: one function, one transaction, durable when it returns.

`fn` gets a transaction, does no I/O of its own and may run again.  Many share one commit.
Objects are written, fsynced and renamed before; the row that names them makes them exist.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from bailee.ids import ClientId

T = TypeVar("T")


class Tx(Protocol):
    """A transaction in progress; only adapters look inside."""


class Work(Protocol):
    """Runs functions in transactions."""

    def run(self, client: ClientId, fn: Callable[[Tx], T]) -> T:
        """Run `fn` and return its result once it is durable.

        What `fn` raises undoes its own part alone and is raised here.  Raises CannotRecord when
        the store does not take the commit, OutcomeUnknown when that cannot be known.
        """

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on one consistent snapshot; it must not write."""
