"""Whatever comes over the socket, others are served, and nothing half done is left."""

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import opened
from tests.serve.served import Running, found, running
from tests.serve.test_callers import LINES, Lines

from bailee import errors
from bailee.act import Download, Request, Upload
from bailee.clients.acts import AddClient, ListClients
from bailee.ledgers.acts import ExportLedger, ShowEntries
from bailee.logs.acts import IngestLog, ListStreams
from bailee.objects.acts import GetObject, ListObjects, PutObject
from bailee.run.serve.connections import Bounds
from bailee.run.wiring.app import os_principal
from bailee.run.wiring.parts import OBJECTS
from bailee.wire.asks import ASKS, Ask
from bailee.wire.codec import coder, read_error
from bailee.wire.frames import ASK_BYTES, CHUNK_BYTES, FrameKind, Frames, Gone, value_of

CLIENT = "acme"
SEED = 20_261_130


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Running]:
    found(tmp_path)
    with running(tmp_path) as made:
        done(made.server.caller.call(AddClient(label=CLIENT)))
        yield made


def ended(connection: socket.socket) -> bytes:
    """Read what comes until the other side ends it."""
    said = b""
    try:
        while more := connection.recv(65_536):
            said += more
    except ConnectionResetError:  # ended before it had read all that was sent
        pass
    return said


def failure(said: bytes) -> str:
    """Give the slug of the error that was said last."""
    size, kind = struct.unpack(">IB", said[:5])
    assert (kind, len(said)) == (FrameKind.FAILED, 5 + size)
    return read_error(value_of(said[5:])).reason


def frame(kind: int, body: bytes, size: int | None = None) -> bytes:
    return struct.pack(">IB", len(body) if size is None else size, kind) + body


def served(one: Running) -> None:
    """Show that somebody else is served."""
    assert len(done(one.server.caller.call(ListClients()))) == 1


def ask(request: Request[Any] | Upload[Any, Any] | Download[Any], beside: Any = None) -> Any:  # noqa: ANN401  # what msgpack has
    return ASKS.write(
        Ask(act=request.act, request=coder(type(request)).write(request), beside=beside)
    )


WHOLE = frame(FrameKind.ASK, msgspec.msgpack.encode(ask(ListClients())))
NONE = [
    b"GET / HTTP/1.1\r\n\r\n",
    frame(FrameKind.ANSWER, b"\xc0"),
    frame(FrameKind.GIVEN, b"x"),
    frame(99, b""),
    frame(FrameKind.ASK, b""),
    frame(FrameKind.ASK, b"\xc1"),
    frame(FrameKind.ASK, b"\x91" * 60_000),
    frame(FrameKind.ASK, msgspec.msgpack.encode(["other", "", None, None])),
    frame(FrameKind.ASK, msgspec.msgpack.encode(["act", "object:get", [None] * 9, None])),
    frame(FrameKind.ASK, msgspec.msgpack.encode(["unseal", "", 7, None])),
    frame(FrameKind.ASK, msgspec.msgpack.encode(["purposes", "object:get", [], None])),
    frame(FrameKind.ASK, msgspec.msgpack.encode({"act": "object:get"})),
    frame(FrameKind.ASK, b"\xd7\xff" + bytes(8)),
]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("sent", NONE, ids=range(len(NONE)))
def test_what_is_no_message_is_refused(one: Running, sent: bytes) -> None:
    with one.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert failure(ended(connection)) in {"errors_socket.malformed", "errors_socket.long"}
    served(one)


def test_bytes_at_random_end_a_connection_and_nothing_else(one: Running) -> None:
    drawn = random.Random(SEED)  # noqa: S311  # the same each time
    for _ in range(150):
        with one.connect() as connection:
            if drawn.random() < 0.5:
                sent = bytearray(WHOLE)
                for _ in range(drawn.randint(1, 4)):
                    sent[drawn.randrange(len(sent))] = drawn.randrange(256)
            else:
                sent = bytearray(drawn.randbytes(drawn.randint(1, 200)))
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            ended(connection)
    served(one)


@pytest.mark.parametrize("size", [ASK_BYTES + 1, 2**32 - 1])
def test_a_length_that_is_too_long_is_refused_unread(one: Running, size: int) -> None:
    with one.connect() as connection:
        connection.sendall(frame(FrameKind.ASK, b"", size))
        assert failure(ended(connection)) == "errors_socket.long"
    served(one)


def test_half_a_message_is_not_waited_for(tmp_path: Path) -> None:
    found(tmp_path)
    with running(tmp_path, bounds=Bounds(message_s=0.01)) as one:
        for half in (WHOLE[:3], WHOLE[:-1], frame(FrameKind.ASK, b"", ASK_BYTES)):
            with one.connect() as connection:
                connection.sendall(half)
                assert ended(connection) == b""
        done(one.server.caller.call(ListClients()))


def test_who_says_nothing_is_ended(tmp_path: Path) -> None:
    found(tmp_path)
    with running(tmp_path, bounds=Bounds(idle_s=0.01)) as one, one.connect() as connection:
        assert ended(connection) == b""


def test_a_connection_that_was_ended_while_silent_is_made_anew(tmp_path: Path) -> None:
    found(tmp_path)
    with running(tmp_path, bounds=Bounds(idle_s=0.01)) as one:
        one.server.caller.reach()
        (held,) = one.server.caller.held
        assert held.comes_within(HANGS_S)
        assert held.is_over()
        done(one.server.caller.call(ListClients()))


def test_five_hundred_who_say_nothing_keep_nobody_from_being_served(one: Running) -> None:
    with ExitStack() as silent:
        for _ in range(500):
            silent.enter_context(one.connect())
        served(one)
        assert sum(thread.name.startswith("keeper") for thread in threading.enumerate()) < 5


def test_whoever_asks_for_too_much_at_once_waits_for_their_turn(tmp_path: Path) -> None:
    found(tmp_path)
    with running(tmp_path, bounds=Bounds(acts_of_own=1)) as one:
        done(one.server.caller.call(AddClient(label=CLIENT)))
        one.server.close()
        first = Frames(one.connect(), limit=CHUNK_BYTES)
        first.send_value(FrameKind.ASK, ask(PutObject(client=CLIENT, name="a")))
        assert first.receive()[0] is FrameKind.CALL
        asking = Thread(target=served, args=(one,))
        asking.start()
        first.send(FrameKind.NOTHING)
        assert first.receive()[0] is FrameKind.ANSWER
        first.close()
        asking.join(HANGS_S)
        assert not asking.is_alive()


def test_more_connections_than_one_may_have_under_way_are_refused(tmp_path: Path) -> None:
    found(tmp_path)
    with opened(tmp_path, who=os_principal()) as app:
        done(app.caller.call(AddClient(label=CLIENT)))
    with running(tmp_path, bounds=Bounds(of_user=1)) as one:
        first = Frames(one.connect(), limit=CHUNK_BYTES)
        first.send_value(FrameKind.ASK, ask(PutObject(client=CLIENT, name="a")))
        assert first.receive()[0] is FrameKind.CALL
        with pytest.raises(errors.Unreachable) as raised:
            one.server.caller.call(ListClients())
        assert raised.value.reason == "errors_socket.crowded"
        first.close()


# --- clients that are killed ------------------------------------------------------------------


def results(one: Running, act: str, count: int) -> list[str]:
    """Wait until so many acts have an outcome, and give them."""
    for _ in range(10_000):
        entries = done(one.server.caller.call(ShowEntries(client=CLIENT))).entries
        of = {str(shown.entry) for shown in entries if shown.opening.kind == act}
        found_ = [
            shown.body["result"]
            for shown in entries
            if shown.body.get("of") in of and "result" in shown.body
        ]
        if len(found_) == count:
            return found_
    pytest.fail(f"{len(found_)} outcomes")


def killed(one: Running, asked: Any, steps: int, give: Callable[[Any], bytes | None]) -> bool:  # noqa: ANN401  # what msgpack has
    """Ask, speak so many messages, and go; tell whether the answer came whole before."""
    with closing(Frames(one.connect(), limit=2**30)) as frames:
        frames.send_value(FrameKind.ASK, asked)
        for _ in range(steps):
            try:
                kind, body = frames.receive()
            except Gone:  # pragma: no cover  # it would be the server that went
                pytest.fail("the server ended it")
            if kind is FrameKind.CALL:
                given = give(value_of(body))
                if given is None:
                    frames.send(FrameKind.NOTHING)
                else:
                    frames.send(FrameKind.GIVEN, given)
            elif kind in (FrameKind.END, FrameKind.FAILED):
                return True
    return False


def files(place: Path) -> int:
    return sum(path.is_file() for path in (place / "home" / OBJECTS).rglob("*"))


def test_a_put_whose_client_is_killed_leaves_nothing_but_its_outcome(
    one: Running, tmp_path: Path
) -> None:
    def give(_: Any) -> bytes:  # noqa: ANN401  # what msgpack has
        return b"some" * 20_000

    for steps in range(4):
        killed(one, ask(PutObject(client=CLIENT, name="a")), steps, give)
    assert results(one, "object:put", 4) == ["failed"] * 4
    assert list(done(one.server.caller.call(ListObjects(client=CLIENT)))) == []
    assert files(tmp_path) == 0


def test_a_get_whose_client_is_killed_says_so(one: Running) -> None:
    content = bytes(9_000_000)
    done(one.server.caller.send(PutObject(client=CLIENT, name="a"), iter([content])))
    asked = ask(GetObject(client=CLIENT, object="a", purpose="client-request"))
    for steps in range(3):
        assert not killed(one, asked, steps, lambda _: None)
    assert results(one, "object:get", 3) == ["failed"] * 3


def test_an_ingest_whose_client_is_killed_keeps_whole_batches_alone(one: Running) -> None:
    intent = IngestLog(client=CLIENT, stream="web", origin="provider-tool")
    source = Lines()
    for steps in range(5):
        given: Iterator[bytes] = iter(())

        def give(call: Any) -> bytes | None:  # noqa: ANN401  # what msgpack has
            nonlocal given
            if call[0] == "read":
                given = source.read(call[2])
            return next(given, None) if call[0] == "next" else None

        killed(one, ask(intent, [source.address, True]), steps, give)
    assert len(results(one, "log:ingest", 5)) == 5
    done(one.server.caller.send(intent, source))
    (stream,) = done(one.server.caller.call(ListStreams(client=CLIENT)))
    assert stream.lines == LINES.count(b"\n")


def test_an_export_whose_client_is_killed_says_so(one: Running) -> None:
    for steps in range(3):
        killed(one, ask(ExportLedger(client=CLIENT)), steps, lambda _: None)
    assert results(one, "ledger:export", 3) == ["failed"] * 3
