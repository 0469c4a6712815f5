"""The sites that ship, in the real nginx and the real Caddy: who asks, and what lies in no file."""

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.answers import done
from tests.deliver.proxied import UPSTREAM, Https, certificate, free_port, moved, started
from tests.front.http import BOUNDARY
from tests.house.source import ROOT
from tests.programs import require
from tests.serve.served import found, running

from bailee.accounts.acts import AddToken, ListActors
from bailee.clients.acts import AddClient
from bailee.run.serve.front import Front, Listening

pytestmark = pytest.mark.sweep  # starts proxies, and carries 64 MiB through each

CERTIFICATE, KEY = "/etc/ssl/certs/custody.pem", "/etc/ssl/private/custody.key"
MIB = 1 << 20
LARGE = 32 * MIB
MADE, NO_TOKEN = 201, 401
HERE, SPOOFED = "127.0.0.2", "192.0.2.7"
"""Where the caller sits, and where it says that it sits."""

NGINX = """daemon off;
pid {place}/nginx.pid;
error_log stderr crit;
events {{}}
http {{
    client_body_temp_path {place}/temp/body;
    proxy_temp_path {place}/temp/proxy;
    fastcgi_temp_path {place}/temp/f;
    uwsgi_temp_path {place}/temp/u;
    scgi_temp_path {place}/temp/s;
    include {place}/custody.conf;
}}
"""


@contextmanager
def nginx(place: Path, upstream: int, without: str = "") -> Iterator[int]:
    """Run nginx with the site that ships; `without`: less some of its lines."""
    program, port = require("nginx"), free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    if without:
        text, count = re.subn(rf"^ *(?:{without}) .*\n", "", text, flags=re.MULTILINE)
        assert count
    site = moved(
        text,
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        (CERTIFICATE, str(place / "custody.pem")),
        (KEY, str(place / "custody.key")),
        ("/var/log/nginx/custody.log", f"{place}/error.log"),
        (UPSTREAM, f"127.0.0.1:{upstream}"),
    )
    (place / "custody.conf").write_text(site, "utf-8")
    (place / "nginx.conf").write_text(NGINX.format(place=place), "utf-8")
    (place / "temp").mkdir()
    with started([program, "-c", f"{place}/nginx.conf", "-e", "stderr"], port):
        # From here on no temporary file can be made: what needs one fails.
        shutil.rmtree(place / "temp")
        yield port


@contextmanager
def caddy(place: Path, upstream: int) -> Iterator[int]:
    """Run Caddy with the site that ships, traced: which files it makes is written down."""
    program, port = require("caddy"), free_port()
    site = moved(
        (ROOT / "deploy" / "Caddyfile").read_text("utf-8"),
        ("custody.hosting.example {", f"https://custody.hosting.example:{port} {{"),
        (CERTIFICATE, str(place / "custody.pem")),
        (KEY, str(place / "custody.key")),
        (UPSTREAM, f"127.0.0.1:{upstream}"),
        ("admin off", "admin off\n\tauto_https disable_redirects"),
    )
    (place / "Caddyfile").write_text(site, "utf-8")
    trace = [
        require("strace"),
        "-D",
        "-f",
        "-e",
        "trace=openat,open,creat",
        "-o",
        f"{place}/trace",
    ]
    words = [program, "run", "--config", f"{place}/Caddyfile", "--adapter", "caddyfile"]
    paths = {"HOME": str(place), "PATH": os.environ["PATH"], "TMPDIR": str(place)}
    # At once: it would wait for connections that its clients keep.
    with started([*trace, *words], port, end=signal.SIGKILL, **paths):
        yield port
    while not (place / "trace").read_text("utf-8").rstrip().endswith("killed by SIGKILL +++"):
        os.sched_yield()  # until strace has written all of it
    made = re.findall(r'"([^"]*)", [^,)]*O_CREAT', (place / "trace").read_text("utf-8"))
    # It writes down how it was configured and who it is; of requests nothing.
    assert [one for one in made if not re.search("/caddy/", one)] == []


Proxy = Callable[[Path, int], AbstractContextManager[int]]
PROXIES: dict[str, Proxy] = {"nginx": nginx, "caddy": caddy}


@contextmanager
def fronted(place: Path, through: Proxy) -> Iterator[tuple[Https, str]]:
    """Serve a home behind a proxy; give who asks through it, and the id of a client."""
    found(place)
    certificate(place)
    with running(place) as one:
        listening = Listening(address="127.0.0.1", port=0, trusted=("127.0.0.1",))
        front = Front(listening, one.keeper.serve_front)
        front.start()
        try:
            call = one.server.caller.call
            client = str(done(call(AddClient(label="acme"))).client)
            (me,) = done(call(ListActors()))
            actor = str(me.actor)
            tokens = [
                done(call(AddToken(actor=actor, networks=(f"{where}/32",)))).secret
                for where in (HERE, SPOOFED)
            ]
            with through(place, front.port) as port:
                asked = Https(port, place / "custody.pem", tokens[0], source=HERE)
                yield asked, client
                there = replace(asked, token=tokens[1])
                for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
                    value = f"for={SPOOFED}" if name == "Forwarded" else SPOOFED
                    answer = there.ask("GET", "/v1/clients", headers={name: value})
                    assert answer.status == NO_TOKEN
        finally:
            front.stop()


def put(asked: Https, client: str, content: bytes) -> int:
    """Put an object, whose bytes come after the request."""
    parts = (("request", json.dumps({"name": "large.bin"}).encode()), ("content", content))
    body = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, data in parts
    )
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    whole = body + f"--{BOUNDARY}--\r\n".encode()
    return asked.ask(
        "POST", f"/v1/clients/{client}/objects", whole, headers={"Content-Type": kind}
    ).status


def got(asked: Https, client: str) -> tuple[int, bytes]:
    body = json.dumps({"object": "large.bin", "purpose": "service"}).encode()
    where = f"/v1/clients/{client}/objects:get"
    answer = asked.ask("POST", where, body, headers={"Content-Type": "application/json"})
    return answer.status, answer.body


@pytest.mark.parametrize("name", PROXIES)
def test_what_crosses_a_proxy_is_whole_in_no_file_and_from_who_asks(
    name: str, tmp_path: Path
) -> None:
    content = os.urandom(LARGE)
    with fronted(tmp_path, PROXIES[name]) as (asked, client):
        # Its token is good from its own address alone, which the proxy alone knows.
        assert asked.ask("GET", "/v1/clients").status == 200
        assert put(asked, client, content) == MADE
        assert got(asked, client) == (200, content)
        elsewhere = replace(asked, source="127.0.0.3")
        assert elsewhere.ask("GET", "/v1/clients").status == NO_TOKEN


def test_a_site_that_held_bodies_back_would_show(tmp_path: Path) -> None:
    """Without two lines nginx needs its temporary files, which it cannot make here."""

    def held(place: Path, upstream: int) -> AbstractContextManager[int]:
        return nginx(place, upstream, without="proxy_request_buffering|proxy_http_version")

    with fronted(tmp_path, held) as (asked, client):
        assert put(asked, client, os.urandom(LARGE)) == 500
