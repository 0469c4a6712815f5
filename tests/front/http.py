"""HTTP for tests: one request at a time, as the library of Python sends it."""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any

from tests.patience import HANGS_S

BOUNDARY = "5c1a7e2f9b"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:  # noqa: ANN401  # what it is
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        """The body as lines of JSON."""
        return [json.loads(line) for line in self.body.splitlines()]


@dataclass(frozen=True)
class Http:
    """One server, asked with one token."""

    port: int
    token: str | None = None

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401  # an object of JSON, or bytes
        *,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request: an object goes as JSON, bytes as they are."""
        sent = dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANGS_S)
        try:
            connection.request(method, path, body, sent)
            found = connection.getresponse()
            named = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, named, found.read())
        finally:
            connection.close()

    def put(self, path: str, request: object, content: bytes) -> Answer:
        """Send an object and bytes, in parts."""
        parts = (("request", json.dumps(request).encode()), ("content", content))
        body = b"".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
            + data
            + b"\r\n"
            for name, data in parts
        )
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.ask("POST", path, body + f"--{BOUNDARY}--\r\n".encode(), headers=kind)
