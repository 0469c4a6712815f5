"""Framed: the messages of a home's socket, carried by HTTP, for programs with the request classes.

The body of a request is what whoever asks sends, and that of its answer what the server sends.
They do not wait for each other: bytes that come beside a request follow it at once, so that a
proxy between may hold either.  spec/rest.md
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import msgspec

from bailee import errors
from bailee.act import ACTS, Denial, Download
from bailee.front.link import Exchange, KeeperGone, Link
from bailee.front.rest import problems
from bailee.front.rest.answers import HttpAnswer
from bailee.front.rest.bodies import JSON_BYTES, Body
from bailee.front.rest.routes import NOT_SERVED
from bailee.wire.asks import ASKS, DENIALS, Ask, Method
from bailee.wire.codec import coder, malformed, read_error, written_error
from bailee.wire.frames import (
    BROKE_BYTES,
    CHUNK_BYTES,
    HEAD,
    MEDIA_TYPE,
    FrameKind,
    packed,
    value_of,
)

_ONLY_THERE: Final = NOT_SERVED.keys() - {"ledger:export"}
"""Acts that are done where the home is: a sink for files is the one that messages can carry."""
_TYPE: Final = (b"content-type", MEDIA_TYPE.encode())
_SUNK: Final = frozenset({"write", "append"})
_BOUNDS: Final[Mapping[FrameKind, int]] = MappingProxyType(
    {
        FrameKind.ASK: JSON_BYTES,
        FrameKind.GIVEN: CHUNK_BYTES,
        FrameKind.NOTHING: 0,
        FrameKind.BROKE: BROKE_BYTES,
    }
)
"""What may come, and how long each may be: this process holds it before anybody knows whose."""


class FramedRequest:
    """Framed request: one act that came as messages, and its answer."""

    def __init__(self, body: Body, answer: HttpAnswer) -> None:
        self._body = body
        self._answer = answer
        self._held = bytearray()

    async def answered(self, link: Link, token: str, address: str | None) -> None:
        """Carry it, and send back what it is answered with; a failure as a message too."""
        try:
            ask = await self._ask(token, address)
            streams = ask.method is Method.ACT and issubclass(ACTS[ask.act].declared(), Download)
            async with link.ask(ask, self._called, streams=streams) as exchange:
                await self._deliver(exchange)
        except errors.BaileeError as error:
            await self._failed(error)
        except KeeperGone:
            await self._failed(errors.OutcomeUnknown("errors_rest.keeper-gone"))

    async def _ask(self, token: str, address: str | None) -> Ask:
        kind, data = await self._message()
        if kind is not FrameKind.ASK:
            raise malformed()
        ask: Ask = ASKS.read(value_of(data))
        # The passphrase is for no process that speaks with a network.
        if ask.method is Method.UNSEAL or ask.act in _ONLY_THERE:
            raise errors.UsageError("errors_rest.only-there")
        if ask.method is not Method.STATE and ask.act not in ACTS:
            raise errors.UsageError("errors_socket.no-act")
        if ask.method is Method.ACT:
            # Read here and not used: the keeper ends a front that sends it what is no request, and
            # with it what others have under way.
            coder(ACTS[ask.act].declared()).read(ask.request)
        # Who asks is never in what was sent.
        return replace(ask, token=token, address=address)

    async def _message(self) -> tuple[FrameKind, bytes]:
        """Read one message; LimitExceeded or UsageError for what is none."""
        await self._has(HEAD.size)
        size, number = HEAD.unpack_from(self._held)
        bound = next((_BOUNDS[kind] for kind in _BOUNDS if kind == number), None)
        if bound is None:
            raise malformed()
        if size > bound:
            raise errors.LimitExceeded("errors_socket.long", bytes=bound)
        await self._has(HEAD.size + size)
        body = bytes(self._held[HEAD.size : HEAD.size + size])
        del self._held[: HEAD.size + size]
        return FrameKind(number), body

    async def _has(self, size: int) -> None:
        while len(self._held) < size:
            chunk = await self._body.chunk()
            if not chunk:
                raise malformed()
            self._held += chunk

    async def _called(self, call: Any) -> bytes | None:  # noqa: ANN401  # what msgpack has
        if call == ["next"]:
            kind, body = await self._message()
            if kind is FrameKind.BROKE:
                raise read_error(value_of(body))
            if kind is FrameKind.ASK:
                raise malformed()
            return body if kind is FrameKind.GIVEN else None
        if call[0] not in _SUNK:
            raise KeeperGone
        if not self._answer.begun:
            await self._answer.begin(200, _TYPE)
        await self._answer.more(packed(FrameKind.CALL, msgspec.msgpack.encode(call)))
        return None

    async def _deliver(self, exchange: Exchange) -> None:
        if exchange.kind is FrameKind.FAILED:
            raise read_error(value_of(exchange.body))
        status = 200
        if exchange.kind is FrameKind.DENIED:
            denial: Denial = DENIALS.read(value_of(exchange.body))
            status = denial.http_status
        elif exchange.kind is not FrameKind.ANSWER:
            raise KeeperGone
        first = packed(exchange.kind, exchange.body)
        if exchange.whole:
            await self._last(status, first)
            return
        await self._answer.begin(status, _TYPE)
        await self._answer.more(first)
        async for kind, body in exchange.following():
            await self._answer.more(packed(kind, body))
        await self._answer.end()

    async def _failed(self, error: errors.BaileeError) -> None:
        body = msgspec.msgpack.encode(written_error(error))
        await self._last(error.http_status, packed(FrameKind.FAILED, body))

    async def _last(self, status: int, message: bytes) -> None:
        if self._answer.begun:
            await self._answer.end(message)
        else:
            await self._answer.whole(status, message, _TYPE, *problems.headers_of(status))
