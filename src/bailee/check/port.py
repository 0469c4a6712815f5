"""What a check needs from outside beyond the audits of the nouns; nothing in here writes."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from bailee.grant import Grant
from bailee.ids import ClientId
from bailee.keyring.port import Opening
from bailee.seal.port import RowOpener
from bailee.work import Tx

T = TypeVar("T")


class Snapshots(Protocol):
    """The store of rows."""

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on one snapshot."""

    def check(self) -> list[str]:
        """Ask the database what is wrong with its own structure."""


class SchemaInspection(Protocol):
    """What only a check asks of the database as a whole."""

    def schema_version(self, tx: Tx) -> str:
        """Return the step of the migration chain that the rows are at."""

    def differing(self, tx: Tx) -> Iterator[tuple[ClientId, str]]:
        """Yield (client, set) where rows are not those of their digest; Sealed without a key."""

    def blobs(self, tx: Tx) -> frozenset[str]:
        """Return the names of all sealed files that rows name."""


class FileNames(Protocol):
    """The sealed files, by name."""

    def names(self) -> Iterator[str]:
        """Go through all names."""


class Openers(Opening, Protocol):
    """The part of the keyring that opens, against a grant; ledger bodies too."""

    def body_opener(self, tx: Tx, client: ClientId, year: int, grant: Grant) -> RowOpener:
        """Return what opens ledger bodies of a year."""
