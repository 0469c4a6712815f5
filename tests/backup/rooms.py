"""Backups bound to real homes, as the wiring does it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.answers import asked
from tests.patience import NovemberClock
from tests.run.homes import CHEAP, PASSPHRASE, SOMEONE

from bailee.act import Denial, Principal
from bailee.adapters.backup.folder import PathBackupFolder
from bailee.adapters.backup.home import HomeDirectory
from bailee.adapters.backup.staging import StagingFolder
from bailee.adapters.kms.file import FileKms
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.sql.rows.blobs import SqlNamedBlobs
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.backup.acts import BackupRestored, RestoreBackup
from bailee.backup.model import BackupKind, Written
from bailee.backup.port import Destination, StagedHome
from bailee.backup.restore import Restores, Unpacker
from bailee.backup.writer import BackupWriter, Recovery, file_name
from bailee.clock import Clock
from bailee.ids import InstallId
from bailee.keyring.port import Kms
from bailee.keyring.sealers import recovery_key
from bailee.keys.restore import settle
from bailee.objects.naming import ObjectNaming
from bailee.run import config
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import compose
from bailee.secret import Secret


def recovery_of(root: Secret[bytes], install: InstallId) -> Recovery:
    key = recovery_key(root, install)
    return Recovery(public=key.public, open=key.open)


def recovery(kms: Kms) -> Recovery:
    return recovery_of(kms.root(), kms.install)


def writer_of(house: App, destinations: Mapping[str, Destination] | None = None) -> BackupWriter:
    parts = house.parts
    usual = {str(place): DirectoryStore(place) for place in parts.config.backups}
    return BackupWriter(
        files=HomeDirectory(parts.home, parts.work.copy_to),
        destinations=usual if destinations is None else destinations,
        keys=SqlKeyRows(),
        ledgers=SqlEntryRows(),
        recovery=lambda: recovery(parts.kms),
        clock=parts.clock,
    )


def backup(house: App, kind: BackupKind = BackupKind.HOME) -> Path:
    """Make a backup of a home and return its file."""
    return path_of(writer_of(house).make(kind))


def path_of(written: Written) -> Path:
    return Path(written.places[0]) / file_name(written.about)


def unpacker(known: Recovery) -> Unpacker:
    return Unpacker(
        store=PathBackupFolder(), recovery=known, ledgers=SqlEntryRows(), objects=SqlNamedBlobs()
    )


@contextmanager
def _staged(staging: StagingFolder, kms: FileKms, clock: Clock) -> Iterator[StagedHome]:
    parts = compose(staging.folder, config.read(staging.folder), kms, clock, restoring=True)
    rows = SqlObjectRows()
    naming = ObjectNaming(work=parts.work, rows=rows, keys=parts.keyring, monitor=parts.monitor)
    try:
        yield StagedHome(
            provider=parts.keyring.provider,
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
        for client in parts.ledger.clients():
            parts.ledger.sequence(client)
        parts.anchoring.renew(parts.keyring.provider)
    finally:
        parts.work.close()


def restores(home: Path, known: Recovery, clock: Clock | None = None) -> Restores:
    """Bind a restore to a place; the passphrase opens the keyring file of the backup."""
    staging = StagingFolder(home)
    ticking = clock or NovemberClock()

    def kms() -> FileKms:
        return FileKms.open(
            staging.folder, passphrase=Secret(PASSPHRASE), clock=ticking, unsafe_cost=CHEAP
        )

    def held() -> frozenset[int]:
        return frozenset(gen for custody in kms().register() for gen in custody.generations)

    return Restores(
        unpacker=unpacker(known),
        staging=staging,
        held=held,
        open_home=lambda: _staged(staging, kms(), ticking),
    )


def restore(
    place: Path,
    known: Recovery,
    files: Sequence[Path],
    *,
    who: Principal = SOMEONE,
    home: str = "home",
    clock: Clock | None = None,
) -> BackupRestored | Denial:
    request = RestoreBackup(files=tuple(map(str, files)))
    return asked(restores(place / home, known, clock).restore, who, request)


Wreck = Callable[[Path], None]
