"""Front: starts the process that speaks HTTP, and serves the connections it was given.

It is a program of its own, started anew and not split off: nothing of the keeper's memory is in it.
It asks for whoever shows a token, and for nobody else; one that ends is started again.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.wire.frames import address

CONNECTIONS: Final = 32
"""Acts that fronts may have under way at once; who comes after that waits."""
WATCHED: Final = 2
"""The same of the front that shows how the server is: one that is slow keeps no second waiting."""
_AGAIN_S: Final = 1.0
"""Before a front that ended is started again: one that ends at once must not spin."""
_GRACE_S: Final = 15.0
_BACKLOG: Final = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Listening: where HTTP is spoken, and with which certificate."""

    address: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    trusted: tuple[str, ...] = ()

    def socket(self) -> socket.socket:
        """Listen; UsageError for an address that is none, or that others reach without TLS."""
        try:
            host = ip_address(self.address)
        except ValueError:
            raise errors.UsageError("errors_socket.address") from None
        # A token that crosses a network in clear is whoever's who listens there.
        if not host.is_loopback and self.certificate is None and not self.trusted:
            raise errors.UsageError("errors_socket.no-tls")
        return _bound(self.address, self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching(Listening):
    """Watching: where it is shown how the server is: nothing of anyone's, so without TLS.

    `path` is a Unix socket instead of an address.
    """

    path: Path | None = None

    def socket(self) -> socket.socket:
        """Listen; UsageError for an address that is none."""
        if self.path is None:
            return _bound(self.address, self.port)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with address(self.path) as where:
                # What a server left that ended; who else's it might be has no server here.
                if self.path.is_socket():
                    self.path.unlink()
                listener.bind(where)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise errors.CannotRecord("errors_socket.taken") from None
        return listener


def _bound(address: str, port: int) -> socket.socket:
    try:
        host = ip_address(address)
    except ValueError:
        raise errors.UsageError("errors_socket.address") from None
    family = socket.AF_INET if host.version == 4 else socket.AF_INET6  # noqa: PLR2004  # of IP
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise errors.CannotRecord("errors_socket.taken") from None
    return listener


class Front:
    """Front: one listening address, and the process that serves it."""

    def __init__(
        self,
        listening: Listening,
        serve: Callable[[Sequence[socket.socket]], object],
        *,
        events: bool = False,
    ) -> None:
        """Listen at once; `serve` serves connections, of which the front has the other ends.

        With `events` its process says what it has to say as lines of JSON, and not in sentences.
        """
        self._events = events
        self._listening = listening
        self._serve = serve
        self._listener = listening.socket()
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="front")

    @property
    def port(self) -> int:
        """Where it listens, when any port would do; 0 of a Unix socket."""
        if self._listener.family == socket.AF_UNIX:
            return 0
        found: int = self._listener.getsockname()[1]
        return found

    @property
    def speaks_tls(self) -> bool:
        """Whether it encrypts by itself."""
        return self._listening.certificate is not None

    @property
    def watches(self) -> bool:
        """Whether it shows how the server is, instead of doing acts."""
        return isinstance(self._listening, Watching)

    @property
    def pid(self) -> int | None:
        """Its process, while one runs."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it, and again whenever it ends."""
        self._thread.start()

    def stop(self) -> None:
        """End it: what is under way may be answered first."""
        self._ending.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(_GRACE_S)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        self._listener.close()

    def _keep(self) -> None:
        while not self._ending.is_set():
            self._run()
            self._ending.wait(_AGAIN_S)

    def _run(self) -> None:
        pairs = [socket.socketpair() for _ in range(WATCHED if self.watches else CONNECTIONS)]
        theirs = [theirs for _, theirs in pairs]
        handed = [self._listener.fileno(), *(one.fileno() for one in theirs)]
        start = {
            "listeners": handed[:1],
            "keeper": handed[1:],
            "certificate": _written(self._listening.certificate),
            "key": _written(self._listening.key),
            "trusted": list(self._listening.trusted),
            "watches": self.watches,
            "events": self._events,
        }
        # No word of the person's own environment but where Python finds its files: a passphrase's
        # command stands there, among others.
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        with subprocess.Popen(  # this program's own module
            [sys.executable, "-I", "-m", "bailee.front.rest"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=handed,
            env=kept,
        ) as process:
            self._process = process
            if self._ending.is_set():  # told to end while it was being started
                process.terminate()
            for one in theirs:
                one.close()
            assert process.stdin is not None
            process.stdin.write(json.dumps(start).encode() + b"\n")
            process.stdin.flush()
            self._serve([ours for ours, _ in pairs])
            process.wait()


def _written(place: Path | None) -> str | None:
    return None if place is None else str(place.absolute())
