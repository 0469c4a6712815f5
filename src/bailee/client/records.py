"""Records: Python's `logging` into custody, by a queue in memory and a thread of its own.

Logging never waits: a record that finds the queue full is counted and left out, and a line says how
many were.  Nothing is spooled to a disk: a file of ours with personal data in it would lie outside
of custody, where nobody ends it in time.  Who may lose nothing logs to a file, which is theirs, and
has `bailee log follow` read it.
"""

import logging
import os
import secrets
import threading
from collections import deque
from typing import Final, final

from bailee import errors
from bailee.act import Caller, Denial
from bailee.logs.push.acts import PushLines
from bailee.text import say

QUEUE_BYTES: Final = 8 * 1024 * 1024
"""Lines held at most, while they are not durable."""
BATCH_BYTES: Final = 1024 * 1024
"""Lines of one push."""
LINGER_S: Final = 0.2
"""How long a line waits for others before it is pushed."""
RETRY_S: Final = 0.5
RETRY_LONGEST_S: Final = 30.0
EXIT_S: Final = 5.0
"""How long `flush` and the end of the program wait at most for what is queued."""
_SOURCE_BYTES: Final = 12


@final
class RecordPusher(logging.Handler):
    """Record pusher: each log record is a line that is pushed; durable some 0.3 s later."""

    def __init__(
        self,
        caller: Caller,
        *,
        client: str,
        stream: str,
        origin: str | None = None,
        queue_bytes: int = QUEUE_BYTES,
        exit_s: float = EXIT_S,
    ) -> None:
        """Take whom to push through, as `Server(...).caller`, and into what."""
        super().__init__()
        self._caller = caller
        self._request = PushLines(client=client, stream=stream, origin=origin)
        self._queue_bytes = queue_bytes
        self._exit_s = exit_s
        self._begin()

    def _begin(self) -> None:
        """Begin with an empty queue, in this process."""
        self._process = os.getpid()
        # Of this process alone: positions of two would be of one source.
        self._source = secrets.token_hex(_SOURCE_BYTES)
        self._end = 0
        # Guards all below; held for instructions, never while something is formatted or pushed.
        self._changed = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._held_bytes = 0
        """Of the queue, and of what is on its way."""
        self._dropped = self._unsaid = 0
        self._hurried = self._closed = False
        # A daemon: a server that answers nothing must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="bailee-push", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many records were left out since this process began."""
        return self._dropped

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record; never waits for more than other threads that do the same."""
        if os.getpid() != self._process:  # forked: the thread and the queue are the parent's
            self._begin()
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
        # Whatever is wrong with a record's own arguments: logging must not break who logs.
        except Exception:  # noqa: BLE001  # as logging.Handler.handleError has it
            line = b""
        with self._changed:
            if not line or self._closed or not self._has_room(line):
                self._dropped += 1
                self._unsaid += 1
                return
            self._say_dropped()
            self._put(line)

    def flush(self) -> None:
        """Wait until what is queued is durable, at most `exit_s` seconds."""
        if os.getpid() != self._process:
            return
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._held_bytes, self._exit_s)
            self._hurried = False

    def close(self) -> None:
        """Flush and end; what is not durable by then counts as dropped."""
        self.flush()
        if os.getpid() == self._process:
            with self._changed:
                self._closed = True
                self._dropped += len(self._lines)
                self._lines.clear()
                self._changed.notify_all()
        super().close()

    def _has_room(self, line: bytes) -> bool:
        return self._held_bytes + len(line) <= self._queue_bytes

    def _put(self, line: bytes) -> None:
        self._lines.append(line)
        self._held_bytes += len(line)
        if len(self._lines) == 1 or self._held_bytes >= BATCH_BYTES:
            self._changed.notify_all()

    def _say_dropped(self) -> None:
        if self._unsaid:
            self._put(say("push.dropped", count=self._unsaid).encode() + b"\n")
            self._unsaid = 0

    # --- the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            lines = self._taken()
            if not lines:
                return
            self._deliver(b"".join(lines), len(lines))

    def _taken(self) -> list[bytes]:
        """Take lines off the queue once there are some; none once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._closed)
            self._changed.wait_for(
                lambda: self._hurried or self._closed or self._held_bytes >= BATCH_BYTES, LINGER_S
            )
            lines, size = list[bytes](), 0
            while self._lines and (not lines or size + len(self._lines[0]) <= BATCH_BYTES):
                lines.append(self._lines.popleft())
                size += len(lines[-1])
            return lines

    def _deliver(self, lines: bytes, count: int) -> None:
        """Push until it is durable or refused for good; the same again has no second effect."""
        self._end += len(lines)
        wait_s, pushed = RETRY_S, False
        while not (pushed or self._closed):
            try:
                pushed = self._is_pushed(lines)
            except (errors.LimitExceeded, errors.Damaged):
                break  # never taken, and those behind them are not kept waiting for ever
            except errors.BaileeError:  # somebody can mend it, or it passes
                pushed = False
            if not pushed:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, wait_s)
                wait_s = min(2 * wait_s, RETRY_LONGEST_S)
        with self._changed:
            if not pushed:
                self._dropped += count
                self._unsaid += count
            self._held_bytes -= len(lines)
            if not self._lines:
                self._say_dropped()
            self._changed.notify_all()

    def _is_pushed(self, lines: bytes) -> bool:
        request = PushLines(
            client=self._request.client,
            stream=self._request.stream,
            origin=self._request.origin,
            source=self._source,
            position=self._end,
        )
        return not isinstance(self._caller.send(request, [lines]), Denial)
