"""Answers: what is sent back of one request, in order (ASGI)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from bailee.front.rest import problems
from bailee.front.rest.bodies import JSON_TYPE, ClientGone
from bailee.front.rest.problems import Problem

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

TAKEN_S: Final = 60.0
"""How long an answer may wait for whoever reads it."""
_JSON: Final = (b"content-type", JSON_TYPE)
_ALWAYS: Final[tuple[Header, ...]] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class HttpAnswer:
    """HTTP answer: sent as it comes; a problem after the beginning ends the connection."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False
        """Whether a status was sent, which nothing takes back."""

    async def begin(self, status: int, *headers: Any) -> None:  # noqa: ANN401  # headers, or several
        """Send the status and the headers."""
        flat: list[Header] = []
        for one in headers:
            flat += [one] if isinstance(one[0], bytes) else one
        self.begun = True
        await self._sent(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*flat, *_ALWAYS],
            }
        )

    async def more(self, body: bytes) -> None:
        """Send some of the body."""
        await self._sent({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self, body: bytes = b"") -> None:
        """Send the last of the body."""
        await self._sent({"type": "http.response.body", "body": body})

    async def whole(self, status: int, body: bytes, *headers: Header) -> None:
        """Send all of it; JSON unless the headers say another type."""
        size = (b"content-length", str(len(body)).encode())
        await self.begin(status, *(headers or (_JSON,)), size)
        await self.end(body)

    async def problem(self, problem: Problem) -> None:
        """Send a problem; ClientGone when the answer has begun."""
        if self.begun:
            raise ClientGone
        kind = (b"content-type", problems.MEDIA_TYPE.encode())
        await self.whole(problem.status, msgspec.json.encode(problem.body), kind, *problem.headers)

    async def _sent(self, message: Mapping[str, Any]) -> None:
        try:
            # Not `wait_for`, which makes a task: three times a request, mostly to wait for nothing.
            async with asyncio.timeout(TAKEN_S):
                await self._send(message)
        except (TimeoutError, OSError):
            raise ClientGone from None
