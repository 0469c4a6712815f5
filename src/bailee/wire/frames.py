"""Frames: messages on a stream socket, each a length, a kind and a body; spec/socket.md.

Two processes speak in turns, so that neither waits for room that only the other can make: whoever
asks sends one `ASK`, and from then on answers each `CALL` with one `GIVEN`, `NOTHING` or `BROKE`,
until `ANSWER`, `DENIED` or `FAILED`.  After an answer with items come `BYTES` or `ITEMS`, then
`END`.
"""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from bailee import errors
from bailee.wire.codec import malformed

_HEAD: Final = struct.Struct(">IB")
CHUNK_BYTES: Final = 1024 * 1024
"""Of what is handed over beside a request: one such piece is in memory on each side."""
ASK_BYTES: Final = 4 * 1024 * 1024
"""Of a message of whoever asks: a request of ten thousand tokens fits, a flood does not."""
ANSWER_BYTES: Final = 1024 * 1024 * 1024
"""Of a message of the server, which whoever asks has reason to trust."""


class FrameKind(IntEnum):
    """Frame kind: what a message is."""

    ASK = 1
    GIVEN = 2
    """Bytes that were called for."""
    NOTHING = 3
    """What was called for is done, or there are no more bytes."""
    BROKE = 4
    """What was called for failed, with the error."""
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


class Frames:
    """Frames: one connection, by which messages go both ways."""

    def __init__(self, connection: socket.socket, *, limit: int) -> None:
        """Take a connection; `limit` bounds the bytes of a message that is received."""
        self._connection = connection
        self._limit = limit

    def send(self, kind: FrameKind, body: Any = b"") -> None:  # noqa: ANN401  # bytes of any sort
        """Send one message; Gone when nobody takes it."""
        view = memoryview(body).cast("B")
        try:
            self._connection.sendall(_HEAD.pack(len(view), kind))
            if view:
                self._connection.sendall(view)
        except OSError:  # a timeout is one
            raise Gone from None

    def send_value(self, kind: FrameKind, value: Any) -> None:  # noqa: ANN401  # what msgpack has
        """Send one message whose body is a plain value."""
        self.send(kind, msgspec.msgpack.encode(value))

    def receive(self) -> tuple[FrameKind, bytearray]:
        """Wait for one message; Gone when none comes, UsageError when it is too long or unknown."""
        size, number = _HEAD.unpack(self._exactly(_HEAD.size))
        if size > self._limit:
            raise errors.LimitExceeded("errors_socket.long", bytes=self._limit)
        try:
            kind = FrameKind(number)
        except ValueError:
            raise malformed() from None
        return kind, self._exactly(size)

    def _exactly(self, count: int) -> bytearray:
        data = bytearray(count)
        left = memoryview(data)
        while left:
            try:
                size = self._connection.recv_into(left)
            except OSError:
                raise Gone from None
            if not size:
                raise Gone
            left = left[size:]
        return data

    def interrupt(self) -> None:
        """End what is under way, from another thread: whoever waits on it finds it gone."""
        with suppress(OSError):  # ended already
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


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
