"""`bailee serve` as the kernel sees it: no connection but those that egress.toml lists.

Every connection that it or a process of it asks for is noted, and every message that goes to an
address without one.  What it writes down of itself meanwhile is read as well.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.front.http import Http
from tests.house.source import ROOT
from tests.notices.servers import Certificate, certificate, mail_server, webhook_receiver
from tests.notices.test_notices import WHSEC, mail_table
from tests.patience import HANGS_S
from tests.programs import require
from tests.run.homes import Shell

from bailee.run import config
from bailee.telemetry.events import FIELDS, Event

EGRESS = tomllib.loads((ROOT / "src" / "bailee" / "egress.toml").read_text("utf-8"))
OUTWARD = {"notices-by-mail", "notices-by-webhook", "own-name", "remote-server"}
"""Rows by which a process of ours opens a connection over a network, or asks for a name."""
CALLS = "connect,sendto,sendmsg"
_CALLED = re.compile(r"sa_family=AF_(INET6?), sin6?_port=htons\((\d+)\)")


@contextmanager
def traced_server(shell: Shell, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the server below strace; ended as a service is."""
    trace = shell.place / "trace"
    command = [require("strace"), "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(trace)]
    command += [sys.executable, "-m", "bailee", "-o", "jsonl", "serve", *words]
    with subprocess.Popen(
        command, env=shell.variables(), stderr=subprocess.PIPE, text=True, process_group=0
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                # To strace's group: it passes nothing on by itself.
                os.killpg(running.pid, signal.SIGTERM)
            running.wait(HANGS_S)


def _until(running: "subprocess.Popen[str]", event: Event, count: int = 1) -> list[dict[str, str]]:
    """Read events until one came as often as that."""
    assert running.stderr is not None
    seen: list[dict[str, str]] = []
    while sum(one["event"] == event for one in seen) < count:
        line = running.stderr.readline()
        assert line, seen
        seen.append(json.loads(line))
    return seen


@pytest.mark.sweep
def test_it_connects_to_nothing_but_what_egress_lists(tmp_path: Path) -> None:
    tls: Certificate = certificate(tmp_path)
    label = mark()
    with mail_server(tls.context()) as box, webhook_receiver() as hook:
        shell = Shell(tmp_path, {"BAILEE_WEBHOOK_OPS_COMMAND": f"echo {WHSEC}"})
        shell("init", "--provider", "hosting.example")
        page = tmp_path / "home" / config.FILE_NAME
        table = f'[[webhook]]\nname = "ops"\nurl = "http://127.0.0.1:{hook.port}/"\n'
        page.write_text(page.read_text("utf-8") + "\n" + mail_table(box, tls) + table, "utf-8")
        with traced_server(shell, "--listen", "127.0.0.1:0", "--metrics", "0") as running:
            events = _until(running, Event.LISTENING, 2)
            served, watched = (int(one["port"]) for one in events if one["event"] == "listening")
            shell("client", "add", label)
            shell("client", "lock", label)
            shell("job", "run", expect=None)
            _asked(served, watched, label)
            os.killpg(running.pid, signal.SIGTERM)
            events += _until(running, Event.ENDED)
    assert len(box.taken) == len(hook.taken) == 1
    called = set(_CALLED.findall((tmp_path / "trace").read_text("utf-8")))
    assert called == {("INET", str(box.port)), ("INET", str(hook.port))}
    _as_listed(events, label)


def _asked(served: int, watched: int, label: str) -> None:
    assert Http(served).ask("GET", "/v1/clients").status == 401
    assert Http(watched).ask("GET", "/readyz").status == 200
    figures = Http(watched).ask("GET", "/metrics").body.decode()
    assert 'bailee_acts_total{act="client:add",result="done"} 1.0' in figures.splitlines()
    assert not holds(figures, label)


def _as_listed(events: list[dict[str, str]], label: str) -> None:
    """See that each line is of the closed list, and none says anything of anyone."""
    for one in events:
        fields = FIELDS[Event(one["event"])]
        assert one.keys() == {"time", "event", *fields}
    assert [one["event"] for one in events][:2] == ["started", "opened"]
    assert [one["event"] for one in events][-2:] == ["sealed", "ended"]
    assert not holds(json.dumps(events), label)


def test_outward_connections_are_of_these_rows_alone() -> None:
    outward = {
        name
        for name, row in EGRESS.items()
        if "network" in row["kinds"]
        and any(
            re.search(r"smtplib\.|http\.client\.|getaddrinfo|getfqdn|gethostbyname", _source(one))
            for one in row["modules"]
        )
    }
    assert outward == OUTWARD & set(EGRESS)


def _source(module: str) -> str:
    return (ROOT / "src" / "bailee" / module).read_text("utf-8")
