"""Serve command: `bailee serve` holds a home open, and does what is asked on its socket.

With `--listen` it speaks HTTP as well, by a process of its own that holds no key.
"""

import os
import re
import signal
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

from bailee import errors
from bailee.client.server import ENVIRONMENT, SOCKET
from bailee.run import config
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command, option
from bailee.run.serve.front import Front, Listening
from bailee.run.serve.keeper import Keeper
from bailee.run.serve.open_home import OpenHome
from bailee.run.serve.place import Place
from bailee.run.serve.upkeep import Upkeep
from bailee.run.wiring.app import asked_passphrase, os_principal
from bailee.text import say

_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})")
_PORTS = 65_536


def serve() -> Command:
    """Make the command."""
    place = {"metavar": "PATH", "type": Path}
    params = [
        option("--listen", metavar="ADDRESS", help="help.serve_listen"),
        option("--certificate", help="help.serve_certificate", **place),
        option("--private-key", help="help.serve_private_key", **place),
        option("--proxy", metavar="ADDRESS", help="help.serve_proxy", multiple=True),
    ]
    return command("serve", _serve, params)


def _serve(
    *,
    listen: str | None,
    certificate: Path | None,
    private_key: Path | None,
    proxy: tuple[str, ...],
) -> int:
    config.read(frame.session.home)  # there is a home, and its settings are whole
    if (certificate is None) != (private_key is None):
        raise errors.UsageError("errors_socket.half-tls")
    _require_addresses(proxy)
    at = _listening(listen)
    listening = None
    if at is not None:
        listening = Listening(
            address=at[0], port=at[1], certificate=certificate, key=private_key, trusted=proxy
        )
    named = os.environ.get(ENVIRONMENT)
    # Before the passphrase is asked for: somebody may serve already.
    place = Place(frame.session.home, Path(named) if named else frame.session.home / SOCKET)
    try:
        _hold(place, listening)
    finally:
        # Also when nothing came of it: a place at which nobody answers would hold who connects.
        place.leave()
    frame.tell("serve.ended")
    return 0


def _hold(place: Place, listening: Listening | None) -> None:
    """Hold the home open and serve it, until told to end."""
    home = OpenHome(frame.session.home)
    home.behind = _behind
    keeper = Keeper(home, place, fault=_fault)
    front = None if listening is None else Front(listening, keeper.serve_front)

    def stop(number: int, at: FrameType | None) -> None:
        del number, at
        keeper.stop()

    # As a service is ended, and as a person ends it: what is under way is recorded first.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    _open(home)
    upkeep = Upkeep(home, os_principal(), _kept)
    upkeep.start()
    try:
        if front is not None:
            front.start()
            frame.tell("serve.listening", port=front.port)
        keeper.run()
    finally:
        upkeep.stop()
        if front is not None:
            front.stop()


def _fault(kind: str, place: str) -> None:
    frame.tell("serve.fault", kind=kind, place=place)


def _kept(message: str) -> None:
    frame.tell("serve.jobs-kept", message=say(message))


def _behind(client: str, error: errors.BaileeError) -> None:
    frame.tell("cli.log_behind", client=client, message=say(error.reason, **error.facts))


def _open(home: OpenHome) -> None:
    try:
        home.open(asked_passphrase())
        frame.tell("serve.open")
    except errors.Sealed as error:
        # Without one it serves sealed: who comes is told so, until `bailee key unseal`.
        if error.reason != "errors_kms.no-passphrase":
            raise
        frame.tell("serve.sealed")


def _listening(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    found = _LISTEN.fullmatch(text)
    if found is None or int(found["port"]) >= _PORTS:
        raise errors.UsageError("errors_socket.address")
    return found["six"] or found["four"], int(found["port"])


def _require_addresses(proxies: Sequence[str]) -> None:
    """Raise UsageError for a proxy that is no address: one that is misspelt is not believed."""
    for one in proxies:
        try:
            ip_address(one)
        except ValueError:
            raise errors.UsageError("errors_socket.proxy") from None
