"""Upkeep: does the jobs of a home while a server holds it, as the user who runs the server.

A job that fails stands in `job list` and is tried again (`jobs`); what keeps all of them from being
tried is said once, and again when it is another thing.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from bailee import errors
from bailee.act import Principal, Refused
from bailee.run.serve.open_home import OpenHome
from bailee.run.wiring.jobs import runner

EACH_S: Final = 20.0
"""How often it is looked what is due: a job is late by that much at most."""

Tell = Callable[[str], None]
"""Says by its message id what keeps jobs from being done."""


class Upkeep:
    """Upkeep: one thread, which looks now and then what is due."""

    def __init__(
        self,
        home: OpenHome,
        who: Principal,
        tell: Tell,
        *,
        each_s: float = EACH_S,
        also: Sequence[Callable[[], None]] = (),
    ) -> None:
        """Take the home and who does its jobs; `also` is done each time, sealed or not."""
        self._home = home
        self._who = who
        self._tell = tell
        self._each_s = each_s
        self._also = also
        self._told: str | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the job that is under way."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(self._each_s):
            for look in self._also:
                look()
            self._say(self.once())

    def once(self) -> str | None:
        """Do once what is due; return what kept it from being tried."""
        try:
            with self._home.using() as app:
                runner(app.parts).run_once(self._who)
        except errors.Sealed:
            return None  # it waits until it is open again, as everything does
        except Refused:
            return "serve.jobs-refused"
        except errors.BaileeError as error:
            return error.reason
        return None

    def _say(self, why: str | None) -> None:
        if why is not None and why != self._told:
            self._tell(why)
        self._told = why
