"""Serve command: `bailee serve` holds a home open, and does what is asked on its socket."""

import os
import signal
from pathlib import Path
from types import FrameType

from bailee import errors
from bailee.client.server import ENVIRONMENT, SOCKET
from bailee.run import config
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command
from bailee.run.serve.keeper import Keeper
from bailee.run.serve.open_home import OpenHome
from bailee.run.serve.place import Place
from bailee.run.wiring.app import asked_passphrase


def serve() -> Command:
    """Make the command."""
    return command("serve", _serve)


def _fault(kind: str, place: str) -> None:
    frame.tell("serve.fault", kind=kind, place=place)


def _serve() -> int:
    config.read(frame.session.home)  # there is a home, and its settings are whole
    home = OpenHome(frame.session.home)
    named = os.environ.get(ENVIRONMENT)
    # Before the passphrase is asked for: somebody may serve already.
    place = Place(frame.session.home, Path(named) if named else frame.session.home / SOCKET)
    keeper = Keeper(home, place, fault=_fault)

    def stop(number: int, at: FrameType | None) -> None:
        del number, at
        keeper.stop()

    # As a service is ended, and as a person ends it: what is under way is recorded first.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        home.open(asked_passphrase())
        frame.tell("serve.open")
    except errors.Sealed as error:
        # Without one it serves sealed: who comes is told so, until `bailee key unseal`.
        if error.reason != "errors_kms.no-passphrase":
            raise
        frame.tell("serve.sealed")
    keeper.run()
    frame.tell("serve.ended")
    return 0
