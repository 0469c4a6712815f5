"""What parsing in workers costs: pushes and an ingest over the socket, with and without, in turn.

`nox -s bench -- workers` (or `-- workers --rounds 1` for a glance).

Processor time of everything: the caller's, the keeper's and the workers'.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bailee.act import Denial
from bailee.client.server import SOCKET, Server
from bailee.clients.acts import AddClient
from bailee.logs.acts import IngestLog
from bailee.logs.push.acts import PushLines
from bailee.run.serve.keeper import Keeper
from bailee.run.serve.open_home import OpenHome
from bailee.run.serve.place import Place
from bailee.run.workers.starting import ProcessWorkers
from bailee.secret import Secret

PUSHES, PUSH_LINES, LOG_LINES = 100, 450, 900_000
_STEP = 1 << 20
_TICKS = os.sysconf("SC_CLK_TCK")


def line(number: int) -> bytes:
    """Write a line of an access log."""
    return (
        b"2026-11-30T08:%02d:%02dZ web-%d nginx: 192.0.2.%d - user%d "
        b'"GET /index.php?id=%d HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
        % (number // 60 % 60, number % 60, number % 4, number % 250, number % 5_000, number)
    )


class _Source:
    address, lasting = "/var/log/app", False

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield the lines."""
        for at in range(offset, len(self._data), _STEP):
            yield self._data[at : at + _STEP]

    def taken(self, end: int) -> None:
        """Take no note of it."""


@contextmanager
def served(folder: Path, workers: ProcessWorkers | None) -> Iterator[Server]:
    """Found a home, and serve it by a thread of this process."""
    phrase, home = secrets.token_hex(16), folder / "home"
    (folder / "phrase").write_text(phrase, "ascii")
    words = [sys.executable, "-m", "bailee", "--home", str(home)]
    ours = dict(os.environ) | {"BAILEE_PASSPHRASE_COMMAND": f"cat {folder / 'phrase'}"}
    begin = [*words, "init", "--provider", "bench.example"]
    quiet = subprocess.DEVNULL
    subprocess.run(begin, check=True, env=ours, stdout=quiet, stderr=quiet)
    held = OpenHome(home, workers=workers)
    keeper = Keeper(held, Place(home, home / SOCKET), fault=lambda *at: sys.exit(str(at)))
    held.open(Secret(phrase))
    thread = threading.Thread(target=keeper.run)
    thread.start()
    server = Server(home / SOCKET)
    try:
        yield server
    finally:
        server.close()
        keeper.stop()
        thread.join()


def spent_s(workers: ProcessWorkers | None) -> float:
    """Give the processor time of all so far."""
    if workers is None or workers.pid is None:
        return time.process_time()
    page = Path(f"/proc/{workers.pid}/task/{workers.pid}/children")
    living = [_ticks(int(one), 2) for one in page.read_text("ascii").split()]
    return time.process_time() + (_ticks(workers.pid, 4) + sum(living)) / _TICKS


def _ticks(process: int, fields: int) -> int:
    """Give the ticks of a process; with four fields those of its ended children as well."""
    page = Path(f"/proc/{process}/stat").read_text("ascii")
    return sum(map(int, page.rpartition(")")[2].split()[11 : 11 + fields]))


def measured(workers: ProcessWorkers | None) -> tuple[float, float]:
    """Give the milliseconds of a push, and the seconds of a GiB that is ingested."""
    pushes = [b"".join(map(line, range(n * 9, n * 9 + PUSH_LINES))) for n in range(PUSHES)]
    log = b"".join(map(line, range(LOG_LINES)))
    push = PushLines(client="bench", stream="web", origin="provider-tool")
    ingest = IngestLog(client="bench", stream="app", origin="provider-tool")
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("BAILEE_BENCH_DIR")) as folder,
        served(Path(folder), workers) as server,
    ):
        send = server.caller.send
        assert not isinstance(server.caller.call(AddClient(label="bench")), Denial)
        assert not isinstance(send(push, iter([pushes[0]])), Denial)
        start = spent_s(workers)
        for one in pushes:
            assert not isinstance(send(push, iter([one])), Denial)
        between = spent_s(workers)
        assert not isinstance(send(ingest, _Source(log)), Denial)
        if workers is not None:
            # What a worker took is known once the next one begins.
            time.sleep(1)
            with workers.begin(1 << 30):
                end = spent_s(workers)
        else:
            end = spent_s(workers)
    return (between - start) / PUSHES * 1e3, (end - between) / len(log) * (1 << 30)


def main() -> None:
    """Measure both ways in turn, and print each round."""
    parser = argparse.ArgumentParser(description="What parsing in workers costs.")
    parser.add_argument("--rounds", type=int, default=3)
    for _ in range(parser.parse_args().rounds):
        own = measured(None)
        workers = ProcessWorkers()
        far = measured(workers)
        workers.stop()
        for name, one in (("in the keeper", own), ("in workers", far)):
            sys.stdout.write(f"{name:14}  {one[0]:6.2f} ms a push  {one[1]:6.2f} s a GiB\n")
        sys.stdout.write(f"ratio           {far[0] / own[0]:6.2f}  {far[1] / own[1]:16.2f}\n")


if __name__ == "__main__":
    main()
