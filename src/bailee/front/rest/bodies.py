"""Bodies: what is sent with a request: an object of JSON, or that and bytes after it.

Bytes come as `multipart/form-data` (RFC 7578) of two parts: `request`, an object of JSON, then
`content`.  Neither waits in memory for the other: content is handed on as it comes.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from bailee import errors
from bailee.wire.frames import CHUNK_BYTES

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

JSON_BYTES: Final = 2 * 1024 * 1024
"""Of a request's object: ten thousand tokens fit."""
SILENT_S: Final = 30.0
"""How long nothing may come of a body that has begun: whoever is silent holds a connection."""
JSON_TYPE: Final = b"application/json"
FORM_TYPE: Final = b"multipart/form-data"
_REQUEST, _CONTENT = b"request", b"content"


class ClientGone(Exception):
    """Client gone: whoever asked has ended the connection, or was silent for too long."""


class Body:
    """Body: the bytes of one request, as they come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._over = False

    async def chunk(self) -> bytes:
        """Wait for some bytes; none when it is over.  ClientGone when nothing comes any more."""
        while not self._over:
            try:
                message = await asyncio.wait_for(self._receive(), SILENT_S)
            except TimeoutError:
                raise ClientGone from None
            if message["type"] != "http.request":
                raise ClientGone
            self._over = not message.get("more_body", False)
            if message.get("body"):
                return bytes(message["body"])
        return b""

    async def whole(self) -> bytes:
        """Read all of it; LimitExceeded beyond what an object of JSON may have."""
        data = bytearray()
        while chunk := await self.chunk():
            data += chunk
            if len(data) > JSON_BYTES:
                raise errors.LimitExceeded("errors_rest.long", bytes=JSON_BYTES)
        return bytes(data)


def object_of(data: bytes) -> dict[str, Any]:
    """Read an object of JSON; UsageError when it is none, which repeats nothing of it."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise errors.UsageError("errors_rest.no-json") from None
    if not isinstance(found, dict):
        raise errors.UsageError("errors_rest.no-json")
    return found


class RequestForm:
    """Request form: a request's object, and the bytes after it, of a body in parts."""

    def __init__(self, body: Body, content_type: bytes) -> None:
        """Begin; UsageError for a type that is no form, or names no boundary."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != FORM_TYPE or not boundary:
            raise errors.UsageError("errors_rest.no-form")
        self._body = body
        self._name: bytes | None = None
        self._header = bytearray()
        self._value = bytearray()
        self._object = bytearray()
        self._seen: list[bytes | None] = []
        self._asked = False
        self._content: deque[bytes] = deque()
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._named,
                "on_part_data": self._data,
                "on_part_end": self._end_part,
            },
        )

    async def request(self) -> dict[str, Any]:
        """Read the first part: the request's object."""
        while not self._asked and not self._content and not self._ended:
            await self._more()
        if not self._asked or self._seen[:1] != [_REQUEST]:
            raise errors.UsageError("errors_rest.no-form")
        return object_of(bytes(self._object))

    async def content(self) -> bytes | None:
        """Read some of the second part; None when it is over."""
        while not self._content and not self._ended:
            await self._more()
        if self._content:
            return self._content.popleft()
        if self._seen != [_REQUEST, _CONTENT]:
            raise errors.UsageError("errors_rest.no-form")
        return None

    async def _more(self) -> None:
        chunk = await self._body.chunk()
        try:
            if chunk:
                self._parser.write(chunk)
            else:
                self._parser.finalize()
                self._ended = True
        except MultipartParseError:
            raise errors.UsageError("errors_rest.no-form") from None

    # --- what the parser finds -------------------------------------------------------------

    def _begin(self) -> None:
        self._name = None

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._name = parse_options_header(bytes(self._value))[1].get(b"name")
        self._header.clear()
        self._value.clear()

    def _named(self) -> None:
        self._seen.append(self._name)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == _REQUEST:
            self._object += data[start:end]
            if len(self._object) > JSON_BYTES:
                raise errors.LimitExceeded("errors_rest.long", bytes=JSON_BYTES)
        elif self._name == _CONTENT:
            for at in range(start, end, CHUNK_BYTES):
                self._content.append(data[at : min(end, at + CHUNK_BYTES)])

    def _end_part(self) -> None:
        self._asked = self._asked or self._name == _REQUEST
