"""Webhook: posts a notice as signed JSON over HTTPS; implements `notices.port.Way`.

Signed as the Standard Webhooks specification 1.0 says, by `hmac` of the standard library: the
published package brings an HTTP client and four more for what are ten lines.  Redirects are not
followed: what is signed for one receiver goes to no other.
"""

import hmac
import http.client
import json
import ssl
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, final
from urllib.parse import SplitResult, urlsplit

from bailee import errors
from bailee.clock import Clock, rfc3339
from bailee.notices.model import Message
from bailee.secret import Secret

TIMEOUT_S: Final = 30.0
"""For each answer of the receiver, as for a mail server."""
SECRET_BYTES: Final = range(24, 65)
"""What the specification permits a secret to be."""
_FRONT: Final = "whsec_"
_TAKEN: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReceiver:
    """Webhook receiver: where notices are posted, and what they are signed with."""

    url: str
    secret: Callable[[], Secret[str]]
    ca: str | None = None


@final
class WebhookWay:
    """Webhook way: posts to receivers by their names."""

    def __init__(self, receivers: Mapping[str, WebhookReceiver], clock: Clock) -> None:
        self._receivers = receivers
        self._clock = clock

    def send(self, message: Message) -> None:
        """Post it; Unreachable or Conflict when the receiver has not taken it."""
        receiver = self._receivers.get(message.to)
        if receiver is None:  # it was taken out of the settings since
            raise errors.Conflict("errors_notices.no-way")
        body = json.dumps(
            {
                "type": message.cause.replace("-", "."),
                "timestamp": rfc3339(message.made_ms),
                "data": {**message.facts, "subject": message.subject},
            },
            ensure_ascii=False,
        ).encode()
        # Of this attempt, not of the notice: receivers refuse what is minutes old.
        at_s = self._clock.now_ms() // 1_000
        head = {
            "content-type": "application/json",
            "user-agent": "bailee",
            "webhook-id": str(message.id),
            "webhook-timestamp": str(at_s),
            "webhook-signature": signature(receiver.secret(), str(message.id), at_s, body),
        }
        status = _post(urlsplit(receiver.url), receiver.ca, body, head)
        if status not in _TAKEN:
            raise errors.Conflict("errors_notices.webhook-refused", code=status)


def _post(url: SplitResult, ca: str | None, body: bytes, head: Mapping[str, str]) -> int:
    path = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        connection = _connection(url, ca)
        try:
            connection.request("POST", path, body, dict(head))
            return connection.getresponse().status
        finally:
            connection.close()
    # Before OSError, of which it is one.
    except ssl.SSLError:
        raise errors.Conflict("errors_notices.certificate") from None
    except (http.client.HTTPException, OSError):
        raise errors.Unreachable("errors_notices.unreachable") from None


def _connection(url: SplitResult, ca: str | None) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        context = ssl.create_default_context(cafile=ca)
        return http.client.HTTPSConnection(host, url.port, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, url.port, timeout=TIMEOUT_S)


def signature(secret: Secret[str], message_id: str, at_s: int, body: bytes) -> str:
    """Sign as the specification says: `v1,` and base64 of HMAC-SHA256 over id.timestamp.body.

    UsageError for a secret that is none.
    """
    try:
        key = b64decode(secret.reveal().removeprefix(_FRONT), validate=True)
    except (NotBase64, ValueError):
        key = b""
    if len(key) not in SECRET_BYTES:
        raise errors.UsageError("errors_notices.secret")
    signed = b".".join((message_id.encode(), str(at_s).encode(), body))
    return "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
