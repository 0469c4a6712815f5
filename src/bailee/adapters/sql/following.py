"""Following: what the engine asks of who hears of its commits, and compares rows with it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from bailee.ids import ClientId
from bailee.work import Tx


class Commit:
    """Commit: what all transactions that share one have done of which others must hear."""

    __slots__ = ("compared", "ledgers")

    def __init__(self) -> None:
        self.ledgers: set[ClientId] = set()
        """Clients whose ledger grew or was signed, or whose sets of rows changed."""
        self.compared: set[ClientId] = set()
        """Clients whose ledger and sets were compared with what custodians know of them."""


class Following(Protocol):
    """Following: what others hear of each commit that moved logs, before it is answered for."""

    @property
    def revisions(self) -> Mapping[bytes, int]:
        """Give by log what they know of its client's sets; what is given does not change."""

    def compare(self, tx: Tx, client: ClientId, *, again: bool) -> None:
        """Raise Damaged when they know of more than the rows have; `again`: as just before."""

    def fold(self, tx: Tx, logs: Iterable[ClientId]) -> Callable[[], object]:
        """Look at the rows before their commit; what is returned is called once after it."""

    def tell(self) -> None:
        """Tell of all commits until now; Sealed or CannotRecord when nobody hears it."""
