"""How approvals are shown."""

from collections.abc import Iterator, Sequence

from bailee.act.show import Note, Show, Shows
from bailee.approvals.acts import GiveApproval, ListApprovals, Withdraw
from bailee.approvals.model import Approval
from bailee.monitor.approval import RESTORE

_COLUMNS = ("approval", "act", "client", "what", "whole", "state", "asked_by", "until", "given_by")


def _waiting(answer: Sequence[Approval]) -> Iterator[Note]:
    if not answer:
        yield "approvals.none", {}
    elif not all(one.whole for one in answer):
        yield "approvals.not-whole", {}


def _given(answer: Approval) -> Iterator[Note]:
    if answer.act == RESTORE:
        yield "approvals.restore-given", {}
        return
    yield "approvals.given", {"act": answer.act.replace(":", " ")}


def _withdrawn(answer: Approval) -> Iterator[Note]:
    if answer.act == RESTORE:
        yield "approvals.restore-withdrawn", {}
        return
    yield "approvals.withdrawn", {"act": answer.act.replace(":", " ")}


SHOWS: Shows = {
    ListApprovals: Show(columns=_COLUMNS, notes=_waiting),
    GiveApproval: Show(notes=_given),
    Withdraw: Show(notes=_withdrawn),
}
