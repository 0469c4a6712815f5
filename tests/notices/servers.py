"""A real mail server and a real receiver of webhooks, on this machine, with certificates."""

import ipaddress
import ssl
import threading
from asyncio.base_events import Server
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOCAL = "127.0.0.1"
_NONE: Callable[[], None] = lambda: None  # noqa: E731  # a default that does nothing


@dataclass
class Certificate:
    """A certificate of this machine's own name, and its key, each in a file."""

    cert: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(self.cert, self.key)
        return found


def certificate(place: Path, host: str = LOCAL) -> Certificate:
    """Make one that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bailee test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Certificate(cert=place / f"{host}.pem", key=place / f"{host}.key")
    found.cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return found


@dataclass
class Mailbox:
    """What a mail server took, and what it does when it takes something."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    users: list[tuple[str, str]] = field(default_factory=list)
    answer: str = "250 OK"
    on_data: Callable[[], None] = _NONE

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ANN401, N802  # as aiosmtpd calls it
        del server, session
        if self.answer.startswith("250"):
            found = message_from_bytes(envelope.content, policy=default)
            assert isinstance(found, EmailMessage)
            self.taken.append(found)
        self.on_data()
        return self.answer

    def ids(self) -> list[str]:
        """Give the ids of what was taken, in order."""
        return [str(one["Message-ID"]) for one in self.taken]


class _OnFreePort(Controller):
    """Takes a port that is free, and says which before it is tried."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # it has no types


@contextmanager
def mail_server(tls: ssl.SSLContext | None, *, password: str | None = None) -> Iterator[Mailbox]:
    """Run a mail server on a free port: with STARTTLS, or without any encryption."""
    box = Mailbox()

    def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401  # as aiosmtpd calls it
        del server, session, envelope, mechanism
        assert isinstance(data, LoginPassword)
        box.users.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == password, handled=False)

    controller = _OnFreePort(
        box,
        hostname=LOCAL,
        port=0,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=login,
        auth_required=password is not None,
    )
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


@dataclass
class Posted:
    """What a receiver of webhooks was sent, and with which status it answers."""

    port: int = 0
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204


@contextmanager
def webhook_receiver(tls: ssl.SSLContext | None = None) -> Iterator[Posted]:
    """Run a receiver on a free port."""
    posted = Posted()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            posted.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(posted.status)
            self.send_header("location", "https://elsewhere.example/")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its own name
            del format, args

    server = ThreadingHTTPServer((LOCAL, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    posted.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield posted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
