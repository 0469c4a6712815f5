"""Server: finds the server of a home, and speaks with it as a home is spoken with."""

import os
import socket
import stat
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bailee import errors
from bailee.act import Denial, Purpose
from bailee.client.caller import MessageCaller, SocketCaller
from bailee.secret import Secret
from bailee.wire.asks import Ask, Method, ServerState
from bailee.wire.codec import coder
from bailee.wire.credentials import overflow_uid, peer_uid
from bailee.wire.frames import ANSWER_BYTES, Frames, address

SOCKET: Final = "socket"
"""Its name in a home; `BAILEE_SOCKET` names another place."""
ENVIRONMENT: Final = "BAILEE_SOCKET"
_SHARED: Final = stat.S_IWGRP | stat.S_IWOTH
_STATE: Final = coder(ServerState)
_PURPOSES: Final = coder(tuple[Purpose, ...])


class AskedServer(ABC):
    """Asked server: holds the keys of a home; asked as a home is asked that is opened here."""

    behind: Mapping[str, errors.BaileeError] = MappingProxyType({})
    """Nothing: the server publishes its ledgers itself, and says when it cannot."""

    @property
    @abstractmethod
    def caller(self) -> MessageCaller[Any]:
        """Carry requests."""

    def state(self) -> ServerState:
        """Ask whether it is sealed, and what is wrong with its clock."""
        found: ServerState = _STATE.read(self.caller.around(Ask(method=Method.STATE)))
        return found

    def doubts(self) -> Sequence[tuple[str, int]]:
        """Say what is wrong with its clock, in hours."""
        return self.state().doubts

    def purposes(self, act: str, label: str | None) -> Sequence[Purpose]:
        """Say for which purposes who asks may do an act for a client."""
        asked = Ask(method=Method.PURPOSES, act=act, request=label)
        found: Sequence[Purpose] = _PURPOSES.read(self.caller.around(asked))
        return found

    @abstractmethod
    def unseal(self, phrase: Secret[str]) -> Denial | None:
        """Hand over the passphrase, so that acts can be done until it is sealed or ends."""

    def close(self) -> None:
        """End the connections."""
        self.caller.close()


class Server(AskedServer):
    """Server: one of this machine; what is asked of it is asked as the user who runs this."""

    def __init__(self, place: Path | str) -> None:
        self._place = Path(place)
        self._caller = SocketCaller(self._connected)

    @property
    def caller(self) -> SocketCaller:
        """Carry requests over its socket."""
        return self._caller

    def _connected(self) -> Frames:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with address(self._place) as where:
                connection.connect(where)
            trusted = _trusted(self._place.parent, connection)
        except OSError:
            connection.close()
            raise errors.Unreachable("errors_socket.no-server") from None
        if not trusted:
            connection.close()
            raise errors.Unreachable("errors_socket.not-trusted")
        return Frames(connection, limit=ANSWER_BYTES)

    def unseal(self, phrase: Secret[str]) -> Denial | None:
        """Hand over the passphrase, so that acts can be done until it is sealed or ends."""
        asked = Ask(method=Method.UNSEAL, request=phrase.reveal())
        found: Denial | None = self.caller.around(asked)
        return found


def _trusted(folder: Path, connection: socket.socket) -> bool:
    """Tell whether who listens may hold the place, before a passphrase is handed over.

    In a folder in which only its owner makes files, it is that owner or root; in one that is shared
    it must be one of these or ourselves, or anybody could wait there for others' passphrases.
    """
    found = folder.stat()
    if not found.st_mode & _SHARED:
        return True
    uid = peer_uid(connection)
    return uid != overflow_uid() and uid in (0, os.geteuid(), found.st_uid)


def find_server(home: Path) -> Server | None:
    """Find the server that runs for a home; None when none does."""
    # Who asks is the effective user to the kernel, and the real one to a command: a command of two
    # users (docs/two-people.md) would be its owner to the server, so it opens the home itself.
    if os.getuid() != os.geteuid():
        return None
    named = os.environ.get(ENVIRONMENT)
    server = Server(Path(named) if named else home / SOCKET)
    try:
        server.caller.reach()
    except errors.Unreachable as error:
        # Somebody who is not to be trusted answers: to open the home beside it is no answer either.
        if error.reason == "errors_socket.not-trusted":
            raise
        if named:  # said to be there: to open the home instead would be another thing
            raise
        return None
    return server
