"""Group commit without a thread of its own: many jobs share one commit, led by who comes first.

Whoever finds nobody leading leads one batch: it waits a moment for those who were answered just
now, has the queued jobs committed, hands the lead to the next in the queue, and then tells others
of the commit, or has it told by who is telling already.  A job is answered once that is done.
What nobody waits for goes along with the next batch, before its jobs, or within `LATER_S`.
docs/decisions/0002, docs/decisions/0026
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar, cast

from bailee import errors
from bailee.work import Tx

T = TypeVar("T")

BATCH_JOBS = 256
WAIT_S: Final = 0.005
"""How long a leader waits for company at most, whatever the last batch took.

A disk that hung once must not hold the next act up as well.
"""

LATER_S: Final = 0.05
"""How long what nobody waits for lies about at most while nobody else comes."""
LATER_JOBS: Final = BATCH_JOBS
"""How much of it lies about at most: bounds memory, and what a crash takes with it."""


class Job(Generic[T]):
    """Job: one function waiting for its commit; `wake` opens when it is done or has to lead."""

    __slots__ = ("error", "finished", "fn", "result", "telling", "wake")

    def __init__(self, fn: Callable[[Tx], T]) -> None:
        self.fn = fn
        # A lock of its own for each job, held from the start: a condition for all would wake every
        # thread at every commit.
        self.wake = threading.Lock()
        self.wake.acquire()
        self.finished = False
        self.telling = False
        self.result: T | None = None
        self.error: BaseException | None = None

    def finish(self, error: BaseException | None = None) -> None:
        """Answer it, with what befell its whole batch unless it failed alone."""
        self.error = self.error or error
        self.finished = True
        self.wake.release()

    def outcome(self) -> T:
        """Return what its function did, or raise."""
        if self.error is not None:
            raise self.error
        return cast("T", self.result)


Outcome = tuple[errors.BaileeError | None, bool]
"""What befell a whole batch, and whether others must be told of it before it is answered."""


class GroupCommit:
    """The queue of one writer, and who leads and who tells."""

    def __init__(
        self,
        *,
        commit: Callable[[list[Job[Any]]], Outcome],
        clean: Callable[[], None],
        tell: Callable[[], None],
    ) -> None:
        """Take what commits a batch, what cleans up after that, and what tells of all until now.

        `commit` and `clean` are called by one thread at a time, and so is `tell`; `tell` raises
        Sealed or CannotRecord when nobody hears it.
        """
        self._commit = commit
        self._clean = clean
        self._tell_others = tell
        # Guards all below. Held for a few instructions, never across a statement, a commit or a
        # function of a job: others only queue meanwhile.
        self._mutex = threading.Lock()
        self._queue: deque[Job[Any]] = deque()
        self._later: deque[Job[Any]] = deque()
        # Whether something lies there since it was empty, and whether this is over; waited for by
        # the thread alone that has it done where no batch comes.
        self._lies = threading.Event()
        self._over = threading.Event()
        self._minder: threading.Thread | None = None
        self._leading = False
        # The leader that waits for company, and for how many in the queue.
        self._gathering: Job[Any] | None = None
        self._wanted = 0
        # Jobs of the last two batches, and how long the last one took.
        self._sizes = 0, 0
        self._took_s = 0.0
        # Batches that are committed and not told of yet, and whether somebody is telling.
        self._untold: list[list[Job[Any]]] = []
        self._telling = False

    def run(self, fn: Callable[[Tx], T]) -> T:
        """Run a function within a batch and return once that is committed and told of."""
        job: Job[T] = Job(fn)
        with self._mutex:
            self._queue.append(job)
            lead = not self._leading
            self._leading = True
            if self._gathering is not None and len(self._queue) >= self._wanted:
                self._gathering.wake.release()
                self._gathering = None
        if not lead:
            self._await(job)
        if not job.finished:
            self._gather(job)
            self._lead(job)
        return job.outcome()

    def later(self, fn: Callable[[Tx], object]) -> None:
        """Run a function in the next batch, or soon; whoever asks is not told what became of it."""
        with self._mutex:
            room = len(self._later) < LATER_JOBS and not self._over.is_set()
            if room:
                self._later.append(Job(fn))
                if self._minder is None:
                    # Not before it is needed, for a server forks; and a daemon, since a process
                    # that ends without closing its rows waits for nothing.
                    self._minder = threading.Thread(target=self._mind, name="later", daemon=True)
                    self._minder.start()
                self._lies.set()
        if not room:
            self.run(fn)

    def _mind(self) -> None:
        """Have what lies about done where no batch took it along."""
        while not self._over.is_set():
            self._lies.wait()
            self._lies.clear()
            self._over.wait(LATER_S)
            self.flush()

    def flush(self) -> None:
        """Return once all that lies about now is durable, or has failed."""
        if self._later:
            # Whoever comes next is told what stops the disk; this is missed by nobody.
            with suppress(errors.BaileeError):
                self.run(lambda _tx: None)

    def close(self) -> None:
        """Have all done that nobody waits for; from now on everybody waits."""
        self._over.set()
        self._lies.set()
        if self._minder is not None:
            self._minder.join()
        self.flush()

    def _await(self, job: Job[Any]) -> None:
        """Wait until the job is done or has to lead; who gives up leaves nobody waiting for it."""
        try:
            job.wake.acquire()
        except BaseException:
            with self._mutex:
                if job in self._queue:  # else a leader has it, and will finish it
                    self._queue.remove(job)
                    if job.wake.acquire(blocking=False):  # it had been named to lead
                        self._hand_on()
            raise

    def _hand_on(self) -> None:
        """Name the next leader, or none; under the mutex, so that giving up cannot slip between."""
        # The oldest that waits: under a flood nobody is passed over.
        heir = self._queue[0] if self._queue else None
        self._leading = heir is not None
        if heir is not None:
            heir.wake.release()

    def _gather(self, own: Job[Any]) -> None:
        """Wait a moment for as many as came before: who was answered just now comes back.

        As long as the last batch took at most: who comes too late waits for a whole one.
        Those who come one by one never wait: there were no more of them before.
        """
        with self._mutex:
            # The mean of two, so that one batch that was short by chance shortens no other.
            wanted = sum(self._sizes) // 2
            if len(self._queue) >= wanted:
                return
            self._gathering, self._wanted = own, wanted
        try:
            own.wake.acquire(timeout=min(self._took_s, WAIT_S))
        except BaseException:
            with self._mutex:
                self._gathering = None
                self._queue.remove(own)
                self._hand_on()
            raise
        with self._mutex:
            self._gathering = None
            # Whoever came last may have opened it after all: shut again, for it is opened once more
            # when the batch is answered for.
            own.wake.acquire(blocking=False)

    def _lead(self, own: Job[Any]) -> None:
        with self._mutex:
            # Bounded: those who come while a batch runs wait for one commit more, not for all of a
            # flood.
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_JOBS))]
            self._sizes = self._sizes[1], len(batch)
            # Before those that came after it: what an act led to stands before whatever is
            # recorded later.
            batch = [*self._later, *batch]
            self._later.clear()
        done: errors.BaileeError | None = errors.OutcomeUnknown("errors_sql.commit-unknown")
        moved, began_s = False, time.perf_counter()
        try:
            done, moved = self._commit(batch)
        finally:  # an interrupt must not leave the others waiting, nor their work half done
            self._clean()
            with self._mutex:
                self._took_s = time.perf_counter() - began_s
                self._hand_on()
                if moved:
                    # The leader comes first: its thread is the one that is named to tell.
                    self._untold.append([own, *(job for job in batch if job is not own)])
                    own.telling, self._telling = not self._telling, True
            if not moved:
                for job in batch:
                    job.finish(done)
        self._await_told(own)

    def _await_told(self, own: Job[Any]) -> None:
        """Wait until the leader's batch was told of; tell, where this thread is named to."""
        interrupt: BaseException | None = None
        while not own.finished:
            try:
                if not own.telling:
                    own.wake.acquire()
            except BaseException as error:  # noqa: BLE001  # raised below: a whole batch hangs on it
                interrupt = error
            if own.telling:
                self._tell(own)
        if interrupt is not None:
            raise interrupt

    def _tell(self, own: Job[Any]) -> None:
        """Tell custodians of what was committed; meanwhile the next batch is committed."""
        with self._mutex:
            # Named before it waited, it finds its lock open: shut again, for it is opened once more
            # when the batch is answered for.
            own.wake.acquire(blocking=False)
            told, self._untold, own.telling = self._untold, [], False
        done: errors.BaileeError | None = errors.OutcomeUnknown("errors_sql.commit-not-anchored")
        try:
            # A crash before it leaves rows ahead of what custodians know, which the next commit
            # tells them.  Whoever waits is answered after it: granted sooner, an act could be taken
            # back by older rows that custodians call the newest.
            self._tell_others()
            done = None
        except (errors.Sealed, errors.CannotRecord):
            pass
        finally:
            with self._mutex:
                # The leader of a batch that came meanwhile: it waits for this alone.
                heir = self._untold[0][0] if self._untold else None
                self._telling = heir is not None
                if heir is not None:
                    heir.telling = True
                    heir.wake.release()
            for batch in told:
                for job in batch:
                    job.finish(done)
