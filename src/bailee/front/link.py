"""Link: a front's connections to the keeper, which were made before the front began.

A front opens none of its own: it holds no key and no home, and can ask nothing but by these.  An
act holds one of them until it is answered; whoever finds none free waits a moment, and is then told
to come again.  spec/socket.md
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from bailee import errors
from bailee.wire.asks import ASKS, Ask
from bailee.wire.codec import written_error
from bailee.wire.frames import ANSWER_BYTES, HEAD, FrameKind, value_of

WAIT_S: Final = 2.0
"""How long a request waits for a free connection: longer, and whoever asks would ask again."""

Calls = Callable[[list[Any]], Awaitable[bytes | None]]
"""Answers what the keeper calls for: bytes, or None when there are no more."""
Message = tuple[FrameKind, bytes]


class KeeperGone(Exception):
    """Keeper gone: it ended, or ended this connection."""


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # Of a message whose body has not come: whoever waited for it may have been cancelled.
        self._head: tuple[int, FrameKind] | None = None

    async def send(self, kind: FrameKind, body: bytes = b"") -> None:
        self._writer.write(HEAD.pack(len(body), kind) + body)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()

    async def receive(self) -> Message:
        try:
            if self._head is None:
                size, number = HEAD.unpack(await self._reader.readexactly(HEAD.size))
                self._head = size, FrameKind(number)
            size, kind = self._head
            if size > ANSWER_BYTES:
                raise KeeperGone
            body = await self._reader.readexactly(size)
        except (OSError, EOFError, ValueError, struct.error):
            raise KeeperGone from None
        self._head = None
        return kind, body


class Link:
    """Link: the connections that are free, and one after another those that are handed out."""

    def __init__(self, lost: Callable[[], None]) -> None:
        """Take what is done when the last connection is lost: the keeper then gives others."""
        self._lost = lost
        self._free: asyncio.Queue[_Connection] = asyncio.Queue()
        self._left = 0
        self._settling: set[asyncio.Task[None]] = set()

    async def open(self, descriptors: Sequence[int]) -> None:
        """Take the connections by their descriptors."""
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            reader, writer = await asyncio.open_connection(sock=connection)
            self._free.put_nowait(_Connection(reader, writer))
        self._left = len(descriptors)

    def close(self) -> None:
        """End the connections that are free: the front ends, and asks nothing more."""
        while not self._free.empty():
            self._free.get_nowait().close()

    @asynccontextmanager
    async def ask(
        self, ask: Ask, calls: Calls | None = None, *, streams: bool = False
    ) -> AsyncIterator["Exchange"]:
        """Ask the keeper; give its answer, and what follows it, for as long as the context lasts.

        `streams` says that items follow the answer.

        LockedByOther when no connection becomes free, KeeperGone when it ends before it answers.
        """
        try:
            async with asyncio.timeout(WAIT_S):
                connection = await self._free.get()
        except TimeoutError:
            raise errors.LockedByOther("errors_rest.busy") from None
        exchange = Exchange(connection, streams=streams)
        try:
            await exchange.begin(ask, calls)
            yield exchange
        finally:
            if exchange.whole:
                self._free.put_nowait(connection)
            else:
                # By a task of its own: whoever asked may have gone, and does not wait for it.
                task = asyncio.create_task(self._settle(exchange, connection))
                self._settling.add(task)
                task.add_done_callback(self._settling.discard)

    async def _settle(self, exchange: "Exchange", connection: _Connection) -> None:
        """Take an act to its end of which nobody wants the rest, so that the next can be asked."""
        try:
            await exchange.settle()
            self._free.put_nowait(connection)
        except KeeperGone:
            self._left -= 1
            if not self._left:
                self._lost()


class Exchange:
    """Exchange: one act that was asked for: its answer, and the messages that follow it."""

    def __init__(self, connection: _Connection, *, streams: bool) -> None:
        self._connection = connection
        self.streams = streams
        self.kind: FrameKind | None = None
        self.body = b""
        self.whole = False
        self._owes = False
        """Whether the keeper waits for what it called for."""

    async def begin(self, ask: Ask, calls: Calls | None) -> None:
        """Ask, hand over what is called for, and wait for the answer."""
        await self._connection.send(FrameKind.ASK, msgspec.msgpack.encode(ASKS.write(ask)))
        while True:
            self.kind, self.body = await self._connection.receive()
            if self.kind is not FrameKind.CALL:
                # What streams is whole with its end.
                self.whole = not (self.streams and self.kind is FrameKind.ANSWER)
                return
            await self._hand_over(calls)

    async def _hand_over(self, calls: Calls | None) -> None:
        if calls is None:
            raise KeeperGone  # an act that takes nothing calls for nothing
        self._owes = True
        try:
            given = await calls(value_of(self.body))
        except errors.BaileeError as error:
            broke = msgspec.msgpack.encode(written_error(error))
            await self._give(FrameKind.BROKE, broke)
            return
        if given is None:
            await self._give(FrameKind.NOTHING)
        else:
            await self._give(FrameKind.GIVEN, given)

    async def _give(self, kind: FrameKind, body: bytes = b"") -> None:
        # Before it is sent: whoever is cancelled while it is has sent all of it all the same.
        self._owes = False
        await self._connection.send(kind, body)

    async def settle(self) -> None:
        """Take it to its end: what is called for is not there, what streams is not wanted."""
        gone = msgspec.msgpack.encode(written_error(errors.PartlyDone("errors_socket.broke")))
        stopped = False
        if self._owes:
            # Whoever asked went away while it was waited for: the keeper would wait without an end,
            # and this connection be lost to all others.
            await self._give(FrameKind.BROKE, gone)
        while not self.whole:
            if self.kind is FrameKind.ANSWER and not stopped:
                await self._connection.send(FrameKind.STOP)
                stopped = True
            kind, _ = await self._connection.receive()
            if kind is FrameKind.CALL:
                await self._connection.send(FrameKind.BROKE, gone)
            elif kind is FrameKind.ANSWER and self.streams:
                self.kind = kind
            else:
                self.whole = kind not in (FrameKind.BYTES, FrameKind.ITEMS)

    async def following(self) -> AsyncIterator[Message]:
        """Yield what follows the answer, the end with it."""
        while not self.whole:
            kind, body = await self._connection.receive()
            self.whole = kind in (FrameKind.END, FrameKind.FAILED)
            yield kind, body
