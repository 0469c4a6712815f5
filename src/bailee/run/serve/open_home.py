"""Open home: the home while a server holds it: opened with the passphrase, sealed, opened again.

While it is open its ledgers are published every second, as a command does when it leaves.
"""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.act import Denial, Principal
from bailee.adapters.kms.keyring_file import Cost
from bailee.clock import Clock
from bailee.ids import ClientId
from bailee.keys.acts import UnsealKeys
from bailee.parts import Workers
from bailee.run.serve.tries import Tries
from bailee.run.wiring.app import App, open_app
from bailee.secret import Secret

PUBLISH_S: Final = 1.0
"""How old an entry is at most until a signed checkpoint includes it."""


ENDING_S: Final = 0.5
"""How long who asks has to read that it is sealed; then their connection is ended."""


UPKEEP_S: Final = 60.0
"""How often all ledgers are looked at: idle ones are signed anew each day, heads taken hourly."""


class OpenHome:
    """Open home: hands the home to acts while it is open; sealing waits for none that is silent."""

    def __init__(
        self,
        home: Path,
        *,
        clock: Clock | None = None,
        unsafe_cost: Cost | None = None,
        workers: Workers | None = None,
    ) -> None:
        self._home = home
        self._workers = workers
        self._clock = clock
        self._unsafe_cost = unsafe_cost
        # Held while it is opened or sealed, so that each is whole before the next begins: whoever
        # was told that it is sealed can rely on it.  Taken before `_changed`, and by no act.
        self._turning = threading.Lock()
        # Guards all below; held across no act and no reading of the disk.
        self._changed = threading.Condition()
        self._app: App | None = None
        self._left = ExitStack()
        self._under_way = 0
        self._ended = False
        self._tries = Tries()
        self.ending_s = ENDING_S
        self.interrupt: Callable[[bool], None] = lambda _: None
        """Ends what is under way: called once nothing new begins, before the keys are dropped."""
        self.turned: Callable[..., None] = lambda *, sealed: None  # noqa: ARG005  # as it is called
        """Says that it was opened, or sealed: `sealed`."""
        self.behind: Callable[[str, errors.BaileeError], None] = lambda *_: None
        """Says of a client's ledger that it cannot be published, once."""
        # The publisher's alone: ledgers that could not be published the last time, and when all
        # are looked at again.
        self._behind: dict[ClientId, errors.BaileeError] = {}
        self._upkeep_s = 0.0

    @property
    def sealed(self) -> bool:
        """Whether the keys are out of reach."""
        return self._app is None

    @property
    def ledgers_behind(self) -> int:
        """How many ledgers could not be published the last time."""
        return len(self._behind)

    def open(self, phrase: Secret[str]) -> None:
        """Open it; Conflict when it is open, else whatever opening raises."""
        with self._turning:
            self._open(phrase, lambda _: None)

    def unseal(self, phrase: Secret[str], who: Principal) -> Denial | None:
        """Open it for somebody, which is recorded; not at all where the policies refuse it.

        Sealed for a wrong passphrase; LockedByOther for who tries again too soon after one.
        """
        # One at a time: each costs the memory of Argon2id, and a second of a processor.
        with self._tries.of(who), self._turning:
            return self._open(phrase, lambda app: app.caller_of(who).call(UnsealKeys()))

    def _open(self, phrase: Secret[str], record: Callable[[App], object]) -> Denial | None:
        if self._app is not None or self._ended:
            raise errors.Conflict("errors_socket.open")
        with ExitStack() as left:
            app = left.enter_context(
                open_app(
                    self._home,
                    take_passphrase=lambda: phrase,
                    clock=self._clock,
                    unsafe_cost=self._unsafe_cost,
                    workers=self._workers,
                )
            )
            app.parts.work.defers = True
            # Before anybody has it: open without an entry it must not be for a moment.
            answer = record(app)
            if not isinstance(answer, Denial):
                with self._changed:
                    self._app, self._left = app, left.pop_all()
                self.turned(sealed=False)
                return None
        del app
        gc.collect()
        return answer

    @contextmanager
    def using(self) -> Iterator[App]:
        """Hand it out for one act; Sealed when it is not open."""
        with self._changed:
            if self._app is None:
                raise errors.Sealed("errors_socket.sealed")
            app = self._app
            self._under_way += 1
        try:
            yield app
        finally:
            del app
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def require_open(self) -> None:
        """Raise Sealed for an act under way once it is being sealed."""
        if self._app is None:
            raise errors.Sealed("errors_socket.sealed-meanwhile")

    def seal(self) -> None:
        """Drop the keys: nothing new begins, what is under way is ended and recorded, then this."""
        with self._turning:
            self._seal()

    def end(self) -> None:
        """Seal it for good: what is being opened now is sealed as soon as it is open."""
        self._ended = True
        self.seal()

    def _seal(self) -> None:
        with self._changed:
            app, self._app = self._app, None
            left, self._left = self._left, ExitStack()
        if app is None:
            return
        work = app.parts.work
        # What reads on and on without speaking to anybody, such as a search, ends at its next look
        # at the rows; outcomes are written, and are.
        work.halt(errors.Sealed("errors_socket.sealed-meanwhile"))
        self.interrupt(False)  # not wholly: who reads on is told
        with self._changed:
            over = self._changed.wait_for(lambda: not self._under_way, self.ending_s)
        if not over:
            # Who takes nothing would keep the keys in reach.
            self.interrupt(True)  # wholly
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)
        work.resume()
        left.close()
        # Keys are held by what the acts left behind, such as cycles of bound methods.
        del app, left, work
        gc.collect()
        self.turned(sealed=True)

    def upkeep_due(self) -> None:
        """Have the next `publish` look at all ledgers."""
        self._upkeep_s = 0.0

    def publish(self) -> None:
        """Publish what moved, when it is open; now and then all ledgers, and take their heads."""
        try:
            with self.using() as app:
                self._behind = self._published(app)
        except errors.Sealed:
            return

    def _published(self, app: App) -> dict[ClientId, errors.BaileeError]:
        now_s = time.monotonic()
        if now_s < self._upkeep_s:
            # What moved alone: a look at each of hundreds of clients every second would keep a
            # processor from ever resting.
            failed = app.publish_moved(self._behind)
        else:
            self._upkeep_s = now_s + UPKEEP_S
            try:
                failed = app.publish()
            except errors.CannotRecord as error:  # heads that were due: they are later on
                failed = {app.parts.keyring.provider: error}
        for client in failed.keys() - self._behind.keys():
            self.behind(str(client), failed[client])
        return failed
