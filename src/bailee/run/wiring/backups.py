"""Bind: pairs the act of backing up with its method; makes the writer that turns use as well."""

from functools import partial

from bailee.act import Binding
from bailee.adapters.backup.home import HomeDirectory
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.backup.acts import CreateBackup
from bailee.backup.service import Backups
from bailee.backup.writer import BackupWriter, Recovery
from bailee.run.wiring.parts import HomeParts


def writer(parts: HomeParts) -> BackupWriter:
    """Make what writes sealed backups and reads them back."""
    return BackupWriter(
        files=HomeDirectory(parts.home, parts.work.copy_to),
        destinations={str(place): DirectoryStore(place) for place in parts.config.backups},
        keys=SqlKeyRows(),
        ledgers=parts.entries,
        recovery=partial(recovery, parts),
        clock=parts.clock,
    )


def recovery(parts: HomeParts) -> Recovery:
    """Derive the recovery key from the root that people hold on paper.

    In a rotation the newest root is not that yet: the shares of before are still the valid ones.
    """
    # The public half seals; the private one is derived again only where a backup is read back.
    key = parts.work.read(parts.keyring.recovery)
    return Recovery(public=key.public, open=key.open)


def backups_of(parts: HomeParts) -> Backups:
    """Make the service."""
    return Backups(
        writer=writer(parts),
        monitor=parts.monitor,
        provider=parts.keyring.provider,
    )


def bind(parts: HomeParts) -> tuple[Binding, ...]:
    """Pair the request with the method that does it."""
    return (CreateBackup.by(backups_of(parts).create),)
