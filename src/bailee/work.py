"""Unit of work, as a port: one function in one transaction, durable when `run` returns.

The function does no I/O of its own, for it may be run again; many functions share one commit
(docs/decisions/0002-who-leads-commits.md).  Files are written, fsynced and renamed before: the
row that names a file makes it exist (spec/invariants.md I2).
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from bailee.ids import ClientId

T = TypeVar("T")


class Tx(Protocol):
    """A transaction in progress: an opaque value that only `adapters/sql` looks into."""


class Work(Protocol):
    """Runs functions in transactions."""

    def run(self, client: ClientId, fn: Callable[[Tx], T]) -> T:
        """Run `fn` and return its result once it is durable.

        What `fn` raises undoes its own part alone and is raised here.  Raises CannotRecord when
        the store does not take the commit, OutcomeUnknown when that cannot be known.
        """

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on one consistent snapshot; it must not write."""
