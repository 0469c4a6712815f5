"""Expiry: what has a term of its own ends: secrets, tags of batches, subjects of entries.

Each day, as a job, and before a turn begins, so that this very turn makes it final: a deletion is
final at no other moment.

A clock that runs ahead would end secrets early, so time is believed only as far as 48 hours beyond
the newest entry that was there when the process began, and beyond shown time
(monitor/timekeeping.py): in a home that nobody opened for long, a term that passed meanwhile ends
one turn later, and on a machine that was off for long once two people said that its clock is
right.  Until then the secrets are shown to nobody.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import final

from bailee.clock import Times
from bailee.ids import ClientId
from bailee.keyring.model import Pending
from bailee.keyring.port import Deleting
from bailee.keys.schedule import believed_ms
from bailee.ledger.model import EntryDraft
from bailee.ledger.vocabulary import LOG_EXPIRE
from bailee.logs.facts import ExpiredFacts
from bailee.logs.model import PartRow, part_ref
from bailee.logs.port import TermRecorder, TermRows
from bailee.logs.state import DAY_MS
from bailee.seal.port import BlobStore
from bailee.work import Tx, Work

IDENTITY_MS = 7 * DAY_MS
"""How long a batch that is sent again is known as such.  Its tag is a keyed hash over content."""

PARTS_AT_ONCE = 200
"""Per transaction: each renews the keys of up to as many buckets."""
BATCHES_AT_ONCE = 20_000


@final
class Expiry:
    """Expiry: ends what has reached its term, in all logs."""

    def __init__(
        self,
        *,
        work: Work,
        rows: TermRows,
        keys: Deleting,
        blobs: BlobStore,
        ledger: TermRecorder,
        provider: ClientId,
        subjects_ms: int,
        clients: Callable[[], Sequence[ClientId]],
        times: Callable[[], Times],
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._blobs = blobs
        self._ledger = ledger
        self._provider = provider
        self._subjects_ms = subjects_ms
        self._clients = clients
        self._times = times

    def run(self) -> int:
        """End what is over; return of how many batches.  Whatever a crash leaves, the next does."""
        times = self._times()
        # What is known bounds the clock: a machine whose clock was set ahead by a year would
        # else end a year's secrets in one run, and nobody could undo it.
        until_ms = believed_ms(times)
        ended = 0
        for client in self._clients():
            # In bounded transactions: other writers wait for each, and a crash loses one at most.
            while gone := self._secrets(client, until_ms):
                ended += gone
            while self._identities(client, until_ms - IDENTITY_MS):
                pass
            # The provider's own names its staff and its clients, not whom somebody looked for.
            if client != self._provider:
                self._subjects(client, until_ms - self._subjects_ms)
        return ended

    def _subjects(self, client: ClientId, before_ms: int) -> None:
        """Forget subjects whose term is over, some hundreds in a transaction."""
        start = 0
        while found := self._work.run(client, partial(self._some, client, start, before_ms)):
            start, pending = found
            self._keys.announce(pending)

    def _some(
        self, client: ClientId, start: int, before_ms: int, tx: Tx
    ) -> tuple[int, Pending] | None:
        return self._ledger.forget_older(tx, client, start, before_ms)

    def _secrets(self, client: ClientId, until_ms: int) -> int:
        def fn(tx: Tx) -> tuple[Sequence[PartRow], Pending | None]:
            over = self._rows.over(tx, client, until_ms, PARTS_AT_ONCE)
            if not over:
                return over, None
            # Their keys have no epoch: they end by themselves, whatever month they are of.
            refs = [part_ref(client, row.batch, row.part, 0) for row in over]
            pending = self._keys.destroy(tx, refs)
            self._rows.drop_parts(tx, over)
            facts = ExpiredFacts(secrets=len(over)).facts()
            draft = EntryDraft(kind=LOG_EXPIRE, body=facts, t_ms=self._times().wall_ms)
            # in the same transaction: no secret ends that no entry tells of
            self._ledger.append(tx, client, draft)
            return over, pending

        over, pending = self._work.run(client, fn)
        if pending is not None:  # durable by now: an id left sooner could be of a key that lives
            self._keys.announce(pending)
        for row in over:  # what a crash leaves here is ciphertext without a key, and is swept
            self._blobs.delete(str(row.sealed.blob))
        return len(over)

    def _identities(self, client: ClientId, before_ms: int) -> int:
        return self._work.run(
            client,
            lambda tx: self._rows.forget_identities(tx, client, before_ms, BATCHES_AT_ONCE),
        )
