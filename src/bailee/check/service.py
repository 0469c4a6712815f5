"""The act `check:run`: audits everything stored, names what is damaged, changes nothing.

Quick: the database's structure, schema, keys and rows that confer power, each ledger's head and
edge, each sealed file's size, custodians and backups.  Deep: every byte that has a meaning.
A home that was tampered with is audited all the same, as far as that needs no grant: a register
that somebody edited denies every act, and who has to repair it must learn where.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from bailee import errors
from bailee.act import Principal, Refused
from bailee.check.acts import RunCheck
from bailee.check.batches import LOG_SCOPES, BatchAudit, Segments
from bailee.check.entries import EntryAudit, RecordedFacts
from bailee.check.logs import LedgerAudit
from bailee.check.model import Depth, Finding, FindingKind, Report, found
from bailee.check.names import NAME_SCOPES, NameAudit
from bailee.check.objects import ObjectAudit
from bailee.check.openings import CheckOpenings
from bailee.check.port import CheckedLedgerRows, Snapshots, Surroundings
from bailee.check.rows import RowAudit
from bailee.ids import ClientId
from bailee.ledger.reading import READ_SCOPES
from bailee.monitor.authorized import DONE, FAILED
from bailee.monitor.model import Tampered
from bailee.monitor.service import Monitor
from bailee.objects.model import labels_scope

_TRIES: Final = 3
_PASSED_ON = (errors.CannotRecord, errors.LockedByOther, errors.OutcomeUnknown)
_UNREADABLE = (errors.Damaged, errors.NotFound, errors.Sealed)
"""What reading raises of what is damaged, gone, or under a key that is.

Nothing else: a mistake of ours must stop a judgement, not be counted as the client's damage.
"""


class Checks:
    """Audits."""

    def __init__(
        self,
        *,
        work: Snapshots,
        monitor: Monitor,
        provider: ClientId,
        rows: RowAudit,
        logs: LedgerAudit,
        entries: EntryAudit,
        objects: ObjectAudit,
        names: NameAudit,
        batches: BatchAudit,
        segments: Callable[[], Segments],
        log_rows: CheckedLedgerRows,
        surroundings: Surroundings,
    ) -> None:
        self._work = work
        self._monitor = monitor
        self._provider = provider
        self._rows = rows
        self._logs = logs
        self._entries = entries
        self._objects = objects
        self._names = names
        self._batches = batches
        self._segments = segments
        self._log_rows = log_rows
        self._surroundings = surroundings

    def run(self, who: Principal, request: RunCheck) -> Report:
        """Audit; Refused only when who asks may not, not when the home was tampered with."""
        first = self._openings(who, self._provider, request)
        tampered = _tampered(first.ask)
        result = FAILED
        findings = list(tampered)
        counts: Counter[str] = Counter()
        try:
            findings += self._closed(request, counts)
            if not tampered:
                told = RecordedFacts()
                findings += _guarded("entries", self._provided(first, request, told, counts))
                findings += _guarded("clients", self._clients(who, request, told, counts))
                findings += _guarded("surroundings", self._around(request, told))
            result = DONE
        finally:
            first.close(result, damaged=sum(item.is_damage for item in findings))
        return _report(request.depth, findings, counts)

    def _openings(self, who: Principal, client: ClientId, request: RunCheck) -> CheckOpenings:
        names = NAME_SCOPES if client == self._provider else ()
        scopes = (*READ_SCOPES, labels_scope(), *LOG_SCOPES, *names)
        return CheckOpenings(self._monitor, who, client, request, scopes)

    # --- without a grant -------------------------------------------------------------------

    def _closed(self, request: RunCheck, counts: Counter[str]) -> Iterator[Finding]:
        deep = request.depth is Depth.DEEP
        yield from _guarded("structure", self._rows.structure())
        yield from _guarded("keys", self._rows.keys(deep=deep))
        yield from _guarded("power", self._rows.power())
        yield from _guarded("strays", self._rows.orphans(deep=deep))
        for client in self._all_clients():
            counts["logs"] += 1
            yield from _guarded("log", self._logs.audit(client, deep=deep))
            yield from _guarded("objects", self._objects.files(client, deep=deep))
            yield from _guarded("batches", self._batches.files(client, deep=deep))
            yield from _guarded("sources", self._batches.sources(client))

    def _all_clients(self) -> Sequence[ClientId]:
        try:
            return self._work.read(self._log_rows.clients)
        except _UNREADABLE:
            return ()  # the structure or the schema was named as damaged

    # --- with grants -----------------------------------------------------------------------

    def _provided(
        self, openings: CheckOpenings, request: RunCheck, told: RecordedFacts, counts: Counter[str]
    ) -> Iterator[Finding]:
        """Audit the provider's ledger, and the rows that are projections of it."""
        deep = request.depth is Depth.DEEP
        for _ in range(_TRIES):
            told.forget()
            before = self._count()
            findings = list(self._entries.audit(self._provider, openings, told, subjects=deep))
            if not told.lost and not told.closed:  # else rows have nothing to be compared with
                findings += self._rows.projected(told.power)
                findings += self._rows.turned(told.turns)
                findings += self._taken(told)
            if not findings or self._count() == before:
                break  # else the log ran ahead of what was read of it: look again
        yield from findings
        counts["entries"] += told.entries
        if told.lost:
            yield found(FindingKind.BODIES_LOST, client=str(self._provider), count=told.lost)
        if told.closed:
            yield found(FindingKind.BODIES_CLOSED, client=str(self._provider), count=told.closed)
        if deep:
            yield from self._names.audit(self._provider, openings)
            yield from _guarded("batches", self._held(self._provider, openings, told))

    def _count(self) -> int:
        return self._work.read(lambda tx: self._log_rows.log(tx, self._provider).count)

    def _taken(self, told: RecordedFacts) -> Iterator[Finding]:
        """Compare when heads were taken with what the provider's ledger holds of them."""
        for client in self._all_clients():
            taken = self._work.read(partial(self._log_rows.head_taken, client=client))
            entry = told.heads.get(str(client))
            said = (entry.opening.time_ms, int(entry.body["signed-ms"])) if entry else (0, 0)
            if (taken.taken_ms, taken.signed_ms) != said:
                yield found(FindingKind.LOG_TAKEN, client=str(client))

    def _clients(
        self, who: Principal, request: RunCheck, provided: RecordedFacts, counts: Counter[str]
    ) -> Iterator[Finding]:
        """Audit each client's entries and labels, and count the files that no row names."""
        named = self._rows.named()
        for client in self._all_clients():
            counts["objects"] += len(self._objects.versions(client))
            counts["batches"] += len(self._batches.batches(client))
            if request.depth is Depth.DEEP and client != self._provider:
                yield from self._client(who, request, client, counts)
        if request.depth is Depth.DEEP:
            yield from self._objects.told(self._provider, provided)
            unnamed = self._objects.unnamed(named)
            if unnamed:
                yield found(FindingKind.FILES_UNNAMED, count=unnamed)

    def _client(
        self, who: Principal, request: RunCheck, client: ClientId, counts: Counter[str]
    ) -> Iterator[Finding]:
        openings = self._openings(who, client, request)
        tampered = _tampered(openings.ask)
        yield from tampered
        if tampered:
            return
        told, result, damaged = RecordedFacts(), FAILED, 0
        try:
            for finding in _guarded("client", self._opened(client, openings, told)):
                damaged += finding.is_damage
                yield finding
            result = DONE
        finally:
            openings.close(result, damaged=damaged)
        counts["entries"] += told.entries

    def _opened(
        self, client: ClientId, openings: CheckOpenings, told: RecordedFacts
    ) -> Iterator[Finding]:
        yield from self._entries.audit(client, openings, told, subjects=True)
        if told.lost:
            yield found(FindingKind.BODIES_LOST, client=str(client), count=told.lost)
        if told.closed:
            yield found(FindingKind.BODIES_CLOSED, client=str(client), count=told.closed)
        else:
            yield from self._objects.told(client, told)
        yield from self._objects.labels(client, openings)
        yield from _guarded("batches", self._held(client, openings, told))

    def _held(
        self, client: ClientId, openings: CheckOpenings, told: RecordedFacts
    ) -> Iterator[Finding]:
        """Audit what a client's logs are; bodies that are gone leave nothing to compare with."""
        yield from self._batches.labels(client, openings)
        if told.lost or told.closed:
            return
        yield from self._batches.told(client, told)
        if self._batches.batches(client):
            alive = self._batches.alive(client)
            yield from self._segments().audit(client, openings, told, alive)

    def _around(self, request: RunCheck, told: RecordedFacts) -> Iterator[Finding]:
        state = self._rows.state()
        if state is None:
            yield found(FindingKind.KEY_STATE)
            return
        deep = request.depth is Depth.DEEP
        yield from self._rows.generations(state)
        yield from self._surroundings.audit(state.living, told.backups, deep=deep)
        with suppress(errors.Sealed):  # no custodian answers: that was said already
            yield from self._rows.unannounced(self._surroundings.pending())


def _tampered(ask: Callable[[], object]) -> tuple[Finding, ...]:
    """Ask for a grant; say what stands in the way when it is the home that was tampered with."""
    try:
        ask()
    except Refused as refused:
        if refused.denial.rule in frozenset(Tampered):
            return (found(FindingKind.REGISTER_BENT, rule=refused.denial.rule),)
        raise
    except _PASSED_ON:
        raise
    except _UNREADABLE:
        return (found(FindingKind.LEDGER_CLOSED),)
    return ()


def _guarded(part: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Pass findings on; what cannot even be read is one more, and the rest is audited."""
    try:
        yield from findings
    except _PASSED_ON:
        raise
    except _UNREADABLE:
        yield found(FindingKind.ROWS_UNREADABLE, part=part)


def _report(depth: Depth, findings: Iterable[Finding], counts: Counter[str]) -> Report:
    unique = {finding.order: finding for finding in findings}
    return Report(
        depth=depth,
        findings=tuple(unique[order] for order in sorted(unique)),
        counts=dict(counts),
    )
