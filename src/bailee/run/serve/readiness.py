"""Readiness: says to systemd that the server is there, still there, and ending; sd_notify(3).

Said to the socket that NOTIFY_SOCKET names, and to nobody without one.  A server that starts sealed
is ready: it answers, that it is sealed.
"""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

SOCKET: Final = "NOTIFY_SOCKET"
WATCHDOG: Final = "WATCHDOG_USEC"
READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"
_PARTS: Final = 2
"""Said twice in the time that systemd waits: one that is late is not missed at once."""
_MICRO: Final = 1_000_000


class Readiness:
    """Readiness: one thread that says so while the number that `beat` gives grows."""

    def __init__(
        self, beat: Callable[[], int], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._beat = beat
        self._last = -1
        self._place = environment.get(SOCKET)
        micro = environment.get(WATCHDOG, "")
        self._each_s = int(micro) / _MICRO / _PARTS if micro.isdecimal() else 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="readiness")

    def start(self) -> None:
        """Say that it is ready, and from now on that it is there."""
        self.say(READY)
        self._thread.start()

    def stop(self) -> None:
        """Say that it ends."""
        self._ending.set()
        if self._thread.ident is not None:  # else it was never ready
            self._thread.join()
        self.say(STOPPING)

    def say(self, what: str) -> None:
        """Say it; a service manager that does not listen is no fault of the server's."""
        if not self._place:
            return
        name = f"\0{self._place[1:]}" if self._place.startswith("@") else self._place
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one, suppress(OSError):
            one.sendto(what.encode(), name)

    def _run(self) -> None:
        # Without a watchdog nobody waits for it.
        while self._each_s and not self._ending.wait(self._each_s):
            self.look()

    def look(self) -> None:
        """Say that it is there if it went on since the last look."""
        # Not by a timer alone: one that says so of a server that hangs would hide it.
        now = self._beat()
        if now != self._last:
            self.say(ALIVE)
        self._last = now
