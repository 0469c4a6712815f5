"""Caller: carries requests, and gives the answers that a local caller gives.

A connection carries one act at a time; while its answer is still on its way, the next act goes over
another.  What was asked and not answered may have been done: OutcomeUnknown.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from bailee import errors
from bailee.act import Denial, Download, Request, Upload, answer_of
from bailee.client.beside import Handing, handing
from bailee.wire.asks import ASKS, DENIALS, Ask
from bailee.wire.codec import (
    Streamed,
    coder,
    malformed,
    read_error,
    refresh,
    streamed,
    written_error,
)
from bailee.wire.frames import FrameKind, Frames, Gone, value_of

A = TypeVar("A")
B = TypeVar("B")

ANSWERS_S: Final = 60.0
"""What is no act is answered in a moment; a passphrase waits for those tried before it."""
Connect = Callable[[], Frames]


class Messages(Protocol):
    """Messages: what is answered, one after another."""

    def receive(self) -> tuple[FrameKind, bytearray]:
        """Wait for one; Gone when none comes."""

    def close(self) -> None:
        """End what is under way."""


M = TypeVar("M", bound=Messages)


class MessageCaller(ABC, Generic[M]):
    """Message caller: carries requests as messages; how they travel is for whoever derives."""

    def __init__(self) -> None:
        self.held: list[M] = []
        """Connections on which nothing is under way."""
        self._process = os.getpid()

    def call(self, request: Request[A] | Download[A]) -> A | Denial:
        """Carry a request, and give what it is answered with."""
        return cast("A | Denial", self._carry(request, None))

    def send(self, request: Upload[A, B], beside: B) -> A | Denial:
        """Carry a request, and hand over what comes beside it."""
        return cast("A | Denial", self._carry(request, handing(beside)))

    def around(self, ask: Ask) -> Any:  # noqa: ANN401  # what msgpack has, or a denial
        """Ask what is no act; give the plain value of the answer.

        Unreachable where nothing comes: a server that is suspended takes it, and is silent.
        """
        frames, (kind, body) = self._asked(ask, None, within_s=ANSWERS_S)
        self._keep(frames)
        if kind is FrameKind.DENIED:
            return DENIALS.read(value_of(body))
        if kind is not FrameKind.ANSWER:
            raise malformed()
        return value_of(body)

    def close(self) -> None:
        """End the connections that nothing is under way on."""
        while self.held:
            self.held.pop().close()

    def _carry(self, request: Any, beside: Handing | None) -> Any:  # noqa: ANN401  # the type parameter stands above
        kind: Any = type(request)
        ask = Ask(
            act=request.act,
            request=coder(kind).write(request),
            beside=None if beside is None else beside.head,
        )
        frames, (said, body) = self._asked(ask, beside)
        if said is FrameKind.DENIED:
            self._keep(frames)
            return DENIALS.read(value_of(body))
        answer = coder(answer_of(kind))
        head, items = answer.read(value_of(body)), streamed(kind)
        if items is None:
            self._keep(frames)
            return head
        coming = Coming(frames, items, self._keep)
        head = replace(head, **{items.field: coming})
        coming.refreshed = lambda plain: refresh(head, answer.read(plain))
        return head

    def _keep(self, frames: M) -> None:
        """Keep a connection whose act is answered, for the next."""
        self.held.append(frames)

    def _leave_to_parent(self) -> None:
        # Of a process that forked, they are still the parent's: two on one would read each other's.
        if self._process != os.getpid():
            self._process = os.getpid()
            self.close()

    @abstractmethod
    def _asked(
        self, ask: Ask, beside: Handing | None, *, within_s: float | None = None
    ) -> tuple[M, tuple[FrameKind, bytearray]]:
        """Ask, hand over what is called for, and give the answer and what carries the rest.

        BaileeError when it fails.
        """


class SocketCaller(MessageCaller[Frames]):
    """Socket caller: one server, by as many connections as acts are under way."""

    def __init__(self, connect: Connect) -> None:
        super().__init__()
        self._connect = connect

    def reach(self) -> None:
        """Connect, so that a server that is not there is found before anything is asked."""
        self.held.append(self._connect())

    def _asked(
        self, ask: Ask, beside: Handing | None, *, within_s: float | None = None
    ) -> tuple[Frames, tuple[FrameKind, bytearray]]:
        frames = self._sent(ask)
        whole = False
        try:
            if within_s is not None and not frames.comes_within(within_s):
                raise errors.Unreachable("errors_socket.silent")
            found = _handed_over(frames, beside)
            whole = True
        except Gone:
            # It may have been done, and nobody is left to say so, or the server says why it ends.
            ended = _refusal(frames) or errors.OutcomeUnknown("errors_socket.gone")
            raise ended from None
        finally:
            # Whatever ended it, an interrupt too: the next act must not read this one's answer.
            if not whole:
                frames.close()
        if found[0] is FrameKind.FAILED:
            self.held.append(frames)
            raise read_error(value_of(found[1]))
        return frames, found

    def _sent(self, ask: Ask) -> Frames:
        """Send what is asked over a connection that the server still listens on."""
        plain = ASKS.write(ask)
        while True:
            # The server ends those that nothing is asked on for a while: that is no failure.
            held = self._next_held()
            frames = held or self._connect()
            taken, refusal = False, None
            try:
                frames.send_value(FrameKind.ASK, plain)
                taken = True
            except Gone:
                refusal = _refusal(frames)
            finally:
                if not taken:
                    frames.close()
            if taken:
                return frames
            # What was not taken whole was not read, so nothing was done: it may be asked again.
            if held is None or refusal is not None:
                raise refusal or errors.Unreachable("errors_socket.no-server")

    def _next_held(self) -> Frames | None:
        self._leave_to_parent()
        while self.held:
            frames = self.held.pop()
            if not frames.is_over():
                return frames
            frames.close()
        return None


def _refusal(frames: Frames) -> errors.BaileeError | None:
    """Read why the server takes no more on a connection, where it says so before it ends it."""
    try:
        kind, body = frames.receive()
    except Gone:
        return None
    return read_error(value_of(body)) if kind is FrameKind.FAILED else None


def _handed_over(frames: Frames, beside: Handing | None) -> tuple[FrameKind, bytearray]:
    """Answer what is called for, until the act is answered."""
    while True:
        kind, body = frames.receive()
        if kind is not FrameKind.CALL:
            return kind, body
        if beside is None:
            raise malformed()
        try:
            given = beside.answer(value_of(body))
        except errors.BaileeError as error:
            frames.send_value(FrameKind.BROKE, written_error(error))
            continue
        if given is None:
            frames.send(FrameKind.NOTHING)
        else:
            frames.send(FrameKind.GIVEN, given)


class Coming(Generator[Any, None, None], Generic[M]):
    """Coming: the items of an answer; closed before the end, the act is ended where it is.

    No generator function: closing one that was not begun would leave the connection open.
    """

    def __init__(self, frames: M, items: Streamed, over: Callable[[M], object]) -> None:
        self._frames: M | None = frames
        self._read = None if items.item is bytes else coder(items.item).read
        self._over = over
        self._held: list[Any] = []
        self.refreshed: Callable[[Any], None] = lambda _: None
        """What is done with the answer's head once all its items were taken."""

    def send(self, _: None, /) -> Any:  # noqa: ANN401  # an item
        """Give the next item."""
        while not self._held:
            self._more()
        return self._held.pop()

    def throw(
        self,
        kind: Any,  # noqa: ANN401  # as the protocol has it
        value: object = None,
        traceback: TracebackType | None = None,
        /,
    ) -> Any:  # noqa: ANN401  # as the protocol has it
        """End where it is; nothing here catches what is thrown."""
        if self._frames is not None:
            self._frames.close()
            self._frames = None
        self._held.clear()
        return super().throw(kind, value, traceback)

    def _more(self) -> None:
        frames = self._frames
        if frames is None:
            raise StopIteration
        try:
            kind, body = frames.receive()
        except Gone:
            self._frames = None
            frames.close()
            raise errors.Unreachable("errors_socket.cut") from None
        if kind is FrameKind.BYTES:
            self._held = [memoryview(body)]
        elif kind is FrameKind.ITEMS and self._read is not None:
            self._held = [self._read(one) for one in reversed(value_of(body))]
        else:
            self._frames = None
            self._over(frames)
            self._end(kind, body)

    def _end(self, kind: FrameKind, body: bytearray) -> None:
        if kind is FrameKind.FAILED:
            raise read_error(value_of(body))
        if kind is not FrameKind.END:
            raise malformed()
        self.refreshed(value_of(body))
        raise StopIteration
