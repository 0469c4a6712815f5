"""Front process: serves HTTP on descriptors that it was started with, and opens nothing itself.

`python -m bailee.front.rest` with one line of JSON on standard input: `listeners` and `keeper`, the
descriptors of listening sockets and of connections to the keeper, and `certificate` and `key`, the
places of both for TLS, or neither.
"""

import asyncio
import logging
import signal
import socket
import sys
import traceback
from pathlib import Path

import msgspec
import uvicorn

from bailee.clock import SystemClock
from bailee.front.confine import Confined, confine, program_files
from bailee.front.heads import BoundedHeads
from bailee.front.link import Link
from bailee.front.rest.app import RestApp
from bailee.front.watch import WatchApp
from bailee.telemetry.events import Event, EventLog
from bailee.text import say

KEEP_ALIVE_S = 30
GRACE_S = 10
"""How long what is under way may go on once the server is told to end."""
AT_ONCE = 10_000
"""Connections: who comes after that is told to come again."""


class Start(msgspec.Struct, forbid_unknown_fields=True):
    """Start: what the keeper hands the front when it starts it."""

    listeners: list[int]
    keeper: list[int]
    certificate: str | None = None
    key: str | None = None
    watches: bool = False
    """Whether it shows how the server is, instead of doing acts."""
    events: bool = False
    """Whether what it says are events as lines of JSON, and not sentences."""
    trusted: list[str] = []
    """Addresses of proxies whose word on who asks is taken."""


class Faults(logging.Handler):
    """Faults: says of a fault of ours what it is and where; never its words, which may be sent."""

    def __init__(self, events: EventLog | None) -> None:
        """Take where events are written; None to say sentences."""
        super().__init__()
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        """Say it on standard error."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return
        at = traceback.extract_tb(error.__traceback__)[-1]
        kind, place = type(error).__name__, f"{Path(at.filename).name}:{at.lineno}"
        if self._events is None:
            _line(say("serve.fault", kind=kind, place=place))
        else:
            self._events.say(Event.FAULT, kind=kind, at=place)


def _line(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


async def serve(start: Start, events: EventLog | None) -> None:
    """Serve until told to end, or the keeper is gone."""
    # Without the keeper it is of no use: it ends, and is started again with other connections.
    link = Link(lambda: signal.raise_signal(signal.SIGTERM))
    await link.open(start.keeper)
    settings = uvicorn.Config(
        WatchApp(link) if start.watches else RestApp(link),
        loop="uvloop",
        http=BoundedHeads,
        ws="none",
        lifespan="off",
        # Nothing is written down by this process: a path may not say whom it is about, but it says
        # who asks.
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(start.trusted),
        forwarded_allow_ips=start.trusted,
        ssl_certfile=start.certificate,
        ssl_keyfile=start.key,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=AT_ONCE,
        backlog=AT_ONCE,
    )
    logging.getLogger("uvicorn").addHandler(Faults(events))
    listeners = [socket.socket(fileno=one) for one in start.listeners]
    await uvicorn.Server(settings).serve(sockets=listeners)
    link.close()


def main() -> None:
    """Read how it was started, give up what is not needed, and serve."""
    start = msgspec.json.decode(sys.stdin.buffer.readline(), type=Start)
    # Before a byte of anybody's is read.
    held = [Path(place) for place in (start.certificate, start.key) if place is not None]
    kept = set(Confined) - confine([*program_files(), *held])
    events = EventLog(_line, SystemClock().now_ms) if start.events else None
    for one in sorted(one.name.lower() for one in kept):
        if events is None:
            _line(say(f"serve.unconfined-{one}"))
        else:
            events.say(Event.UNCONFINED, of=one)
    asyncio.run(serve(start, events))


if __name__ == "__main__":
    main()
