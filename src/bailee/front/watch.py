"""Watch: shows how a server is, to whoever watches it: nothing of anyone, hence without a token.

`/healthz` says that it runs, `/readyz` whether it does what is asked and else what is lacking, and
`/metrics` its figures as Prometheus reads them.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from bailee import errors
from bailee.front.link import KeeperGone, Link
from bailee.wire.asks import Ask, Method, ServerHealth
from bailee.wire.codec import coder, read_error
from bailee.wire.frames import FrameKind, value_of

Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_HEALTH: Final = coder(ServerHealth)
_JSON: Final = b"application/json"
_FIGURES: Final = b"text/plain; version=0.0.4; charset=utf-8"
_NOT_FOUND, _NOT_ALLOWED, _AWAY = 404, 405, 503
_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class WatchApp:
    """Watch app: three paths, answered by one keeper (ASGI)."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def __call__(self, scope: Mapping[str, Any], receive: object, send: Send) -> None:
        """Answer one request; nothing that is sent with it is read."""
        del receive
        await _answer(send, *await self._answer(scope["method"], scope["path"]))

    async def _answer(self, method: str, path: str) -> tuple[int, bytes, bytes]:
        if path not in _PATHS:
            return _NOT_FOUND, _JSON, b"{}"
        if method not in ("GET", "HEAD"):
            return _NOT_ALLOWED, _JSON, b"{}"
        if path == "/healthz":
            return 200, _JSON, _written(status="ok")
        try:
            health = await self._health()
        except (errors.BaileeError, KeeperGone):
            return _AWAY, _JSON, _written(status="away")
        return _ready(health) if path == "/readyz" else (200, _FIGURES, health.figures.encode())

    async def _health(self) -> ServerHealth:
        async with self._link.ask(Ask(method=Method.HEALTH)) as exchange:
            if exchange.kind is not FrameKind.ANSWER:
                raise read_error(value_of(exchange.body))
            found: ServerHealth = _HEALTH.read(value_of(exchange.body))
            return found


def _ready(health: ServerHealth) -> tuple[int, bytes, bytes]:
    if health.lacks:
        return _AWAY, _JSON, _written(status="not-ready", lacks=list(health.lacks))
    return 200, _JSON, _written(status="ready")


def _written(**fields: object) -> bytes:
    return msgspec.json.encode(fields)


async def _answer(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
