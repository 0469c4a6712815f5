"""Connections: who is connected, and whose turn it is.

One thread waits for all of them, and hands one on which something comes to a thread of its own; so
one that is silent costs a descriptor, and no thread.  What one user may take is bounded, so that
whoever connects and says nothing, or asks without an end, takes it from nobody else.
"""

import os
import selectors
import socket
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from bailee import errors
from bailee.act import Principal
from bailee.wire.codec import written_error
from bailee.wire.credentials import peer_uid
from bailee.wire.frames import ASK_BYTES, MESSAGE_S, FrameKind, Frames, Gone

CONNECTIONS_MAX: Final = 1_000
ACTS_MAX: Final = 64
"""Under way at once: each is a thread, and a connection of the database."""
_RETRY_S: Final = 0.05
_ACCEPTED_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Bounds: what connections may take, all of them, and those of one user."""

    connections: int = CONNECTIONS_MAX
    of_user: int = 128
    """Connections of one user; of more, those that were silent the longest are ended."""
    acts: int = ACTS_MAX
    acts_of_user: int = 16
    """Acts under way of one user; what is asked beyond that waits its turn."""
    acts_of_own: int = 48
    """Of the user who runs the server, which its front asks as; others still have their turn."""
    idle_s: float = 60.0
    """How long a connection may be silent on which nothing is under way."""
    message_s: float = MESSAGE_S
    silent_s: float = 3_600.0
    """How long it may be silent within an act: what comes beside a request may come slowly."""
    linger_s: float = 0.02
    """How long its thread waits for the next request: one that asks often is not handed over."""


@dataclass(eq=False, slots=True, kw_only=True)
class Connection:
    """Connection: one that was accepted, and who made it."""

    socket: socket.socket
    frames: Frames
    uid: int
    who: Principal | None = None
    """Named when something is first asked: a directory of users may answer slowly."""
    silent_since: float = field(default_factory=time.monotonic)


Serve = Callable[[Connection], bool]
"""Answers what comes on a connection; tells whether more may come."""
Fault = Callable[[str, str], None]
"""Says of a fault of ours what it is, and where."""


class Connections:
    """Connections: waits for all; all here is the waiting thread's alone, but `_returned`."""

    def __init__(self, listener: socket.socket, bounds: Bounds, serve: Serve, fault: Fault) -> None:
        self._listener = listener
        self._bounds = bounds
        self._serve = serve
        self._fault = fault
        self._own = os.geteuid()
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        # By which other threads, and a signal's handler, end a wait.
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._threads = ThreadPoolExecutor(bounds.acts, thread_name_prefix="keeper")
        # In the order in which they fell silent: the first is the first to be ended.
        self._silent: dict[Connection, None] = {}
        self._of_user: Counter[int] = Counter()
        self._busy: set[Connection] = set()
        self._acts: Counter[int] = Counter()
        self._waiting: dict[int, deque[Connection]] = {}
        # Filled by the threads of acts; appending and taking are each one step of the interpreter.
        self._returned: deque[tuple[Connection, bool]] = deque()
        self._stopping = False
        # Of the waiting thread; another reads it, to see that it goes on.
        self._turns = 0

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for a thread."""
        return bool(self._waiting)

    def run(self) -> None:
        """Wait until `stop`; then end those on which nothing is under way."""
        try:
            while not self._stopping:
                self._step()
        finally:
            self._selector.close()
            for one in [*self._silent, *(one for all_ in self._waiting.values() for one in all_)]:
                one.frames.close()
            # Those that read half a request; those with an act are interrupted where it is done.
            for one in self._busy:
                one.frames.interrupt()

    def stop(self) -> None:
        """Have `run` return; safe in a signal's handler."""
        self._stopping = True
        self._ring()

    def beat(self) -> int:
        """Return how often the waiting thread has come by, and have it come by once more."""
        turns = self._turns
        self._ring()
        return turns

    def join(self) -> None:
        """Wait for what is under way."""
        self._threads.shutdown()
        for one, _ in self._returned:
            one.frames.close()
        self._woken.close()
        self._wake.close()

    def _ring(self) -> None:
        with suppress(OSError):  # full: it is awake already; closed: it is over
            self._wake.send(b"\0")

    def _step(self) -> None:
        first = next(iter(self._silent), None)
        wait_s = None
        if first is not None:
            wait_s = max(0.0, first.silent_since + self._bounds.idle_s - time.monotonic())
        for key, _ in self._selector.select(wait_s):
            if key.data is not None:
                self._speaks(key.data)
            elif key.fileobj is self._listener:
                # So many and no more: whoever connects without an end is not all that comes.
                all(self._accept() for _ in range(_ACCEPTED_AT_ONCE))
            else:
                with suppress(OSError):  # nothing left
                    self._woken.recv(4_096)
        self._take_back()
        self._expire()
        self._turns += 1

    # --- who comes ---------------------------------------------------------------------------

    def _accept(self) -> bool:
        """Take one more connection; tell whether another may wait."""
        try:
            made, _ = self._listener.accept()
        except BlockingIOError:
            return False
        except OSError:
            # No descriptor is left: one that is silent gives its own, else an act that ends does.
            if not self._end_silent(None):
                time.sleep(_RETRY_S)
            return False
        uid = peer_uid(made)
        if not self._has_room(uid):
            _refuse(made)
            return True
        self._of_user[uid] += 1
        bounds = self._bounds
        frames = Frames(made, limit=ASK_BYTES, silent_s=bounds.silent_s, message_s=bounds.message_s)
        self._await(Connection(socket=made, frames=frames, uid=uid))
        return True

    def _has_room(self, uid: int) -> bool:
        """Tell whether one more of a user may be held, once one that is silent was ended."""
        if self._of_user[uid] >= self._bounds.of_user:
            return self._end_silent(uid)
        if self._of_user.total() < self._bounds.connections:
            return True
        # From whoever has the most: who has few keeps them.
        (most, _), *_ = self._of_user.most_common(1)
        return self._end_silent(most) or self._end_silent(None)

    def _await(self, one: Connection) -> None:
        one.silent_since = time.monotonic()
        self._silent[one] = None
        self._selector.register(one.socket, selectors.EVENT_READ, one)

    def _unawait(self, one: Connection) -> None:
        del self._silent[one]
        self._selector.unregister(one.socket)

    def _end_silent(self, uid: int | None) -> bool:
        """End the connection that was silent the longest, of a user or of all."""
        # All that are there now: one that spoke just now is no longer among them.
        silent = [one for one in self._silent if uid in (None, one.uid)]
        return any(self._end(one) for one in silent)

    def _expire(self) -> None:
        while self._silent:
            first = next(iter(self._silent))
            if time.monotonic() - first.silent_since < self._bounds.idle_s:
                return
            self._end(first)

    def _end(self, one: Connection) -> bool:
        """End one that is silent; one that spoke just now has its turn, and is not lost."""
        # First for the other side's next message, which then fails there, and may be sent anew.
        one.frames.interrupt()
        self._unawait(one)
        if one.frames.has_more():
            self._take_turn(one)
            return False
        self._forget(one)
        return True

    def _forget(self, one: Connection) -> None:
        one.frames.close()
        self._of_user[one.uid] -= 1
        if not self._of_user[one.uid]:
            del self._of_user[one.uid]

    # --- whose turn it is --------------------------------------------------------------------

    def _speaks(self, one: Connection) -> None:
        if one in self._silent:  # ended meanwhile for one that came in the same step
            self._unawait(one)
            self._take_turn(one)

    def _take_turn(self, one: Connection) -> None:
        if self._may(one.uid):
            self._begin(one)
        else:
            self._waiting.setdefault(one.uid, deque()).append(one)

    def _may(self, uid: int) -> bool:
        bounds = self._bounds
        most = bounds.acts_of_own if uid == self._own else bounds.acts_of_user
        return self._acts[uid] < most and len(self._busy) < bounds.acts

    def _begin(self, one: Connection) -> None:
        self._acts[one.uid] += 1
        self._busy.add(one)
        self._threads.submit(self._work, one).add_done_callback(partial(report, self._fault))

    def _work(self, one: Connection) -> None:
        more = False
        try:
            more = self._serve(one)
        finally:
            self._returned.append((one, more))
            self._ring()

    def _take_back(self) -> None:
        while self._returned:
            one, more = self._returned.popleft()
            self._busy.discard(one)
            self._acts[one.uid] -= 1
            if not self._acts[one.uid]:
                del self._acts[one.uid]
            if more:
                self._await(one)
            else:
                self._forget(one)
            self._next()

    def _next(self) -> None:
        """Begin what waits, of each user in turn."""
        for uid in list(self._waiting):
            if not self._may(uid):
                continue
            waiting = self._waiting.pop(uid)
            self._begin(waiting.popleft())
            if waiting:  # behind all others
                self._waiting[uid] = waiting


def report(fault: Fault, done: "Future[None]") -> None:
    """Say where a fault of ours shows; never its words, which may hold what was asked."""
    error = done.exception()
    if error is not None:
        at = traceback.extract_tb(error.__traceback__)[-1]
        fault(type(error).__name__, f"{Path(at.filename).name}:{at.lineno}")


def _refuse(made: socket.socket) -> None:
    made.setblocking(False)
    with made, suppress(Gone):
        frames: Any = Frames(made, limit=ASK_BYTES)
        error = errors.Unreachable("errors_socket.crowded")
        frames.send_value(FrameKind.FAILED, written_error(error))
