"""Frames: messages on a stream socket, each a length, a kind and a body; spec/socket.md.

Two processes speak in turns, so that neither waits for room that only the other can make: whoever
asks sends one `ASK`, and from then on answers each `CALL` with one `GIVEN`, `NOTHING` or `BROKE`,
until `ANSWER`, `DENIED` or `FAILED`.  After an answer with items come `BYTES` or `ITEMS`, then
`END`.
"""

import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from bailee import errors
from bailee.wire.codec import malformed

HEAD: Final = struct.Struct(">IB")
CHUNK_BYTES: Final = 1024 * 1024
"""Of what is handed over beside a request: one such piece is in memory on each side."""
ASK_BYTES: Final = 4 * 1024 * 1024
"""Of a message of whoever asks: a request of ten thousand tokens fits, a flood does not."""
BROKE_BYTES: Final = 64 * 1024
"""Of an error that whoever asks hands over: a slug and a few facts."""
MESSAGE_S: Final = 30.0
"""How long a message may take to the server, once it has begun: half of one holds a thread."""
ANSWER_BYTES: Final = 1024 * 1024 * 1024
"""Of a message of the server, which whoever asks has reason to trust."""
MESSAGES_PATH: Final = "/v1/messages"
"""Where a front takes these messages over HTTP."""
MEDIA_TYPE: Final = "application/vnd.bailee.messages"
"""Of the bodies that hold them, on both ways."""


class FrameKind(IntEnum):
    """Frame kind: what a message is."""

    ASK = 1
    GIVEN = 2
    """Bytes that were called for."""
    NOTHING = 3
    """What was called for is done, or there are no more bytes."""
    BROKE = 4
    """What was called for failed, with the error."""
    STOP = 5
    """Whoever asks has enough of the items; their end comes all the same, as `FAILED`."""
    CALL = 16
    ANSWER = 17
    DENIED = 18
    FAILED = 19
    BYTES = 20
    ITEMS = 21
    END = 22
    """The items are over; the answer's head again, with its final counts."""


class Gone(Exception):
    """Gone: the other side has ended the connection, or was silent for too long."""


_STEP_S: Final = 1.0
"""How often a side that waits looks at the time; the kernel wakes it for everything else."""
_FIRST_BYTES: Final = 64 * 1024


class Frames:
    """Frames: one connection, by which messages go both ways."""

    def __init__(
        self,
        connection: socket.socket,
        *,
        limit: int,
        silent_s: float | None = None,
        message_s: float = MESSAGE_S,
    ) -> None:
        """Take a connection; `limit` bounds the bytes of a message that is received.

        `silent_s` bounds how long the other side may be silent, or take nothing, and `message_s`
        how long a message may be on its way; without the first neither is bounded.
        """
        self._connection = connection
        self._limit = limit
        self._silent_s = silent_s
        self._message_s = message_s
        # What was given to `hold`: a few hundred bytes, until the next message.
        self._held: list[bytes] = []
        if silent_s is not None:
            step_s = min(_STEP_S, silent_s, message_s)
            step = struct.pack("@ll", int(step_s), max(1, int(step_s % 1 * 1e6)))
            # The kernel's own timeouts: Python's would ask it once more before each call.
            connection.settimeout(None)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, step)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, step)

    def send(self, kind: FrameKind, body: Any = b"") -> None:  # noqa: ANN401  # bytes of any sort
        """Send one message; Gone when nobody takes it: then the other side never has it whole."""
        view = memoryview(body).cast("B")
        held, self._held = self._held, []
        left = [memoryview(one) for one in (*held, HEAD.pack(len(view), kind))] + [view]
        until = self._until(self._silent_s)
        while left:
            try:
                sent = self._connection.sendmsg(left)
            except BlockingIOError:
                _look(until)
                continue
            except OSError:
                raise Gone from None
            while left and sent >= len(left[0]):
                sent -= len(left.pop(0))
            if sent:
                left[0] = left[0][sent:]

    def hold_value(self, kind: FrameKind, value: Any) -> None:  # noqa: ANN401  # what msgpack has
        """Send it along with the next message, which must follow: the other side wakes up once."""
        body = msgspec.msgpack.encode(value)
        self._held += [HEAD.pack(len(body), kind), body]

    def send_value(self, kind: FrameKind, value: Any) -> None:  # noqa: ANN401  # what msgpack has
        """Send one message whose body is a plain value."""
        self.send(kind, msgspec.msgpack.encode(value))

    def receive(self) -> tuple[FrameKind, bytearray]:
        """Wait for one message; Gone when none comes, UsageError when it is too long or unknown."""
        head = bytearray(HEAD.size)
        first = self._some(memoryview(head), self._until(self._silent_s))
        # From its first byte on it has a time of its own: a byte now and then must not hold more.
        until = self._until(None if self._silent_s is None else self._message_s)
        self._fill(memoryview(head)[first:], until)
        size, number = HEAD.unpack(head)
        if size > self._limit:
            raise errors.LimitExceeded("errors_socket.long", bytes=self._limit)
        try:
            kind = FrameKind(number)
        except ValueError:
            raise malformed() from None
        return kind, self._body(size, until)

    def _body(self, size: int, until: float | None) -> bytearray:
        # As it comes: a length alone must not cost its bytes.
        body = bytearray(min(size, _FIRST_BYTES))
        filled = 0
        while True:
            with memoryview(body) as view:
                self._fill(view[filled:], until)
            filled = len(body)
            if filled == size:
                return body
            body.extend(bytes(min(filled, size - filled)))

    def _fill(self, left: memoryview, until: float | None) -> None:
        while left:
            left = left[self._some(left, until) :]

    def _some(self, left: memoryview, until: float | None) -> int:
        """Wait for some bytes, and return how many came."""
        while True:
            try:
                size = self._connection.recv_into(left)
            except BlockingIOError:
                _look(until)
                continue
            except OSError:
                raise Gone from None
            # Also where more came until then: one that sends a byte a second is not waited for.
            if not size:
                raise Gone
            _look(until)
            return size

    @staticmethod
    def _until(seconds: float | None) -> float | None:
        return None if seconds is None else time.monotonic() + seconds

    def is_over(self) -> bool:
        """Tell whether the other side has ended it, or said what nobody asked for."""
        try:
            self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def has_more(self) -> bool:
        """Tell whether something came that was not received yet."""
        with suppress(OSError):
            return bool(self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        return False

    def comes_within(self, seconds: float) -> bool:
        """Wait a moment for the other side: tell whether it said something, or ended it."""
        ready, _, _ = select.select([self._connection], [], [], seconds)
        return bool(ready)

    def interrupt(self, *, wholly: bool = False) -> None:
        """End what is under way, from another thread: whoever waits for the other side finds none.

        `wholly`: also for what is being sent, so that nothing can be said any more.
        """
        with suppress(OSError):  # ended already
            self._connection.shutdown(socket.SHUT_RDWR if wholly else socket.SHUT_RD)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _look(until: float | None) -> None:
    if until is not None and time.monotonic() >= until:
        raise Gone


def packed(kind: FrameKind, body: bytes | bytearray = b"") -> bytes:
    """Write one message, as it stands on a stream."""
    return HEAD.pack(len(body), kind) + body


def value_of(body: bytes | bytearray) -> Any:  # noqa: ANN401  # what msgpack has
    """Read the plain value of a body; UsageError when it is none."""
    try:
        return msgspec.msgpack.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise malformed() from None


_ADDRESS_BYTES: Final = 100
"""Of a path that the system takes for a socket: 108 on Linux, 104 elsewhere; unix(7)."""


@contextmanager
def address(place: Path) -> Iterator[str]:
    """Give the address of a socket in the file system, however long the path of its folder is."""
    whole = os.fspath(place)
    if len(os.fsencode(whole)) <= _ADDRESS_BYTES:
        yield whole
        return
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{place.name}"
    finally:
        os.close(folder)
