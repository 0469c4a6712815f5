"""Whoever watches a server sees whether it is ready, and figures of nobody."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.absence import holds, mark
from tests.answers import done
from tests.front.http import Answer, Http
from tests.patience import HANGS_S
from tests.serve.served import Running, found, running
from tests.telemetry.test_measures import LISTED

from bailee import errors
from bailee.act import Denial
from bailee.adapters.objects.reserve import FileReserve
from bailee.clients.acts import AddClient
from bailee.keys.acts import SealKeys
from bailee.objects.acts import GetObject, PutObject
from bailee.run.doctor.places import keyring_of
from bailee.run.serve.front import Front, Watching
from bailee.run.serve.health import Health, new_measures
from bailee.run.serve.open_home import OpenHome
from bailee.telemetry.metrics import MetricKind
from bailee.wire.asks import ASKS, Ask, Method
from bailee.wire.frames import ASK_BYTES, FrameKind, Frames


@dataclass
class Watched:
    """A server, and where it shows how it is."""

    one: Running
    http: Http


@contextmanager
def watched(place: Path, where: Watching) -> Iterator[Watched]:
    with running(place, watched=True) as one:
        front = Front(where, one.keeper.serve_watch)
        front.start()
        try:
            yield Watched(one, Http(front.port))
        finally:
            front.stop()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found(tmp_path)
    return tmp_path


LOCAL = Watching(address="127.0.0.1", port=0)


def test_ready_is_said_only_of_one_that_does_what_is_asked(place: Path) -> None:
    with watched(place, LOCAL) as server:
        assert server.http.ask("GET", "/healthz").status == 200
        assert server.http.ask("GET", "/readyz").json == {"status": "ready"}
        keyring = keyring_of(place / "home")
        assert keyring is not None
        custodian = keyring.custodians[0].path
        custodian.rename(place / "away")
        _lacks(server, "custodians")
        (place / "away").rename(custodian)
        done(server.one.server.caller.call(SealKeys()))
        _lacks(server, "keys")
        assert server.http.ask("GET", "/healthz").status == 200


def test_a_full_disk_is_not_ready(place: Path) -> None:
    # Of a size that no disk has: what a full disk gave back cannot be taken again.
    reserve = FileReserve(place / "home", size_bytes=1 << 60)
    home = OpenHome(place / "home")
    health = Health(place / "home", home, new_measures(), reserve=reserve)
    assert health.look().lacks == ("keys", "reserve")


def _lacks(server: Watched, *what: str) -> None:
    answer = server.http.ask("GET", "/readyz")
    assert (answer.status, answer.json) == (503, {"status": "not-ready", "lacks": list(what)})
    figures = _figures(server.http.ask("GET", "/metrics"))
    assert figures["bailee_ready"] == 0
    assert {
        one for one in ("keys", "custodians", "reserve") if figures[f"bailee_lacking {one}"]
    } == {*what}


def _figures(answer: Answer) -> dict[str, float]:
    """Read figures: each by its name and the words of its labels; all are of the list."""
    assert answer.status == 200
    listed = {one.name: one for one in LISTED}
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        metric = listed[family.name]
        for one in family.samples:
            assert one.name == metric.name + ("_total" if metric.kind is MetricKind.COUNTER else "")
            assert one.labels.keys() == metric.labels.keys()
            assert all(word in metric.labels[name] for name, word in one.labels.items())
            found[" ".join((one.name, *one.labels.values()))] = one.value
    return found


def test_acts_are_counted_by_what_became_of_them_and_by_nothing_of_anyone(place: Path) -> None:
    secret = mark()
    with watched(place, LOCAL) as server:
        call, send = server.one.server.caller.call, server.one.server.caller.send
        client = done(call(AddClient(label=secret))).client
        done(send(PutObject(client=secret, name=secret), iter([secret.encode()])))
        assert isinstance(call(GetObject(client=secret, object=secret)), Denial)
        with pytest.raises(errors.NotFound):
            call(GetObject(client=f"{secret}x", object=secret, purpose="service"))
        # An act is counted after its answer, and before the next message of its connection is read.
        server.one.server.state()
        answer = server.http.ask("GET", "/metrics")
        figures = _figures(answer)
    assert figures["bailee_acts_total client:add done"] == 1
    assert figures["bailee_acts_total object:put done"] == 1
    assert figures["bailee_acts_total object:get refused"] == 1
    assert figures["bailee_acts_total object:get failed"] == 1
    assert not holds(answer.body.decode(), secret)
    assert not holds(answer.body.decode(), str(client))


def test_a_socket_shows_the_same(place: Path) -> None:
    where = place / "watch"
    with (
        watched(place, Watching(address="", port=0, path=where)),
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made,
    ):
        made.settimeout(HANGS_S)
        made.connect(str(where))
        connection = http.client.HTTPConnection("localhost")
        connection.sock = made
        connection.request("GET", "/readyz")
        assert json.loads(connection.getresponse().read()) == {"status": "ready"}


def test_what_is_shown_is_shown_and_nothing_else_is_done(place: Path) -> None:
    with watched(place, LOCAL) as server:
        assert server.http.ask("POST", "/metrics", b"x").status == 405
        for path in ("/v1/clients", "/", "/metrics/", "/v1/openapi.json"):
            assert server.http.ask("GET", path).status == 404
        # Not on the home's socket either: it reads rows and folders each time.
        frames = Frames(server.one.connect(), limit=ASK_BYTES)
        frames.send_value(FrameKind.ASK, ASKS.write(Ask(method=Method.HEALTH)))
        assert frames.receive()[0] is FrameKind.FAILED
        frames.close()


def test_an_address_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(errors.CannotRecord):
        Front(Watching(address="127.0.0.1", port=taken.getsockname()[1]), lambda _: None)
