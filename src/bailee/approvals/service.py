"""Approvals: the acts of looking at what waits for a second person, agreeing, taking back."""

from collections.abc import Callable, Sequence
from typing import final

from bailee import errors
from bailee.act import Principal
from bailee.approvals.acts import (
    ApprovalFacts,
    ApprovalsFacts,
    GiveApproval,
    ListApprovals,
    Withdraw,
)
from bailee.approvals.model import Approval
from bailee.clock import Clock
from bailee.ids import ApprovalId
from bailee.monitor.approval import Approvals, standing
from bailee.monitor.authorized import Authorized
from bailee.monitor.power import ApprovalRow
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.work import Tx, Work


@final
class ApprovalActs:
    """Approval acts: what a person does about matters that need two."""

    def __init__(
        self,
        *,
        work: Work,
        approvals: Approvals,
        monitor: Monitor,
        register: Register,
        clock: Clock,
    ) -> None:
        self._work = work
        self._approvals = approvals
        self._monitor = monitor
        self._register = register
        self._clock = clock

    def list(self, who: Principal, request: ListApprovals) -> Sequence[Approval]:
        """Show what waits, the newest first; Damaged when a row lacks its MAC."""
        with self._monitor.authorize(who, request, self._register.provider) as act:
            rows = self._work.read(self._approvals.all)
            now_ms = self._clock.now_ms()
            found = [row for row in rows if request.all or standing(row, now_ms)]
            act.facts |= ApprovalsFacts(approvals=len(found)).facts()
        return [_shown(row) for row in found]

    def give(self, who: Principal, request: GiveApproval) -> Approval:
        """Agree; NotFound without such a matter, Conflict when it is not theirs to agree to."""
        named = None if request.named is None else Principal(os_user=request.named).raw
        return self._do(
            who,
            request,
            lambda tx, act, row: self._approvals.give(tx, act.grant, who, row, named),
        )

    def withdraw(self, who: Principal, request: Withdraw) -> Approval:
        """Take back; NotFound without such a matter, Conflict when nothing waits."""
        return self._do(
            who, request, lambda tx, act, row: self._approvals.withdraw(tx, act.grant, row)
        )

    def _do(
        self,
        who: Principal,
        request: GiveApproval | Withdraw,
        change: Callable[[Tx, Authorized, ApprovalRow], ApprovalRow],
    ) -> Approval:
        approval = _id(request.approval)
        # Whose matter it is, to know whom to ask the monitor about: ids alone.
        client = self._work.read(lambda tx: self._approvals.find(tx, approval)).client
        body = ApprovalFacts(approval=approval).facts()
        with self._monitor.authorize(who, request, client, body=body) as act:

            def changed(tx: Tx) -> ApprovalRow:
                # Read again: what stood when the command began may be over.
                row = change(tx, act, self._approvals.find(tx, approval))
                act.record(tx, ApprovalFacts(approval=approval))
                return row

            return _shown(self._monitor.change(changed))


def _id(text: str) -> ApprovalId:
    try:
        return ApprovalId.parse(text)
    except ValueError:
        # The same answer as for one that is not there.
        raise errors.NotFound("errors_approvals.no-such-approval") from None


def _shown(row: ApprovalRow) -> Approval:
    parts = (word.partition("=") for word in row.what)
    return Approval(
        approval=row.id,
        act=row.act,
        client=row.client,
        what={name: word for name, _, word in parts},
        whole=row.whole,
        state=row.state,
        asked_by=row.asked_by,
        asked_ms=row.asked_ms,
        asked_strength=row.asked_strength,
        until_ms=row.until_ms,
        given_by=row.given_by,
        given_ms=row.given_ms,
        given_strength=row.given_strength,
    )
