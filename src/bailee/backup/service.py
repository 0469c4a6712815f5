"""Backup service: the act `backup:create`."""

from bailee.act import Principal
from bailee.backup.acts import CreateBackup, backup_facts
from bailee.backup.model import BackupKind, Written
from bailee.backup.writer import BackupWriter
from bailee.ids import ClientId
from bailee.monitor.service import Monitor


class Backups:
    """Backups: creates backups."""

    def __init__(self, *, writer: BackupWriter, monitor: Monitor, provider: ClientId) -> None:
        self._writer = writer
        self._monitor = monitor
        self._provider = provider

    def create(self, who: Principal, request: CreateBackup) -> Written:
        """Write a backup of the home, or of its rows alone, to every destination.

        A destination that did not take it is in the result; raises when none did.
        """
        kind = BackupKind.ROWS if request.rows_only else BackupKind.HOME
        with self._monitor.authorize(who, request, self._provider, body={"kind": str(kind)}) as act:
            written = self._writer.make(kind)
            act.facts |= backup_facts(written).facts()
            return written
