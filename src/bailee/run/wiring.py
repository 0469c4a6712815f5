"""Which part goes where: the only module that knows both the services and the adapters.

`open_house` unlocks a home and binds every service to its ports; leaving it folds what was
recorded into signed checkpoints.
"""

import getpass
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bailee import errors
from bailee.accounts.acts import AddActor, ListActors
from bailee.accounts.service import Accounts
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.kms.passphrase import new_passphrase, passphrase
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.logs import LogFiles
from bailee.adapters.objects.reserve import FileReserve
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.rows.accounts import SqlActorRows
from bailee.adapters.sql.rows.clients import SqlClientRows
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.adapters.sql.rows.policy import SqlPolicyRows
from bailee.clients.acts import AddClient, ListClients
from bailee.clients.logbook import Logbook
from bailee.clients.service import Clients
from bailee.clock import Clock, SystemClock
from bailee.keyring.service import Keyring
from bailee.ledger import heads
from bailee.ledger.acts import ExportLog, ProveEntry, ShowEntries, ShowHead, ShowKey
from bailee.ledger.reading import LedgerReader
from bailee.ledger.service import Ledger
from bailee.monitor.guard import Guard
from bailee.monitor.model import Denial, Principal
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.objects.service import Objects
from bailee.policy import Policies
from bailee.run import config
from bailee.run.caller import LocalCaller, Service
from bailee.secret import Secret
from bailee.text import say

ROWS = "rows.db"
OBJECTS = "objects"
LEDGER = "ledger"
DAY_MS = 24 * 3_600_000

PassphraseSource = Callable[[], Secret[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The stores and engines under the services, bound once for each process."""

    home: Path
    config: config.Config
    clock: Clock
    work: SqliteWork
    keyring: Keyring
    kms: FileKms
    entries: SqlEntryRows
    files: LogFiles
    ledger: Ledger
    reader: LedgerReader
    register: Register
    monitor: Monitor


class House:
    """An opened home: its services, and the caller that carries requests to them."""

    denial = Denial

    def __init__(self, parts: Parts, who: Principal) -> None:
        self.parts = parts
        self.blobs = DirectoryStore(parts.home / OBJECTS, sharded=True)
        find = self._clients().find
        self.accounts = Accounts(
            work=parts.work,
            rows=SqlActorRows(),
            keys=parts.keyring,
            door=parts.monitor,
            register=parts.register,
            find_client=find,
        )
        self.clients = self._clients()
        self.logbook = Logbook(
            work=parts.work,
            ledger=parts.ledger,
            reader=parts.reader,
            door=parts.monitor,
            find_client=find,
        )
        self.objects = Objects(
            work=parts.work,
            rows=SqlObjectRows(),
            blobs=self.blobs,
            keys=parts.keyring,
            door=parts.monitor,
            find_client=find,
            final_by_ms=self._final_by_ms,
            clock=parts.clock,
        )
        self.caller = LocalCaller(who, self._acts())

    def _clients(self) -> Clients:
        parts = self.parts
        return Clients(
            work=parts.work,
            rows=SqlClientRows(),
            keys=parts.keyring,
            logs=parts.ledger,
            door=parts.monitor,
            register=parts.register,
            clock=parts.clock,
        )

    def _final_by_ms(self) -> int:
        return self.parts.clock.now_ms() + self.parts.config.turn_days * DAY_MS

    def _acts(self) -> dict[str, Service]:
        """Pair each act with the one method that does it."""
        return {
            AddClient.act: self.clients.add,
            ListClients.act: self.clients.list,
            AddActor.act: self.accounts.add,
            ListActors.act: self.accounts.list,
            PutObject.act: self.objects.put,
            GetObject.act: self.objects.get,
            ListObjects.act: self.objects.list,
            DeleteObject.act: self.objects.delete,
            ShowHead.act: self.logbook.head,
            ShowKey.act: self.logbook.key,
            ShowEntries.act: self.logbook.show,
            ExportLog.act: self.logbook.export,
            ProveEntry.act: self.logbook.prove,
        }

    def tend(self) -> dict[str, errors.BaileeError]:
        """Fold all logs, take heads that are due, and fold the provider's again."""
        parts = self.parts
        failed = heads.tend(parts.ledger)
        provider = parts.keyring.provider
        if heads.take_heads(parts.ledger, parts.work, parts.entries, parts.clock, provider):
            parts.ledger.sequence(provider)
        return {str(client): error for client, error in failed.items()}


def compose(
    home: Path, settings: config.Config, kms: FileKms, clock: Clock, *, load: bool = True
) -> Parts:
    """Bind the parts; `init` loads the keyring itself, once it is founded."""
    work = SqliteWork(home / ROWS)
    keyring = Keyring(rows=SqlKeyRows(), kms=kms, clock=clock)
    if load:
        work.read(keyring.load)
    entries = SqlEntryRows()
    files = LogFiles(home / LEDGER)
    ledger = Ledger(
        work=work,
        rows=entries,
        files=files,
        keys=keyring,
        clock=clock,
        domain=settings.domain,
        reserve=FileReserve(home),
    )
    reader = LedgerReader(
        ledger=ledger, work=work, rows=entries, files=files, keys=keyring, clock=clock
    )
    register = Register(
        keys=keyring,
        actors=SqlActorRows(),
        clients=SqlClientRows(),
        policy=SqlPolicyRows(),
        provider=lambda: keyring.provider,
    )
    memory = DirectoryStore(home / LEDGER)
    monitor = Monitor(
        work=work,
        ledger=ledger,
        keys=keyring,
        register=register,
        guard=Guard(work=work, keys=keyring, register=register, memory=memory),
        telling=lambda grant: reader.tell(grant.client, grant),
        policies=Policies(),
        clock=clock,
    )
    return Parts(
        home=home,
        config=settings,
        clock=clock,
        work=work,
        keyring=keyring,
        kms=kms,
        entries=entries,
        files=files,
        ledger=ledger,
        reader=reader,
        register=register,
        monitor=monitor,
    )


@contextmanager
def open_house(
    home: Path,
    *,
    who: Principal | None = None,
    take_passphrase: PassphraseSource | None = None,
    clock: Clock | None = None,
    unsafe_cost: Cost | None = None,
) -> Iterator[House]:
    """Unlock a home, hand it out, fold its logs at the end whatever happened inside."""
    settings = config.read(home)
    clock = clock or SystemClock()
    phrase = (take_passphrase or asked_passphrase)()
    kms = FileKms.open(home, passphrase=phrase, clock=clock, unsafe_cost=unsafe_cost)
    parts = compose(home, settings, kms, clock)
    try:
        parts.monitor.start()
        house = House(parts, who or os_principal())
        try:
            yield house
        finally:
            house.tend()
    finally:
        parts.work.close()


def os_principal() -> Principal:
    """Return who runs this process, as the operating system says; no flag can say otherwise."""
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a uid without a name, as in some containers
        name = f"uid-{uid}"
    return Principal(os_user=name)


def asked_passphrase() -> Secret[str]:
    """Take the passphrase from its descriptor, its command, or the person at the terminal."""
    return passphrase(os.environ, _ask if os.isatty(0) else None)


def chosen_passphrase() -> Secret[str]:
    """Take a new passphrase, twice from a person, long enough from anyone."""
    return new_passphrase(os.environ, _ask if os.isatty(0) else None)


def _ask(message_id: str) -> str:
    return getpass.getpass(say(message_id))
