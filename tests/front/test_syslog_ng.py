"""syslog-ng pushes over HTTP as the guide says, through an outage and its own restart.

Debian's package of it keeps rsyslog out, so it is unpacked into `.tools/syslog-ng` (`.ci/run`).
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.programs import given_up
from tests.serve.served import found, running

from bailee.accounts.acts import AddActor, AddToken
from bailee.client.server import Server
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, LogExported
from bailee.logs.push.acts import PushLines
from bailee.run.serve.front import Front, Listening

ROOT = Path(__file__).parents[2]
UNPACKED = ROOT / ".tools" / "syslog-ng"
SNIPPET = re.compile(r"```\n(destination d_bailee .*?)```", re.DOTALL)
PAGE = "shipping.md"
POLL_S, OUTAGE_S = 0.1, 15
CONF = """@version: 3.38
options {{ keep-hostname(yes); stats-freq(0); }};
source s {{ unix-stream("{place}/log" flags(no-parse)); }};
{destination}
log {{ source(s); destination(d_bailee); flags(flow-control); }};
"""


def program() -> tuple[list[str], dict[str, str]]:
    """Give how syslog-ng is called, and in which environment."""
    if shutil.which("syslog-ng") is not None:
        return ["syslog-ng"], {}
    unpacked = UNPACKED / "usr/sbin/syslog-ng"
    if not unpacked.exists():
        given_up("syslog-ng is not there")
    (modules,) = (UNPACKED / "usr/lib/syslog-ng").glob("3.*")
    folders = [modules.parent, *UNPACKED.glob("**/x86_64-linux-gnu")]
    within = {"LD_LIBRARY_PATH": ":".join(map(str, folders))}
    return [str(unpacked), f"--module-path={modules}"], within


def snippet(url: str, token: str, place: Path) -> str:
    """Give the destination that the page shows, for a server of the tests."""
    (shown,) = SNIPPET.findall((ROOT / "docs" / PAGE).read_text("utf-8"))
    text: str = re.sub(r'url\("[^"]*"\)', f'url("{url}")', shown)
    text = text.replace("bailee_…", token).replace("10G", "20M")
    assert text.count(url) == text.count(token) == 1
    return text.replace("disk-buffer(", f'disk-buffer(dir("{place}") ')


@contextmanager
def syslog_ng(place: Path, destination: str) -> Iterator[Path]:
    """Run it; what is written to the socket that is given is pushed."""
    called, more = program()
    (place / "conf").write_text(CONF.format(place=place, destination=destination), "utf-8")
    own = {"persist-file": "persist", "pidfile": "pid", "control": "control"}
    words = [*called, "--foreground", "--no-caps", f"--cfgfile={place / 'conf'}"]
    words += [f"--{name}={place / file}" for name, file in own.items()]
    with subprocess.Popen(words, env={**os.environ, **more}) as process:
        try:
            while not (place / "log").exists():
                assert process.poll() is None
                time.sleep(POLL_S)
            yield place / "log"
        finally:
            process.terminate()
            process.wait(HANGS_S)
            (place / "log").unlink(missing_ok=True)


def send(where: Path, lines: list[bytes]) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(where))
        connection.sendall(b"".join(line + b"\n" for line in lines))


def held(server: Server) -> list[bytes]:
    asked = ExportLog(client="acme", stream="web", purpose="service")
    answer = done(server.caller.call(asked))
    assert isinstance(answer, LogExported)
    return b"".join(map(bytes, answer.chunks)).splitlines()


@contextmanager
def fronted(place: Path, port: int) -> Iterator[tuple[Server, Front]]:
    """Serve the home, and speak HTTP at a port, or at any."""
    with running(place) as one:
        front = Front(Listening(address="127.0.0.1", port=port), one.keeper.serve_front)
        front.start()
        try:
            yield one.server, front
        finally:
            front.stop()


def test_both_pages_show_the_same() -> None:
    pages = [(ROOT / "docs" / page).read_text("utf-8") for page in (PAGE, "shipping.fr.md")]
    english, french = (SNIPPET.findall(page) for page in pages)
    assert len(english) == 1
    assert english == french


@pytest.mark.sweep
def test_nothing_is_lost_in_an_outage_and_a_restart(tmp_path: Path) -> None:
    program()
    lines = [b"line %d of awa@example.org" % number for number in range(400)]
    found(tmp_path)
    with fronted(tmp_path, 0) as (server, front):
        port = front.port
        client = str(done(server.caller.call(AddClient(label="acme"))).client)
        actor = done(server.caller.call(AddActor(os_user="shipper", role="service")))
        token = done(server.caller.call(AddToken(actor=str(actor.actor)))).secret
        begun = PushLines(client="acme", stream="web", origin="infrastructure")
        stream = str(done(server.caller.send(begun, [b"begun\n"])).stream)
        url = f"http://127.0.0.1:{port}/v1/clients/{client}/streams/{stream}/lines"
        destination = snippet(url, token, tmp_path)
        with syslog_ng(tmp_path, destination) as log:
            send(log, lines[:100])
            while len(set(held(server))) < 101:
                time.sleep(POLL_S)
    with syslog_ng(tmp_path, destination) as log:  # the server is away
        send(log, lines[100:200])
        time.sleep(OUTAGE_S)
    with syslog_ng(tmp_path, destination) as log:  # what it left on the disk is its own to send
        send(log, lines[200:300])
        time.sleep(OUTAGE_S)
        with fronted(tmp_path, port) as (server, _):
            send(log, lines[300:])
            while len(set(held(server))) < 401:
                time.sleep(POLL_S)
            assert set(held(server)) == {b"begun", *lines}
