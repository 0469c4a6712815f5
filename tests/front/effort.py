"""Effort: what a keeper did for one request, counted by what it called; never how long it took."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

COUNTED = frozenset({"execute", "executemany", "encrypt", "decrypt", "sign", "verify"})
"""Functions of libraries in C that ask the rows, seal, open, sign or verify.

Hashes are not counted: their number grows with a log, and so from one question to the next.
"""


class Effort:
    """Counts calls by threads that serve a front, and by no other."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def take(self) -> Counter[str]:
        """Give what was counted since it was taken last."""
        taken, self.calls = self.calls, Counter()
        return taken

    def seen(self, _frame: FrameType, event: str, argument: object) -> None:
        """Count one call; installed in each thread that begins meanwhile."""
        if event == "c_call":
            name = getattr(argument, "__name__", "")
            if name in COUNTED:
                self.calls[name] += 1


@contextmanager
def counted() -> Iterator[Effort]:
    """Count in all threads that begin within."""
    effort = Effort()

    def begin(_frame: FrameType, _event: str, _argument: object) -> None:
        ours = threading.current_thread().name.startswith("front")
        sys.setprofile(effort.seen if ours else None)

    threading.setprofile(begin)
    try:
        yield effort
    finally:
        threading.setprofile(None)
