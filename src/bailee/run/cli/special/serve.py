"""Serve command: `bailee serve` holds a home open, and does what is asked on its socket.

With `--listen` it speaks HTTP as well, by a process of its own that holds no key.
"""

import os
import re
import signal
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

from bailee import errors
from bailee.client.server import ENVIRONMENT, SOCKET
from bailee.clock import SystemClock
from bailee.run import config
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command, option
from bailee.run.sending import ways
from bailee.run.serve.front import Front, Listening, Watching
from bailee.run.serve.health import Health, new_measures
from bailee.run.serve.keeper import Keeper
from bailee.run.serve.open_home import OpenHome
from bailee.run.serve.own_log import OwnLog
from bailee.run.serve.place import Place
from bailee.run.serve.readiness import Readiness
from bailee.run.serve.sealed_long import SealedLong
from bailee.run.serve.upkeep import Upkeep
from bailee.run.wiring.app import asked_passphrase, os_principal
from bailee.run.workers.starting import ProcessWorkers
from bailee.telemetry.events import Event, EventLog
from bailee.telemetry.measures import Measures
from bailee.telemetry.metrics import FAULTS
from bailee.text import say

_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})")
_PORTS = 65_536
_LOCAL = "127.0.0.1"
"""Where a port is of which no address is given."""


def serve() -> Command:
    """Make the command."""
    place = {"metavar": "PATH", "type": Path}
    params = [
        option("--listen", metavar="ADDRESS", help="help.serve_listen"),
        option("--certificate", help="help.serve_certificate", **place),
        option("--private-key", help="help.serve_private_key", **place),
        option("--proxy", metavar="ADDRESS", help="help.serve_proxy", multiple=True),
        option("--metrics", metavar="ADDRESS", help="help.serve_metrics"),
    ]
    return command("serve", _serve, params)


def _serve(
    *,
    listen: str | None,
    certificate: Path | None,
    private_key: Path | None,
    proxy: tuple[str, ...],
    metrics: str | None,
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
    watching = None if metrics is None else _watching(metrics)
    named = os.environ.get(ENVIRONMENT)
    # Before the passphrase is asked for: somebody may serve already.
    place = Place(frame.session.home, Path(named) if named else frame.session.home / SOCKET)
    try:
        _hold(place, listening, watching)
    finally:
        # Also when nothing came of it: a place at which nobody answers would hold who connects.
        place.leave()
    _tell("serve.ended")
    return 0


def _hold(place: Place, listening: Listening | None, watching: Watching | None) -> None:
    """Hold the home open and serve it, until told to end."""
    where, clock, measures = frame.session.home, SystemClock(), new_measures()
    said = _Said(EventLog(_line if _in_json() else lambda _: None, clock.now_ms), measures)
    workers = ProcessWorkers()
    home = OpenHome(where, workers=workers)
    home.behind, home.turned = said.behind, said.turned
    health = Health(where, home, measures)
    keeper = Keeper(home, place, fault=said.fault, health=health, measures=measures)
    fronts = []
    if listening is not None:
        fronts.append(Front(listening, keeper.serve_front, events=_in_json()))
    if watching is not None:
        fronts.append(Front(watching, keeper.serve_watch, events=_in_json()))

    def stop(number: int, at: FrameType | None) -> None:
        del number, at
        keeper.stop()

    # As a service is ended, and as a person ends it: what is under way is recorded first.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    said.events.say(Event.STARTED)
    _open(home)
    who = os_principal()
    sealed = SealedLong(home, where, clock, said.events, ways)
    upkeep = Upkeep(home, who, said.kept, also=(sealed.look, OwnLog(home, who, said.events).look))
    readiness = Readiness(keeper.beat)
    upkeep.start()
    try:
        for front in fronts:
            front.start()
            said.listening(front)
        # The place listens since before: who connects from now on is answered.
        readiness.start()
        keeper.run()
    finally:
        readiness.stop()
        upkeep.stop()
        for front in fronts:
            front.stop()
        workers.stop()
        said.events.say(Event.ENDED)


def _in_json() -> bool:
    """Tell whether events are written as lines of JSON, and not as sentences."""
    return frame.session.output != frame.FORMATS[0]


def _line(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class _Said:
    """Said: what the server has to say: as an event, and to a person as a sentence."""

    def __init__(self, events: EventLog, measures: Measures) -> None:
        self.events = events
        self._measures = measures

    def fault(self, kind: str, place: str) -> None:
        self._measures.add(FAULTS)
        self.events.say(Event.FAULT, kind=kind, at=place)
        _tell("serve.fault", kind=kind, place=place)

    def kept(self, message: str) -> None:
        self.events.say(Event.JOBS_KEPT, error=message)
        _tell("serve.jobs-kept", message=say(message))

    def behind(self, client: str, error: errors.BaileeError) -> None:
        # Of which client is said to the person alone: lines are kept and sent on.
        self.events.say(Event.LEDGER_BEHIND, error=error.reason)
        _tell("cli.log_behind", client=client, message=say(error.reason, **error.facts))

    def turned(self, *, sealed: bool) -> None:
        self.events.say(Event.SEALED if sealed else Event.OPENED)

    def listening(self, front: Front) -> None:
        if not front.port:  # a Unix socket
            return
        self.events.say(Event.LISTENING, port=front.port)
        plain = "serve.listening-tls" if front.speaks_tls else "serve.listening"
        _tell("serve.watched" if front.watches else plain, port=front.port)


def _tell(message_id: str, **facts: str | int) -> None:
    if not _in_json():
        frame.tell(message_id, **facts)


def _open(home: OpenHome) -> None:
    try:
        home.open(asked_passphrase())
        _tell("serve.open")
    except errors.Sealed as error:
        # Without one it serves sealed: who comes is told so, until `bailee key unseal`.
        if error.reason != "errors_kms.no-passphrase":
            raise
        _tell("serve.sealed")


def _listening(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    found = _LISTEN.fullmatch(text)
    if found is None or int(found["port"]) >= _PORTS:
        raise errors.UsageError("errors_socket.address")
    return found["six"] or found["four"], int(found["port"])


def _watching(text: str) -> Watching:
    """Read where figures are shown: a port of this machine alone, an address, or a socket."""
    if text.startswith("/"):
        return Watching(address="", port=0, path=Path(text))
    at = _listening(f"{_LOCAL}:{text}" if text.isdecimal() else text)
    assert at is not None
    return Watching(address=at[0], port=at[1])


def _require_addresses(proxies: Sequence[str]) -> None:
    """Raise UsageError for a proxy that is no address: one that is misspelt is not believed."""
    for one in proxies:
        try:
            ip_address(one)
        except ValueError:
            raise errors.UsageError("errors_socket.proxy") from None
