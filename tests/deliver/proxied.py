"""A real proxy before a real server, each with the file that ships, moved to ports of its own."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.front.http import Answer
from tests.patience import HANGS_S

NAME = "custody.hosting.example"
UPSTREAM = "127.0.0.1:8080"


def certificate(place: Path, *, name: str = NAME, days: int = 30) -> tuple[Path, Path]:
    """Make a certificate and its key; valid until so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    until = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - timedelta(days=400))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = place / "custody.pem", place / "custody.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


def moved(text: str, *pairs: tuple[str, str]) -> str:
    """Put other places into a file that ships; each must stand in it."""
    for was, now in pairs:
        assert was in text, was
        text = text.replace(was, now)
    return text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@contextmanager
def started(
    words: Sequence[str], port: int, *, end: int = signal.SIGTERM, **more: str
) -> Iterator[None]:
    """Start a proxy, wait until it listens, and end it."""
    with subprocess.Popen(words, env=more or None, stderr=subprocess.PIPE, text=True) as proxy:
        try:
            with socket.socket() as one:
                while one.connect_ex(("127.0.0.1", port)) != 0:
                    assert proxy.poll() is None, proxy.stderr.read() if proxy.stderr else ""
                    os.sched_yield()
            yield
        finally:
            proxy.send_signal(end)


@dataclass(frozen=True)
class Https:
    """A proxy, asked from an address of this machine, its certificate verified."""

    port: int
    trusted: Path
    token: str
    source: str = "127.0.0.1"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        context = ssl.create_default_context(cafile=str(self.trusted))
        to = (("127.0.0.1", self.port), HANGS_S, (self.source, 0))
        with context.wrap_socket(socket.create_connection(*to), server_hostname=NAME) as one:
            connection = http.client.HTTPConnection(NAME)
            connection.sock = one
            sent = {**(headers or {}), "Authorization": f"Bearer {self.token}"}
            connection.request(method, path, body, sent)
            found = connection.getresponse()
            named = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, named, found.read())
