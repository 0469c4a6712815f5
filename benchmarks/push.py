"""Pushed lines, durable when they are answered: many small pushes, and pushes of 64 KiB.

`nox -s bench -- push` (or `-- push --seconds 1` for a glance).

A home is founded and served by the real command (`benchmarks/serve`), and asked over its socket.
*small* is one line of 100 bytes from each of many shippers at once, *large* 64 KiB of log lines.
Per second, per batch, and megabytes per CPU-second of the server; the wait is until durable.
Who pushes is a process of its own, whose CPU does not count.
"""

import argparse
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.serve import Served, served

from bailee.act import Denial
from bailee.client.server import SOCKET, Server
from bailee.logs.acts import ListStreams
from bailee.logs.push.acts import PushLines

LINE = (
    b'192.0.2.7 - awa [30/Nov/2026:08:00:01 +0000] "GET /shop/7 HTTP/1.1" 200 512 "-" "curl/8.5"\n'
)
LARGE_BYTES = 64 * 1024
WAYS = {
    "small": (LINE, (1, 16, 64)),
    "large": (LINE * (LARGE_BYTES // len(LINE)), (1, 4, 16)),
}


def batches(server: Server) -> int:
    """Count the batches of the stream that is pushed into."""
    listed = server.caller.call(ListStreams(client="bench"))
    if isinstance(listed, Denial):
        raise SystemExit(listed.rule)
    return sum(one.batches for one in listed if one.label == "push")


def measure(one: Served, lines: bytes, shippers: int, seconds: float) -> list[float]:
    """Push for so long; give pushes, per batch, MB per CPU-second, and two waits in ms."""
    servers = [Server(one.home / SOCKET) for _ in range(shippers)]
    asked = PushLines(client="bench", stream="push", origin="infrastructure")

    def push(server: Server) -> None:
        answer = server.caller.send(asked, [lines])
        if isinstance(answer, Denial):
            raise SystemExit(answer.rule)

    for server in servers:
        push(server)
    made, cpu_s, began = batches(servers[0]), one.cpu_s(), time.perf_counter()

    def run(server: Server) -> list[float]:
        waits = []
        while (start := time.perf_counter()) < began + seconds:
            push(server)
            waits.append(time.perf_counter() - start)
        return waits

    with ThreadPoolExecutor(shippers) as threads:
        waits = sorted(wait for some in threads.map(run, servers) for wait in some)
    took, cpu = time.perf_counter() - began, one.cpu_s() - cpu_s
    made = batches(servers[0]) - made
    for server in servers:
        server.close()
    return [
        len(waits) / took,
        made / took,
        len(waits) * len(lines) / 1e6 / cpu if cpu else 0.0,
        waits[len(waits) // 2] * 1e3,
        waits[len(waits) * 99 // 100] * 1e3,
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure each way at each number of shippers, and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    chosen = parser.parse_args(argv)
    head = ("pushes/s", "batches/s", "MB/CPU-s", "p50 ms", "p99 ms")
    with served() as one:
        rows = [
            (way, shippers, measure(one, lines, shippers, chosen.seconds))
            for way, (lines, many) in WAYS.items()
            for shippers in many
        ]
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"{'way':8}{'shippers':>9}" + "".join(f"{name:>11}" for name in head))
    for way, shippers, figures in rows:
        print(f"{way:8}{shippers:>9}" + "".join(f"{figure:>11.1f}" for figure in figures))


if __name__ == "__main__":
    main()
