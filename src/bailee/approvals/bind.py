"""Binds the acts on approvals to the parts of a process."""

from bailee.act import Binding
from bailee.approvals.acts import GiveApproval, ListApprovals, Withdraw
from bailee.approvals.service import ApprovalActs
from bailee.parts import Parts


def bind(parts: Parts) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    acts = ApprovalActs(
        work=parts.work,
        approvals=parts.approvals,
        monitor=parts.monitor,
        register=parts.register,
        clock=parts.clock,
    )
    return (
        ListApprovals.by(acts.list),
        GiveApproval.by(acts.give),
        Withdraw.by(acts.withdraw),
    )
