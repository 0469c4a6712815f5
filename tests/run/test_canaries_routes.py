"""No personal byte that a client puts anywhere into a request stands anywhere it was not asked for.

A made-up value goes into every place of every route: path, query string, names and values of the
body, headers, encodings, boundaries, in requests that are malformed in as many ways.  Then errors,
lines, figures, subjects of mails, temporary files, titles of processes and the home are searched,
in every spelling (`canaries`).
"""

import gzip
import json
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import pytest
import zstandard
from tests.front.http import BOUNDARY, Http
from tests.notices.servers import certificate, mail_server
from tests.notices.test_notices import mail_table
from tests.patience import HANGS_S
from tests.run.canaries import Find, Search, canaries
from tests.run.homes import Shell
from tests.run.test_canaries import Watch

from bailee.front.rest.bodies import JSON_BYTES
from bailee.front.rest.routes import Route, header_of, routes
from bailee.run import config
from bailee.telemetry.events import Event

ALL = canaries(seed=11)
GOES_ON = frozenset({"key", "backup", "check", "job"})
"""Nouns of which a request that is well formed would end the server, or take long."""
SHORT = 9
"""Each ninth route stands for all in the fast tests."""


@dataclass
class Sender:
    """Sends to one server, and searches all that comes back as an error."""

    port: int
    token: str
    search: Search = field(default_factory=lambda: Search(ALL))
    found: list[Find] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    _next: Iterator[str] = field(default_factory=lambda: cycle(ALL))

    def value(self) -> str:
        """Give one that is to be put somewhere."""
        return next(self._next)

    def send(self, where: str, line: str, heads: dict[str, bytes], body: bytes = b"") -> None:
        """Send a request as it is, and read what comes until the connection ends."""
        sent = {"Host": b"a", "Authorization": b"Bearer " + self.token.encode(), **heads}
        sent = {"Connection": b"close", "Content-Length": b"%d" % len(body), **sent}
        head = b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in sent.items())
        with socket.create_connection(("127.0.0.1", self.port), HANGS_S) as made:
            with suppress(OSError):  # answered and ended before it had all
                made.sendall(line.encode() + b"\r\n" + head + b"\r\n" + body)
            answer = _all(made)
        status = re.match(rb"HTTP/1\.1 (\d{3})", answer)
        code = int(status[1]) if status else 0
        self.statuses[code] += 1
        head_, _, rest = answer.partition(b"\r\n\r\n")
        # A tag of an object that is theirs is an id; what was asked for and given is in no head.
        self.found += self.search.data(head_, f"the head of {where}")
        if code >= 400:
            self.found += self.search.data(rest, f"the error of {where}")


def _all(made: socket.socket) -> bytes:
    data = b""
    while True:
        try:
            piece = made.recv(1 << 20)
        except OSError:
            return data
        if not piece:
            return data
        data += piece


def _torment(to: Sender, route: Route) -> None:
    """Send everything that is wrong to one route, with something in it each time."""
    value, name = to.value, route.operation
    path = re.sub(r"{\w+}", lambda _: "cl-" + "a" * 26, route.path)
    named = re.sub(r"{\w+}", lambda _: quote(value(), safe=""), route.path)
    json_ = {"Content-Type": b"application/json"}

    def send(how: str, at: str, body: bytes = b"", **heads: bytes) -> None:
        all_ = {**json_, **{key.replace("_", "-"): one for key, one in heads.items()}}
        to.send(f"{name}: {how}", f"{route.method} {at} HTTP/1.1", all_, body)

    send("a name in the path", named)
    send("a step more", f"{path}/{quote(value(), safe='')}")
    send("a verb that is none", f"{path}:{quote(value(), safe='')}")
    send("a parameter's name", f"{path}?{quote(value())}=1")
    for one in route.in_query:
        send(f"the parameter {one.name}", f"{path}?{one.name}={quote(value())}")
    for one in route.in_headers:
        raw = {header_of(one).replace("-", "_"): value().encode()}
        send(f"the header {one.name}", path, b"x\n", **raw)
    for body in _bodies(route, to):
        send("the body", path, body)
    if route.act.noun in GOES_ON:
        return
    for head in ("Accept-Language", "Range", "Content-Encoding", "Content-Type", "Cookie", "Host"):
        heads = {head.replace("-", "_"): value().encode()}
        send(f"the header {head}", path, b"{}", **heads)
    for head in ("X-Request-Id", "Referer", "User-Agent", "If-Match", "Idempotency-Key", "Expect"):
        heads = {head.replace("-", "_"): value().encode()}
        send(f"the header {head}", path, b"{}", **heads)
    _packed(send, path, value())
    _in_parts(send, path, value())


def _bodies(route: Route, to: Sender) -> Iterator[bytes]:
    """Give bodies that are wrong, each in its own way."""
    value = to.value
    yield json.dumps({value(): 1}).encode()
    yield json.dumps(value()).encode()
    yield json.dumps([value()]).encode()
    yield b'{"name": "' + value().encode()
    yield b'{"name": "' + value().encode() + b'\xff\xfe"}'
    yield b"\x00" + value().encode("utf-16")
    yield b'{"a":' * 2_000 + value().encode()
    for one in route.in_body:
        for wrong in (value(), [value()], {value(): value()}, f"{value()}\x00", value() * 200):
            # With one that is in no declaration, so that nothing of it is done.
            yield json.dumps({one.name: wrong, "no-such-field": 1}).encode()
            if route.act.noun not in GOES_ON:
                yield json.dumps({one.name: wrong}).encode()


def _packed(send, path: str, value: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # as `_torment` makes it
    data = value.encode() * 50
    packed = gzip.compress(data)
    for how, encoding, body in (
        ("gzip that is cut", b"gzip", packed[:-9]),
        ("gzip that is none", b"gzip", data),
        ("gzip that goes on", b"gzip", packed + data),
        ("zstd that is none", b"zstd", data),
        ("zstd that is cut", b"zstd", zstandard.compress(data)[:-3]),
    ):
        send(how, path, body, Content_Encoding=encoding)


def _in_parts(send, path: str, value: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # as above
    data = value.encode()
    edge = b"--" + BOUNDARY.encode()
    kind = b"multipart/form-data; boundary="
    part = b'\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n'
    for how, boundary, body in (
        ("a boundary", data, data),
        ("a part's name", BOUNDARY.encode(), edge + part % (data, data, b"{}") + edge + b"--"),
        ("a part's content", BOUNDARY.encode(), edge + part % (b"request", data, data) + edge),
        ("no end", BOUNDARY.encode(), edge + part % (b"request", data, b"{}") + data),
    ):
        send(how, path, body, Content_Type=kind + boundary)


def _no_http(to: Sender) -> None:
    """Send what is no request, what is too much, and a token that is none at last."""
    value = to.value
    for line in (
        f"{value()} / HTTP/1.1",
        f"GET /{value()} HTTP/1.1",
        f"GET /v1/clients HTTP/9.{value()}",
        f"GET /v1/{quote(value())}%zz HTTP/1.1",
        value(),
    ):
        to.send("a first line", line, {})
    to.send("a header's name", "GET /v1/clients HTTP/1.1", {value(): b"1"})
    to.send("a length", "POST /v1/clients HTTP/1.1", {"Content-Length": value().encode()}, b"{}")
    chunked = {"Transfer-Encoding": b"chunked"}
    to.send("a chunk", "POST /v1/clients HTTP/1.1", chunked, value().encode())
    long = json.dumps({"label": value() * (JSON_BYTES // 8)}).encode()
    to.send("too long a body", "POST /v1/clients HTTP/1.1", {}, long)
    to.send("too long a header", "GET /v1/clients HTTP/1.1", {"X-A": value().encode() * 9_000})
    for scheme in (b"Bearer ", b"Basic ", b""):
        token = {"Authorization": scheme + value().encode()}
        to.send("a token", "GET /v1/clients HTTP/1.1", token)


def _drive(place: Path, chosen: list[Route]) -> Sender:
    """Run a server, send all of it, end it, and search what it said and left."""
    tls = certificate(place)
    (place / "all" / "tmp").mkdir(parents=True)
    shell = Shell(place / "all", {"TMPDIR": str(place / "all" / "tmp")})
    with mail_server(tls.context()) as box:
        shell("init", "--provider", "hosting.example")
        page = shell.place / "home" / config.FILE_NAME
        page.write_text(page.read_text("utf-8") + "\n" + mail_table(box, tls), "utf-8")
        words = ["-o", "jsonl", "serve", "--listen", "127.0.0.1:0", "--metrics", "0"]
        said = b""
        with (
            subprocess.Popen(
                [sys.executable, "-m", "bailee", *words],
                env=shell.variables(),
                stderr=subprocess.PIPE,
            ) as running,
            Watch(running.pid) as watch,
        ):
            try:
                said, (served, watched) = _ports(running)
                actors = json.loads(shell("actor", "list", "-o", "jsonl").text)
                made = shell("token", "add", actors["actor"], "-o", "jsonl")
                to = Sender(served, json.loads(made.text)["secret"])
                for route in chosen:
                    _torment(to, route)
                _no_http(to)
                shell("job", "run", expect=None)
                figures = Http(watched).ask("GET", "/metrics")
                for name in ("/metrics", "/readyz", f"/{quote(to.value())}"):
                    to.port = watched
                    to.send(name, f"GET {name} HTTP/1.1", {"X-A": to.value().encode()})
                limits = Path(f"/proc/{running.pid}/limits").read_text("utf-8")
            finally:
                running.send_signal(signal.SIGTERM)
                assert running.stderr is not None
                said += running.stderr.read()
                assert running.wait(HANGS_S) == 0
    to.found += to.search.data(figures.body, "the figures")
    to.found += to.search.data(said, "standard error")
    to.found += to.search.data(b"\n".join(watch.seen), "a process")
    for mail in box.taken:
        to.found += to.search.data(mail.as_bytes(), "a mail")
    to.found += to.search.files(shell.place)
    assert re.search(r"Max core file size +0 +0", limits)
    return to


def _ports(running: "subprocess.Popen[bytes]") -> tuple[bytes, list[int]]:
    """Wait until it says where it listens, and shows how it is; give all that it said so far."""
    assert running.stderr is not None
    said, found = b"", list[int]()
    while len(found) < 2:
        line = running.stderr.readline()
        assert line, said
        said += line
        if json.loads(line)["event"] == Event.LISTENING:
            found.append(int(json.loads(line)["port"]))
    return said, found


@pytest.mark.sweep
def test_nothing_that_is_sent_to_any_route_shows_anywhere(tmp_path: Path) -> None:
    to = _drive(tmp_path, list(routes()))
    assert to.found == []
    assert to.statuses[400] > len(routes())
    assert to.statuses[404] > len(routes())
    assert not {code for code in to.statuses if code >= 500} - {503}


def test_nothing_that_is_sent_to_some_routes_shows_anywhere(tmp_path: Path) -> None:
    to = _drive(tmp_path, list(routes())[::SHORT])
    assert to.found == []
    assert {400, 401, 404} <= set(to.statuses)


def test_a_leak_in_an_error_would_be_found() -> None:
    leak = json.dumps({"title": f"no such name: {ALL[3]}"}).encode()
    assert {find.canary for find in Search(ALL).data(leak, "an error")} == {ALL[3]}
