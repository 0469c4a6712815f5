"""Served: a home that a server of this process holds, asked as the user who runs the tests."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.answers import done
from tests.notices.servers import Certificate, certificate
from tests.patience import HANGS_S, NovemberClock
from tests.run.homes import CHEAP, PASSPHRASE, make

from bailee.accounts.acts import AddToken, ListActors
from bailee.client.remote import RemoteServer
from bailee.client.server import SOCKET, Server
from bailee.parts import Workers
from bailee.run.serve.connections import Bounds
from bailee.run.serve.front import Front, Listening
from bailee.run.serve.health import Health, new_measures
from bailee.run.serve.keeper import Keeper
from bailee.run.serve.open_home import OpenHome
from bailee.run.serve.place import Place
from bailee.run.wiring.app import os_principal
from bailee.secret import Secret


def found(place: Path) -> None:
    """Found a home whose first actor is who runs the tests."""
    make(place, who=os_principal())


@dataclass
class Running:
    """A server of this process, with what only tests may look at."""

    home: OpenHome
    keeper: Keeper
    place: Path
    server: Server

    def connect(self) -> socket.socket:
        """Connect as anybody may, and speak no protocol yet."""
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.connect(str(self.place))
        made.settimeout(HANGS_S)
        return made


@contextmanager
def running(
    place: Path,
    *,
    sealed: bool = False,
    bounds: Bounds | None = None,
    where: Path | None = None,
    watched: bool = False,
    workers: Workers | None = None,
) -> Iterator[Running]:
    """Hold the home in a folder; ended as by a signal."""
    where = where or place / "home" / SOCKET
    faults: list[tuple[str, ...]] = []
    home = OpenHome(place / "home", clock=NovemberClock(), unsafe_cost=CHEAP, workers=workers)
    measures = new_measures()
    keeper = Keeper(
        home,
        Place(place / "home", where),
        bounds=bounds,
        fault=lambda *at: faults.append(at),
        health=Health(place / "home", home, measures) if watched else None,
        measures=measures,
    )
    if not sealed:
        home.open(Secret(PASSPHRASE))
    thread = threading.Thread(target=keeper.run)
    thread.start()
    server = Server(where)
    try:
        yield Running(home=home, keeper=keeper, place=where, server=server)
    finally:
        server.close()
        keeper.stop()
        thread.join(HANGS_S)
        assert not thread.is_alive()
    assert faults == []


@contextmanager
def serving(place: Path, *, sealed: bool = False, where: Path | None = None) -> Iterator[Server]:
    """Hold the home in a folder, and speak with its server."""
    with running(place, sealed=sealed, where=where) as one:
        yield one.server


@contextmanager
def remote(place: Path) -> Iterator[tuple[RemoteServer, Server]]:
    """Hold the home in a folder; give its server as who is elsewhere has it, and as one here."""
    tls = certificate(place)
    with fronted(place, tls=tls) as (server, front):
        secret = Secret(token_of(server))
        there = RemoteServer(f"https://127.0.0.1:{front.port}", secret, tls.cert)
        with closing(there):
            yield there, server


def token_of(server: Server) -> str:
    """Make a token of the first actor, and give its secret."""
    (actor,) = done(server.caller.call(ListActors()))
    return done(server.caller.call(AddToken(actor=str(actor.actor)))).secret


@contextmanager
def speaking(place: Path) -> Iterator[tuple[Server, int]]:
    """Hold the home in a folder, and speak HTTP by a front; give the server and the port."""
    with fronted(place) as (server, front):
        yield server, front.port


@contextmanager
def fronted(
    place: Path,
    *,
    front_last: bool = False,
    tls: Certificate | None = None,
    trusted: tuple[str, ...] = (),
) -> Iterator[tuple[Server, Front]]:
    """Do the same, and give the front itself; `front_last` ends it after its keeper."""
    listening = Listening(address="127.0.0.1", port=0, trusted=trusted)
    if tls is not None:
        listening = replace(listening, certificate=tls.cert, key=tls.key)
    with running(place) as one:
        front = Front(listening, one.keeper.serve_front)
        front.start()
        try:
            yield one.server, front
        finally:
            if not front_last:
                front.stop()
    if front_last:
        front.stop()
