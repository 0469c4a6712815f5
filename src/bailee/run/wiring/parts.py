"""Home parts: the stores and engines under the services, bound once for each process."""

from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from bailee import errors
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.journal import Journals
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.ledger import LedgerFiles
from bailee.adapters.objects.reserve import FileReserve
from bailee.adapters.sql.engine import SqliteWork
from bailee.adapters.sql.form import require_declared, require_newest
from bailee.adapters.sql.rows.accounts import SqlActorRows, SqlBudgetRows, SqlTokenRows
from bailee.adapters.sql.rows.approvals import SqlApprovalRows
from bailee.adapters.sql.rows.clients import SqlClientRows, SqlLockRows
from bailee.adapters.sql.rows.jobs import JOBS
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.rows.notices import NOTICES
from bailee.adapters.sql.rows.power.clock import SqlClockRows
from bailee.adapters.sql.rows.power.grounds import SqlGroundRows
from bailee.adapters.sql.rows.power.policy import SqlPolicyRows, SqlSettingRows
from bailee.clients.labels import ClientLabels
from bailee.clock import Clock, Times
from bailee.jobs.leases import wake
from bailee.jobs.model import JobName
from bailee.keyring.notes import NoteKeys
from bailee.keyring.service import Keyring
from bailee.keys.finality import Finality
from bailee.keys.model import DAY_MS
from bailee.ledger.anchoring import Anchoring
from bailee.ledger.reading import LedgerReader
from bailee.ledger.service import Ledger
from bailee.monitor.approval import Approvals
from bailee.monitor.budget import Budgets
from bailee.monitor.guard import Guard
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.monitor.settings import SettingKeeper, SetValue, Weaker
from bailee.monitor.timekeeping import Timekeeper
from bailee.notices.outbox import Outbox
from bailee.parts import Parts, Workers
from bailee.policy import Policies
from bailee.run.config import DIGEST_DOMAIN, Config, values
from bailee.run.ways import addresses
from bailee.work import Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault

ROWS = "rows.db"
OBJECTS = "objects"
LEDGER = "ledger"


@dataclass(frozen=True, kw_only=True)
class HomeParts(Parts):
    """Home parts: the parts of an opened home, with what only this room may know of them."""

    home: Path
    config: Config
    work: SqliteWork
    kms: FileKms
    entries: SqlEntryRows
    files: LedgerFiles
    anchoring: Anchoring
    settings: SettingKeeper
    blobs: DirectoryStore


def compose(
    home: Path,
    settings: Config,
    kms: FileKms,
    clock: Clock,
    *,
    load: bool = True,
    restoring: bool = False,
    workers: Workers | None = None,
) -> HomeParts:
    """Bind the parts of a home; `init` loads the keyring itself, once it is founded.

    `restoring`: its ledgers are compared with no anchor, and anchored at the end of the restore.
    Damaged when a row of keys does not open; CannotRecord without a free page or a reserve.
    """
    # First: on a full disk the rows open only with what it gives back.
    reserve = FileReserve(home)
    work = _opened(home / ROWS, reserve)
    keyring = Keyring(rows=SqlKeyRows(), kms=kms, clock=clock)
    if load:
        work.read(keyring.load)
    entries, files = SqlEntryRows(), LedgerFiles(home / LEDGER)
    anchoring = anchoring_of(work, files, kms, keyring, restoring=restoring)
    work.follow(anchoring)
    ledger = _ledger(work, keyring, clock, reserve, anchoring, files=files, domain=settings.domain)
    reader = LedgerReader(
        ledger=ledger, work=work, rows=entries, files=files, keys=keyring, clock=clock
    )
    register = _register(keyring, clock)
    policies, guard = Policies(), _guard(home, work, keyring, register)
    approvals = _approvals(keyring, ledger, register, policies, clock)
    budgets = _budgets(keyring, ledger, register, policies, clock)
    keeper = _keeper(work, keyring, ledger, guard, clock)
    setting_keeper = _settings(keyring, ledger, guard, clock, settings, policies)
    monitor = Monitor(
        work=work,
        ledger=ledger,
        keys=keyring,
        register=register,
        guard=guard,
        # A function, for the reader is made of the ledger and the monitor of the reader's grants:
        # neither can be handed to the other whole.
        telling=lambda grant, start: reader.bodies(grant.client, grant, start),
        approvals=approvals,
        budgets=budgets,
        policies=policies,
        clock=clock,
        settings=setting_keeper.record,
        still=work.is_still,
    )
    labels = ClientLabels(work=work, rows=SqlClientRows(), macs=keyring, register=register)
    finality = _finality(work, keyring, clock, settings)
    return HomeParts(
        home=home,
        config=settings,
        clock=clock,
        work=work,
        keyring=keyring,
        kms=kms,
        entries=entries,
        files=files,
        anchoring=anchoring,
        settings=setting_keeper,
        ledger=ledger,
        reader=reader,
        register=register,
        monitor=monitor,
        approvals=approvals,
        budgets=budgets,
        blobs=DirectoryStore(home / OBJECTS, sharded=True),
        # one vault for the process: what one act erases, another must not remember
        vault=cache(partial(_vault, work, keyring)),
        find_client=labels.find,
        final_by_ms=finality.due_ms,
        erasure=finality.erasure,
        tell=_outbox(keyring, settings, clock).add,
        keeper=keeper,
        times=_Watch(clock, work, ledger, entries, keeper),
        workers=workers,
    )


def anchoring_of(
    work: Work, files: LedgerFiles, kms: FileKms, keyring: Keyring, *, restoring: bool = False
) -> Anchoring:
    """Bind the anchors of a home's ledgers at its custodians."""
    return Anchoring(
        work=work,
        rows=SqlEntryRows(),
        files=files,
        anchors=Journals(kms.custodians),
        macs=keyring,
        restoring=restoring,
    )


def _ledger(
    work: SqliteWork,
    keyring: Keyring,
    clock: Clock,
    reserve: FileReserve,
    anchoring: Anchoring,
    *,
    files: LedgerFiles,
    domain: str,
) -> Ledger:
    return Ledger(
        work=work,
        rows=SqlEntryRows(),
        files=files,
        keys=keyring,
        clock=clock,
        domain=domain,
        reserve=reserve,
        anchoring=anchoring,
    )


def _guard(home: Path, work: SqliteWork, keyring: Keyring, register: Register) -> Guard:
    return Guard(
        work=work,
        keys=keyring,
        register=register,
        # Beside the signer's memory, outside the database: one put back alone costs a reading.
        memory=DirectoryStore(home / LEDGER),
        length=lambda tx: SqlEntryRows().length(tx, keyring.provider),
    )


def _register(keyring: Keyring, clock: Clock) -> Register:
    return Register(
        keys=keyring,
        actors=SqlActorRows(),
        clients=SqlClientRows(),
        policy=SqlPolicyRows(),
        clock=SqlClockRows(),
        settings=SqlSettingRows(),
        approvals=SqlApprovalRows(),
        tokens=SqlTokenRows(),
        locks=SqlLockRows(),
        budgets=SqlBudgetRows(),
        grounds=SqlGroundRows(),
        time=clock,
        # Asked each time: `init` composes the parts before there is a provider.
        provider=lambda: keyring.provider,
    )


def _keeper(
    work: SqliteWork, keyring: Keyring, ledger: Ledger, guard: Guard, clock: Clock
) -> Timekeeper:
    return Timekeeper(
        work=work,
        rows=SqlClockRows(),
        keys=keyring,
        ledger=ledger,
        guard=guard,
        clock=clock,
        # Asked each time: `init` composes the parts before there is a provider.
        provider=lambda: keyring.provider,
    )


def _settings(  # noqa: PLR0917  # inner half of `compose`
    keyring: Keyring,
    ledger: Ledger,
    guard: Guard,
    clock: Clock,
    settings: Config,
    policies: Policies,
) -> SettingKeeper:
    def held() -> tuple[SetValue, ...]:
        digested = values(settings, lambda text: keyring.mac(DIGEST_DOMAIN, text.encode()))
        # It ships with the program, and what is kept hangs on it as on the file.
        days = policies.terms.subject_days
        tokens = policies.terms.token_days
        return (
            *digested,
            SetValue(key="subject.days", weaker=Weaker.MORE, number=days),
            SetValue(key="token.days", weaker=Weaker.MORE, number=tokens),
            SetValue(key="reveal.day", weaker=Weaker.MORE, number=policies.terms.reveal_day),
        )

    return SettingKeeper(
        rows=SqlSettingRows(),
        keys=keyring,
        ledger=ledger,
        guard=guard,
        clock=clock,
        provider=lambda: keyring.provider,
        values=held,
    )


def _finality(work: SqliteWork, keyring: Keyring, clock: Clock, settings: Config) -> Finality:
    return Finality(
        work=work,
        rows=SqlKeyRows(),
        keyring=keyring,
        clock=clock,
        period_ms=settings.turn_days * DAY_MS,
    )


def _outbox(keyring: Keyring, settings: Config, clock: Clock) -> Outbox:
    return Outbox(
        rows=NOTICES,
        notes=NoteKeys.of(keyring),
        macs=keyring,
        addresses=addresses(settings.mail, settings.webhooks),
        # Asked each time: `init` composes the parts before there is a provider.
        provider=lambda: keyring.provider,
        clock=clock,
        wake=lambda tx: wake(JOBS, tx, JobName.NOTICES, keyring.provider),
    )


def _approvals(
    keyring: Keyring, ledger: Ledger, register: Register, policies: Policies, clock: Clock
) -> Approvals:
    return Approvals(
        rows=SqlApprovalRows(),
        keys=keyring,
        ledger=ledger,
        register=register,
        policies=policies,
        clock=clock,
    )


def _budgets(
    keyring: Keyring, ledger: Ledger, register: Register, policies: Policies, clock: Clock
) -> Budgets:
    return Budgets(
        rows=SqlBudgetRows(),
        keys=keyring,
        ledger=ledger,
        register=register,
        policies=policies,
        clock=clock,
    )


def _vault(work: SqliteWork, keyring: Keyring) -> "Vault":
    from bailee.adapters.sql.rows.vault import SqlVaultRows  # noqa: PLC0415  # numpy with it
    from bailee.vault.service import Vault  # noqa: PLC0415  # numpy and telephone plans

    return Vault(work=work, keyring=keyring, rows=SqlVaultRows())


class _Watch:
    """Watch: the time, as far as it can be believed; later looks are compared with the first.

    Nothing independent of this machine is known yet.  The provider's ledger suffices for what was
    there before: it takes the heads of all others every hour that they are used.
    """

    def __init__(
        self,
        clock: Clock,
        work: SqliteWork,
        ledger: Ledger,
        entries: SqlEntryRows,
        keeper: Timekeeper,
    ) -> None:
        self._clock = clock
        self._work = work
        self._ledger = ledger
        self._entries = entries
        self._keeper = keeper

    def __call__(self) -> Times:
        wall_ms, started_s, last_ms = self._start
        return Times(
            wall_ms=self._clock.now_ms(),
            started_wall_ms=wall_ms,
            elapsed_ms=int((self._clock.monotonic_s() - started_s) * 1_000),
            last_ledger_ms=wall_ms if last_ms is None else last_ms,
            shown_ms=self._keeper.shown_ms(),
            independent_ms=None,
        )

    @cached_property
    # Kept for the life of the process: a clock that is set while it runs shows against the
    # monotonic one, which nobody can set.
    def _start(self) -> tuple[int, float, int | None]:
        provider = self._keeper.provider
        wall_ms, started_s = self._clock.now_ms(), self._clock.monotonic_s()
        log = self._ledger.row_of(provider)
        last = log.count - 1
        return (
            wall_ms,
            started_s,
            self._work.read(lambda tx: self._entries.time_of(tx, provider, last)),
        )


def _opened(path: Path, reserve: FileReserve) -> SqliteWork:
    """Open the rows, in today's form; on a disk without one free page, from the reserve.

    Then refusals are still recorded, and nothing is opened until the reserve is whole again.
    """
    try:
        work = SqliteWork(path)
    except errors.CannotRecord:
        if not reserve.release():
            raise
        work = SqliteWork(path)
    try:
        # Before anything is read: of an older form columns are missing, and of a later one nobody
        # here knows what they mean.
        work.read(require_newest)
        work.require(require_declared)
    except errors.BaileeError:
        work.close()
        raise
    return work
