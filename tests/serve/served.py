"""Served: a home that a server of this process holds, asked as the user who runs the tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import HANGS_S, NovemberClock
from tests.run.homes import CHEAP, PASSPHRASE, make

from bailee.client.server import SOCKET, Server
from bailee.run.serve.keeper import Keeper
from bailee.run.serve.open_home import OpenHome
from bailee.run.wiring.app import os_principal
from bailee.secret import Secret


def found(place: Path) -> None:
    """Found a home whose first actor is who runs the tests."""
    make(place, who=os_principal())


@contextmanager
def serving(place: Path, *, sealed: bool = False) -> Iterator[Server]:
    """Hold the home in a folder, and speak with its server; ended as by a signal."""
    home = OpenHome(place / "home", clock=NovemberClock(), unsafe_cost=CHEAP)
    keeper = Keeper(home, place / "home" / SOCKET)
    if not sealed:
        home.open(Secret(PASSPHRASE))
    thread = threading.Thread(target=keeper.run)
    thread.start()
    server = Server(place / "home" / SOCKET)
    try:
        yield server
    finally:
        server.close()
        keeper.stop()
        thread.join(HANGS_S)
        assert not thread.is_alive()
