"""REST as a program uses it: a server with its own front, asked over HTTP with tokens."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.absence import holds
from tests.answers import done
from tests.front.http import Http
from tests.serve.served import found, fronted, speaking
from tests.serve.test_callers import LINES, Lines

from bailee.accounts.acts import AddToken, ListActors
from bailee.client.server import Server
from bailee.clients.acts import AddClient
from bailee.keys.acts import SealKeys
from bailee.logs.acts import IngestLog

CLIENT = "acme"
CONTENT = bytes(range(256)) * 20_000


@dataclass(frozen=True)
class Rooms:
    """A server, a client of it, and who asks over HTTP."""

    server: Server
    http: Http
    client: str

    @property
    def objects(self) -> str:
        """The path of the client's objects."""
        return f"/v1/clients/{self.client}/objects"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    place = tmp_path_factory.mktemp("rest")
    found(place)
    with speaking(place) as (server, port):
        client = done(server.caller.call(AddClient(label=CLIENT))).client
        done(
            server.caller.send(
                IngestLog(client=CLIENT, stream="web", origin="provider-tool"), Lines()
            )
        )
        (actor,) = done(server.caller.call(ListActors()))
        token = done(server.caller.call(AddToken(actor=str(actor.actor))))
        yield Rooms(server, Http(port, token.secret), str(client))


def test_who_shows_no_token_is_told_so_and_nothing_else(rooms: Rooms) -> None:
    for token in (None, "bailee_none", "x" * 5_000):
        answer = replace(rooms.http, token=token).ask("GET", "/v1/clients")
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["slug"] == "no-token"


def test_a_list_is_a_list_of_objects(rooms: Rooms) -> None:
    answer = rooms.http.ask("GET", "/v1/clients")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json == [{"label": CLIENT, "client": rooms.client, "locked": False}]


def test_bytes_go_in_in_parts_and_come_back_whole_or_in_part(rooms: Rooms) -> None:
    put = rooms.http.put(rooms.objects, {"name": "whole.bin"}, CONTENT)
    assert put.status == 201
    assert (put.json["name"], put.json["size"]) == ("whole.bin", len(CONTENT))
    where = f"{rooms.objects}/{put.json['object']}?purpose=client-request"
    got = rooms.http.ask("GET", where)
    assert (got.status, got.body) == (200, CONTENT)
    part = rooms.http.ask("GET", where, headers={"Range": "bytes=1000-1999"})
    assert (part.status, part.body) == (206, CONTENT[1_000:2_000])
    asked = {"object": "whole.bin", "purpose": "client-request"}
    assert rooms.http.ask("POST", f"{rooms.objects}:get", asked).body == CONTENT
    for wrong in ("bytes=5-1", "bytes=-5", "bytes=0-1,3-4", "lines=0-1"):
        assert rooms.http.ask("GET", where, headers={"Range": wrong}).json["slug"] == "range"


def test_what_is_refused_says_rule_sentence_and_next_step(rooms: Rooms) -> None:
    put = rooms.http.put(rooms.objects, {"name": "refused"}, b"some")
    answer = rooms.http.ask("GET", f"{rooms.objects}/{put.json['object']}")
    assert answer.status == 403
    assert (answer.json["rule"], answer.json["sentence"]) == ("p1-purpose-named", "P1")
    assert answer.json["purposes"]
    french = rooms.http.ask(
        "GET", f"{rooms.objects}/{put.json['object']}", headers={"Accept-Language": "fr;q=0.9, de"}
    )
    assert french.json["title"] != answer.json["title"]


def test_lines_come_one_object_each_and_at_last_the_counts(rooms: Rooms) -> None:
    where = f"/v1/clients/{rooms.client}/logs:search"
    asked = {"stream": "web", "limit": 300, "purpose": "service"}
    answer = rooms.http.ask("POST", where, asked)
    assert answer.headers["content-type"] == "application/x-ndjson"
    *lines, last = answer.lines
    assert (len(lines), last["end"]["tally"]["lines"]) == (300, 300)
    assert last["end"]["tally"]["more"] is True
    assert {"time", "stream", "body", "batch", "line", "epoch"} <= set(lines[0])
    about = {"about": "awa3@example.org", "purpose": "client-request", "reason": "asked"}
    (line, end) = rooms.http.ask("POST", where, about).lines
    assert end["end"]["tally"]["lines"] == 1
    assert line["line"] == 4


def test_values_are_opened_by_their_tokens(rooms: Rooms) -> None:
    where = f"/v1/clients/{rooms.client}/logs"
    asked = {"stream": "web", "limit": 1, "purpose": "service"}
    line = rooms.http.ask("POST", f"{where}:search", asked).lines[0]
    tokens = [
        f"{line['epoch']}:{piece['token']}" for piece in line["body"] if isinstance(piece, dict)
    ]
    answer = rooms.http.ask(
        "POST", f"{where}:reveal", {"values": tokens, "purpose": "client-request"}
    )
    assert sorted(answer.json["values"].values()) == ["192.0.2.0", "awa0@example.org"]
    assert set(answer.json["values"]) == set(tokens)


def test_a_log_comes_back_as_it_was_received(rooms: Rooms) -> None:
    answer = rooms.http.ask(
        "POST",
        f"/v1/clients/{rooms.client}/logs:export",
        {"stream": "web", "purpose": "client-request"},
    )
    assert (answer.status, answer.body) == (200, LINES)


@pytest.mark.parametrize(
    ("body", "slug", "fields"),
    [
        ({"stream": 7}, "value", ["stream"]),
        ({"limit": True}, "value", ["limit"]),
        ({"limit": 10**30}, "value", ["limit"]),
        ({"from": "yesterday"}, "moment", ["from"]),
        ({"strem": "web"}, "unknown-field", None),
        (b"[", "no-json", None),
        (b"[1]", "no-json", None),
        (b"[" * 100_000, "no-json", None),
    ],
    ids=str,
)
def test_a_malformed_request_is_named_by_its_field_and_not_repeated(
    rooms: Rooms, body: object, slug: str, fields: list[str] | None
) -> None:
    answer = rooms.http.ask(
        "POST",
        f"/v1/clients/{rooms.client}/logs:search",
        body,
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status, answer.json["slug"]) == (400, slug)
    assert fields is None or answer.json["fields"] == fields


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match", "if-none-match"])
def test_a_guarantee_that_nothing_keeps_is_refused_and_not_passed_over(
    rooms: Rooms, name: str
) -> None:
    answer = rooms.http.ask("POST", "/v1/clients", {"label": "twice"}, headers={name: "k"})
    assert (answer.status, answer.json["slug"]) == (400, "not-kept")
    labels = [one["label"] for one in rooms.http.ask("GET", "/v1/clients").json]
    assert labels == [CLIENT]


def test_what_is_not_there_and_what_is_no_path_are_alike(rooms: Rooms) -> None:
    other = "cl-" + "a" * 26
    for method, path in (
        ("GET", "/v1/nothing"),
        ("GET", "/v1/clients/acme/objects"),
        ("PUT", "/v1/clients"),
        ("GET", f"/v1/clients/{other}/objects"),
        ("GET", "/v1/clients/../keys"),
    ):
        assert rooms.http.ask(method, path).status == 404


def test_no_answer_repeats_what_was_sent(rooms: Rooms) -> None:
    secret = "q7x2v9k4w1z8"
    answers = [
        rooms.http.ask("GET", f"/v1/clients?{secret}=1"),
        rooms.http.ask("GET", f"/v1/{secret}"),
        rooms.http.ask("POST", "/v1/clients", {"label": f"{secret} no label"}),
        rooms.http.ask("POST", "/v1/clients", {secret: "x"}),
        rooms.http.ask("GET", f"{rooms.objects}?after={secret}"),
        rooms.http.ask("POST", f"{rooms.objects}:get", {"object": secret, "purpose": secret}),
        replace(rooms.http, token=secret).ask("GET", "/v1/clients"),
    ]
    assert all(answer.status >= 400 for answer in answers)
    assert not [
        answer
        for answer in answers
        if holds(answer.body, secret.encode())
        or holds(str(answer.headers).encode(), secret.encode())
    ]


def part(name: bytes, data: bytes) -> bytes:
    """Write a part of a form, without the end of the form."""
    head = b'--5c1a7e2f9b\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n'
    return head + data


END = b"\r\n--5c1a7e2f9b--"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--5c1a7e2f9b\r\n",
        part(b"content", b"x") + END,
        part(b"request", b"{}") + END,
        part(b"request", b'{"name":"half"}'),
    ],
)
def test_a_form_that_is_none_leaves_nothing(rooms: Rooms, body: bytes) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=5c1a7e2f9b"}
    answer = rooms.http.ask("POST", rooms.objects, body, headers=kind)
    assert answer.status == 400
    held = rooms.http.ask("POST", f"{rooms.objects}:list", {"prefix": "half"})
    assert (held.status, held.json) == (200, [])


def test_health_is_anybodys_and_says_nothing_of_anyone(rooms: Rooms) -> None:
    open_to_all = replace(rooms.http, token=None)
    assert open_to_all.ask("GET", "/healthz").json == {"status": "ok"}
    assert open_to_all.ask("GET", "/readyz").json == {"status": "ready"}
    assert open_to_all.ask("GET", "/v1/openapi.json").json["openapi"] == "3.1.0"


def test_sealed_it_answers_in_one_sentence(tmp_path: Path) -> None:
    found(tmp_path)
    with speaking(tmp_path) as (server, port):
        done(server.caller.call(SealKeys()))
        answer = Http(port, "bailee_x").ask("GET", "/v1/clients")
        assert (answer.status, answer.json["slug"]) == (503, "sealed")
        assert answer.headers["retry-after"]
        assert Http(port).ask("GET", "/readyz").status == 503
        assert Http(port).ask("GET", "/healthz").status == 200


def test_a_front_that_ends_is_started_again_where_it_listened(tmp_path: Path) -> None:
    found(tmp_path)
    with fronted(tmp_path) as (_, front):
        http = Http(front.port)
        assert http.ask("GET", "/healthz").status == 200
        first = front.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        # The listening socket is the server's: whoever comes meanwhile waits in its queue.
        assert http.ask("GET", "/readyz").status == 200
        assert front.pid != first


def test_a_server_ends_with_its_front_still_connected(tmp_path: Path) -> None:
    found(tmp_path)
    with fronted(tmp_path, front_last=True) as (_, front):
        assert Http(front.port).ask("GET", "/readyz").status == 200
    assert front.pid is not None
