"""Far: parsing in a worker without keys; all that it says is copied, then checked.

Law: a worker that was taken over can spoil what it was given, and nothing else.  What it says are
places, kinds and times of text that this process has its own copy of; none of it is an address, a
size to allocate or a byte to store.  Lines are cut, placeholders written and read back here.
"""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import tzinfo
from mmap import mmap
from select import POLLIN, poll
from typing import Final
from weakref import finalize

import numpy as np
import numpy.typing as npt

from bailee import errors
from bailee.ids import ClientId
from bailee.logs.ingest.parsing.held import HeldBytes
from bailee.logs.ingest.parsing.own import OwnParser
from bailee.logs.ingest.parsing.port import Parsers
from bailee.logs.ingest.parsing.window import (
    ASK,
    ASSUMED,
    SAID,
    TEXT_BYTES,
    UNBELIEVED,
    WINDOW_BYTES,
    Said,
    SharedWindow,
    WorkerAsk,
)
from bailee.logs.ingest.times import Given, Numbers, Timeline
from bailee.logs.ingest.zones import NAMES
from bailee.logs.store.lines import BlockLines
from bailee.parts import Workers
from bailee.scan.kinds import Kind, Rule
from bailee.scan.scanner import Finds, Scanner

UNTRUE: Final = "errors_logs.worker-untrue"
LATE: Final = "errors_logs.worker-late"
ENDED: Final = "errors_logs.worker-ended"
PARSING_FAILED: Final = frozenset({UNTRUE, LATE, ENDED})
"""What keeps the act that these bytes came with from being done, and no other."""
KEPT: Final = 4
KEPT_BYTES: Final = 1024 * 1024
SEVERITY_LAST = 24
"""As OpenTelemetry's log data model numbers them."""


def _require(true: bool) -> None:  # noqa: FBT001  # a condition
    """Raise CannotRecord for what no worker of ours says."""
    if not true:
        raise errors.CannotRecord(UNTRUE)


class FarParser:
    """Far parser: implements `port.Parser` by a worker at the other end of a channel."""

    def __init__(self, channel: socket.socket, memory: mmap, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.window = SharedWindow(memory)
        self.fed_bytes = 0
        self._channel = channel
        self._timelines = 0

    def is_there(self) -> bool:
        """Tell whether its worker still is: it may have been ended from outside meanwhile."""
        # Nothing is due: what could be read is its end, or a lie.
        looking = poll()
        looking.register(self._channel, POLLIN)
        return not looking.poll(0)

    def stream(self, held: HeldBytes) -> "_FarStream":
        """Begin a source whose bytes are held there."""
        return _FarStream(self, held)

    def timeline(self, *, receipt_ns: int, zone: tzinfo, last_ns: int | None = None) -> Timeline:
        """Begin the times of a batch."""
        self._timelines += 1
        return _FarTimeline(
            self, self._timelines, receipt_ns=receipt_ns, zone=zone, last_ns=last_ns
        )

    def severities(self, lines: BlockLines) -> npt.NDArray[np.int8]:
        """Give the severity of each line of a block."""
        size = self.window.put(lines.text, lines.line_starts, lines.end)
        self.ask(WorkerAsk.SEVERITIES, Said.SEVERITIES, size, lines.count)
        severe = self.window.severe[: lines.count].copy()
        _require(bool(severe.min() >= 0 and severe.max() <= SEVERITY_LAST))
        return severe

    def ask(self, ask: WorkerAsk, said: Said, *numbers: int, zone: str = "") -> tuple[int, int]:
        """Ask, and return the two numbers of the answer; CannotRecord for any other, or none."""
        kind, first, second = self.answer(ask, *numbers, zone=zone)
        _require(kind == said)
        return first, second

    def answer(self, ask: WorkerAsk, *numbers: int, zone: str = "") -> tuple[int, int, int]:
        """Ask, and return the answer whatever it is."""
        words = ASK.pack(ask, *numbers, *(0,) * (4 - len(numbers))) + zone.encode()
        try:
            self._channel.send(words)
            # A byte more than it may have: a longer one is cut, and seen by that.
            back = self._channel.recv(SAID.size + 1)
        except TimeoutError:
            raise errors.CannotRecord(LATE) from None
        except OSError:
            back = b""
        if not back:
            raise errors.CannotRecord(ENDED)
        _require(len(back) == SAID.size)
        found: tuple[int, int, int] = SAID.unpack(back)
        return found


def parsers_of(workers: Workers | None, scanner: Scanner) -> Parsers:
    """Choose who parses: workers where there are some, else this process."""
    if workers is not None:
        return FarParsers(workers, scanner.tables.rules).parser
    own = OwnParser(scanner)
    return lambda _: nullcontext(own)


class FarParsers:
    """Far parsers: gives each client a worker that has seen no other's bytes.

    To begin one costs as much as to parse a megabyte: that of a small push waits for its client's
    next one, while few others come between.
    """

    def __init__(self, workers: Workers, rules: tuple[Rule, ...]) -> None:
        self._workers = workers
        self._rules = rules
        # The oldest first.
        self._kept: dict[ClientId, tuple[FarParser, ExitStack]] = {}
        # With the home that is sealed: what they were given is in their memory.
        finalize(self, _end, self._kept)

    @contextmanager
    def parser(self, client: ClientId) -> Iterator[FarParser]:
        """Give the parser of one act; it is ended if the act fails."""
        parser, ending = self._kept.pop(client) if client in self._kept else self._begun()
        if not parser.is_there():
            ending.close()
            parser, ending = self._begun()
        with ExitStack() as failed:
            failed.callback(ending.close)
            yield parser
            # What a large act touched of its memory stays with it: such a one is not kept.
            if parser.fed_bytes <= KEPT_BYTES:
                failed.pop_all()
                parser.fed_bytes = 0
                self._kept[client] = parser, ending
        while len(self._kept) > KEPT:
            _, oldest = self._kept.pop(next(iter(self._kept)))
            oldest.close()

    def _begun(self) -> tuple[FarParser, ExitStack]:
        with ExitStack() as failed:
            channel, memory = failed.enter_context(self._workers.begin(WINDOW_BYTES))
            return FarParser(channel, memory, self._rules), failed.pop_all()


def _end(kept: dict[ClientId, tuple[FarParser, ExitStack]]) -> None:
    for _, ending in kept.values():
        ending.close()


class _FarStream:
    def __init__(self, parser: FarParser, held: HeldBytes) -> None:
        self._parser = parser
        self._held = held
        self._offset = 0

    def feed(self, part: memoryview) -> Iterator[Finds]:
        self._parser.fed_bytes += len(part)
        self._parser.window.text[: len(part)] = np.frombuffer(part, np.uint8)
        return self._found(self._parser.answer(WorkerAsk.FEED, len(part)))

    def close(self) -> Iterator[Finds]:
        return self._found(self._parser.answer(WorkerAsk.CLOSE))

    def _found(self, said: tuple[int, int, int]) -> Iterator[Finds]:
        while said[0] != Said.NO_MORE:
            kind, size, count = said
            # Ends: each block is some of what is held, and what is held is dropped by who asks.
            _require(kind == Said.FOUND and 0 < size <= min(self._held.size, TEXT_BYTES))
            _require(0 <= count <= size)
            yield self._finds(size, count)
            self._offset += size
            said = self._parser.answer(WorkerAsk.NEXT)

    def _finds(self, size: int, count: int) -> Finds:
        window, rules = self._parser.window, self._parser.rules
        _require(count <= len(window.start))
        start, end = window.start[:count].copy(), window.end[:count].copy()
        kind, rule = window.kind[:count].copy(), window.rule[:count].copy()
        if count:
            _require(bool(start[0] >= 0 and end[-1] <= size))
            # In order and apart; with the ends, each lies within the block.
            _require(bool((start < end).all() and (end[:-1] <= start[1:]).all()))
            _require(bool(kind.min() >= min(Kind) and kind.max() <= max(Kind)))
            _require(bool(rule.max() < len(rules)))
        nowhere = np.empty(0, np.int64)
        return Finds(
            text=self._held.first(self._offset, size),
            start=start,
            end=end,
            kind=kind,
            flags=window.flags[:count].copy(),
            rule=rule,
            # Lines are cut here, not there: a newline is what this process sees as one.
            line=nowhere,
            line_starts=nowhere,
            rules=rules,
            offset=self._offset,
        )


class _FarTimeline(Timeline):
    """Far timeline: what a line says of its time is read by the worker, all else here."""

    def __init__(
        self,
        parser: FarParser,
        number: int,
        *,
        receipt_ns: int,
        zone: tzinfo,
        last_ns: int | None,
    ) -> None:
        super().__init__(receipt_ns=receipt_ns, zone=zone, last_ns=last_ns)
        self._parser = parser
        self._number = number
        self._asked = 0

    def found(self, text: int, line_starts: Numbers, size: int) -> tuple[Numbers, Given]:
        window, lines = self._parser.window, len(line_starts)
        sent = window.put(text, line_starts, size)
        numbers = sent, lines, self._number, self.receipt_ns
        zone = str(self._zone)
        self.ambiguous, _ = self._parser.ask(WorkerAsk.TIMES, Said.TIMES, *numbers, zone=zone)
        # Of all lines of this timeline so far, as the worker counts on.
        self._asked += lines
        zones = window.zones.copy()
        _require(0 <= self.ambiguous <= self._asked)
        _require(bool(zones.min() >= 0 and zones.max() <= self._asked))
        self.assumed = _counted(zones[ASSUMED])
        self.unbelieved = _counted(zones[UNBELIEVED])
        return window.found[:lines].copy(), window.given[:lines] != 0


def _counted(zones: Numbers) -> Counter[str]:
    return Counter({name: n for name, n in zip((*NAMES, "?"), zones.tolist(), strict=False) if n})
