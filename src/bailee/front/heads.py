"""Heads of requests, bounded: httptools holds as much of one, for as long, as somebody sends."""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 65_536
"""Of one request, and what one read gives before (256 KiB); all of ours have under 8 KiB."""
_PIECE_BYTES: Final = 4_096
HEAD_S: Final = 30.0
"""From the connection, or the first byte of a later request, to the end of its head."""


class BoundedHeads(HttpToolsProtocol):
    """Bounded heads: ends a connection whose next request is too long, or too long in coming.

    Whoever has no token could otherwise have any amount of memory held, or every connection.
    """

    within_s = HEAD_S

    def connection_made(
        self,
        transport: asyncio.Transport,  # type: ignore[override]  # as uvicorn's own
    ) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._head_bytes = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._heard()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; end the connection where a head has too many."""
        # By pieces as long as a head lasts: what of a body came along does not count.
        while self._waiting is not None and data:
            some, data = data[:_PIECE_BYTES], data[_PIECE_BYTES:]
            self._head_bytes += len(some)
            if self._head_bytes > HEAD_BYTES:
                # Without an answer: more of it is on its way, and would be read as another request.
                self.transport.abort()
                return
            super().data_received(some)
        if data:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin to wait for the end of a head."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """End the wait."""
        self._heard()
        super().on_headers_complete()

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self.within_s, self._end)

    def _heard(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting, self._head_bytes = None, 0

    def _end(self) -> None:
        self.transport.abort()
