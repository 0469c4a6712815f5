"""`home upgrade`: rows of an older form, rehearsed on a copy, backed up, and brought up at last.

The order: lock, rehearse, back up, bring up.  A crash before the last leaves the home as it was;
that one is a transaction.  It opens nothing that is sealed, so it is no act: the policies that
would decide it stand in rows that only the form of today can read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from bailee import errors
from bailee.adapters.backup.older import OlderHome
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.ledger import LedgerFiles
from bailee.adapters.objects.reserve import FileReserve
from bailee.adapters.sql.chain import CHAIN, Chain, Step
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.still import StillRows
from bailee.adapters.sql.upgrade import bring_up, older_rows
from bailee.adapters.sql.whole import digest_anew
from bailee.backup.model import BackupKind, Written
from bailee.backup.writer import BackupWriter, Recovery
from bailee.clock import Clock, SystemClock
from bailee.ids import ClientId
from bailee.keyring.sealers import recovery_key
from bailee.keyring.service import Keyring
from bailee.ledger.model import EntryDraft
from bailee.ledger.service import Ledger
from bailee.ledger.vocabulary import HOME_UPGRADE
from bailee.run import config
from bailee.run.wiring.parts import LEDGER, ROWS, anchoring_of
from bailee.secret import Secret
from bailee.work import Tx

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeUpgraded:
    """From which form to which, by which steps; `backup` is None when it was only rehearsed."""

    before: str
    after: str
    steps: tuple[Step, ...]
    backup: Written | None = None


def upgrade(
    home: Path,
    take_passphrase: Callable[[], Secret[str]],
    *,
    rehearse: bool = False,
    clock: Clock | None = None,
    unsafe_cost: Cost | None = None,
    chain: Chain = CHAIN,
) -> HomeUpgraded:
    """Bring a home to the newest form; `rehearse`: on a copy, without a passphrase or a lock."""
    settings, clock = config.read(home), clock or SystemClock()
    with older_rows(home / ROWS, alone=not rehearse, chain=chain) as rows:
        before, steps = rows.form(), tuple(rows.steps())
        unbacked = HomeUpgraded(before=before, after=chain.newest, steps=steps)
        if not steps:
            return unbacked
        files = OlderHome(home, rows.copy_to, partial(bring_up, chain=chain))
        with files.rehearsed() as rehearsed:
            if rehearse:
                return unbacked
            kms = FileKms.open(
                home, passphrase=take_passphrase(), clock=clock, unsafe_cost=unsafe_cost
            )
            writer = BackupWriter(
                files=files,
                destinations={str(place): DirectoryStore(place) for place in settings.backups},
                keys=SqlKeyRows(),
                ledgers=SqlEntryRows(),
                recovery=partial(_recovery, kms, rehearsed),
                clock=clock,
            )
            written = writer.make(BackupKind.ROWS)
        if written.missed:
            raise errors.CannotRecord("errors_backup.missed", missed=len(written.missed))
        rows.bring_up(lambda tx: _digested(tx, home, kms, clock, before))
    return HomeUpgraded(before=before, after=chain.newest, steps=steps, backup=written)


def upgraded(before: str, clock: Clock) -> EntryDraft:
    """Return the entry of an upgrade: rows were digested as they were, compared with nothing."""
    body = {"before": str(int(before)), "after": str(int(NEWEST)), "digests": "anew"}
    return EntryDraft(kind=HOME_UPGRADE, body=body, t_ms=clock.now_ms())


class _Within:
    """A unit of work within the transaction of an upgrade."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def run(self, client: ClientId, fn: Callable[[Tx], T]) -> T:  # noqa: ARG002  # as work.Work
        """Run `fn` in the transaction; durable when that is."""
        return fn(self._tx)

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in the transaction."""
        return fn(self._tx)


def _digested(tx: Tx, home: Path, kms: FileKms, clock: Clock, before: str) -> None:
    """Digest the rows as they are in their new form, and record that nobody compared them."""
    keyring = Keyring(rows=SqlKeyRows(), kms=kms, clock=clock)
    keyring.load(tx)
    work, files = _Within(tx), LedgerFiles(home / LEDGER)
    ledger = Ledger(
        work=work,
        rows=SqlEntryRows(),
        files=files,
        keys=keyring,
        clock=clock,
        domain=config.read(home).domain,
        reserve=FileReserve(home),
        # Compared like any other: rows of an older form may be of before as well.  What is added is
        # anchored by the first start.
        anchoring=anchoring_of(work, files, kms, keyring),
    )
    ledger.append(tx, keyring.provider, upgraded(before, clock))
    # Last: it is over what the entry brought along too.
    digest_anew(tx)


def _recovery(kms: FileKms, rows: StillRows) -> Recovery:
    """Derive the recovery key as an opened home does, from rows that can be read."""
    generation = rows.read(SqlKeyRows().generations)[1]
    key = recovery_key(kms.root(generation), kms.install)
    return Recovery(public=key.public, open=key.open)
