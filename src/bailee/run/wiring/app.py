"""Which part goes where: with `parts.py`, all that knows both the services and the adapters.

`open_house` unlocks a home and binds every service to its ports; leaving it folds what was
recorded into signed checkpoints.
"""

import getpass
import os
import pwd
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bailee import errors
from bailee.accounts.acts import AddActor, ListActors
from bailee.accounts.service import Accounts
from bailee.adapters.backup.home import HomeDirectory
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.kms.passphrase import new_passphrase, passphrase
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.sql.rows.accounts import SqlActorRows
from bailee.adapters.sql.rows.clients import SqlClientRows
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.backup.acts import CreateBackup
from bailee.backup.service import Backups
from bailee.backup.writer import BackupWriter, Recovery
from bailee.check.acts import Checked, RunCheck
from bailee.clients.acts import AddClient, ListClients
from bailee.clients.logbook import Logbook
from bailee.clients.service import Clients
from bailee.clock import Clock, SystemClock
from bailee.keys.acts import KeysTurned, ListKeys, RotateRoot, TurnKeys
from bailee.keys.model import DAY_MS
from bailee.keys.service import Keys
from bailee.ledger import heads
from bailee.ledger.acts import ExportLedger, ProveEntry, ShowEntries, ShowHead, ShowKey
from bailee.logs.acts import (
    DestroyEpoch,
    EpochDestroyed,
    EraseLog,
    ExportLog,
    Ingested,
    IngestLog,
    LineProved,
    LinesFound,
    ListEpochs,
    ListStreams,
    LogErased,
    LogExported,
    Month,
    ProveLog,
    Revealed,
    RevealLog,
    SearchLog,
    StreamListed,
)
from bailee.monitor.model import Denial, Principal
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.objects.service import Objects
from bailee.run import config
from bailee.run.wiring.caller import LocalCaller, Service
from bailee.run.wiring.kit import RecoveryKitPrinter
from bailee.run.wiring.parts import OBJECTS, Parts, compose
from bailee.secret import Secret
from bailee.text import say

if TYPE_CHECKING:
    from bailee.keys.schedule import Times
    from bailee.logs.ingest.service import LogIngest
    from bailee.logs.port import LogSource
    from bailee.logs.search.service import Searches
    from bailee.vault.service import Vault

PassphraseSource = Callable[[], Secret[str]]


class App:
    """An opened home: its services, and the caller that carries requests to them."""

    denial = Denial
    behind: Mapping[str, errors.BaileeError] = MappingProxyType({})
    """Logs that could not be folded when the home was left, by client."""

    def __init__(self, parts: Parts, who: Principal) -> None:
        self.parts = parts
        self.blobs = DirectoryStore(parts.home / OBJECTS, sharded=True)
        find = self._clients().find
        self.accounts = Accounts(
            work=parts.work,
            rows=SqlActorRows(),
            keys=parts.keyring,
            monitor=parts.monitor,
            register=parts.register,
            find_client=find,
        )
        self.clients = self._clients()
        self.logbook = Logbook(
            work=parts.work,
            ledger=parts.ledger,
            reader=parts.reader,
            monitor=parts.monitor,
            find_client=find,
        )
        self.objects = Objects(
            work=parts.work,
            rows=SqlObjectRows(),
            blobs=self.blobs,
            keys=parts.keyring,
            monitor=parts.monitor,
            find_client=find,
            final_by_ms=self._final_by_ms,
            clock=parts.clock,
        )
        recovery = partial(_recovery, parts)
        self.backup_writer = BackupWriter(
            files=HomeDirectory(parts.home, parts.work.copy_to),
            destinations={str(place): DirectoryStore(place) for place in parts.config.backups},
            keys=SqlKeyRows(),
            logs=parts.entries,
            recovery=recovery,
            clock=parts.clock,
        )
        self._recovery = recovery
        self.backups = Backups(
            work=parts.work,
            writer=self.backup_writer,
            monitor=parts.monitor,
            provider=parts.keyring.provider,
        )
        self.keys = Keys(
            work=parts.work,
            rows=SqlKeyRows(),
            keyring=parts.keyring,
            kms=parts.kms,
            backup=self.backup_writer,
            printer=RecoveryKitPrinter(parts.kms.install),
            monitor=parts.monitor,
            clock=parts.clock,
            period_ms=parts.config.turn_days * DAY_MS,
            before=self._expire,
        )
        self.caller = LocalCaller(who, self._acts())

    def _clients(self) -> Clients:
        parts = self.parts
        return Clients(
            work=parts.work,
            rows=SqlClientRows(),
            keys=parts.keyring,
            logs=parts.ledger,
            monitor=parts.monitor,
            register=parts.register,
            clock=parts.clock,
        )

    def _final_by_ms(self) -> int:
        return self.keys.report().due_ms

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
            ExportLedger.act: self.logbook.export,
            ProveEntry.act: self.logbook.prove,
            ListKeys.act: self.keys.list,
            TurnKeys.act: self._turn,
            RotateRoot.act: self._rotate,
            IngestLog.act: self._ingest,
            ExportLog.act: self._export_logs,
            ListStreams.act: self._list_streams,
            EraseLog.act: self._erase_log,
            ProveLog.act: self._prove_log,
            ListEpochs.act: self._list_epochs,
            DestroyEpoch.act: self._destroy_epoch,
            SearchLog.act: self._search_logs,
            RevealLog.act: self._reveal_logs,
            CreateBackup.act: self.backups.create,
            RunCheck.act: self._check,
        }

    def _check(self, who: Principal, request: RunCheck) -> Checked | Denial:
        from bailee.run.wiring.judging import bind  # noqa: PLC0415  # SQLAlchemy: a second for one command

        return bind(self.parts, self.blobs, self._recovery).run(who, request)

    @cached_property
    def vault(self) -> "Vault":
        """Bind the one vault: what one act erases, another of this process must not remember."""
        from bailee.run.wiring.ending import bind_vault  # noqa: PLC0415  # numpy and telephone numbers

        return bind_vault(self.parts)

    @cached_property
    def logs(self) -> "LogIngest":
        """Bind the acts on logs when one is asked for."""
        from bailee.run.wiring.custody import bind_logs  # noqa: PLC0415  # numba: a second for log commands

        return bind_logs(self.parts, self.blobs, self.vault, self.clients.find)

    @cached_property
    def searches(self) -> "Searches":
        """Bind searching and revealing when one is asked for."""
        from bailee.run.wiring.custody import bind_searches  # noqa: PLC0415  # as above

        return bind_searches(self.parts, self.blobs, self.vault, self.clients.find)

    def _search_logs(self, who: Principal, request: SearchLog) -> LinesFound | Denial:
        return self.searches.search(who, request)

    def _reveal_logs(self, who: Principal, request: RevealLog) -> Revealed | Denial:
        return self.searches.reveal(who, request)

    def _list_streams(
        self, who: Principal, request: ListStreams
    ) -> tuple[StreamListed, ...] | Denial:
        from bailee.run.wiring.custody import bind_listing  # noqa: PLC0415  # as above

        return bind_listing(self.parts, self.blobs, self.clients.find).streams(who, request)

    def _ingest(self, who: Principal, request: IngestLog, source: "LogSource") -> Ingested | Denial:
        return self.logs.ingest(who, request, source)

    def _export_logs(self, who: Principal, request: ExportLog) -> LogExported | Denial:
        from bailee.run.wiring.custody import bind_exports  # noqa: PLC0415  # as above

        exports = bind_exports(self.parts, self.blobs, self.vault, self.clients.find)
        return exports.export(who, request)

    def _prove_log(self, who: Principal, request: ProveLog) -> LineProved | Denial:
        from bailee.run.wiring.custody import bind_proofs  # noqa: PLC0415  # as above

        proofs = bind_proofs(self.parts, self.blobs, self.vault, self.clients.find)
        return proofs.prove(who, request)

    def _erase_log(self, who: Principal, request: EraseLog) -> LogErased | Denial:
        from bailee.run.wiring.ending import bind_erasing  # noqa: PLC0415  # as the vault

        bound = bind_erasing(self.parts, self.vault, self.clients.find, self.keys.erasure)
        return bound.erase(who, request)

    @cached_property
    def times(self) -> "Callable[[], Times]":
        """Tell the time as far as it can be believed; looked at before an act is recorded."""
        from bailee.run.wiring.ending import watch  # noqa: PLC0415  # as the vault

        return watch(self.parts)

    def _turn(self, who: Principal, request: TurnKeys) -> KeysTurned | Denial:
        self.times()
        return self.keys.turn(who, request)

    def _rotate(self, who: Principal, request: RotateRoot) -> KeysTurned | Denial:
        self.times()
        return self.keys.rotate(who, request)

    def _expire(self) -> None:
        from bailee.run.wiring.ending import bind_expiry  # noqa: PLC0415  # as the vault

        bind_expiry(self.parts, self.blobs, self.times).run()
        self._sweep()

    def _sweep(self) -> None:
        """Remove what crashes left: ciphertext that no row names, older than an hour."""
        from bailee.adapters.sql.rows.blobs import SqlNamedBlobs  # noqa: PLC0415  # as the vault

        with suppress(errors.CannotRecord):  # a file that stays is no reason to leave keys unturned
            self.blobs.sweep(lambda _: self.parts.work.read(SqlNamedBlobs().blobs))
            self.parts.files.sweep()

    def _list_epochs(self, who: Principal, request: ListEpochs) -> Sequence[Month] | Denial:
        from bailee.run.wiring.ending import bind_months  # noqa: PLC0415  # as the vault

        return bind_months(self.parts, self.vault, self.clients.find).list(who, request)

    def _destroy_epoch(self, who: Principal, request: DestroyEpoch) -> EpochDestroyed | Denial:
        from bailee.run.wiring.ending import bind_destroying  # noqa: PLC0415  # as the vault

        bound = bind_destroying(
            self.parts,
            self.blobs,
            self.vault,
            self.clients.find,
            self.keys.erasure,
            self.times,
        )
        return bound.destroy(who, request)

    def publish(self) -> dict[str, errors.BaileeError]:
        """Fold all logs, take heads that are due, and fold the provider's again."""
        parts = self.parts
        failed = heads.publish(parts.ledger)
        provider = parts.keyring.provider
        if heads.take_heads(parts.ledger, parts.work, parts.entries, parts.clock, provider):
            parts.ledger.sequence(provider)
        return {str(client): error for client, error in failed.items()}


def _recovery(parts: Parts) -> Recovery:
    key = parts.work.read(parts.keyring.recovery)
    return Recovery(public=key.public, open=key.open)


@contextmanager
def open_app(
    home: Path,
    *,
    who: Principal | None = None,
    take_passphrase: PassphraseSource | None = None,
    clock: Clock | None = None,
    unsafe_cost: Cost | None = None,
) -> Iterator[App]:
    """Unlock a home, hand it out, fold its logs at the end whatever happened inside."""
    settings = config.read(home)
    clock = clock or SystemClock()
    phrase = (take_passphrase or asked_passphrase)()
    kms = FileKms.open(home, passphrase=phrase, clock=clock, unsafe_cost=unsafe_cost)
    parts = compose(home, settings, kms, clock)
    try:
        for pending in parts.work.read(parts.keyring.unannounced):
            # A crash after a deletion's commit left it untold: a restore would revive it.  Those
            # who answer are told now, one that is away at a later start: one is enough to open.
            with suppress(errors.Sealed):
                parts.keyring.announce(pending)
        parts.monitor.start()
        house = App(parts, who or os_principal())
        try:
            yield house
        finally:
            house.behind = house.publish()
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
