"""Restoring: binds a restore: a staging place beside the home, its keys, what it then needs.

The recovery shares give the root, which opens the backup's envelope.  The keyring file of the
backup then opens by its own passphrase, or is made anew under another when that one is lost.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bailee.act import Denial, Principal
from bailee.adapters.backup.folder import PathBackupFolder
from bailee.adapters.backup.staging import StagingFolder
from bailee.adapters.kms.file import FILE_NAME, FileKms
from bailee.adapters.kms.keyring_file import Cost, parse
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.rows.blobs import SqlNamedBlobs
from bailee.adapters.sql.rows.inspection import SqlInspection
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.adapters.sql.whole import digest_anew
from bailee.backup.acts import BackupRehearsed, BackupRestored, RestoreBackup
from bailee.backup.archive import OBJECTS
from bailee.backup.port import StagedHome
from bailee.backup.restore import Rehearsals, Restores, Unpacker
from bailee.backup.writer import Recovery
from bailee.check.rows import RowAudit
from bailee.clock import Clock, SystemClock
from bailee.failpoint import durable
from bailee.ids import InstallId
from bailee.keyring.sealers import recovery_key
from bailee.keys.recovery import join, read_share
from bailee.keys.restore import settle
from bailee.objects.naming import ObjectNaming
from bailee.run import config
from bailee.run.wiring.app import App
from bailee.run.wiring.caller import answered
from bailee.run.wiring.parts import compose
from bailee.run.wiring.upgrading import upgraded
from bailee.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOptions:
    """Restore options: what is restored, by which shares, under which passphrase."""

    home: Path
    request: RestoreBackup
    pages: Sequence[str]
    phrase: Secret[str]
    new_phrase: bool = False


def restore(
    query: RestoreOptions,
    who: Principal,
    *,
    clock: Clock | None = None,
    unsafe_cost: Cost | None = None,
) -> BackupRestored | Denial:
    """Restore a home to an empty place."""
    clock = clock or SystemClock()
    # Before any file is written: shares that do not give a root leave nothing behind.
    root, install = _joined(query.pages)
    staging = StagingFolder(query.home)
    unlock = _Unlocking(query, root, staging.folder, clock, unsafe_cost)
    restores = Restores(
        unpacker=_unpacker(root, install),
        staging=staging,
        held=lambda: frozenset(
            gen for custody in unlock().register() for gen in custody.generations
        ),
        open_home=lambda: _staged(staging, unlock, clock),
    )
    return answered(restores.restore, who, query.request)


def rehearse(app: App, request: RestoreBackup, pages: Sequence[str]) -> BackupRehearsed | Denial:
    """Rehearse a restore beside a living home; no custodian is asked about what was unpacked."""
    root, install = _joined(pages)
    home = app.parts.home
    staging = StagingFolder(home.with_name(f"{home.name}.rehearsal"))
    rehearsals = Rehearsals(
        unpacker=_unpacker(root, install),
        staging=staging,
        audit=lambda: _damaged(staging),
        monitor=app.parts.monitor,
        provider=app.parts.keyring.provider,
    )
    return answered(rehearsals.rehearse, app.caller.who, request)


def _damaged(staging: StagingFolder) -> int:
    """Count what is wrong with the rows that were unpacked, as far as it shows without keys."""
    with staging.rows() as rows:
        objects = DirectoryStore(staging.folder / OBJECTS, sharded=True)
        audit = RowAudit(work=rows, inspection=SqlInspection(), files=objects, version=NEWEST)
        return sum(one.is_damage for one in audit.structure())


def _joined(pages: Sequence[str]) -> tuple[Secret[bytes], InstallId]:
    shares = [read_share(page) for page in pages]
    return join(shares), shares[0].install


def _unpacker(root: Secret[bytes], install: InstallId) -> Unpacker:
    key = recovery_key(root, install)
    return Unpacker(
        store=PathBackupFolder(),
        recovery=Recovery(public=key.public, open=key.open),
        ledgers=SqlEntryRows(),
        objects=SqlNamedBlobs(),
    )


class _Unlocking:
    """Unlocking: opens the staged keyring file; made anew first under a new passphrase."""

    def __init__(
        self,
        query: RestoreOptions,
        root: Secret[bytes],
        folder: Path,
        clock: Clock,
        unsafe_cost: Cost | None,
    ) -> None:
        self._options = query
        self._root = root
        self._folder = folder
        self._clock = clock
        self._cost = unsafe_cost
        self._kms: FileKms | None = None

    def __call__(self) -> FileKms:
        if self._kms is None:
            self._kms = self._anew() if self._options.new_phrase else self._as_it_was()
        return self._kms

    def _as_it_was(self) -> FileKms:
        return FileKms.open(
            self._folder,
            passphrase=self._options.phrase,
            clock=self._clock,
            unsafe_cost=self._cost,
        )

    def _anew(self) -> FileKms:
        path = self._folder / FILE_NAME
        # Its clear part names install and custodians; what the lost passphrase sealed is made anew
        # from the root.
        was = parse(path.read_bytes())
        with durable("home.keyring-anew"):
            # In the staging folder: the backup it came from stays as it is, so a crash here costs a
            # repetition.
            path.unlink()
        return FileKms.restore(
            self._folder,
            install=was.install,
            root=self._root,
            passphrase=self._options.phrase,
            custodians=[entry.path for entry in was.custodians],
            clock=self._clock,
            unsafe_cost=self._cost,
        )


@contextmanager
def _staged(
    staging: StagingFolder, unlock: Callable[[], FileKms], clock: Clock
) -> Iterator[StagedHome]:
    kms = unlock()
    parts = compose(staging.folder, config.read(staging.folder), kms, clock, restoring=True)
    provider, before, rows = parts.keyring.provider, staging.form_before, SqlObjectRows()
    naming = ObjectNaming(work=parts.work, rows=rows, keys=parts.keyring, monitor=parts.monitor)
    try:
        if before is not None:
            parts.work.run(provider, digest_anew)
        yield StagedHome(
            provider=provider,
            work=parts.work,
            keys=SqlKeyRows(),
            deleted=kms.pending,
            settle=lambda tx: settle(tx, parts.keyring, kms),
            scatter=naming.scatter,
            beyond=parts.anchoring.beyond,
            announce=parts.keyring.announce,
            ledgers=parts.entries,
            objects=rows,
            ledger=parts.ledger,
            reader=parts.reader,
            monitor=parts.monitor,
            clock=clock,
        )
        # Not before: lost leaves were taken back to their places in the log by now.
        if before is not None:
            parts.ledger.record(provider, upgraded(before, clock))
        # After everything else was done: the restored home is published as it will be used.
        for client in parts.ledger.clients():
            parts.ledger.sequence(client)
        # Last of all: a restore that was refused or cut off leaves the anchors of the home that
        # there is.  A crash after it leaves those of one that is not; the next restore has its own.
        parts.anchoring.renew(provider)
    finally:
        parts.work.close()
