"""Leases: takes a job and gives it back, each in one transaction of the data's own store.

A crash between the two leaves the lease, which ends by itself: the job is then done again.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, final

from bailee import errors
from bailee.clock import Times
from bailee.ids import ClientId, Entropy
from bailee.jobs import state
from bailee.jobs.kinds import JobKind
from bailee.jobs.model import LEASE_BYTES, JobName, JobRow
from bailee.jobs.port import JobRows, Tell
from bailee.jobs.state import LEASE_MS, JobTime, job_time
from bailee.work import Tx, Work

RENEW_S: Final = LEASE_MS / 3_000
"""A third of a lease: two renewals may be late before anybody else takes the job."""

Place = tuple[JobKind, ClientId]


@final
class Leases:
    """Leases: the rows of jobs, and who has which."""

    def __init__(
        self,
        *,
        work: Work,
        rows: JobRows,
        kinds: Sequence[JobKind],
        provider: ClientId,
        clients: Callable[[], Sequence[ClientId]],
        times: Callable[[], Times],
        tell: Tell,
        renew_s: float = RENEW_S,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self._work = work
        self._rows = rows
        self._kinds = kinds
        self._provider = provider
        self._clients = clients
        self._times = times
        self._tell = tell
        self._renew_s = renew_s
        self._entropy = entropy

    def now(self) -> JobTime:
        """Return the moment, as jobs see it."""
        return job_time(self._times())

    def all(self, time: JobTime) -> Sequence[tuple[JobKind, JobRow]]:
        """Return every job there is, made or not, in the order of the table of kinds."""
        clients = self._clients()
        stored = {(row.kind, row.client): row for row in self._work.read(self._rows.all)}
        return [
            (kind, stored.get((kind.name, client)) or state.fresh(kind, client, time))
            for kind in self._kinds
            for client in (clients if kind.each else (self._provider,))
        ]

    def due(self, time: JobTime) -> Sequence[Place]:
        """Return what is due, in the order of the table: heads are taken of what is sequenced."""
        return [(kind, row.client) for kind, row in self.all(time) if state.due(row, kind, time)]

    def plan(self, time: JobTime) -> None:
        """Make the rows of jobs that have none, so that each keeps the moment it was given."""
        known = {(row.kind, row.client) for row in self._work.read(self._rows.all)}
        new = [row for _, row in self.all(time) if (row.kind, row.client) not in known]

        def fn(tx: Tx) -> None:
            for row in new:
                # Read again: another process may have made it, and leased it, meanwhile.
                if self._rows.one(tx, kind=row.kind, client=row.client) is None:
                    self._rows.put(tx, row)

        if new:
            self._work.run(self._provider, fn)

    def take(self, place: Place) -> JobRow | None:
        """Lease a job; None when somebody else has it, or has done it since."""
        kind, client = place
        time, lease = self.now(), self._entropy(LEASE_BYTES)

        def fn(tx: Tx) -> JobRow | None:
            row = self._rows.one(tx, kind=kind.name, client=client)
            row = row or state.fresh(kind, client, time)
            if not state.due(row, kind, time):
                return None
            row = state.taken(row, lease, time)
            self._rows.put(tx, row)
            return row

        # Durable before the job begins: whoever comes next sees that it is being done.
        return self._work.run(self._provider, fn)

    @contextmanager
    def held(self, row: JobRow) -> Iterator[None]:
        """Renew a lease while the context lasts: a turn may take hours, a lease two minutes."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(self._renew_s):
                try:
                    self._change(row, self._renewed)
                # Another has it by now: this one goes on, for each job may be done twice, and what
                # came of it is not recorded over the other's.
                except errors.Conflict:
                    return
                # A disk that is full: there may be room before the lease is over.
                except errors.BaileeError:
                    continue

        # A daemon: a process that is told to stop does not wait for it.
        thread = threading.Thread(target=renew, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            # Joined: a renewal that is under way must not come after the job was given back.
            thread.join()

    def give_back(self, row: JobRow, end: Callable[[JobRow, JobTime], JobRow]) -> None:
        """End the job as `end` says; Conflict when somebody else has leased it since."""
        self._change(row, end, told=True)

    def _change(
        self, row: JobRow, end: Callable[[JobRow, JobTime], JobRow], *, told: bool = False
    ) -> None:
        time = self.now()

        def fn(tx: Tx) -> None:
            now = self._rows.one(tx, kind=row.kind, client=row.client)
            # Its lease is over and another took the job: what this one knows of it is of before.
            if now is None or now.lease != row.lease:
                raise errors.Conflict("errors_jobs.lease-over")
            after = end(now, time)
            if told and now.due_ms != row.due_ms:
                # Woken while it was done: what it was woken for may have come after its last look.
                after = replace(after, due_ms=min(after.due_ms, now.due_ms))
            self._rows.put(tx, after)
            if told and (after.error is not None or after.waits):
                # In this transaction: no failure is recorded of which nobody is told, nor told of
                # twice because a crash came between.
                self._tell(tx, after)

        self._work.run(self._provider, fn)

    @staticmethod
    def _renewed(row: JobRow, time: JobTime) -> JobRow:
        return replace(row, lease_until_ms=time.certain_ms + LEASE_MS)


def wake(rows: JobRows, tx: Tx, name: JobName, provider: ClientId) -> None:
    """Make a job of the home due, in the transaction of what it is to do."""
    row = rows.one(tx, kind=name, client=provider)
    # Before any moment: what time it is, is not asked within a transaction, for it is read.
    row = row or JobRow(kind=name, client=provider, due_ms=0)
    rows.put(tx, replace(row, due_ms=0))
