"""The stores and engines under the services, bound once for each process."""

from dataclasses import dataclass
from pathlib import Path

from bailee import errors
from bailee.adapters.kms.file import FileKms
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.ledger import LedgerFiles
from bailee.adapters.objects.reserve import FileReserve
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.rows.accounts import SqlActorRows
from bailee.adapters.sql.rows.clients import SqlClientRows
from bailee.adapters.sql.rows.endings import SqlEndingRows
from bailee.adapters.sql.rows.grounds import SqlGroundRows
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.rows.policy import SqlPolicyRows
from bailee.clock import Clock
from bailee.keyring.service import Keyring
from bailee.ledger.reading import LedgerReader
from bailee.ledger.service import Ledger
from bailee.monitor.guard import Guard
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.policy import Policies
from bailee.run.config import Config

ROWS = "rows.db"
OBJECTS = "objects"
LEDGER = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The stores and engines under the services, bound once for each process."""

    home: Path
    config: Config
    clock: Clock
    work: SqliteWork
    keyring: Keyring
    kms: FileKms
    entries: SqlEntryRows
    files: LedgerFiles
    ledger: Ledger
    reader: LedgerReader
    register: Register
    monitor: Monitor


def compose(
    home: Path, settings: Config, kms: FileKms, clock: Clock, *, load: bool = True
) -> Parts:
    """Bind the parts; `init` loads the keyring itself, once it is founded."""
    reserve = FileReserve(home)
    work = _opened(home / ROWS, reserve)
    keyring = Keyring(rows=SqlKeyRows(), kms=kms, clock=clock)
    if load:
        work.read(keyring.load)
    entries = SqlEntryRows()
    files = LedgerFiles(home / LEDGER)
    ledger = Ledger(
        work=work,
        rows=entries,
        files=files,
        keys=keyring,
        clock=clock,
        domain=settings.domain,
        reserve=reserve,
    )
    reader = LedgerReader(
        ledger=ledger, work=work, rows=entries, files=files, keys=keyring, clock=clock
    )
    register = Register(
        keys=keyring,
        actors=SqlActorRows(),
        clients=SqlClientRows(),
        policy=SqlPolicyRows(),
        endings=SqlEndingRows(),
        grounds=SqlGroundRows(),
        provider=lambda: keyring.provider,
    )
    memory = DirectoryStore(home / LEDGER)
    monitor = Monitor(
        work=work,
        ledger=ledger,
        keys=keyring,
        register=register,
        guard=Guard(work=work, keys=keyring, register=register, memory=memory),
        telling=lambda grant: reader.bodies(grant.client, grant),
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


def _opened(path: Path, reserve: FileReserve) -> SqliteWork:
    """Open the rows; on a disk without one free page, from the reserve.

    Then refusals are still recorded, and nothing is opened until the reserve is whole again.
    """
    try:
        return SqliteWork(path)
    except errors.CannotRecord:
        if not reserve.release():
            raise
    return SqliteWork(path)
