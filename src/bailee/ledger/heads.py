"""Upkeep of all ledgers: sequence, sign idle ones anew, record heads in the provider's.

The provider's ledger takes the head of each client's ledger every hour in which it moved or was
signed anew, which is once a day at least.  So the provider cannot set one client back to an earlier
head without its own ledger contradicting it, of which others hold copies.
"""

from collections.abc import Iterable
from typing import Final

from bailee import errors
from bailee.act import Facts
from bailee.clock import Clock
from bailee.ids import ClientId, LedgerId
from bailee.ledger.model import EntryDraft, HeadTaken, LedgerRow
from bailee.ledger.port import EntryRows
from bailee.ledger.service import Ledger
from bailee.ledger.vocabulary import CLIENT_HEAD
from bailee.work import Tx, Work

HOUR_MS: Final = 3_600_000
"""How often at most a head is taken: each is an entry of the provider's ledger for ever."""


def publish(
    ledger: Ledger, clients: Iterable[ClientId] | None = None
) -> dict[ClientId, errors.BaileeError]:
    """Sequence each ledger and sign idle ones anew; return what went wrong, by client.

    One damaged log does not keep the others from being signed.
    """
    failed: dict[ClientId, errors.BaileeError] = {}
    for client in ledger.clients() if clients is None else clients:
        try:
            if not ledger.settled(client):
                ledger.sequence(client)
        except errors.BaileeError as error:
            # Handed back, not raised: an installation with one damaged log still signs all others.
            failed[client] = error
    return failed


def take_heads(
    ledger: Ledger, work: Work, rows: EntryRows, clock: Clock, provider: ClientId
) -> int:
    """Record in the provider's ledger each head that is due; return how many."""
    now_ms = clock.now_ms()
    others = [client for client in ledger.clients() if client != provider]

    def due(tx: Tx) -> bool:
        return any(_due(rows.row_of(tx, other), rows, tx, now_ms) for other in others)

    def take(tx: Tx) -> int:
        return sum(
            _take(ledger, rows, tx, provider, rows.row_of(tx, other), now_ms) for other in others
        )

    # Looked at without the writer, whom others would wait for: mostly none is due.
    # Then one unit of work, which looks again: it writes to the provider's ledger alone.
    return work.run(provider, take) if work.read(due) else 0


def _due(log: LedgerRow, rows: EntryRows, tx: Tx, now_ms: int) -> bool:
    taken = rows.head_taken(tx, log.client)
    # A difference below 0 means that the clock was set back: then the head is taken, rather than
    # not again until that hour comes round.
    early = 0 <= now_ms - taken.taken_ms < HOUR_MS
    return not early and log.head.size > 0 and log.head.signed_ms != taken.signed_ms


def _take(  # noqa: PLR0917  # inner half of `take_heads`
    ledger: Ledger, rows: EntryRows, tx: Tx, provider: ClientId, log: LedgerRow, now_ms: int
) -> bool:
    if not _due(log, rows, tx, now_ms):
        return False
    rows.set_head_taken(tx, log.client, HeadTaken(taken_ms=now_ms, signed_ms=log.head.signed_ms))
    ledger.append(tx, provider, head_draft(log, now_ms))
    return True


class TakenHeadFacts(Facts):
    """Taken head: what the provider's ledger holds of a client's: its root, and when it was signed.

    `check` compares with it when the client's rows hold that its head was taken.
    """

    client: ClientId
    log: LedgerId
    size: int
    root: bytes
    signed_ms: int


def head_draft(log: LedgerRow, now_ms: int) -> EntryDraft:
    """Return the entry of a client's head: whose log, its size and root, and when it was signed."""
    taken = TakenHeadFacts(
        client=log.client,
        log=log.log,
        size=log.head.size,
        root=log.head.root,
        signed_ms=log.head.signed_ms,
    )
    return EntryDraft(kind=CLIENT_HEAD, body=taken.facts(), t_ms=now_ms)
