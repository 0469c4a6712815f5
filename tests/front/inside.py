"""Inside: a keeper and the REST front in one process, without a network: what the front does.

The front is asked as its server asks it (ASGI), over the connections that a real front is given;
so many requests are cheap, and what the keeper did for each can be counted.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.front.http import Answer
from tests.patience import HANGS_S, NovemberClock
from tests.run.homes import CHEAP, PASSPHRASE

from bailee.client.server import SOCKET
from bailee.front.link import Link
from bailee.front.rest.app import RestApp
from bailee.run.serve.keeper import Keeper
from bailee.run.serve.open_home import OpenHome
from bailee.run.serve.place import Place
from bailee.secret import Secret

CONNECTIONS = 4


@dataclass
class Inside:
    """A home that is held, and its front."""

    home: OpenHome
    _app: RestApp
    _loop: asyncio.AbstractEventLoop

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        """Ask the front one thing, and give its whole answer."""
        sent = {"content-type": "application/json", **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        url = urlsplit(path)
        scope = {
            "type": "http",
            "method": method,
            "path": url.path,
            "query_string": url.query.encode(),
            "headers": [
                (name.lower().encode(), value.encode("utf-8")) for name, value in sent.items()
            ],
            "client": ("127.0.0.1", 1),
        }
        asked = asyncio.run_coroutine_threadsafe(_asked(self._app, scope, body), self._loop)
        return asked.result(HANGS_S)

    def publish(self) -> None:
        """Sign what was recorded, as the keeper's own thread would each second."""
        self.home.publish()


async def _asked(
    app: Callable[..., Awaitable[None]], scope: Mapping[str, Any], body: bytes
) -> Answer:
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    came: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        came.append(message)

    await app(scope, receive, send)
    if not came:
        return Answer(0, {}, b"")  # the connection was ended
    head = {name.decode().lower(): value.decode("latin-1") for name, value in came[0]["headers"]}
    return Answer(came[0]["status"], head, b"".join(one.get("body", b"") for one in came[1:]))


@contextmanager
def inside(place: Path) -> Iterator[Inside]:
    """Hold the home in a folder; nothing is done but what is asked, so that work can be counted."""
    faults: list[tuple[str, ...]] = []
    home = OpenHome(place / "home", clock=NovemberClock(), unsafe_cost=CHEAP)
    held = Place(place / "home", place / "home" / SOCKET)
    keeper = Keeper(home, held, fault=lambda *at: faults.append(at))
    home.open(Secret(PASSPHRASE))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    pairs = [socket.socketpair() for _ in range(CONNECTIONS)]
    keeper.serve_front([ours for ours, _ in pairs])
    try:
        link = Link(lambda: None)
        theirs = [their.detach() for _, their in pairs]
        asyncio.run_coroutine_threadsafe(link.open(theirs), loop).result(HANGS_S)
        yield Inside(home, RestApp(link), loop)
        loop.call_soon_threadsafe(link.close)
    finally:
        # It runs only to end: what is under way, the front's connections, the keys.
        keeper.stop()
        keeper.run()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(HANGS_S)
        loop.close()
    assert faults == []
