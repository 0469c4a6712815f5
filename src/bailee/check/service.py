"""The act `check:run`: audits everything stored, names what is damaged, changes nothing.

Quick: the database's structure, schema, keys and rows that confer power, each ledger's head and
edge, each sealed file's size, custodians and backups.  Deep: every byte that has a meaning.
What is compared of a noun is in its own `audit.py`; here is only in which order, under which
grants, and what is made of an audit that cannot go on.
A home that was tampered with is audited all the same, as far as that needs no grant: a register
that somebody edited denies every act, and who has to repair it must learn where.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from bailee import errors
from bailee.act import Principal, Refused
from bailee.audit import Audited, AuditMaker, Depth, Finding, FindingKind, NounAudit, found
from bailee.check.acts import RunCheck
from bailee.check.entries import EntryAudit, LedgerReading
from bailee.check.model import Report
from bailee.check.openings import NOT_GRANTED, CheckOpenings
from bailee.check.port import Openers
from bailee.check.rows import RowAudit
from bailee.ids import ActorId, ClientId
from bailee.ledger.port import EntryRows
from bailee.ledger.reading import READ_SCOPES
from bailee.monitor.authorized import DONE, FAILED
from bailee.monitor.model import Tampered
from bailee.monitor.service import Monitor
from bailee.work import Work

_TRIES: Final = 3
_UNREADABLE = (errors.Damaged, errors.NotFound)
"""What reading raises of what is damaged or gone.

Nothing wider: a mistake of ours must stop a check, not be counted as the client's damage.
"""


class Checks:
    """Audits."""

    def __init__(
        self,
        *,
        work: Work,
        monitor: Monitor,
        provider: ClientId,
        keys: Openers,
        ledgers: EntryRows,
        rows: RowAudit,
        audits: Sequence[AuditMaker],
    ) -> None:
        self.work = work
        self.monitor = monitor
        self.provider = provider
        self.keys = keys
        self.ledgers = ledgers
        self.rows = rows
        self.entries = EntryAudit(work=work, rows=ledgers, keys=keys)
        self._audits = audits

    def run(self, who: Principal, request: RunCheck) -> Report:
        """Audit; Refused only when who asks may not, not when the home was tampered with."""
        return _Check(self, who, request).run()

    def of_client(self, who: Principal, client: ClientId) -> Report:
        """Audit deeply all that one client has; of the provider also what is the home's.

        What all clients have, each checked so once, is what a whole deep check reads.
        """
        return _Check(self, who, RunCheck(depth=Depth.DEEP), only=client).run()

    def audits(
        self, client: ClientId, depth: Depth, reader: ActorId | None = None
    ) -> Sequence[NounAudit]:
        """Make the audits of one client anew: each keeps what it takes of one ledger."""
        audited = Audited(client=client, provider=self.provider, depth=depth, reader=reader)
        return [make(audited) for make in self._audits]


class _Check:
    """One check: what it has found of each client, and how much there was."""

    def __init__(
        self, checks: Checks, who: Principal, request: RunCheck, only: ClientId | None = None
    ) -> None:
        self._checks = checks
        self._only = only
        self._who = who
        self._request = request
        self._deep = request.depth is Depth.DEEP
        self._provider = checks.provider
        self._own = checks.audits(checks.provider, request.depth)
        self._counts: Counter[str] = Counter()
        self._harmed: Counter[ClientId] = Counter()
        """How much damage was found of each client before its own ledger was opened."""

    def run(self) -> Report:
        first = self._openings(self._provider, self._own)
        tampered = _tampered(first.ask)
        findings, result = list(tampered), FAILED
        try:
            if self._whole:
                findings += self._home()
            findings += self._stored()
            if not tampered:
                if first.opens_nothing:
                    # Of a home that takes no writes: what grants would open is left out, and said.
                    findings.append(found(FindingKind.BODIES_UNREAD))
                    self._deep = False
                elif self._whole:
                    findings += _guarded("entries", partial(self._provided, first))
                findings += _guarded("clients", self._clients)
                if self._whole:
                    for audit in self._own:
                        findings += _guarded("surroundings", audit.around)
            result = DONE
        finally:
            first.close(result, damaged=sum(item.is_damage for item in findings))
        unique = {finding.order: finding for finding in findings}
        return Report(
            depth=self._request.depth,
            findings=tuple(unique[order] for order in sorted(unique)),
            counts=dict(self._counts),
        )

    def _openings(self, client: ClientId, audits: Sequence[NounAudit]) -> CheckOpenings:
        checks = self._checks
        scopes = (*READ_SCOPES, *(scope for audit in audits for scope in audit.scopes))
        return CheckOpenings(checks.monitor, self._who, client, self._request, scopes)

    # --- without a grant -------------------------------------------------------------------

    def _home(self) -> Iterator[Finding]:
        yield from _guarded("structure", self._checks.rows.structure)
        yield from _guarded("sets", self._checks.rows.sets)
        for audit in self._own:
            yield from _guarded(audit.part, audit.home)

    def _stored(self) -> Iterator[Finding]:
        for client in self._all_clients():
            self._counts["logs"] += 1
            for audit in self._checks.audits(client, self._request.depth):
                for finding in _guarded(audit.part, audit.stored):
                    self._harmed[client] += finding.is_damage
                    yield finding

    @property
    def _whole(self) -> bool:
        """Whether what is the home's as a whole is checked too."""
        return self._only in (None, self._provider)

    def _all_clients(self) -> Sequence[ClientId]:
        if self._only is not None:
            return (self._only,)
        try:
            return self._checks.work.read(self._checks.ledgers.clients)
        except _UNREADABLE:
            return ()  # the structure or the schema was named as damaged

    # --- with grants -----------------------------------------------------------------------

    def _provided(self, openings: CheckOpenings) -> Iterator[Finding]:
        """Audit the provider's ledger, and the rows that are projections of it."""
        checks = self._checks
        for _ in range(_TRIES):
            reader = openings.reader
            self._own = checks.audits(self._provider, self._request.depth, reader)
            reading = LedgerReading(checks.work, checks.keys, openings)
            before = self._count()
            findings = list(
                checks.entries.audit(self._provider, reading, self._own, subjects=self._deep)
            )
            findings += _projected(self._own, reading)
            if not findings or self._count() == before:
                break  # else the ledger ran ahead of what was read of it: look again
        yield from findings
        yield from self._read(self._provider, reading)
        if not reading.closed:  # else what a restore recorded may not be readable any more
            yield from self._bodies()
        if self._deep:
            yield from _opened(self._own, reading)

    def _bodies(self) -> Iterator[Finding]:
        """Compare how many bodies are gone with how many restores have recorded as lost."""
        lost = sum(self._checks.work.read(self._checks.ledgers.lost).values())
        recorded = sum(audit.lost for audit in self._own)
        if lost != recorded:
            yield found(FindingKind.BODIES_MISSING, count=lost, recorded=recorded)

    def _count(self) -> int:
        checks = self._checks
        return checks.work.read(lambda tx: checks.ledgers.row_of(tx, self._provider).count)

    def _read(self, client: ClientId, reading: LedgerReading) -> Iterator[Finding]:
        """Count what was read of a ledger, and say what could not be."""
        self._counts["entries"] += reading.entries
        if reading.lost:
            yield found(FindingKind.BODIES_LOST, client=str(client), count=reading.lost)
        if reading.closed:
            yield found(FindingKind.BODIES_CLOSED, client=str(client), count=reading.closed)

    def _clients(self) -> Iterator[Finding]:
        """Audit each client's entries and what is sealed; count files that no row names."""
        named = self._checks.rows.named()
        for client in self._all_clients():
            audits = self._checks.audits(client, self._request.depth)
            for audit in audits:
                yield from _guarded(audit.part, partial(self._counted, audit))
            if self._deep and client != self._provider:
                yield from self._client(client, audits)
        if self._deep and self._whole:
            yield from self._checks.rows.unnamed(named)

    def _counted(self, audit: NounAudit) -> Iterable[Finding]:
        self._counts.update(audit.counts())
        return ()

    def _client(self, client: ClientId, audits: Sequence[NounAudit]) -> Iterator[Finding]:
        openings = self._openings(client, audits)
        tampered = _tampered(openings.ask)
        yield from tampered
        if tampered:
            return
        # What was found without a grant too: whoever reads this ledger is told of all of it.
        result, damaged = FAILED, self._harmed[client]
        try:
            for finding in _guarded("client", partial(self._held, client, openings, audits)):
                damaged += finding.is_damage
                yield finding
            result = DONE
        finally:
            openings.close(result, damaged=damaged)

    def _held(
        self, client: ClientId, openings: CheckOpenings, audits: Sequence[NounAudit]
    ) -> Iterator[Finding]:
        reading = LedgerReading(self._checks.work, self._checks.keys, openings)
        yield from self._checks.entries.audit(client, reading, audits, subjects=True)
        yield from self._read(client, reading)
        yield from _projected(audits, reading)
        yield from _opened(audits, reading)


def _projected(audits: Sequence[NounAudit], reading: LedgerReading) -> Iterator[Finding]:
    if reading.lost or reading.closed:
        return  # a row whose entry has no body left would be called altered
    for audit in audits:
        yield from _guarded(audit.part, audit.projected)


def _opened(audits: Sequence[NounAudit], reading: LedgerReading) -> Iterator[Finding]:
    for audit in audits:
        yield from _guarded(audit.part, partial(audit.opened, reading))


def _tampered(ask: Callable[[], object]) -> tuple[Finding, ...]:
    """Ask for a grant; say what stands in the way when it is the home that was tampered with."""
    try:
        ask()
    except Refused as refused:
        if refused.denial.rule in frozenset(Tampered):
            return (found(FindingKind.REGISTER_BENT, rule=refused.denial.rule),)
        raise
    except (*_UNREADABLE, errors.Sealed):  # Sealed: the key of the ledger is under one that is gone
        return (found(FindingKind.LEDGER_CLOSED),)
    return ()


def _guarded(part: str, audit: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Pass findings on; what cannot even be read is one more, and the rest is audited."""
    try:
        yield from audit()
    except _UNREADABLE:
        yield found(FindingKind.ROWS_UNREADABLE, part=part)
    except errors.Sealed as error:
        # A row names a generation that is gone, or no custodian answers.  But an audit that opens
        # what its own scopes do not cover is a mistake of ours, and must not pass for damage.
        if error.reason == NOT_GRANTED:
            raise
        yield found(FindingKind.ROWS_UNREADABLE, part=part)
