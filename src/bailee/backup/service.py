"""The act `backup:create`, through the one door."""

from bailee.backup.acts import BackupCreated, CreateBackup
from bailee.backup.desk import Desk
from bailee.backup.model import Kind
from bailee.backup.port import Door
from bailee.ids import ClientId
from bailee.monitor.attempt import looked
from bailee.monitor.model import Denial, Principal
from bailee.work import Work


class Backups:
    """Creates backups."""

    def __init__(self, *, work: Work, desk: Desk, door: Door, provider: ClientId) -> None:
        self._work = work
        self._desk = desk
        self._door = door
        self._provider = provider

    def create(self, who: Principal, request: CreateBackup) -> BackupCreated | Denial:
        """Write a backup of the home, or of its rows alone, to every destination.

        A destination that did not take it is in the result; raises when none did.
        """
        kind = Kind.ROWS if request.rows_only else Kind.HOME
        grant = self._door.admit(
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
        with looked(self._work, self._door, grant) as facts:
            written = self._desk.make(kind)
            facts.update(written.facts())
        return BackupCreated(written=written)
