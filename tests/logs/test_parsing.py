"""A worker finds what this process finds, to the bit, and one that lies is not believed."""

import gc
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from mmap import mmap
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.patience import HANGS_S
from tests.scan.test_recipes import SAMPLES

from bailee import errors
from bailee.ids import ClientId
from bailee.limits import LINE_BYTES
from bailee.logs.ingest.parsing.answering import Answering
from bailee.logs.ingest.parsing.far import ENDED, KEPT, KEPT_BYTES, LATE, UNTRUE, parsers_of
from bailee.logs.ingest.parsing.held import STEP_BYTES, HeldBytes
from bailee.logs.ingest.parsing.port import Parser
from bailee.logs.ingest.parsing.window import SAID, Said
from bailee.logs.store.lines import pieces
from bailee.run.workers.starting import ProcessWorkers
from bailee.scan.scanner import BLOCK_BYTES, Finds, Scanner

CLIENT = ClientId.new()
RECEIPT_NS = 1_796_000_000_000_000_000
LINE = b"Nov 30 08:14:00 CEST web login of awa@example.org from 192.0.2.7\n"
SHORT = LINE * 100
MIXED = (
    b"of no time\n"
    + b"".join(sample.line.encode() + b"\n" for _, sample in SAMPLES)
    + b"".join(
        (
            b'{"time":"2026-10-25T02:30:00","level":"warn","mail":"awa\\u0040example.org"}\n',
            b"25/10/2026 02:30:00 CST awa%40example.org\n",
            b"01/02/2026 10:00 IST broken \xff\xfe\x1a x\n",
            b"30/Nov/2026:08:00:00 [Europe/Kyiv] 2001:db8::7\r\n[Nowhere/None] no time\r\n\n\n",
            b"password=hunter22 api_key=0123456789abcdef0123456789abcdef\n",
        )
    )
)
TEXTS = {
    "nothing": b"",
    "one newline": b"\n",
    "all formats": MIXED,
    "several blocks": MIXED * (2 * BLOCK_BYTES // len(MIXED)),
    "a line over what a line may have": b"x" * LINE_BYTES + b" awa@example.org\n" + SHORT,
    "no newline at its end": SHORT[:-1],
    "bytes of no text": bytes(range(256)) * 500,
    "newlines alone": b"\n" * 120_000,
}


class ThreadWorkers:
    """ProcessWorkers that are threads of this process, for speed; they may lie."""

    def __init__(self, answering: type[Answering] = Answering) -> None:
        self.answering = answering

    @contextmanager
    def begin(self, size_bytes: int) -> Iterator[tuple[socket.socket, mmap]]:
        """Begin one."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        memory = mmap(-1, size_bytes)

        def work() -> None:
            with theirs:
                self.answering(theirs, memory, Scanner()).run()

        thread = threading.Thread(target=work)
        thread.start()
        with ours:
            ours.settimeout(HANGS_S)
            yield ours, memory
        thread.join(HANGS_S)


@dataclass
class Parsed:
    """All that a parser says of a text."""

    finds: list[tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]]
    events: list[bytes]
    severities: list[bytes]
    counts: tuple[object, ...]


def columns(finds: Finds) -> tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]:
    """Copy what finds hold, as bytes."""
    row = (finds.text, finds.start, finds.end, finds.kind, finds.rule, finds.flags)
    text, start, end, kind, rule, flags = (one.tobytes() for one in row)
    return finds.offset, text, start, end, kind, rule, flags


def parsed(parser: Parser, data: bytes, zone: tzinfo = UTC) -> Parsed:
    """Parse a text as an intake does."""
    replaced = np.array([rule.replaces for rule in parser.rules], np.uint8)
    held = HeldBytes()
    stream = parser.stream(held)
    timeline = parser.timeline(receipt_ns=RECEIPT_NS, zone=zone)
    made = Parsed([], [], [], ())

    def take(found: Iterator[Finds]) -> None:
        for finds in found:
            made.finds.append(columns(finds))
            for lines in pieces(finds, replaced):
                moments = timeline.read(lines.text, lines.line_starts, lines.end)
                made.events.append(moments.event.tobytes() + moments.inherited.tobytes())
                made.severities.append(parser.severities(lines).tobytes())
            held.drop(len(finds.text))

    for at in range(0, len(data), STEP_BYTES):
        part = memoryview(data)[at : at + STEP_BYTES]
        held.add(part)
        take(stream.feed(part))
    take(stream.close())
    assert held.size == 0
    made.counts = (
        *(timeline.read_own, timeline.inherited, timeline.unplaced, timeline.last_ns),
        *(timeline.ambiguous, timeline.assumed, timeline.unbelieved),
    )
    return made


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessWorkers]:
    made = ProcessWorkers()
    yield made
    made.stop()


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Europe/Paris")], ids=["UTC", "Paris"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_worker_says_what_this_process_would(
    workers: ProcessWorkers, text: bytes, zone: tzinfo
) -> None:
    with parsers_of(None, Scanner())(CLIENT) as own, parsers_of(workers, Scanner())(CLIENT) as far:
        assert parsed(far, text, zone) == parsed(own, text, zone)


def test_all_that_is_compared_is_in_the_texts() -> None:
    with parsers_of(None, Scanner())(CLIENT) as own:
        made = parsed(own, MIXED, ZoneInfo("Europe/Paris"))
    assert all(made.counts)
    assert len(set(np.frombuffer(b"".join(made.severities), np.int8))) > 3


Said3 = tuple[int, int, int]
Lie = Callable[["Lying", Said3], Said3 | bytes | None]
LAST = (1 << 63) - 1


class Lying(Answering):
    """A worker that was taken over: it does what it should, and then lies about it."""

    def lie(self, said: Said3) -> Said3 | bytes | None:
        """Give another answer than the true one."""
        raise NotImplementedError

    def run(self) -> None:
        while words := self._channel.recv(512):
            said = self.lie(self._answer(words))
            if said is None:
                return
            self._channel.send(said if isinstance(said, bytes) else SAID.pack(*said))


def in_column(name: str, at: int, value: int) -> Lie:
    """Write something else into a column."""

    def lie(one: Lying, said: Said3) -> Said3:
        getattr(one._window, name)[at] = value  # it is the liar's own
        return said

    return lie


def of_finds(size: int, count: int) -> Lie:
    """Say another size and count of what was found."""
    return lambda _, said: (Said.FOUND, size, count) if said[0] == Said.FOUND else said


LIES: dict[str, tuple[Lie, set[str]]] = {
    "a find before the block": (in_column("start", 0, -1), {UNTRUE}),
    "a find far before it": (in_column("start", 0, -LAST - 1), {UNTRUE}),
    "a find that goes backwards": (in_column("end", 0, 0), {UNTRUE}),
    "a find over the next": (in_column("end", 0, 200), {UNTRUE}),
    "a find beyond all": (in_column("end", 199, LAST), {UNTRUE}),
    "finds out of their order": (in_column("start", 9, 10), {UNTRUE}),
    "a kind that is none": (in_column("kind", 3, 0), {UNTRUE}),
    "a kind of no number": (in_column("kind", 3, 255), {UNTRUE}),
    "a rule that is none": (in_column("rule", 3, 65_535), {UNTRUE}),
    "a severity of no number": (in_column("severe", 3, 25), {UNTRUE}),
    "a severity below all": (in_column("severe", 3, -1), {UNTRUE}),
    "more lines of a zone than lines": (in_column("zones", 5, 101), {UNTRUE}),
    "fewer lines of a zone than none": (in_column("zones", 5, -1), {UNTRUE}),
    "a block of nothing": (of_finds(0, 0), {UNTRUE}),
    "a block of less": (of_finds(-5, 0), {UNTRUE}),
    "a block of more than was given": (of_finds(len(SHORT) + 1, 0), {UNTRUE}),
    "a block beyond all": (of_finds(LAST, 0), {UNTRUE}),
    "fewer finds than none": (of_finds(len(SHORT), -1), {UNTRUE}),
    "more finds than bytes": (of_finds(len(SHORT), LAST), {UNTRUE}),
    "more finds than there is room for": (of_finds(len(SHORT), len(SHORT)), {UNTRUE}),
    "another answer": (lambda *_: (Said.SEVERITIES, 0, 0), {UNTRUE}),
    "an answer of no kind": (lambda *_: (99, 0, 0), {UNTRUE}),
    "a short answer": (lambda *_: b"x", {UNTRUE}),
    "a long answer": (lambda *_: bytes(200), {UNTRUE}),
    "more ambiguous lines than lines": (
        lambda _, said: (said[0], 101, 0) if said[0] == Said.TIMES else said,
        {UNTRUE},
    ),
    "silence": (lambda *_: None, {ENDED}),
}


@pytest.mark.parametrize("name", LIES)
def test_what_cannot_be_is_refused(name: str) -> None:
    lie, reasons = LIES[name]

    class One(Lying):
        def lie(self, said: Said3) -> Said3 | bytes | None:
            return lie(self, said)

    with parsers_of(ThreadWorkers(One), Scanner())(CLIENT) as parser:
        with pytest.raises(errors.CannotRecord) as raised:
            parsed(parser, SHORT)
        assert raised.value.reason in reasons


def test_the_texts_of_the_lies_are_believed_without_one() -> None:
    with parsers_of(ThreadWorkers(), Scanner())(CLIENT) as parser:
        assert sum(len(finds[4]) for finds in parsed(parser, SHORT).finds) == 200


class Counted(ThreadWorkers):
    """ProcessWorkers that are counted."""

    begun = 0
    left = 0

    @contextmanager
    def begin(self, size_bytes: int) -> Iterator[tuple[socket.socket, mmap]]:
        """Begin one."""
        self.begun += 1
        self.left += 1
        try:
            with super().begin(size_bytes) as made:
                yield made
        finally:
            self.left -= 1


def test_a_worker_is_of_one_client_and_few_are_kept() -> None:
    counted = Counted()
    made = [parsers_of(counted, Scanner())]
    clients = [ClientId.new() for _ in range(KEPT + 2)]

    def parse(client: ClientId, data: bytes) -> None:
        with made[0](client) as parser:
            parsed(parser, data)

    parse(clients[0], SHORT)
    parse(clients[0], SHORT)
    assert (counted.begun, counted.left) == (1, 1)
    for client in clients:
        parse(client, SHORT)
    assert (counted.begun, counted.left) == (len(clients), KEPT)
    # The oldest went; and what parsed much is not kept.
    parse(clients[0], LINE * (KEPT_BYTES // len(LINE) + 1))
    assert (counted.begun, counted.left) == (len(clients) + 1, KEPT)
    with pytest.raises(errors.NotFound), made[0](clients[-1]):
        raise errors.NotFound("errors_logs.no-stream")
    assert counted.left == KEPT - 1
    made.clear()
    gc.collect()
    assert counted.left == 0


def test_one_that_hangs_is_given_up() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    class Silent:
        @contextmanager
        def begin(self, size_bytes: int) -> Iterator[tuple[socket.socket, mmap]]:
            ours.settimeout(0.01)
            yield ours, mmap(-1, size_bytes)

    with (
        ours,
        theirs,
        parsers_of(Silent(), Scanner())(CLIENT) as parser,
        pytest.raises(errors.CannotRecord) as raised,
    ):
        parsed(parser, SHORT)
    assert raised.value.reason == LATE
