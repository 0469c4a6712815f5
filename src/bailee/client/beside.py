"""Beside: what comes beside a request, handed over as the server calls for it.

What it is follows from the act's declaration, on both sides: bytes in their order, a source of log
lines that can be read from any offset, or a sink for files.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

from bailee.wire.codec import malformed
from bailee.wire.frames import CHUNK_BYTES

Call = list[Any]
"""The name of what is called for, and what it is called with."""


class Source(Protocol):
    """Source: lines that can be read from an offset; `logs.acts.LogSource`."""

    @property
    def address(self) -> str:
        """What it is called where it lies."""

    @property
    def lasting(self) -> bool:
        """Whether it can be read again."""

    def read(self, offset: int) -> Iterator[Any]:
        """Yield its bytes from an offset."""

    def taken(self, end: int) -> None:
        """Take note of what is durable."""


class Sink(Protocol):
    """Sink: where files go; `ledger.port.ExportSink`."""

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""

    def append(self, name: str, data: bytes) -> None:
        """Add to the end of one."""


class Handing:
    """Handing: answers the calls of one act; `head` is what the server must know before."""

    def __init__(self, head: Any, calls: dict[str, Callable[..., bytes | None]]) -> None:  # noqa: ANN401  # what msgpack has
        self.head = head
        self._calls = calls

    @property
    def is_in_order(self) -> bool:
        """Whether it is bytes in their order alone, which need not wait to be called for."""
        return self._calls.keys() == {"next"}

    def answer(self, call: Any) -> bytes | None:  # noqa: ANN401  # as it was received
        """Do what is called for; bytes, or None when it is done or there are no more."""
        if not isinstance(call, list) or not call or call[0] not in self._calls:
            raise malformed()
        return self._calls[call[0]](*call[1:])


_NAME: Final = re.compile(r"(?a:\w[\w.-]*)(?:/(?a:\w[\w.-]*))*")
"""Parts of letters, digits, `_`, `.` and `-`, of which none begins with a dot."""


def handing(beside: Any) -> Handing:  # noqa: ANN401  # as the act declares it
    """Choose how a thing is handed over, by what it can do."""
    if hasattr(beside, "append") and hasattr(beside, "write"):
        return _of_sink(beside)
    if hasattr(beside, "taken"):
        return _of_source(beside)
    return _of_chunks(beside)


def _of_chunks(chunks: Iterable[Any]) -> Handing:
    pieces = _pieces(iter(chunks))
    return Handing(None, {"next": lambda: next(pieces, None)})


def _of_source(source: Source) -> Handing:
    # By number: the beginning may be read once more, to know its encoding.
    reading: dict[int, Iterator[bytes]] = {}

    def read(number: int, offset: int) -> None:
        reading.clear()  # the one before is not gone on with
        reading[number] = _pieces(source.read(offset))

    def following(number: int) -> bytes | None:
        return next(reading[number], None) if number in reading else None

    def taken(end: int) -> None:
        source.taken(end)

    return Handing(
        [source.address, source.lasting], {"read": read, "next": following, "taken": taken}
    )


def _of_sink(sink: Sink) -> Handing:
    # The other side says the names: one that leads elsewhere would have it write any file here.
    def write(name: str, data: bytes) -> None:
        sink.write(_within(name), data)

    def append(name: str, data: bytes) -> None:
        sink.append(_within(name), data)

    return Handing(None, {"write": write, "append": append})


def _within(name: object) -> str:
    """Return the name of a file of an export; malformed for what is none, or leads out of it."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise malformed()
    return name


def _pieces(chunks: Iterator[Any]) -> Iterator[bytes]:
    """Cut what is larger than one message takes; an empty piece would be taken for the end."""
    for chunk in chunks:
        view = memoryview(chunk).cast("B")
        for start in range(0, len(view), CHUNK_BYTES):
            yield bytes(view[start : start + CHUNK_BYTES])
