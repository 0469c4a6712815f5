"""Monitor: decide, record, grant; every act passes here, and a grant is made in no other place.

The crash states: before the entry is durable, nothing happened and nothing was opened; after it,
the entry says that an act was permitted, and a missing outcome says that nobody knows what became
of it.  There is no state in which something was opened that no entry tells of.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from bailee import errors
from bailee.act import ACTS, Denial, Principal, Purpose, Refused
from bailee.clock import Clock
from bailee.grant import Grant, Scope, grant_message
from bailee.ids import ID_BYTES, ActorId, ClientId, EntryId
from bailee.keyring.service import BODY_NOUN
from bailee.ledger.model import EntryDraft, EntryShown, Recorded
from bailee.ledger.vocabulary import HOME_INIT, OUTCOME, POLICY_ADOPT
from bailee.limits import GRANT_SECONDS
from bailee.monitor.approval import Approvals, Consent, Matter
from bailee.monitor.asking import Asking, implied, subject_of
from bailee.monitor.authorized import FAILED, WAITING, Authorized
from bailee.monitor.budget import SPENT, Budgets
from bailee.monitor.deciding import SENTENCE, AskedAct, Deciding
from bailee.monitor.guard import Guard
from bailee.monitor.model import BEFORE_TAKEN_UP, OWED, UNRECORDED, Tampered
from bailee.monitor.port import RecordingLedger, Telling, Vouching
from bailee.monitor.power import PolicyRow
from bailee.monitor.register import Register
from bailee.policy import Policies, Terms
from bailee.work import Tx, Work

T = TypeVar("T")

_BODIES = 4_096
"""Openings of ledger bodies for the comparison: one for each key of a year, and room."""

_NOWHERE = Recorded(entry=EntryId(bytes(ID_BYTES)), index=0, leaf=b"")
"""In place of an entry, for a grant that opens nothing."""

COMPARED_SECONDS = 5.0
"""How old a comparison may be that an act by an API token rests on: a token that was revoked, and
whose row of before was put back while a server runs, is found within that."""

_JUDGING = "check:run"
"""Goes on where rows differ from the log, for it names them; it gives out kinds and ids alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Permitted:
    """Permitted: an entry that permits; it is durable once the transaction around it is."""

    recorded: Recorded
    actor: ActorId
    act: str
    purpose: str


class Monitor:
    """Monitor: the reference monitor."""

    def __init__(
        self,
        *,
        work: Work,
        ledger: RecordingLedger,
        keys: Vouching,
        register: Register,
        guard: Guard,
        telling: Telling,
        approvals: Approvals,
        budgets: Budgets,
        policies: Policies,
        clock: Clock,
        settings: Callable[[], None],
        still: bool = False,
    ) -> None:
        """Take the parts; `settings` records how this began, `still` a home takes no entries."""
        self._work = work
        self._ledger = ledger
        self._keys = keys
        self._register = register
        self._guard = guard
        self._telling = telling
        self._approvals = approvals
        self._budgets = budgets
        self._policies = policies
        self._clock = clock
        self._settings = settings
        self._still = still
        self._taken_up = False
        # By the monotonic clock: setting the wall clock back would else put the next one off.
        self._compared_s = float("-inf")
        self._deciding = Deciding(
            register=register, policies=policies, clock=clock, away=lambda: ledger.away
        )

    def authorize(
        self,
        who: Principal,
        request: Asking,
        client: ClientId,
        *,
        scopes: tuple[Scope, ...] = (),
        count: int = 0,
        body: Mapping[str, str] = MappingProxyType({}),
        subject: Mapping[str, str] | None = None,
        wait: bool = False,
        to_self: bool = False,
        matter: Callable[[Tx], Matter] | None = None,
        towards: str | None = None,
        unmasks: int = 0,
    ) -> Authorized:
        """Decide, record, and grant `count` openings within `scopes`; do the act in the context.

        The entry's subject is `subject` and the request's reason.  With `wait`, and for acts that
        always wait, the grant comes once a checkpoint includes its entry.  `matter` is what two
        people agree on, for acts of which the policies ask that; `unmasks` is how many identifiers
        it hands out, which is counted against the actor's budget.  Raises Refused with the denial,
        which is recorded, as of the act `towards` where this one is only on the way to it;
        WaitingForSecond until somebody else agrees; CannotRecord when the entry
        cannot be made durable: then nothing happens.
        """
        second = self._approvals.second(request.act)
        if second is not None and not second.each and matter is None:
            raise TypeError(request.act)  # a service that does not say what two people agree on
        asked = AskedAct(
            who=who,
            act=request.act,
            client=client,
            purpose=request.purpose or implied(request.act),
            count=count,
            body=body,
            subject=subject_of(request, subject),
            to_self=to_self,
            towards=towards or request.act,
        )
        if self._still:
            return self._unrecorded(asked)
        # In this order: decided and durable, compared with the log, agreed on by two people,
        # included in a checkpoint where the act waits, and only then a grant. A crash at any point
        # leaves an entry and nothing opened.
        found = self._decided(asked)
        # After the entry, since comparing opens bodies of the provider's log, and that needs an
        # entry of its own to be granted under.
        self._require_as_logged(
            client, found, anew=second is not None or unmasks > 0 or self._is_old(who)
        )
        self._require_taken_up(client, found)
        # After the comparison: an older row, once genuine, would be the agreement of somebody who
        # took it back, and using it up would make it the newest.
        if second is not None and matter is not None:
            self._agree(who, client, found, matter)
        # After the comparison too: a count of before, put back, would be a budget anew.
        if unmasks:
            self._spend(client, found, unmasks)
        if wait or ACTS[request.act].waits:
            self._await(client, found)
        grant = self._made(found, client=client, scopes=scopes, count=count)
        return Authorized(
            work=self._work,
            outcomes=self,
            grant=grant,
            who=who,
            approvals=self._approvals if second is not None and second.each else None,
        )

    def stands(self, who: Principal, request: Asking, client: ClientId) -> bool:
        """Tell whether somebody may still do an act that is under way; nothing is recorded.

        For what streams, which goes on long after its grant.
        """
        asked = AskedAct(
            who=who,
            act=request.act,
            client=client,
            purpose=request.purpose or implied(request.act),
            count=0,
            body={},
            subject=None,
            to_self=False,
            towards=request.act,
        )
        try:
            return self._work.read(lambda tx: self._deciding.decide(tx, asked)).actor is not None
        except errors.NotFound:  # the client is gone
            return False

    @property
    def terms(self) -> Terms:
        """The terms that the policies set."""
        return self._policies.terms

    # --- decide and record, in one transaction ---------------------------------------------

    def _decided(self, asked: AskedAct) -> _Permitted:
        found = self._recorded(asked)
        if isinstance(found, Denial):  # it is durable: raised sooner, its own entry would be undone
            raise Refused(found)
        return found

    def _recorded(self, asked: AskedAct) -> _Permitted | Denial:
        try:
            # Before the transaction: while the signer is behind, an entry would be one that no
            # checkpoint may ever include.
            self._ledger.require_fresh(asked.client, owed=asked.towards in OWED)
            return self._work.run(asked.client, lambda tx: self._record(tx, asked))
        except errors.OutcomeUnknown:
            # the entry may be there, but what may not be durable permits nothing
            raise errors.CannotRecord("errors_monitor.not-recorded") from None
        except errors.CannotRecord:
            # Asked again, without writing: a permission that cannot be recorded permits nothing and
            # is raised; a refusal is written with the space that is kept for it.
            verdict = self._work.read(lambda tx: self._deciding.decide(tx, asked))
            if verdict.actor is not None:
                raise
            # a no opens nothing, and is owed an entry even on a full disk
            recorded = self._ledger.record_owed(verdict.log, verdict.draft)
            return verdict.denial(recorded)

    def _unrecorded(self, asked: AskedAct) -> Authorized:
        """Permit without an entry what opens nothing; CannotRecord for all else, also a refusal."""
        verdict = self._work.read(lambda tx: self._deciding.decide(tx, asked))
        if verdict.actor is None or asked.purpose is None or asked.act not in UNRECORDED:
            raise errors.CannotRecord("errors_monitor.still")
        found = _Permitted(
            recorded=_NOWHERE, actor=verdict.actor, act=asked.act, purpose=asked.purpose
        )
        # Of nothing, whatever was asked for: what is opened needs an entry (G1).
        grant = self._made(found, client=asked.client, scopes=(), count=0)
        return Authorized(work=self._work, outcomes=self, grant=grant, recorded=False)

    def _record(self, tx: Tx, asked: AskedAct) -> _Permitted | Denial:
        # The rows that a decision rests on are projections of the provider's log, whosever log the
        # entry goes to; that one is compared where it is appended to.
        self._ledger.require_newest(tx, self._register.provider)
        verdict = self._deciding.decide(tx, asked)
        # One transaction from the rows to the entry: a role that is taken away by another process
        # either counts for this entry or comes after it.
        recorded = self._ledger.append(tx, verdict.log, verdict.draft)
        if verdict.actor is None or asked.purpose is None:
            return verdict.denial(recorded)
        return _Permitted(
            recorded=recorded, actor=verdict.actor, act=asked.act, purpose=asked.purpose
        )

    # --- compared ----------------------------------------------------------------------------

    def _require_as_logged(self, client: ClientId, found: _Permitted, *, anew: bool) -> None:
        """Refuse where a row differs from the provider's log; else have settings recorded."""
        started_s = self._clock.monotonic_s()
        try:
            differs = self._differs(found, anew=anew)
        except (errors.Damaged, errors.NotFound, errors.Sealed):
            if found.act != _JUDGING:
                raise
            differs = True
        if not differs:
            if anew:
                self._compared_s = started_s
            # Before the grant: what is done under other settings has their entry before its own
            # effect.
            self._settings()
        elif found.act != _JUDGING:
            raise Refused(self._call_off(client, found))

    def _is_old(self, who: Principal) -> bool:
        """Tell whether the last comparison is too old for an act by a token."""
        age_s = self._clock.monotonic_s() - self._compared_s
        return who.token is not None and age_s >= COMPARED_SECONDS

    # --- two people --------------------------------------------------------------------------

    def _agree(
        self, who: Principal, client: ClientId, found: _Permitted, matter: Callable[[Tx], Matter]
    ) -> None:
        """Use up the agreement of two people; WaitingForSecond, and recorded, without one."""
        of = found.recorded.entry
        grant = self._made(found, client=client, scopes=(), count=0)

        def agreed(tx: Tx) -> Consent:
            consent = self._approvals.take(tx, grant, who, matter(tx))
            if not consent.holds:
                body = {} if consent.row is None else {"approval": str(consent.row.id)}
                self.outcome(tx, client, of, WAITING, body=body)
            return consent

        try:
            consent = self._guard.change(agreed)
        except errors.BaileeError:
            self._work.run(client, lambda tx: self.outcome(tx, client, of, FAILED))
            raise
        if not consent.holds:
            raise self._approvals.waiting(consent, found.act)

    def _spend(self, client: ClientId, found: _Permitted, count: int) -> None:
        """Count what will be handed out, durable before the grant; Refused where it is too much."""
        of = found.recorded.entry

        def counted(tx: Tx) -> bool:
            within = self._budgets.spend(tx, found.actor, of, count)
            if not within:
                self.outcome(tx, client, of, FAILED, body={"rule": SPENT})
            return within

        try:
            within = self._guard.change(counted)
        except errors.BaileeError:
            self._work.run(client, lambda tx: self.outcome(tx, client, of, FAILED))
            raise
        if not within:
            raise Refused(Denial(rule=SPENT, sentence=SENTENCE, entry=of))

    def _require_taken_up(self, client: ClientId, found: _Permitted) -> None:
        """Refuse on a home that was restored by one person until another has agreed to it."""
        # Once in the life of a process: only a restore brings such a row, and makes another home.
        if self._taken_up or found.act in BEFORE_TAKEN_UP:
            return
        row = self._work.read(self._approvals.restored)
        if row is not None:
            of, body = found.recorded.entry, {"approval": str(row.id)}
            self._work.run(client, lambda tx: self.outcome(tx, client, of, WAITING, body=body))
            raise self._approvals.restore_waiting(row)
        self._taken_up = True

    # --- wait and grant --------------------------------------------------------------------

    def _differs(self, found: _Permitted, *, anew: bool) -> bool:
        """Compare the rows with the provider's log, under the entry that was just recorded."""
        provider = self._register.provider

        def entries(start: int) -> Iterable[EntryShown]:
            grant = self._made(
                found,
                client=provider,
                scopes=(Scope(noun=BODY_NOUN),),
                # For bodies of the provider's log alone: what is compared is the provider's own
                # record.
                count=_BODIES,
            )
            return self._telling(grant, start)

        return bool(self._guard.differences(entries, anew=anew))

    def _call_off(self, client: ClientId, found: _Permitted) -> Denial:
        body = {"rule": str(Tampered.ROW_DIFFERS)}
        of = found.recorded.entry
        self._work.run(client, lambda tx: self.outcome(tx, client, of, FAILED, body=body))
        return Denial(rule=str(Tampered.ROW_DIFFERS), sentence=SENTENCE, entry=of)

    def _await(self, client: ClientId, found: _Permitted) -> None:
        of = found.recorded.entry
        try:
            # Nobody holds a lock or a transaction here: it takes as long as the signer does, and
            # others go on.
            self._ledger.await_included(client, found.recorded.index)
        except errors.CannotRecord:
            # The first error is the one to be told; without its outcome the entry says that nobody
            # knows.
            with suppress(errors.CannotRecord, errors.OutcomeUnknown):
                self._work.run(client, lambda tx: self.outcome(tx, client, of, FAILED))
            raise

    def _made(
        self,
        found: _Permitted,
        *,
        client: ClientId,
        scopes: tuple[Scope, ...],
        count: int,
    ) -> Grant:
        """Make a grant; no other line of the house does (tests/house/test_grant.py)."""
        # By the monotonic clock: setting the wall clock back would else keep a grant alive.
        expires_s = self._clock.monotonic_s() + GRANT_SECONDS
        message = grant_message(
            entry=found.recorded.entry,
            index=found.recorded.index,
            actor=found.actor,
            act=found.act,
            client=client,
            purpose=found.purpose,
            scopes=scopes,
            count=count,
            expires_s=expires_s,
        )
        return Grant(
            entry=found.recorded.entry,
            index=found.recorded.index,
            actor=found.actor,
            act=found.act,
            client=client,
            purpose=found.purpose,
            scopes=scopes,
            count=count,
            expires_s=expires_s,
            # Over every field: openers verify it, so a grant that some other code made opens
            # nothing.
            mac=self._keys.grant_mac(message),
        )

    # --- what became of it -----------------------------------------------------------------

    def outcome(
        self,
        tx: Tx,
        client: ClientId,
        of: EntryId,
        result: str,
        *,
        body: Mapping[str, str] | None = None,
        subject: Mapping[str, str] | None = None,
    ) -> Recorded:
        """Record what became of an entry's act: done, failed or unknown; `Authorized` calls it."""
        facts = {"of": str(of), "result": result, **(body or {})}
        draft = EntryDraft(kind=OUTCOME, body=facts, subject=subject, t_ms=self._clock.now_ms())
        return self._ledger.append(tx, client, draft)

    # --- beginnings ------------------------------------------------------------------------

    def found(self, tx: Tx, founder: ActorId) -> Authorized:
        """Record that the installation begins; its grant opens nothing, and is there for outcomes.

        Only `init` comes here, before any actor is: Conflict once policies are in force.
        """
        provider = self._register.provider
        # Asked in the transaction that founds: of two `init` at once, one finds the other's row.
        if self._register.policy(tx) is not None:
            raise errors.Conflict("errors_monitor.founded-already")
        body = {"actor": str(founder), "policy": self._policies.hash}
        draft = EntryDraft(kind=HOME_INIT, body=body, t_ms=self._clock.now_ms())
        recorded = self._ledger.append(tx, provider, draft)
        self._adopt(tx, None)
        found = _Permitted(
            recorded=recorded, actor=founder, act=HOME_INIT, purpose=Purpose.SECURITY
        )
        grant = self._made(found, client=provider, scopes=(), count=0)
        return Authorized(work=self._work, outcomes=self, grant=grant)

    def change(self, fn: Callable[[Tx], T]) -> T:
        """Run a change of rows that confer power: their outcomes stand in the provider's log."""
        return self._guard.change(fn)

    def start(self) -> None:
        """Put the policies of this version in force when others were, and record it."""
        row = self._work.read(self._register.adopted)
        # A new version brings its own policies: recorded before anything is decided by them, so
        # that each entry's decision can be traced to the policies of its time.
        if row is not None and row.hash != self._policies.hash:
            self._guard.change(lambda tx: self._adopt(tx, self._register.adopted(tx)))

    def _adopt(self, tx: Tx, before: PolicyRow | None) -> None:
        provider = self._register.provider
        row = PolicyRow(
            provider=provider,
            hash=self._policies.hash,
            version=1 if before is None else before.version + 1,
            log_index=0,
        )
        draft = EntryDraft(kind=POLICY_ADOPT, body=row.projected(), t_ms=self._clock.now_ms())
        self._register.adopt(tx, row, self._ledger.append(tx, provider, draft).index)
