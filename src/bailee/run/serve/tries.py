"""Tries: how often somebody may try a passphrase: after a wrong one ever more rarely.

A server that is sealed can record nobody, and whoever reaches its socket may try.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from bailee import errors
from bailee.act import Principal

FREE: Final = 3
"""Wrong ones in a row before there is a wait: a person mistypes."""
FIRST_S: Final = 1.0
"""After the last of these; twice as long after each that follows."""
LONGEST_S: Final = 300.0
REMEMBERED: Final = 1_000
"""People of whom a wrong passphrase is remembered: as many as connections."""


class Tries:
    """Tries: by who tries; one at a time each, so that nobody keeps others from their turn."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        # Guards both below; held for an instruction.
        self._mutex = threading.Lock()
        self._trying: set[str] = set()
        self._wrong: dict[str, tuple[int, float]] = {}
        """How many in a row, and when the next may be tried."""

    @contextmanager
    def of(self, who: Principal) -> Iterator[None]:
        """Let somebody try, within; LockedByOther when it is too soon, or they try already."""
        name = who.os_user or ""
        with self._mutex:
            count, next_s = self._wrong.get(name, (0, 0.0))
            wait_s = next_s - self._monotonic_s()
            if wait_s > 0 or name in self._trying:
                raise errors.LockedByOther(
                    "errors_socket.tried-just-now", seconds=max(1, int(wait_s + 0.999))
                )
            self._trying.add(name)
        try:
            yield
        except errors.Sealed:
            with self._mutex:
                self._after_wrong(name, count + 1)
            raise
        else:
            with self._mutex:
                self._wrong.pop(name, None)
        finally:
            with self._mutex:
                self._trying.discard(name)

    def _after_wrong(self, name: str, count: int) -> None:
        doubled = 2.0 ** min(count - FREE, 16)
        wait_s = 0.0 if count < FREE else min(LONGEST_S, FIRST_S * doubled)
        self._wrong.pop(name, None)  # at the end: the one that is forgotten first is the oldest
        self._wrong[name] = (count, self._monotonic_s() + wait_s)
        if len(self._wrong) > REMEMBERED:
            del self._wrong[next(iter(self._wrong))]
