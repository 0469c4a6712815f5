"""Beside: what comes beside a request, called for over its connection as the act reads it.

The other side may answer with anything or with nothing: what it hands over is bytes of a bounded
size, or its own error, and a connection that ends is one.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, get_origin

from bailee import errors
from bailee.act import beside_of
from bailee.ledger.port import ExportSink
from bailee.logs.acts import LogSource
from bailee.wire.codec import malformed, read_error
from bailee.wire.frames import BROKE_BYTES, CHUNK_BYTES, FrameKind, Frames, Gone, value_of


def beside(
    frames: Frames,
    request: Any,  # noqa: ANN401  # an act
    head: Any,  # noqa: ANN401  # what msgpack has
    require: Callable[[], None],
) -> Any:  # noqa: ANN401  # what the act declares
    """Make what an act takes beside its request; None for an act that takes nothing."""
    kind = beside_of(request)
    if kind is None:
        return None
    calls = _Calls(frames, require)
    if kind is LogSource:
        if not (isinstance(head, list) and list(map(type, head)) == [str, bool]):
            raise malformed()
        return _Source(calls, address=head[0], lasting=head[1])
    if kind is ExportSink:
        return _Sink(calls)
    if get_origin(kind) is Iterable:
        return calls.pieces("next")
    raise TypeError(kind)  # an act of a kind that is not handed over yet


class _Calls:
    """Calls: asks the other side, and waits for what it says."""

    def __init__(self, frames: Frames, require: Callable[[], None]) -> None:
        self._frames = frames
        self._require = require

    def call(self, name: str, *given: Any) -> bytes | None:  # noqa: ANN401  # what msgpack has
        """Call for something: bytes, or None when it is done or there are no more."""
        self._require()
        try:
            self._frames.send_value(FrameKind.CALL, [name, *given])
            kind, body = self._frames.receive()
        except Gone:
            self._require()  # ended from here: that is what the other side is told
            # As of a source that breaks: what was durable before stands.
            raise errors.PartlyDone("errors_socket.broke") from None
        if kind is FrameKind.NOTHING:
            return None
        if kind is FrameKind.BROKE:
            if len(body) > BROKE_BYTES:
                raise malformed()
            raise read_error(value_of(body))
        if kind is not FrameKind.GIVEN or not 0 < len(body) <= CHUNK_BYTES:
            raise malformed()
        return bytes(body)

    def pieces(self, name: str, *given: Any) -> Iterator[bytes]:  # noqa: ANN401  # what msgpack has
        """Call for bytes until there are no more."""
        while (piece := self.call(name, *given)) is not None:
            yield piece


class _Source:
    """Source: a source of log lines at the other end; `logs.acts.LogSource`."""

    def __init__(self, calls: _Calls, *, address: str, lasting: bool) -> None:
        self.address = address
        self.lasting = lasting
        self._calls = calls
        self._numbers = count()

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield its bytes from an offset."""
        number = next(self._numbers)
        self._calls.call("read", number, offset)
        yield from self._calls.pieces("next", number)

    def taken(self, end: int) -> None:
        """Say what is durable."""
        self._calls.call("taken", end)


class _Sink:
    """Sink: where the files of an export go, at the other end; `ledger.port.ExportSink`."""

    def __init__(self, calls: _Calls) -> None:
        self._calls = calls

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file; a large one goes in pieces."""
        self._calls.call("write", name, data[:CHUNK_BYTES])
        if len(data) > CHUNK_BYTES:
            self.append(name, data[CHUNK_BYTES:])

    def append(self, name: str, data: bytes) -> None:
        """Add to the end of a file."""
        for start in range(0, len(data), CHUNK_BYTES):
            self._calls.call("append", name, data[start : start + CHUNK_BYTES])
