"""One core: the processor on which a server's threads do short acts, so that they take turns there.

Python runs one thread at a time, and whoever asks the database lets go of it for microseconds.
While another core is idle the kernel starts the next thread there at once, and the first, back from
the database, finds it running: each statement then costs a switch from core to core.  On one core
it has gone on before the next begins.  docs/performance.md
"""

import ctypes
import os
import threading
from contextlib import suppress
from typing import Final


class OneCore:
    """One core: the one on which it was made, chosen once."""

    def __init__(self) -> None:
        """Look at where the calling thread may run, and where it does."""
        # Not each thread where it is just now, nor anew now and then: they have to meet.  Whatever
        # else runs there and may run elsewhere is moved by the kernel, which levels out load.
        self._all: Final = frozenset(os.sched_getaffinity(0))
        self._one: Final = frozenset({_current()}) & self._all or self._all
        self._here = threading.local()

    def stay(self) -> None:
        """Run the calling thread there, until it roams."""
        self._run(self._one)

    def roam(self) -> None:
        """Run it wherever it may: it seals or scans much, by code that lets other threads run."""
        self._run(self._all)

    def _run(self, cores: frozenset[int]) -> None:
        if getattr(self._here, "cores", self._all) == cores:
            return
        # A core that was taken away meanwhile, or a filter of calls: then it runs where it may.
        with suppress(OSError):
            os.sched_setaffinity(0, cores)
        self._here.cores = cores


def _current() -> int:
    found: int = ctypes.CDLL(None).sched_getcpu()
    return found  # -1 where the kernel cannot say: then there is no one core
