"""App: from a request of HTTP to an act, and from its answer to one of HTTP (ASGI).

Nothing here decides: who asks is known to the keeper by the token, and so is what they may.  What
is not there and what is not theirs are the same answer, made in one place by the keeper.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from bailee import errors
from bailee.act import ByteRange, Denial, Is
from bailee.front.link import Exchange, KeeperGone, Link
from bailee.front.rest import problems
from bailee.front.rest.answers import Header, HttpAnswer, Send
from bailee.front.rest.bodies import JSON_TYPE, Body, ClientGone, Receive, RequestForm, object_of
from bailee.front.rest.framed import FramedRequest
from bailee.front.rest.openapi import document
from bailee.front.rest.problems import Problem
from bailee.front.rest.raw import RawBody
from bailee.front.rest.routes import Route, header_of, routes
from bailee.objects.acts import ObjectGiven
from bailee.text import Speaker
from bailee.wire.asks import DENIALS, Ask, Method, ServerState
from bailee.wire.codec import coder, read_error, refresh, streamed
from bailee.wire.frames import MESSAGES_PATH, FrameKind, value_of
from bailee.wire.json_form import Given, form, given

_LINES: Final = (b"content-type", b"application/x-ndjson")
_BYTES: Final = (b"content-type", b"application/octet-stream")
_ID = re.compile(r"[a-z]{2}-[a-z2-7]{26}", re.ASCII)
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})", re.ASCII)
_STATE: Final = coder(ServerState)


_NOT_KEPT: Final = (b"idempotency-key", b"if-match", b"if-none-match", b"if-unmodified-since")
"""Headers that ask for a guarantee which nothing here keeps yet: passed over, they would be
believed."""


class Answered(Exception):
    """Answered: a request is, with a problem that is made already."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status)
        self.problem = problem


class RestApp:
    """REST app: all routes, answered by one keeper."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._routes: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes():
            self._routes.setdefault(_shape(route.path), {})[route.method] = route
        self._document = msgspec.json.encode(document())

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name.lower(): value for name, value in scope["headers"]}
        say = problems.speaker(headers.get(b"accept-language", b"").decode("latin-1"))
        answer = HttpAnswer(send)
        try:
            await self._answer(scope, headers, Body(receive), answer, say)
        except ClientGone:
            return
        except Answered as refused:
            await answer.problem(refused.problem)
        except errors.BaileeError as error:
            await answer.problem(problems.of_error(error, say))
        except KeeperGone:
            gone = errors.OutcomeUnknown("errors_rest.keeper-gone")
            await answer.problem(problems.of_error(gone, say))

    async def _answer(
        self,
        scope: Mapping[str, Any],
        headers: Mapping[bytes, bytes],
        body: Body,
        answer: HttpAnswer,
        say: Speaker,
    ) -> None:
        path = scope["path"]
        if path in _OPEN:
            await _OPEN[path](self, answer)
            return
        if any(name in headers for name in _NOT_KEPT):
            raise errors.UsageError("errors_rest.not-kept")
        if path == MESSAGES_PATH and scope["method"] == "POST":
            token, address = _token(headers), _address(scope)
            await FramedRequest(body, answer).answered(self._link, token, address)
            return
        route, ids = self._found(scope["method"], path)
        ask = _Asking(route, headers, say)
        ask.take_path(ids)
        ask.take_query(scope["query_string"])
        token, address = _token(headers), _address(scope)
        ask.take_headers()
        content = await ask.take_body(body)
        kind = coder(route.request)
        asked = Ask(
            act=route.act.name,
            request=kind.write(ask.request()),
            token=token,
            address=address,
        )
        calls = None if content is None else _calls(content)
        try:
            async with self._link.ask(asked, calls, streams=route.streams) as exchange:
                await _deliver(route, exchange, answer, say)
        except errors.BaileeError as error:
            if route.raw and not problems.is_shippers(error):
                # Whoever pushes lines throws away what is refused for good: it is told to come
                # again whatever it is that somebody can mend.
                raise errors.CannotRecord("errors_push.not-now") from None
            raise

    def _found(self, method: str, path: str) -> tuple[Route, list[str]]:
        parts = path.split("/")[1:]
        ids: list[str] = []
        found = None
        # At most two ids stand in a path, so that there are few shapes to try.
        for shape, by_method in self._routes.items():
            matched = _matched(shape, parts)
            if matched is not None and method in by_method:
                found, ids = by_method[method], matched
                break
        if found is None:
            raise errors.NotFound("errors_rest.no-route")
        return found, ids

    async def _describe(self, answer: HttpAnswer) -> None:
        await answer.whole(200, self._document)

    async def _health(self, answer: HttpAnswer) -> None:
        await answer.whole(200, b'{"status":"ok"}')

    async def _ready(self, answer: HttpAnswer) -> None:
        async with self._link.ask(Ask(method=Method.STATE)) as exchange:
            state: ServerState = _STATE.read(value_of(exchange.body))
        if state.sealed:
            raise errors.Sealed("errors_socket.sealed")
        await answer.whole(200, b'{"status":"ready"}')


_OPEN: Final[Mapping[str, Callable[[RestApp, HttpAnswer], Awaitable[None]]]] = {
    "/healthz": RestApp._health,  # noqa: SLF001  # its own methods, by path
    "/readyz": RestApp._ready,  # noqa: SLF001  # as above
    "/v1/openapi.json": RestApp._describe,  # noqa: SLF001  # as above
}
"""What anybody may ask: nothing of anyone."""


def _shape(path: str) -> tuple[str, ...]:
    return tuple(path.split("/")[1:])


def _matched(shape: tuple[str, ...], parts: list[str]) -> list[str] | None:
    """Give the ids of a path of this shape; None when it is of another."""
    if len(shape) != len(parts):
        return None
    ids = []
    for wanted, part in zip(shape, parts, strict=True):
        if not wanted.startswith("{"):
            if wanted != part:
                return None
            continue
        _, _, verb = wanted.partition("}")
        if not part.endswith(verb) or (not verb and ":" in part):
            return None
        ids.append(part.removesuffix(verb))
    return ids


def _token(headers: Mapping[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise errors.NotSignedIn("errors_rest.no-token")
    return token.decode("latin-1")


def _address(scope: Mapping[str, Any]) -> str | None:
    client = scope.get("client")
    try:
        return None if client is None else str(ip_address(client[0]))
    except ValueError:
        # A proxy passed on what is no address: then nobody knows from where it is asked, and a
        # token that is held to networks is refused.
        return None


def _calls(content: Callable[[], Awaitable[bytes | None]]) -> Any:  # noqa: ANN401  # `link.Calls`
    async def answered(call: list[Any]) -> bytes | None:
        if call != ["next"]:
            raise KeeperGone
        return await content()

    return answered


# --- from HTTP to a request ------------------------------------------------------------------


class _Asking:
    """Asking: gathers the fields of one request from path, query, headers and body."""

    def __init__(self, route: Route, headers: Mapping[bytes, bytes], say: Speaker) -> None:
        self._route = route
        self._headers = headers
        self._say = say
        self._values: dict[str, Any] = {}

    def take_path(self, ids: Iterable[str]) -> None:
        for one, text in zip(self._route.in_path, ids, strict=True):
            # Ids alone: a name may be personal, and a URL is written down by many.
            if not _ID.fullmatch(text):
                raise errors.NotFound("errors_rest.no-route")
            self._put(one, text)

    def take_headers(self) -> None:
        """Read the fields that stand in headers of their own, as text or whole numbers."""
        for one in self._route.in_headers:
            found = self._headers.get(header_of(one).lower().encode())
            if found is not None:
                self._put(one, _typed(one, found.decode("utf-8", "replace")))

    def take_query(self, query: bytes) -> None:
        known = {one.name: one for one in self._route.in_query}
        for name, text in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if name not in known:
                raise self._wrong("errors_rest.unknown-parameter", *known)
            self._put(known[name], _typed(known[name], text))
        for one in self._route.in_query:
            if one.required and one.field not in self._values:
                raise self._wrong("errors_rest.missing", one.name)

    async def take_body(self, body: Body) -> Callable[[], Awaitable[bytes | None]] | None:
        """Read the request's object; what comes after it is read as it is called for."""
        if self._route.method != "POST":
            return None
        if self._route.raw:
            return RawBody(body, self._headers.get(b"content-encoding", b"")).content
        content_type = self._headers.get(b"content-type", b"")
        if self._route.takes_bytes:
            parts = RequestForm(body, content_type)
            self._take_object(await parts.request())
            return parts.content
        data = await body.whole()
        if data and content_type.partition(b";")[0].strip().lower() != JSON_TYPE:
            raise errors.UsageError("errors_rest.no-json")
        self._take_object(object_of(data) if data else {})
        return None

    def _take_object(self, found: Mapping[str, Any]) -> None:
        known = {one.name: one for one in self._route.in_body}
        if not known.keys() >= found.keys():
            raise self._wrong("errors_rest.unknown-field", *known)
        for name, value in found.items():
            if value is not None:  # as if it were not there
                self._put(known[name], value)
        missing = [
            one.name
            for one in self._route.in_body
            if one.required and one.field not in self._values
        ]
        if missing:
            raise self._wrong("errors_rest.missing", *missing)

    def _put(self, one: Given, value: Any) -> None:  # noqa: ANN401  # what JSON has
        try:
            self._values[one.field] = one.read(value)
        except errors.UsageError as error:
            raise self._wrong(error.reason, one.name) from None

    def _wrong(self, reason: str, *fields: str) -> Answered:
        return Answered(problems.of_error(errors.UsageError(reason), self._say, *fields))

    def request(self) -> Any:  # noqa: ANN401  # of the route's class
        """Make the request; a range stands in its own header."""
        fields = given(self._route.request)
        ranged = next((one.field for one in fields if one.about.kind is Is.RANGE), None)
        asked = self._headers.get(b"range")
        if ranged is not None and asked is not None:
            self._values[ranged] = _range(asked.decode("latin-1"))
        return self._route.request(**self._values)


def _typed(one: Given, text: str) -> Any:  # noqa: ANN401  # what JSON has
    """Read a parameter of a URL, which is text, as JSON would have it."""
    if one.about.kind is Is.COUNT and re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII):
        return int(text)
    if one.about.kind is Is.FLAG and text in ("true", "false"):
        return text == "true"
    return text


def _range(text: str) -> ByteRange:
    """Read one range of bytes (RFC 9110 §14.1.2); others are refused, never passed over."""
    found = _RANGE.fullmatch(text)
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        raise errors.UsageError("errors_rest.range")
    start = int(found[1])
    return ByteRange(start, int(found[2]) - start + 1 if found[2] else None)


# --- from an answer to HTTP ------------------------------------------------------------------


async def _deliver(route: Route, exchange: Exchange, answer: HttpAnswer, say: Speaker) -> None:
    if exchange.kind is FrameKind.DENIED:
        if route.raw:
            raise errors.CannotRecord("errors_push.not-now")
        denial: Denial = DENIALS.read(value_of(exchange.body))
        await answer.problem(problems.of_denial(denial, say))
        return
    if exchange.kind is not FrameKind.ANSWER:
        raise read_error(value_of(exchange.body))
    kind = coder(route.answer)
    head = kind.read(value_of(exchange.body))
    items = streamed(route.request)
    if items is None:
        status = 201 if route.makes else 200
        await answer.whole(status, msgspec.json.encode(form(route.answer).write(head)))
        return
    if items.item is bytes:
        await answer.begin(*_of_bytes(head))
    else:
        await answer.begin(200, _LINES)
    write = None if items.item is bytes else form(items.item).write
    async for sort, body in exchange.following():
        if sort is FrameKind.BYTES:
            await answer.more(body)
        elif sort is FrameKind.ITEMS and write is not None:
            read = coder(items.item).read
            lines = (msgspec.json.encode(write(read(one))) for one in value_of(body))
            await answer.more(b"".join(line + b"\n" for line in lines))
        elif sort is FrameKind.END:
            refresh(head, kind.read(value_of(body)))
            last = {"end": form(route.answer).write(head)}
            await answer.end(b"" if write is None else msgspec.json.encode(last) + b"\n")
        else:
            # What came is not all, and HTTP says that by ending the connection in the middle.
            raise ClientGone


def _of_bytes(head: Any) -> tuple[int, tuple[Header, ...]]:  # noqa: ANN401  # an answer's head
    """Give status and headers of bytes that follow: how many, where known, and of what."""
    if not isinstance(head, ObjectGiven):
        return 200, (_BYTES,)  # its length is not told beforehand: what a ledger holds is rounded
    size, listed = (b"content-length", str(head.size_bytes).encode()), head.listed
    tag = (b"etag", f'"{listed.object}.{listed.version}"'.encode())
    status = 200 if head.size_bytes == listed.size_bytes else 206
    return status, (_BYTES, size, tag)
