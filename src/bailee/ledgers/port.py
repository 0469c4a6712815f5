"""What ledgers need from outside beyond the ledger itself."""

from typing import Protocol

from bailee.ids import ClientId
from bailee.work import Tx


class EntryCounts(Protocol):
    """What only an audit asks of the rows of entries."""

    def entry_count(self, tx: Tx, client: ClientId) -> tuple[int, int]:
        """Return how many entries a ledger has, and one more than the largest index."""
