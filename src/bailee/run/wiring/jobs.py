"""Bind: pairs the acts on jobs with their methods, and each kind of job with what does it.

What does a job is an act or a service that is there already; done again after a crash, it has the
same effect.
"""

from collections.abc import Sequence
from functools import partial

from bailee import errors
from bailee.act import Binding, Principal
from bailee.adapters.sql.rows.blobs import SqlNamedBlobs
from bailee.adapters.sql.rows.jobs import JOBS
from bailee.adapters.sql.rows.notices import NOTICES
from bailee.audit import AuditMaker
from bailee.backup.acts import CreateBackup
from bailee.clock import rfc3339
from bailee.ids import ClientId
from bailee.jobs.acts import ListJobs, RunJobs
from bailee.jobs.audit import JobAudit
from bailee.jobs.kinds import kinds
from bailee.jobs.leases import Leases
from bailee.jobs.model import CUSTODIAN, PEOPLE, TWO, JobName, JobRow, Waits
from bailee.jobs.port import Do
from bailee.jobs.service import Runner
from bailee.jobs.state import job_time
from bailee.keyring.model import Phase
from bailee.keyring.notes import NoteKeys
from bailee.keys.acts import TurnKeys
from bailee.ledger import heads
from bailee.logs.retention.overdue import overdue
from bailee.notices.audit import NoticeAudit
from bailee.notices.model import Cause
from bailee.notices.service import Sending
from bailee.parts import Notify
from bailee.run.sending import ways
from bailee.run.wiring import backups, checks, keys, retention
from bailee.run.wiring.parts import HomeParts
from bailee.work import Tx


def runner(parts: HomeParts) -> Runner:
    """Make what does the jobs of a home: for a command, or for the loop of a server."""
    return Runner(
        leases=leases_of(parts),
        doing=_Doing(parts).all(),
        monitor=parts.monitor,
        provider=parts.keyring.provider,
    )


def leases_of(parts: HomeParts) -> Leases:
    """Make what takes jobs and gives them back; of those that fail or wait, it adds notices."""
    return Leases(
        work=parts.work,
        rows=JOBS,
        kinds=kinds(parts.config.check_days),
        provider=parts.keyring.provider,
        clients=parts.ledger.clients,
        times=parts.times,
        tell=partial(_tell, parts.tell),
    )


def _tell(notify: Notify, tx: Tx, row: JobRow) -> None:
    """Add a notice of a job that fails or waits, one for as long as it does.

    None of the job that sends them: it could not go out.
    """
    if row.kind is JobName.NOTICES or row.since_ms is None:
        return
    facts = {"job": str(row.kind), "client": str(row.client), "since": rfc3339(row.since_ms)}
    if row.error is not None:
        notify(tx, Cause.JOB_FAILING, {**facts, "error": row.error})
    else:
        notify(tx, Cause.JOB_WAITING, {**facts, "waits": " ".join(row.waits)})


def bind(parts: HomeParts) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    parts.times()  # looked at before an act is recorded: its entry would be the newest
    made = runner(parts)
    return (ListJobs.by(made.list), RunJobs.by(made.run))


def audits(parts: HomeParts) -> Sequence[AuditMaker]:
    """Give what `check` looks at of jobs."""
    notes = NoteKeys.of(parts.keyring)
    return (partial(JobAudit, parts, JOBS), partial(NoticeAudit, parts, NOTICES, notes))


class _Doing:
    """Does each kind of job once, on one home."""

    def __init__(self, parts: HomeParts) -> None:
        self._parts = parts

    def all(self) -> dict[JobName, Do]:
        """Give what does each kind, by its name."""
        return {
            JobName.SEQUENCE: self._sequence,
            JobName.RESIGN: self._resign,
            JobName.HEADS: self._heads,
            JobName.EXPIRE: self._expire,
            JobName.EPOCHS: self._epochs,
            JobName.SWEEP: self._sweep,
            JobName.BACKUP: self._backup,
            JobName.TURN: self._turn,
            JobName.CHECK: self._check,
            JobName.NOTICES: self._notices,
        }

    # --- upkeep ----------------------------------------------------------------------------

    def _sequence(self, who: Principal, client: ClientId) -> None:
        """Sequence each ledger with entries that no checkpoint includes yet."""
        del who, client
        ledger, failed = self._parts.ledger, list[errors.BaileeError]()
        for one in ledger.clients():
            row = ledger.row_of(one)
            if row.count == row.head.size:
                continue
            try:
                ledger.sequence(one)
            except errors.BaileeError as error:
                # Raised after all others were signed: one damaged ledger must not stop them.
                failed.append(error)
        _raise_first(failed)

    def _resign(self, who: Principal, client: ClientId) -> None:
        """Sign heads anew that are a day old."""
        del who, client
        _raise_first(list(heads.publish(self._parts.ledger).values()))

    def _heads(self, who: Principal, client: ClientId) -> None:
        """Take the heads that are due into the provider's ledger, and add up the time."""
        del who
        parts = self._parts
        # A process that runs for weeks would else write it down at its start alone.
        parts.keeper.stamp()
        if heads.take_heads(parts.ledger, parts.work, parts.entries, parts.clock, client):
            parts.ledger.sequence(client)

    # --- under `job:run` -------------------------------------------------------------------

    def _expire(self, who: Principal, client: ClientId) -> None:
        """End what has reached a term of its own."""
        del who, client
        retention.expiry(self._parts).run()

    def _epochs(self, who: Principal, client: ClientId) -> None:
        """Wait for two people where a month has passed its horizon: no clock ends one alone."""
        del who, client
        parts = self._parts
        if overdue(parts.work, parts.keyring, parts.ledger.clients(), parts.times()):
            raise Waits(TWO)

    def _sweep(self, who: Principal, client: ClientId) -> None:
        """Remove ciphertext that no row names: crashes leave it."""
        del who, client
        parts = self._parts
        # The rows are asked after the listing: an object that was named in between is kept.
        parts.blobs.sweep(lambda _: parts.work.read(SqlNamedBlobs().blobs))
        parts.files.sweep()

    def _notices(self, who: Principal, client: ClientId) -> None:
        """Send what the outbox holds."""
        del who
        parts = self._parts
        Sending(
            work=parts.work,
            rows=NOTICES,
            notes=NoteKeys.of(parts.keyring),
            ways=ways(parts.config, parts.clock),
            ledger=parts.ledger,
            provider=client,
            clock=parts.clock,
        ).run()

    # --- under the acts of other nouns -----------------------------------------------------

    def _backup(self, who: Principal, client: ClientId) -> None:
        """Write a backup of the rows to every destination."""
        del client
        written = backups.backups_of(self._parts).create(who, CreateBackup(rows_only=True))
        if written.missed:
            raise errors.CannotRecord("errors_backup.missed", missed=len(written.missed))

    def _turn(self, who: Principal, client: ClientId) -> None:
        """Turn the keys when that is due, or was interrupted; wait while a custodian is away."""
        del client
        parts = self._parts
        made = keys.keys_of(parts)
        report = made.report()
        still = report.phase is Phase.STILL
        if still and report.due_ms > job_time(parts.times()).now_ms:
            return
        state = parts.work.read(parts.keyring.turning().state)
        if state.new_root and report.phase is Phase.T0:
            # It prints a recovery kit, for people who sit before it.
            raise Waits(PEOPLE)
        away = [one.custodian for one in report.custodians if not one.answers]
        if away:
            # Begun without it, the turn would stop half way, and stand in the way of deletions.
            raise Waits(*(f"{CUSTODIAN}{custodian}" for custodian in away))
        made.turn(who, TurnKeys())

    def _check(self, who: Principal, client: ClientId) -> None:
        """Check all that one client has, deeply: its own ledger says what was found."""
        report = checks.check_of(self._parts).of_client(who, client)
        if not report.clean:
            raise errors.Damaged("errors_jobs.check-found")


def _raise_first(failed: list[errors.BaileeError]) -> None:
    if failed:
        raise failed[0]
