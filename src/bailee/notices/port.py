"""What notices need from outside: their rows, their keys, and each way out."""

from collections.abc import Sequence
from typing import Protocol

from bailee.ids import ClientId
from bailee.ledger.model import EntryDraft, Recorded
from bailee.notices.model import Message, NoticeRow
from bailee.work import Tx


class NoticeRows(Protocol):
    """Notice rows: found by id, and unique by `once`."""

    def one(self, tx: Tx, /, **where: object) -> NoticeRow | None:
        """Return the row with these columns, or None."""

    def all(self, tx: Tx, order: str = "", /, **where: object) -> Sequence[NoticeRow]:
        """Return all rows with these columns."""

    def add_once(self, tx: Tx, row: NoticeRow, /) -> bool:
        """Insert the row unless its cause was told to its address; tell whether it was not."""

    def put(self, tx: Tx, row: NoticeRow, /) -> None:
        """Replace the row of its id."""


class Notes(Protocol):
    """Notes: seal and open what a notice says."""

    def seal(self, aad: bytes, plain: bytes) -> bytes:
        """Seal a note."""

    def open(self, aad: bytes, sealed: bytes) -> bytes:
        """Open it; Damaged when it was altered."""


class Way(Protocol):
    """Way: sends messages by one medium."""

    def send(self, message: Message) -> None:
        """Send it; a BaileeError when whoever receives it has not taken it for certain."""


class NoticeLedger(Protocol):
    """Notice ledger: the part of the ledger that records what was sent."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append an entry; it is recorded when the unit of work around it is durable."""
