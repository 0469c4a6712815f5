"""Open home: the home while a server holds it: opened with the passphrase, sealed, opened again.

While it is open its ledgers are published every second, as a command does when it leaves.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.act import Denial, Principal
from bailee.adapters.kms.keyring_file import Cost
from bailee.clock import Clock
from bailee.keys.acts import UnsealKeys
from bailee.run.wiring.app import App, open_app
from bailee.secret import Secret

PUBLISH_S: Final = 1.0
"""How old an entry is at most until a signed checkpoint includes it."""


class OpenHome:
    """Open home: hands the home to acts while it is open; sealing waits for none that is silent."""

    def __init__(
        self, home: Path, *, clock: Clock | None = None, unsafe_cost: Cost | None = None
    ) -> None:
        self._home = home
        self._clock = clock
        self._unsafe_cost = unsafe_cost
        # Guards all below; held across no act and no reading of the disk.
        self._changed = threading.Condition()
        self._app: App | None = None
        self._left = ExitStack()
        self._opening = False
        self._under_way = 0
        self.interrupt: Callable[[], None] = lambda: None
        """Ends what is under way: called once nothing new begins, before the keys are dropped."""
        self.behind: frozenset[str] = frozenset()
        """Ledgers that could not be published the last time, by client."""

    @property
    def sealed(self) -> bool:
        """Whether the keys are out of reach."""
        return self._app is None

    def open(self, phrase: Secret[str]) -> None:
        """Open it; Conflict when it is open or being opened, else whatever opening raises."""
        with self._changed:
            if self._app is not None or self._opening:
                raise errors.Conflict("errors_socket.open")
            self._opening = True
        left = ExitStack()
        try:
            app = left.enter_context(
                open_app(
                    self._home,
                    take_passphrase=lambda: phrase,
                    clock=self._clock,
                    unsafe_cost=self._unsafe_cost,
                )
            )
        finally:
            with self._changed:
                self._opening = False
                self._changed.notify_all()
        with self._changed:
            self._app, self._left = app, left

    def unseal(self, phrase: Secret[str], who: Principal) -> Denial | None:
        """Open it for somebody, which is recorded; sealed again where the policies refuse it."""
        self.open(phrase)
        answer: object = None
        try:
            with self.using() as app:
                answer = app.caller_of(who).call(UnsealKeys())
        finally:
            # Whatever kept it from being recorded: open without an entry it must not stay.
            if answer is None or isinstance(answer, Denial):
                self.seal()
        return answer if isinstance(answer, Denial) else None

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
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def seal(self) -> None:
        """Drop the keys: nothing new begins, what is under way is ended and recorded, then this."""
        with self._changed:
            app, self._app = self._app, None
            left, self._left = self._left, ExitStack()
        if app is None:
            return
        # Before they are waited for: who reads slowly, or not at all, would keep the keys in reach.
        self.interrupt()
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)
        left.close()
        # Keys are held by what the acts left behind, such as cycles of bound methods.
        del app, left
        gc.collect()

    def publish(self) -> None:
        """Publish its ledgers, when it is open."""
        try:
            with self.using() as app:
                self.behind = frozenset(app.publish())
        except errors.Sealed:
            return
