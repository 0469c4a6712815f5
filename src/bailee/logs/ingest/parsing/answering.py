"""Answering: a worker's side: it reads what it is given, and writes where things stand.

It believes the keeper, and the keeper nothing that it says.
"""

import socket
from collections.abc import Iterator, Mapping
from datetime import UTC
from mmap import mmap

import numpy as np

from bailee.logs.ingest.parsing.window import (
    ASK,
    ASSUMED,
    MESSAGE_BYTES,
    SAID,
    UNBELIEVED,
    Said,
    SharedWindow,
    WorkerAsk,
)
from bailee.logs.ingest.severity import severities_at
from bailee.logs.ingest.times import Numbers, Timeline
from bailee.logs.ingest.zones import NAMES, named
from bailee.scan.scanner import Finds, Scanner, Stream


class Answering:
    """Answering: one act's worker, from its first ask to its last."""

    def __init__(self, channel: socket.socket, memory: mmap, scanner: Scanner) -> None:
        self._channel = channel
        self._window = SharedWindow(memory)
        self._scanner = scanner
        self._stream: Stream | None = None
        self._finds: Iterator[Finds] = iter(())
        self._timeline: tuple[int, Timeline] | None = None

    def run(self) -> None:
        """Answer until nobody asks any more."""
        while words := self._channel.recv(MESSAGE_BYTES):
            self._channel.send(SAID.pack(*self._answer(words)))

    def _answer(self, words: bytes) -> tuple[int, int, int]:
        kind, size, lines, number, receipt_ns = ASK.unpack_from(words)
        match kind:
            case WorkerAsk.FEED:
                # Copied: the place is written over by what is asked before this is scanned.
                part = self._window.text[:size].copy()
                self._stream = self._stream or self._scanner.stream(lent=True)
                self._finds = self._stream.feed(part)
                return self._next()
            case WorkerAsk.CLOSE:
                stream, self._stream = self._stream, None
                self._finds = iter(()) if stream is None else stream.close()
                return self._next()
            case WorkerAsk.NEXT:
                return self._next()
            case WorkerAsk.TIMES:
                zone = words[ASK.size :].decode()
                return self._times(size, lines, number, receipt_ns, zone)
            case WorkerAsk.SEVERITIES:
                starts = self._window.starts[:lines]
                text = int(self._window.text.ctypes.data)
                self._window.severe[:lines] = severities_at(text, starts, size)
                return Said.SEVERITIES, 0, 0
        raise ValueError(kind)

    def _next(self) -> tuple[int, int, int]:
        finds = next(self._finds, None)
        if finds is None:
            return Said.NO_MORE, 0, 0
        window, count = self._window, len(finds)
        window.start[:count], window.end[:count] = finds.start, finds.end
        window.kind[:count], window.flags[:count] = finds.kind, finds.flags
        window.rule[:count] = finds.rule
        return Said.FOUND, len(finds.text), count

    def _times(
        self, size: int, lines: int, number: int, receipt_ns: int, zone: str
    ) -> tuple[int, int, int]:
        if self._timeline is None or self._timeline[0] != number:
            self._timeline = (
                number,
                Timeline(receipt_ns=receipt_ns, zone=UTC if zone == str(UTC) else named(zone)),
            )
        timeline, window = self._timeline[1], self._window
        found, given = timeline.found(int(window.text.ctypes.data), window.starts[:lines], size)
        window.found[:lines], window.given[:lines] = found, given
        for part, counts in ((ASSUMED, timeline.assumed), (UNBELIEVED, timeline.unbelieved)):
            window.zones[part] = _numbers(counts, part.stop - part.start)
        return Said.TIMES, timeline.ambiguous, 0


def _numbers(counts: Mapping[str, int], most: int) -> Numbers:
    return np.array([counts.get(name, 0) for name in (*NAMES, "?")[:most]], np.int64)
