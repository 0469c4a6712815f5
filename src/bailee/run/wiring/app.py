"""App: an opened home; its nouns are bound as they are asked for, its ledgers published at the end.

`open_app` unlocks a home and hands it out; leaving it publishes what was recorded, as signed
checkpoints.
"""

import getpass
import os
import pwd
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bailee import errors
from bailee.act import Binding, Principal, Purpose
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.kms.passphrase import new_passphrase, passphrase
from bailee.clock import Clock, SystemClock
from bailee.ids import ClientId
from bailee.keys.schedule import doubts
from bailee.ledger import heads
from bailee.parts import Workers
from bailee.policy import Policies, Question
from bailee.run import config
from bailee.run.wiring.caller import LocalCaller
from bailee.run.wiring.namespace import told_apart
from bailee.run.wiring.nouns import NOUNS, Noun
from bailee.run.wiring.parts import HomeParts, compose
from bailee.run.wiring.redoing import redo
from bailee.secret import Secret
from bailee.text import say

if TYPE_CHECKING:
    from bailee.accounts.admission import Admission

PassphraseSource = Callable[[], Secret[str]]


class App:
    """App: an opened home: its parts, and the caller that carries requests to its nouns."""

    behind: Mapping[str, errors.BaileeError] = MappingProxyType({})
    """Ledgers that could not be published when the home was left, by client."""

    def __init__(self, parts: HomeParts, who: Principal) -> None:
        self.parts = parts
        # By act; valid for the life of the home that is open: the parts under them never change.
        self._bindings: dict[str, Binding] = {}
        # Held while a noun is bound: two threads would make its scanners and caches twice.
        self._binding = threading.Lock()
        self.caller = self.caller_of(who)

    def caller_of(self, who: Principal) -> LocalCaller:
        """Make a caller that carries requests of somebody."""
        return LocalCaller(who, self._bound)

    def bindings(self, noun: Noun) -> Sequence[Binding]:
        """Bind the acts of one noun."""
        return noun.bind(self.parts)

    def _bound(self, act: str) -> Binding:
        """Find the method of an act; its noun is loaded and bound the first time.

        What was bound stays for the life of the process: scanners and caches are made once.
        """
        with self._binding:
            if act not in self._bindings:
                noun = next((one for one in NOUNS if act in one.acts), None)
                if noun is None:  # done without a home that is open, such as a restore
                    raise errors.UsageError("errors_socket.no-act")
                self._bindings |= {one.act: one for one in self.bindings(noun)}
            return self._bindings[act]

    @property
    def is_still(self) -> bool:
        """Whether the home takes no writes: then no act of it is recorded."""
        return self.parts.work.is_still

    @cached_property
    # One for the process: it counts what failed.
    def admission(self) -> "Admission":
        """Who it is that shows an API token."""
        from bailee.accounts.bind import admission  # noqa: PLC0415  # a server alone asks
        from bailee.adapters.sql.rows.accounts import SqlAccountRows  # noqa: PLC0415  # as above

        return admission(self.parts, SqlAccountRows())

    def doubts(self) -> Sequence[tuple[str, int]]:
        """Say what is wrong with the wall clock, in hours, as it was when the home was opened."""
        return doubts(self.parts.times())

    def purposes(self, act: str, label: str | None) -> Sequence[Purpose]:
        """Say for which purposes who asks may do an act for a client, or where they are at home."""
        return self.purposes_of(self.caller.who, act, label)

    def purposes_of(self, who: Principal, act: str, label: str | None) -> Sequence[Purpose]:
        """Say the same of somebody."""
        parts = self.parts
        standing = parts.work.read(lambda tx: parts.register.standing(tx, who))
        # Nothing is granted, hence nothing recorded: the monitor asks anew when the act is asked.
        question = partial(
            Question,
            roles=standing.roles,
            home=standing.home,
            act=act,
            client=standing.home if label is None else parts.find_client(who, label),
            provider=parts.register.provider,
        )
        policies = Policies()
        return [one for one in Purpose if policies.decide(question(purpose=str(one))).allowed]

    def publish_moved(self, more: Iterable[ClientId] = ()) -> dict[ClientId, errors.BaileeError]:
        """Publish the ledgers that this process moved since it did so last, and `more`."""
        self.parts.work.flush()  # as below
        moved = self.parts.work.moved().union(more)
        return heads.publish(self.parts.ledger, moved)

    def publish(self) -> dict[ClientId, errors.BaileeError]:
        """Publish all ledgers, take heads that are due, and publish the provider's again.

        Returns what failed, by client; those that failed are published when the home opens next.
        """
        parts = self.parts
        # What acts left to be recorded later stands under this checkpoint too.
        parts.work.flush()
        failed = heads.publish(parts.ledger)
        provider = parts.keyring.provider
        # Heads are taken of what was just signed; taking them writes to the provider's ledger,
        # which is signed last for that reason.
        if heads.take_heads(parts.ledger, parts.work, parts.entries, parts.clock, provider):
            parts.ledger.sequence(provider)
        return failed


@contextmanager
def open_app(
    home: Path,
    *,
    who: Principal | None = None,
    take_passphrase: PassphraseSource | None = None,
    clock: Clock | None = None,
    unsafe_cost: Cost | None = None,
    workers: Workers | None = None,
) -> Iterator[App]:
    """Unlock a home, hand it out, publish its ledgers at the end whatever happened inside."""
    settings = config.read(home)
    clock = clock or SystemClock()
    # Asked before anything is opened: a person may take their time, and no file is held meanwhile.
    phrase = (take_passphrase or asked_passphrase)()
    kms = FileKms.open(home, passphrase=phrase, clock=clock, unsafe_cost=unsafe_cost)
    parts = compose(home, settings, kms, clock, workers=workers)
    try:
        # Before anything is opened, written or announced: a home of before a turn is taken up as a
        # restore, or not at all.
        turning = parts.keyring.turning()
        parts.work.read(turning.require_reached)
        if parts.work.is_still:
            # Compared as else, and nothing is begun, taken up or signed: nothing can be written.
            parts.anchoring.require_all()
            yield App(parts, who or os_principal())
            return
        parts.anchoring.open()
        # What a custodian missed while it was away, or a home of before marks never left there.
        kms.mark(*parts.work.read(turning.state).reached)
        for pending in parts.work.read(parts.keyring.unannounced):
            # A crash after a deletion's commit left custodians without it: a restore would revive
            # it.  Those who answer get it now, one that is away at a later start.
            with suppress(errors.Sealed):
                parts.keyring.announce(pending)
        redo(parts)
        # After deletions were announced, before any act: the policies of this version are in force
        # for the first decision already.
        parts.monitor.start()
        # After the first look at the newest entry, which is compared with the clock: this one would
        # be the newest.
        parts.times()
        parts.keeper.stamp()
        app = App(parts, who or os_principal())
        try:
            yield app
        finally:
            # Whatever happened inside: what was recorded is there, and its checkpoint must not wait
            # for the next command. What cannot be signed is reported and not raised, for the act is
            # done.
            app.behind = {str(client): error for client, error in app.publish().items()}
    finally:
        # Also when opening failed halfway: the rows' lock would keep the next command out.
        parts.work.close()


def os_principal() -> Principal:
    """Return who runs this process, as the operating system says; no flag can say otherwise."""
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a uid without a name, as in some containers
        name = f"uid-{uid}"
    return Principal(os_user=name, strength=told_apart())


def asked_passphrase() -> Secret[str]:
    """Take the passphrase from its descriptor, its command, or the person at the terminal."""
    return passphrase(os.environ, _ask if os.isatty(0) else None)


def chosen_passphrase() -> Secret[str]:
    """Take a new passphrase, twice from a person, long enough from anyone."""
    return new_passphrase(os.environ, _ask if os.isatty(0) else None)


def _ask(message_id: str) -> str:
    return getpass.getpass(say(message_id))
