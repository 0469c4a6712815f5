"""Approvals: matters that need two people: asked for by one, agreed to by another, used once.

Every act that the policies name passes here, and no service decides for itself.  A row is a
projection of the provider's log and believed only with its MAC; what it confers is used up in the
transaction that says so, before the effect: a crash in between costs asking again.
spec/approvals.md, docs/decisions/0015
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeVar

from bailee import errors
from bailee.act import Principal
from bailee.clock import Clock
from bailee.encoding import enc
from bailee.grant import Grant
from bailee.ids import ActorId, ApprovalId, ClientId
from bailee.keyring.port import Macs
from bailee.ledger.model import EntryDraft, Recorded
from bailee.ledger.vocabulary import APPROVAL
from bailee.monitor.port import ApprovalRows
from bailee.monitor.power import ApprovalRow
from bailee.monitor.register import Register
from bailee.policy import Policies, Second, When
from bailee.work import Tx

T = TypeVar("T")

APPROVAL_MS = 14 * 86_400_000
"""How long a matter waits: an agreement later than that is of one who no longer knows to what."""

DOMAIN = "approval"
RESTORE = "backup:restore"
"""The act whose home grants nothing until another agrees."""


class ApprovalState(StrEnum):
    """Approval state: how far a matter is."""

    ASKED = "asked"
    GIVEN = "given"
    USED = "used"
    WITHDRAWN = "withdrawn"


_STANDING = frozenset({ApprovalState.ASKED, ApprovalState.GIVEN})


class ConsentStep(StrEnum):
    """Consent step: what a request about a matter came to."""

    ALONE = "alone"
    """The policies let one go on: nobody else is enrolled who may agree, or it is exempt."""
    ASKED = "asked"
    """Nobody asked before, or it was too long ago: now somebody did."""
    ANOTHER = "needs-another"
    """Who asks again is who asked, or may not agree: somebody else has to."""
    WAITING = "waiting"
    """Two agree, and the time for it has not come."""
    AGAIN = "clock-jumped"
    """The clock moved, or nothing was recorded for long: the waiting begins anew."""
    NEXT = "next-run"
    """Two agree, and it is not this one's turn."""
    AGREED = "agreed"


DONE = frozenset({ConsentStep.ALONE, ConsentStep.AGREED})
"""What lets the effect follow."""

Timing = Callable[[ApprovalRow, frozenset[ActorId]], ConsentStep | None]
"""Says of a matter on which these agree why it waits; None when its time has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Matter: what is asked for, exactly: `what` in words that may stand in clear, ids and counts.

    `personal` is the rest of it, which only its hash shows; `about` is whom it gives something.
    """

    what: Mapping[str, str]
    personal: tuple[bytes, ...] = ()
    about: ActorId | None = None

    def words(self) -> tuple[str, ...]:
        """Write what may stand in clear, in one order."""
        return tuple(f"{name}={word}" for name, word in sorted(self.what.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Consent: what a request about one matter came to, and the row as it is now."""

    taken: ConsentStep
    row: ApprovalRow | None

    @property
    def holds(self) -> bool:
        """Tell whether the effect may follow."""
        return self.taken in DONE


class ApprovalLedger(Protocol):
    """Approval ledger: the part of the ledger that approvals use."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append an entry; it is recorded when the unit of work around it is durable."""


def standing(row: ApprovalRow | None, now_ms: int) -> bool:
    """Tell whether a matter still waits, for an agreement or for what was agreed on."""
    return row is not None and row.state in _STANDING and now_ms < row.until_ms


def follows(row: ApprovalRow | None, actor: ActorId, now_ms: int) -> ConsentStep:
    """Decide what a request by this actor comes to, whoever may agree and whenever."""
    if row is None or not standing(row, now_ms):
        return ConsentStep.ASKED
    if row.state == ApprovalState.GIVEN or row.asked_by != actor:
        return ConsentStep.AGREED
    return ConsentStep.ANOTHER


class Approvals:
    """Approvals: the rows of matters that need two people, and the one place that decides."""

    def __init__(
        self,
        *,
        rows: ApprovalRows,
        keys: Macs,
        ledger: ApprovalLedger,
        register: Register,
        policies: Policies,
        clock: Clock,
    ) -> None:
        self._rows = rows
        self._keys = keys
        self._ledger = ledger
        self._register = register
        self._policies = policies
        self._clock = clock

    def second(self, act: str) -> Second | None:
        """Return what the policies ask of an act; None when one person suffices."""
        return self._policies.second(act)

    # --- reading ---------------------------------------------------------------------------

    def standing(self, tx: Tx, client: ClientId, act: str) -> tuple[ApprovalRow, ...]:
        """Return what waits of one act of a client; Damaged when a row lacks its MAC."""
        now_ms = self._clock.now_ms()
        return tuple(row for row in self._of(tx, client, act) if standing(row, now_ms))

    def all(self, tx: Tx) -> tuple[ApprovalRow, ...]:
        """Return every row, the newest first; Damaged when one lacks its MAC, or is missing."""
        self._rows.require_whole(tx)
        rows = [self._believed(row) for row in self._rows.all(tx)]
        return tuple(sorted(rows, key=lambda row: (-row.asked_ms, row.id.raw)))

    def find(self, tx: Tx, approval: ApprovalId) -> ApprovalRow:
        """Find a matter; NotFound when there is none, Damaged without its MAC."""
        row = self._rows.get(tx, approval)
        if row is None:
            self._rows.require_whole(tx)
            raise errors.NotFound("errors_approvals.no-such-approval")
        return self._believed(row)

    def restored(self, tx: Tx) -> ApprovalRow | None:
        """Return the restore of this home that nobody agreed to yet; Damaged without its MAC.

        One that was taken back, or waited for too long, counts as well: it was never agreed to.
        """
        rows = self._of(tx, self._register.provider, RESTORE)
        return next((row for row in rows if row.given_by is None), None)

    # --- asking and agreeing ---------------------------------------------------------------

    def take(
        self, tx: Tx, grant: Grant, who: Principal, matter: Matter, timing: Timing | None = None
    ) -> Consent:
        """Ask for a matter, agree to it, or find it agreed on; then its agreement is used up.

        Conflict when it is not known surely enough who asks.
        """
        second = self._required(grant.act)
        others = self._others(tx, second, grant.actor)
        nobody = second.when is When.TWO_HUMANS and not others
        if nobody or second.exempts(matter.what):
            return Consent(taken=ConsentStep.ALONE, row=None)
        self._require_strength(who, second)
        row = self.of(tx, grant, matter)
        now_ms = self._clock.now_ms()
        taken = follows(row, grant.actor, now_ms)
        if row is None or taken is ConsentStep.ASKED:
            return Consent(taken=ConsentStep.ASKED, row=self._ask(tx, grant, who, matter, row))
        # An agreement given before stands; who gives it now has to be one who may.
        if row.state == ApprovalState.ASKED and not self._may(tx, second, row, grant.actor):
            taken = ConsentStep.ANOTHER
        if taken is not ConsentStep.AGREED:
            return Consent(taken=taken, row=row)
        humans = frozenset({row.asked_by, row.given_by or grant.actor})
        waits = None if timing is None else timing(row, humans)
        if waits is ConsentStep.AGAIN:
            # Who asked stays; when begins anew, since the hours since then cannot be shown to have
            # passed.
            again = replace(row, asked_ms=now_ms, until_ms=now_ms + APPROVAL_MS)
            return Consent(taken=waits, row=self._put(tx, grant, again))
        if waits is not None:
            return Consent(taken=waits, row=row)
        used = row if row.given_by else _given(row, grant.actor, who, now_ms)
        used = replace(used, state=ApprovalState.USED.value)
        return Consent(taken=ConsentStep.AGREED, row=self._put(tx, grant, used))

    def give(
        self, tx: Tx, grant: Grant, who: Principal, row: ApprovalRow, personal: bytes | None
    ) -> ApprovalRow:
        """Agree to what another asked for; it is done when its command is given again.

        Conflict when nothing waits, when the one who agrees is who asked or may not agree, or
        when they do not name what is personal in it.
        """
        second = self._required(row.act)
        self._require_strength(who, second)
        if row.state != ApprovalState.ASKED or not standing(row, self._clock.now_ms()):
            raise errors.Conflict("errors_approvals.nothing-asked")
        if row.asked_by == grant.actor or not self._may(tx, second, row, grant.actor):
            raise errors.Conflict("errors_approvals.not-by-you", roles=_roles(second))
        self._require_seen(row, personal)
        given = _given(row, grant.actor, who, self._clock.now_ms())
        return self._put(tx, grant, replace(given, state=ApprovalState.GIVEN.value))

    def withdraw(self, tx: Tx, grant: Grant, row: ApprovalRow | None) -> ApprovalRow:
        """Take back what is asked for, whoever asked; Conflict when nothing waits."""
        if row is None or not standing(row, self._clock.now_ms()):
            raise errors.Conflict("errors_approvals.nothing-asked")
        return self._put(tx, grant, replace(row, state=ApprovalState.WITHDRAWN.value))

    def of(self, tx: Tx, grant: Grant, matter: Matter) -> ApprovalRow | None:
        """Find the row of a matter; Damaged when one of the act's rows lacks its MAC."""
        wanted = self._hash(grant.act, grant.client, matter)
        rows = self._of(tx, grant.client, grant.act)
        return next((row for row in rows if row.request == wanted), None)

    def stands(self, tx: Tx, grant: Grant, matter: Matter) -> bool:
        """Tell whether somebody asks for a matter now."""
        return standing(self.of(tx, grant, matter), self._clock.now_ms())

    def waiting(self, consent: Consent, act: str) -> errors.WaitingForSecond:
        """Make the error of a matter that somebody else has to agree to."""
        row = consent.row
        return errors.WaitingForSecond(
            f"errors_approvals.{consent.taken}",
            approval="" if row is None else str(row.id),
            # What the row does not show has to be named by whoever agrees.
            named="" if row is None or row.whole else " --named -",
            roles=_roles(self._required(act)),
            days=APPROVAL_MS // 86_400_000,
        )

    def restore_waiting(self, row: ApprovalRow) -> errors.WaitingForSecond:
        """Make the error of a restored home that somebody else has to agree to."""
        reason = "restored" if standing(row, self._clock.now_ms()) else "restored-over"
        return errors.WaitingForSecond(
            f"errors_approvals.{reason}",
            approval=str(row.id),
            roles=_roles(self._required(row.act)),
        )

    # --- who may ---------------------------------------------------------------------------

    def _required(self, act: str) -> Second:
        second = self._policies.second(act)
        if second is None:
            raise errors.Conflict("errors_approvals.nothing-asked")
        return second

    @staticmethod
    def _require_strength(who: Principal, second: Second) -> None:
        # Of whoever asks as well: one human could else ask as somebody else and agree as himself.
        if not who.strength.reaches(second.least):
            raise errors.Conflict("errors_approvals.not-told-apart")

    def _require_seen(self, row: ApprovalRow, personal: bytes | None) -> None:
        # Nobody agrees to what they were not shown: whom it is about stands in no row in clear, so
        # whoever agrees has it from who asked, and says it.
        if row.whole:
            return
        if personal is None:
            raise errors.Conflict("errors_approvals.not-whole")
        held = dict(word.split("=") for word in row.what)
        matter = Matter(what=held, personal=(personal,))
        if self._hash(row.act, row.client, matter) != row.request:
            raise errors.Conflict("errors_approvals.named-other")

    def _others(self, tx: Tx, second: Second, *without: ActorId | None) -> frozenset[ActorId]:
        return frozenset(
            row.id
            for row in self._register.people(tx)
            if row.id not in without and second.by & set(row.roles)
        )

    def _may(self, tx: Tx, second: Second, row: ApprovalRow, actor: ActorId) -> bool:
        """Tell whether this actor may agree to it; whom it is about only if nobody else is left."""
        about = _about(row)
        others = self._others(tx, second, row.asked_by, about)
        if actor == about and not others:
            others = self._others(tx, second, row.asked_by)
        return actor in others

    # --- rows ------------------------------------------------------------------------------

    def _of(self, tx: Tx, client: ClientId, act: str) -> tuple[ApprovalRow, ...]:
        # All of them, before any is used: whoever can write rows but holds no key could else ask in
        # the name of a second person.
        return tuple(self._believed(row) for row in self._rows.of_act(tx, client, act))

    def _believed(self, row: ApprovalRow) -> ApprovalRow:
        if not row.verifies(self._keys):
            raise errors.Damaged("errors_approvals.row-damaged")
        return row

    def _hash(self, act: str, client: ClientId, matter: Matter) -> bytes:
        # Keyed: a plain hash over a name would tell whoever has the rows whether they guessed it.
        about = b"" if matter.about is None else matter.about.raw
        words = enc("what", *matter.words())
        personal = enc("personal", *matter.personal)
        message = enc(DOMAIN, act, client.raw, words, about, personal)
        return self._keys.mac(DOMAIN, message)

    def _ask(
        self, tx: Tx, grant: Grant, who: Principal, matter: Matter, before: ApprovalRow | None
    ) -> ApprovalRow:
        now_ms = self._clock.now_ms()
        row = ApprovalRow(
            id=ApprovalId.new() if before is None else before.id,
            client=grant.client,
            act=grant.act,
            request=self._hash(grant.act, grant.client, matter),
            what=_shown(matter),
            whole=not matter.personal,
            state=ApprovalState.ASKED.value,
            asked_by=grant.actor,
            asked_ms=now_ms,
            asked_strength=who.strength,
            until_ms=now_ms + APPROVAL_MS,
            version=0 if before is None else before.version,
            log_index=0,
        )
        return self._put(tx, grant, row)

    def _put(self, tx: Tx, grant: Grant, row: ApprovalRow) -> ApprovalRow:
        """Store the next version of a row, as the entry in the provider's log that records it."""
        # One version more each time: of two who write at once, the second finds its version gone.
        after = replace(row, version=row.version + 1)
        body = {"of": str(grant.entry), **after.projected()}
        draft = EntryDraft(kind=APPROVAL, body=body, t_ms=self._clock.now_ms())
        # In the provider's log, where the row's projection is checked from: the client's log has
        # the act, and its reader must not have to trust rows. Same transaction: no row without its
        # entry.
        recorded = self._ledger.append(tx, self._register.provider, draft)
        # The MAC is over the index of the entry too: an old row put back names an older entry, and
        # check finds that a newer one speaks of it.
        after = replace(after, log_index=recorded.index).vouched(self._keys)
        self._rows.put(tx, after)
        return after


def _given(row: ApprovalRow, actor: ActorId, who: Principal, now_ms: int) -> ApprovalRow:
    return replace(row, given_by=actor, given_ms=now_ms, given_strength=who.strength)


_ABOUT = "actor"


def _shown(matter: Matter) -> tuple[str, ...]:
    about = () if matter.about is None else (f"{_ABOUT}={matter.about}",)
    return tuple(sorted((*matter.words(), *about)))


def _about(row: ApprovalRow) -> ActorId | None:
    found = (word.partition("=") for word in row.what)
    return next((ActorId.parse(word) for name, _, word in found if name == _ABOUT), None)


def _roles(second: Second) -> str:
    return ", ".join(sorted(second.by))
