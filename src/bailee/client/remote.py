"""Remote: a server elsewhere, asked over HTTPS with an API token; spec/rest.md.

One address is asked and no other: no redirect is followed, no proxy of the environment is used, and
a certificate that does not stand ends it.  HTTP without TLS goes to this machine alone.
"""

import http.client
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from bailee import errors
from bailee.act import Denial
from bailee.client.beside import Handing
from bailee.client.caller import ANSWERS_S, MessageCaller
from bailee.client.server import AskedServer
from bailee.limits import URL_CHARS
from bailee.secret import Secret
from bailee.wire.asks import ASKS, Ask, Method
from bailee.wire.codec import malformed, read_error, written_error
from bailee.wire.frames import (
    ANSWER_BYTES,
    HEAD,
    MEDIA_TYPE,
    MESSAGES_PATH,
    FrameKind,
    Gone,
    packed,
    value_of,
)

TRIES: Final = 4
"""How often one request is sent at most."""
PAUSE_S: Final = 0.5
"""Before the second try; twice as long before each one after it."""
RETRY_AFTER_S: Final = 30.0
"""The longest wait that a server may ask for: whoever needs more is told, and asks again."""
SILENT_S: Final = 3_600.0
"""How long a server may be silent within an act, as on a socket."""
KEPT_S: Final = 10.0
"""How long a connection is kept: a server ends those that are silent for longer, and one that ends
as it is asked leaves open whether it was done."""
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_AGAIN: Final = frozenset({"list", "show"})
"""Verbs of acts that change nothing and open nothing."""
_REDIRECTS: Final = range(300, 400)
_LATER: Final = "errors_rest.busy"

Pause = Callable[[float], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUrl:
    """Server URL: where a server is asked; `parse` makes it."""

    text: str
    host: str
    port: int | None
    path: str
    tls: bool

    @classmethod
    def parse(cls, text: str) -> "ServerUrl":
        """Read one; UsageError for what is no URL of a server."""
        # Printable ASCII alone: a blank or a line's end would go into the head of a request.
        if len(text) > URL_CHARS or not all("!" <= one <= "~" for one in text):
            raise errors.UsageError("errors_remote.url")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise errors.UsageError("errors_remote.url") from None
        # A token in a URL would be written down by many.
        if not host or "@" in parts.netloc or parts.query or parts.fragment:
            raise errors.UsageError("errors_remote.url")
        if parts.scheme not in ("https", "http"):
            raise errors.UsageError("errors_remote.url")
        if parts.scheme == "http" and host not in _LOCAL:
            raise errors.UsageError("errors_remote.not-tls")
        path = parts.path.rstrip("/")
        where = parts.netloc.lower()
        return cls(
            text=f"{parts.scheme}://{where}{path}",
            host=host,
            port=port,
            path=path,
            tls=parts.scheme == "https",
        )


class HttpMessages:
    """HTTP messages: one connection, by which one request after another goes."""

    def __init__(self, connection: http.client.HTTPConnection, path: str, token: str) -> None:
        self._connection = connection
        self._path = path
        self._token = token
        self._response: http.client.HTTPResponse | None = None
        self.kept_since = 0.0

    @property
    def retry_after_s(self) -> float | None:
        """How long the server asks to wait, where it does."""
        found = None if self._response is None else self._response.getheader("Retry-After")
        return float(found) if found is not None and found.isdecimal() else None

    def ask(self, plain: Any, beside: Handing | None, *, silent_s: float) -> None:  # noqa: ANN401  # what msgpack has
        """Send a request, and what comes beside it; then wait for the head of its answer."""
        first = packed(FrameKind.ASK, msgspec.msgpack.encode(plain))
        handed = beside if beside is not None and beside.is_in_order else None
        self._response = None
        # Where it is refused it is answered before all was sent, and read all the same.
        with suppress(Gone):
            self._begin(None if handed else len(first), silent_s)
            self._send(first, whole=handed is None)
            if handed is not None:
                self._hand_over(handed)
                self._send(b"0\r\n\r\n", whole=True)
        try:
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException):
            raise Gone from None
        self._require_messages(self._response)

    def _begin(self, size: int | None, silent_s: float) -> None:
        connection = self._connection
        connection.putrequest("POST", self._path, skip_accept_encoding=True)
        connection.putheader("Authorization", f"Bearer {self._token}")
        connection.putheader("Content-Type", MEDIA_TYPE)
        if size is None:
            connection.putheader("Transfer-Encoding", "chunked")
        else:
            connection.putheader("Content-Length", str(size))
        try:
            connection.endheaders()
            connection.sock.settimeout(silent_s)
        except OSError:
            raise Gone from None

    def _hand_over(self, beside: Handing) -> None:
        while True:
            try:
                given = beside.answer(["next"])
            except errors.BaileeError as error:
                body = msgspec.msgpack.encode(written_error(error))
                self._send(packed(FrameKind.BROKE, body), whole=False)
                return
            if given is None:
                self._send(packed(FrameKind.NOTHING), whole=False)
                return
            self._send(packed(FrameKind.GIVEN, given), whole=False)

    def _send(self, data: bytes, *, whole: bool) -> None:
        if not whole:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        try:
            self._connection.send(data)
        except OSError:
            raise Gone from None

    @staticmethod
    def _require_messages(response: http.client.HTTPResponse) -> None:
        """Raise where what answers is no server of ours, but a proxy or anything else."""
        if response.getheader("Content-Type") == MEDIA_TYPE:
            return
        if response.status in _REDIRECTS:
            raise errors.Unreachable("errors_remote.elsewhere")
        if response.status == errors.NotSignedIn.http_status:
            raise errors.NotSignedIn("errors_rest.no-token")
        if response.status >= errors.BaileeError.http_status:
            raise Gone  # of a proxy: what it asked may have done it
        raise errors.Unreachable("errors_remote.no-bailee")

    def receive(self) -> tuple[FrameKind, bytearray]:
        """Wait for one message of the answer; Gone when none comes, or not all of one."""
        size, number = HEAD.unpack(self._exactly(HEAD.size))
        if size > ANSWER_BYTES:
            raise errors.LimitExceeded("errors_socket.long", bytes=ANSWER_BYTES)
        try:
            kind = FrameKind(number)
        except ValueError:
            raise malformed() from None
        return kind, self._exactly(size)

    def _exactly(self, size: int) -> bytearray:
        found = bytearray()
        try:
            while self._response is not None and len(found) < size:
                # As it comes: a length alone must not cost its bytes.
                some = self._response.read(min(size - len(found), 1024 * 1024))
                if not some:
                    break
                found += some
        except (OSError, http.client.HTTPException):
            raise Gone from None
        if len(found) != size:
            raise Gone
        return found

    def finish(self) -> bool:
        """Read the end of an answer; tell whether another may be asked for by this connection."""
        if self._response is None:
            return False
        try:
            rest = self._response.read(1)
        except (OSError, http.client.HTTPException):
            return False
        self.kept_since = time.monotonic()
        return not rest and self._connection.sock is not None

    def close(self) -> None:
        """End the connection, and what is under way on it."""
        if self._response is not None:
            self._response.close()
        self._connection.close()


class RemoteCaller(MessageCaller[HttpMessages]):
    """Remote caller: one server elsewhere, by as many connections as acts are under way."""

    def __init__(
        self, url: ServerUrl, token: Secret[str], ca: Path | None = None, pause: Pause = time.sleep
    ) -> None:
        super().__init__()
        self._url = url
        self._token = token
        self._ca = ca
        self._pause = pause
        self._context: ssl.SSLContext | None = None

    def _asked(
        self, ask: Ask, beside: Handing | None, *, within_s: float | None = None
    ) -> tuple[HttpMessages, tuple[FrameKind, bytearray]]:
        plain, left, pause_s = ASKS.write(ask), TRIES, PAUSE_S
        while True:
            left -= 1
            messages = self._next()
            try:
                found = self._answered(messages, plain, beside, within_s or SILENT_S)
            except Gone:
                # Whatever changes something may have been done, and is not asked again.
                if not _changes_nothing(ask) or beside is not None or not left:
                    raise errors.OutcomeUnknown("errors_socket.gone") from None
                wait_s = pause_s
            else:
                if found[0] is not FrameKind.FAILED:
                    return messages, found
                asked_s = messages.retry_after_s
                self._keep(messages)
                error = read_error(value_of(found[1]))
                # Said before anything was done; what was handed over beside it is used up.
                if error.reason != _LATER or beside is not None or not left:
                    raise error
                wait_s = pause_s if asked_s is None else min(asked_s, RETRY_AFTER_S)
            self._pause(wait_s)
            pause_s *= 2

    def _answered(
        self,
        messages: HttpMessages,
        plain: Any,  # noqa: ANN401  # what msgpack has
        beside: Handing | None,
        silent_s: float,
    ) -> tuple[FrameKind, bytearray]:
        whole = False
        try:
            messages.ask(plain, beside, silent_s=silent_s)
            kind, body = messages.receive()
            while kind is FrameKind.CALL:
                if beside is None:
                    raise malformed()
                beside.answer(value_of(body))
                kind, body = messages.receive()
            whole = True
        finally:
            # Whatever ended it, an interrupt too: the next act must not read this one's answer.
            if not whole:
                messages.close()
        return kind, body

    def _keep(self, messages: HttpMessages) -> None:
        if messages.finish():
            self.held.append(messages)
        else:
            messages.close()

    def _next(self) -> HttpMessages:
        self._leave_to_parent()
        while self.held:
            held = self.held.pop()
            if time.monotonic() - held.kept_since < KEPT_S:
                return held
            held.close()
        return HttpMessages(
            self._connected(), f"{self._url.path}{MESSAGES_PATH}", self._token.reveal()
        )

    def _connected(self) -> http.client.HTTPConnection:
        url = self._url
        if url.tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                url.host, url.port, timeout=ANSWERS_S, context=self._verified()
            )
        else:
            connection = http.client.HTTPConnection(url.host, url.port, timeout=ANSWERS_S)
        try:
            connection.connect()
        # Before OSError, of which it is one.
        except ssl.SSLError:
            raise errors.Unreachable("errors_remote.certificate") from None
        except OSError:
            raise errors.Unreachable("errors_remote.no-server") from None
        return connection

    def _verified(self) -> ssl.SSLContext:
        if self._context is None:
            try:
                self._context = ssl.create_default_context(cafile=self._ca)
            except (OSError, ValueError):
                raise errors.UsageError("errors_remote.ca") from None
        return self._context


def _changes_nothing(ask: Ask) -> bool:
    return ask.method is not Method.ACT or ask.act.partition(":")[2] in _AGAIN


class RemoteServer(AskedServer):
    """Remote server: one elsewhere; what is asked of it is asked by who holds the token."""

    def __init__(self, url: str, token: Secret[str], ca: Path | None = None) -> None:
        """Take where it is, and the token; UsageError for a URL that is none."""
        self._caller = RemoteCaller(ServerUrl.parse(url), token, ca)

    @property
    def caller(self) -> RemoteCaller:
        """Carry requests over HTTPS."""
        return self._caller

    def unseal(self, phrase: Secret[str]) -> Denial | None:
        """Refuse: the passphrase of a home goes over no network."""
        del phrase
        raise errors.UsageError("errors_rest.only-there")
