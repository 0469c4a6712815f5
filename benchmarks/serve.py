"""Acts over HTTP, over the socket, and in process, at 1, 16 and 64 connections.

`nox -s bench -- serve` (or `-- serve --seconds 1 --connections 1` for a glance).

A home is founded and served by the real command; each way is asked by as many connections, in
turn, in the same round.  *read* is a recorded, durable `object get` of 1 KiB, *search* a
`log search` by person of one hit, *list* a plain list, *bare* `/healthz`: what HTTP costs alone.
Per second and per CPU-second of the server (keeper and front together), with the median and the
99th percentile of the wait.  Who asks is a process of its own, whose CPU does not count.
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar

from bailee.accounts.acts import AddToken, ListActors
from bailee.act import Denial
from bailee.client.server import SOCKET, Server
from bailee.clients.acts import AddClient, ListClients
from bailee.logs.acts import IngestLog, SearchLog
from bailee.objects.acts import GetObject, PutObject

A = TypeVar("A")
ASKED = (1, 16, 64)
SIZE = 1_024
PERSON = "awa7@example.org"
LINES = b"".join(
    f"2026-11-30T08:00:{n % 60:02}Z login of awa{n}@example.org\n".encode() for n in range(1_000)
)
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that runs, and what is held in its home."""

    process: int
    home: Path
    port: int
    token: str
    client: str
    thing: str

    def cpu_s(self) -> float:
        """Seconds of CPU of the server and of what it started."""
        listed = [self.process, *_children(self.process)]
        return sum(_cpu_s(one) for one in listed)


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(one) for page in found for one in page.read_text("ascii").split()]


class _Source:
    address, lasting = "/var/log/app", False

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield the lines."""
        yield LINES[offset:]

    def taken(self, end: int) -> None:
        """Take no note of it."""


@contextmanager
def served() -> Iterator[Served]:
    """Found a home, serve it by the command, and hold what is asked for."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BAILEE_BENCH_DIR")) as folder:
        place, phrase = Path(folder), secrets.token_hex(16)
        (place / "phrase").write_text(phrase, "ascii")
        words = [sys.executable, "-m", "bailee", "--home", str(place / "home")]
        ours = dict(os.environ) | {"BAILEE_PASSPHRASE_COMMAND": f"cat {place / 'phrase'}"}
        begin = [*words, "init", "--provider", "bench.example"]
        subprocess.run(
            begin, check=True, env=ours, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        port = _free_port()
        serve = [*words, "serve", "--listen", f"127.0.0.1:{port}"]
        with subprocess.Popen(serve, env=ours, stderr=subprocess.DEVNULL) as run:
            try:
                yield _held(run.pid, place / "home", port)
            finally:
                run.terminate()
                run.wait()


def _free_port() -> int:
    import socket  # noqa: PLC0415  # here alone

    with socket.create_server(("127.0.0.1", 0)) as one:
        found: int = one.getsockname()[1]
    return found


def _held(process: int, home: Path, port: int) -> Served:
    while True:
        try:
            HTTPConnection("127.0.0.1", port).request("GET", "/healthz")
            break
        except OSError:
            time.sleep(0.05)
    server = Server(home / SOCKET)
    while server.state().sealed:
        time.sleep(0.05)
    call, send = server.caller.call, server.caller.send
    client = _done(call(AddClient(label="bench")))
    put = _done(send(PutObject(client="bench", name="one"), iter([os.urandom(SIZE)])))
    _done(send(IngestLog(client="bench", stream="app", origin="provider-tool"), _Source()))
    (actor,) = _done(call(ListActors()))
    token = _done(call(AddToken(actor=str(actor.actor))))
    server.close()
    return Served(
        process=process,
        home=home,
        port=port,
        token=token.secret,
        client=str(client.client),
        thing=str(put.object),
    )


def _done(answer: A | Denial) -> A:
    if isinstance(answer, Denial):
        raise SystemExit(answer.rule)
    return answer


# --- who asks ----------------------------------------------------------------------------------


Once = Callable[[], None]


def http_asker(one: Served, way: str) -> Once:
    """Ask over one connection that stays open."""
    connection = HTTPConnection("127.0.0.1", one.port)
    headers = {"Authorization": f"Bearer {one.token}", "Content-Type": "application/json"}
    base = f"/v1/clients/{one.client}"
    method, path, body = {
        "bare": ("GET", "/healthz", None),
        "list": ("GET", "/v1/clients", None),
        "read": ("GET", f"{base}/objects/{one.thing}?purpose=client-request", None),
        "search": (
            "POST",
            f"{base}/logs:search",
            json.dumps({"about": PERSON, "purpose": "client-request"}),
        ),
    }[way]

    def ask() -> None:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    return ask


def socket_asker(one: Served, way: str) -> Once:
    """Ask over one connection to the socket of the home."""
    caller = Server(one.home / SOCKET).caller

    def read() -> None:
        given = _done(
            caller.call(GetObject(client="bench", object=one.thing, purpose="client-request"))
        )
        for _ in given.chunks:
            pass

    def search() -> None:
        asked = SearchLog(client="bench", about=PERSON.encode(), purpose="client-request")
        list(_done(caller.call(asked)).lines)

    def listed() -> None:
        _done(caller.call(ListClients()))

    return {"read": read, "search": search, "list": listed}[way]


def measure(one: Served, make: Callable[[], Once], connections: int, seconds: float) -> list[float]:
    """Ask for so long; give requests per second and CPU-second, and two waits in milliseconds."""
    askers = [make() for _ in range(connections)]
    for ask in askers:
        ask()
    before_s, began = one.cpu_s(), time.perf_counter()
    until = began + seconds

    def run(ask: Once) -> list[float]:
        waits = []
        while (start := time.perf_counter()) < until:
            ask()
            waits.append(time.perf_counter() - start)
        return waits

    with ThreadPoolExecutor(connections) as threads:
        waits = sorted(wait for some in threads.map(run, askers) for wait in some)
    took, cpu = time.perf_counter() - began, one.cpu_s() - before_s
    return [
        len(waits) / took,
        len(waits) / cpu if cpu else 0.0,
        waits[len(waits) // 2] * 1e3,
        waits[len(waits) * 99 // 100] * 1e3,
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure every way, interleaved, and print the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="*", default=ASKED)
    chosen = parser.parse_args(argv)
    ways = [("http", way) for way in ("bare", "list", "read", "search")]
    ways += [("socket", way) for way in ("list", "read", "search")]
    with served() as one:
        found: dict[tuple[str, str, int], list[list[float]]] = {}
        for _ in range(chosen.rounds):
            for connections in chosen.connections:
                for front, way in ways:
                    asker = http_asker if front == "http" else socket_asker
                    figures = measure(one, partial(asker, one, way), connections, chosen.seconds)
                    found.setdefault((front, way, connections), []).append(figures)
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"{'front':8}{'way':8}{'conns':>6}{'/s':>9}{'/CPU-s':>9}{'p50 ms':>9}{'p99 ms':>9}")
    for (front, way, connections), rows in found.items():
        rate, per_cpu, half, most = (
            statistics.median(column) for column in zip(*rows, strict=True)
        )
        print(
            f"{front:8}{way:8}{connections:>6}{rate:>9.0f}{per_cpu:>9.0f}{half:>9.2f}{most:>9.2f}"
        )


if __name__ == "__main__":
    main()
