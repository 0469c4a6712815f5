"""The act `backup:create`, through the one door."""

from bailee.act import Denial, Principal
from bailee.backup.acts import CreateBackup
from bailee.backup.model import BackupKind, Written
from bailee.backup.port import Door
from bailee.backup.writer import BackupWriter
from bailee.ids import ClientId
from bailee.monitor.attempt import recording_read
from bailee.work import Work


class Backups:
    """Creates backups."""

    def __init__(
        self, *, work: Work, writer: BackupWriter, monitor: Door, provider: ClientId
    ) -> None:
        self._work = work
        self._writer = writer
        self._monitor = monitor
        self._provider = provider

    def create(self, who: Principal, request: CreateBackup) -> Written | Denial:
        """Write a backup of the home, or of its rows alone, to every destination.

        A destination that did not take it is in the result; raises when none did.
        """
        kind = BackupKind.ROWS if request.rows_only else BackupKind.HOME
        grant = self._monitor.admit(
            who,
            act=request.act,
            client=self._provider,
            purpose=request.purpose,
            scopes=(),
            count=0,
            body={"kind": str(kind)},
            subject=None,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_read(self._work, self._monitor, grant) as facts:
            written = self._writer.make(kind)
            facts.update(written.facts())
        return written
