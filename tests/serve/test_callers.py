"""A home answers alike, whoever carries requests: its own caller, the socket, or HTTPS."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.answers import done
from tests.run.homes import PASSPHRASE, opened
from tests.serve.served import found, remote, serving

from bailee import errors
from bailee.act import Caller, Denial
from bailee.client.remote import RemoteCaller
from bailee.clients.acts import AddClient, ListClients
from bailee.keys.acts import SealKeys
from bailee.ledgers.acts import ExportLedger
from bailee.logs.acts import ExportLog, IngestLog, ListStreams, RevealLog, SearchLog
from bailee.logs.push.acts import PushLines
from bailee.objects.acts import GetObject, ListObjects, PutObject
from bailee.promise.acts import ShowPromise
from bailee.run.wiring.app import os_principal
from bailee.secret import Secret

LINES = b"".join(
    b"2026-11-30T08:%02d:00Z login of awa%d@example.org from 192.0.2.%d\n" % (n % 60, n, n % 250)
    for n in range(400)
)
CLIENT = "acme"


class Lines:
    """A source of log lines that lasts; remembers what it was told is durable."""

    address = "/var/log/web"
    lasting = True

    def __init__(self, data: bytes = LINES) -> None:
        self.data = data
        self.durable = 0

    def read(self, offset: int) -> Iterator[bytes]:
        for start in range(offset, len(self.data), 4_096):
            yield self.data[start : start + 4_096]

    def taken(self, end: int) -> None:
        self.durable = end


class Folder:
    """A sink that keeps files in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def write(self, name: str, data: bytes) -> None:
        self.files[name] = bytes(data)

    def append(self, name: str, data: bytes) -> None:
        self.files[name] = self.files.get(name, b"") + data


@contextmanager
def local(place: Path) -> Iterator[Caller]:
    with opened(place, who=os_principal()) as app:
        yield app.caller


@contextmanager
def by_socket(place: Path) -> Iterator[Caller]:
    with serving(place) as server:
        yield server.caller


@contextmanager
def by_https(place: Path) -> Iterator[Caller]:
    with remote(place) as (there, _):
        yield there.caller


WAYS = [local, by_socket, by_https]


@pytest.fixture(params=WAYS, ids=lambda way: str(way.__name__))
def caller(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Caller]:
    found(tmp_path)
    with request.param(tmp_path) as made:
        done(made.call(AddClient(label=CLIENT)))
        yield made


def test_bytes_come_back_as_they_were_put(caller: Caller) -> None:
    content = bytes(range(256)) * 20_000  # several pieces of a message
    put = done(caller.send(PutObject(client=CLIENT, name="backup.tar"), iter([content])))
    given = done(
        caller.call(GetObject(client=CLIENT, object="backup.tar", purpose="client-request"))
    )
    assert given.size_bytes == len(content)
    assert b"".join(map(bytes, given.chunks)) == content
    assert [one.object for one in done(caller.call(ListObjects(client=CLIENT)))] == [put.object]


def test_a_reader_that_has_enough_ends_the_act_and_the_next_is_done(caller: Caller) -> None:
    done(caller.send(PutObject(client=CLIENT, name="a"), iter([bytes(9_000_000)])))
    given = done(caller.call(GetObject(client=CLIENT, object="a", purpose="client-request")))
    assert next(given.chunks)
    given.chunks.close()
    assert len(done(caller.call(ListClients()))) == 1


def test_an_answer_that_nobody_reads_keeps_nothing_from_being_done(caller: Caller) -> None:
    done(caller.send(PutObject(client=CLIENT, name="a"), iter([bytes(9_000_000)])))
    given = done(caller.call(GetObject(client=CLIENT, object="a", purpose="client-request")))
    given.chunks.close()
    assert len(done(caller.call(ListClients()))) == 1


def test_a_source_that_breaks_raises_what_broke_it(caller: Caller) -> None:
    def broken() -> Iterator[bytes]:
        yield b"some"
        raise errors.PartlyDone("errors_sources.some-unreadable", count=1)

    with pytest.raises(errors.PartlyDone) as raised:
        caller.send(PutObject(client=CLIENT, name="a"), broken())
    assert raised.value.facts == {"count": 1}
    assert list(done(caller.call(ListObjects(client=CLIENT)))) == []


def ingested(caller: Caller) -> None:
    source = Lines()
    taken = done(
        caller.send(IngestLog(client=CLIENT, stream="web", origin="provider-tool"), source)
    )
    assert (taken.lines, source.durable) == (400, len(LINES))
    again = done(caller.send(IngestLog(client=CLIENT, stream="web"), source))
    assert (again.start, again.lines) == (len(LINES), 0)


def pushed(caller: Caller) -> None:
    """Send the lines as who is elsewhere does: a source is read again where it is alone."""
    with pytest.raises(errors.UsageError) as raised:
        caller.send(IngestLog(client=CLIENT, stream="web", origin="provider-tool"), Lines())
    assert raised.value.reason == "errors_rest.only-there"
    log = PushLines(client=CLIENT, stream="web", origin="provider-tool")
    done(caller.send(log, [LINES]))


def test_a_log_is_taken_in_searched_revealed_and_given_back(caller: Caller) -> None:
    (pushed if isinstance(caller, RemoteCaller) else ingested)(caller)
    answer = done(caller.call(SearchLog(client=CLIENT, purpose="service", lines=500)))
    with closing(answer.lines) as coming:
        lines = list(coming)
    assert (len(lines), answer.tally.lines) == (400, 400)
    tokens = lines[0].tokens
    opened_values = done(
        caller.call(RevealLog(client=CLIENT, values=tokens, purpose="client-request"))
    )
    assert sorted(opened_values.values.values()) == [b"192.0.2.0", b"awa0@example.org"]
    given = done(caller.call(ExportLog(client=CLIENT, stream="web", purpose="client-request")))
    assert b"".join(map(bytes, given.chunks)) == LINES
    (stream,) = done(caller.call(ListStreams(client=CLIENT)))
    assert stream.lines == 400


def test_a_ledger_is_exported_file_by_file(caller: Caller) -> None:
    folder = Folder()
    done(caller.send(ExportLedger(client=CLIENT), folder))
    assert {"checkpoint", "openings.jsonl"} <= set(folder.files)
    assert all(folder.files.values())


def test_what_is_refused_and_what_fails_is_said_alike(caller: Caller) -> None:
    done(caller.send(PutObject(client=CLIENT, name="b"), iter([b"some"])))
    denial = caller.call(GetObject(client=CLIENT, object="b"))
    assert isinstance(denial, Denial)
    assert denial.rule == "p1-purpose-named"
    assert denial.purposes
    with pytest.raises(errors.NotFound) as raised:
        caller.call(GetObject(client=CLIENT, object="a", purpose="client-request"))
    assert raised.value.reason == "errors_objects.not-found"
    with pytest.raises(errors.BaileeError):
        caller.call(replace(ListObjects(client=CLIENT), after="none"))


def test_what_no_open_home_does_is_no_act_of_a_server(tmp_path: Path) -> None:
    found(tmp_path)
    with serving(tmp_path) as server, pytest.raises(errors.UsageError) as raised:
        server.caller.call(ShowPromise())
    assert raised.value.reason == "errors_socket.no-act"


def test_sealed_nothing_is_opened_until_the_passphrase_is_handed_over(tmp_path: Path) -> None:
    found(tmp_path)
    with serving(tmp_path, sealed=True) as server:
        assert server.state().sealed
        with pytest.raises(errors.Sealed):
            server.caller.call(ListClients())
        with pytest.raises(errors.Sealed):
            server.unseal(Secret("another one"))
        assert server.unseal(Secret(PASSPHRASE)) is None
        done(server.caller.call(AddClient(label=CLIENT)))
        done(server.caller.call(SealKeys()))
        server.close()
        with pytest.raises(errors.Sealed):
            server.caller.call(ListClients())
