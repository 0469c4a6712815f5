"""Stopping: Ctrl-C while something durable is being made: taken between two chunks.

The first one is remembered until the next chunk is asked for, or taken at once when that is what
is waited for.  A second one does not wait: a crash is survived too.
"""

import signal
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any, Self


class Stopping:
    """Stopping: listens for the interrupt while it is entered."""

    def __init__(self) -> None:
        self.asked = False
        self._waiting = False
        self._before: Any = signal.SIG_DFL

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What was there before, whatever it was: a command may run inside of another.
        signal.signal(signal.SIGINT, self._before)

    def between(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Pass chunks on; KeyboardInterrupt before one when it was asked to stop."""
        while True:
            # While a chunk is waited for, the interrupt is taken at once: a pipe may never give
            # another, and nothing is half made.
            self._waiting = True
            self.refresh()
            try:
                chunk = next(chunks, None)
            finally:
                self._waiting = False
            if chunk is None:
                return
            yield chunk

    def refresh(self) -> None:
        """Stop here when it was asked to."""
        if self.asked:
            raise KeyboardInterrupt

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        if self._waiting or self.asked:
            raise KeyboardInterrupt
        # Noted and no more: raised here it would come out in the middle of a commit, whose outcome
        # nobody would know.
        self.asked = True
