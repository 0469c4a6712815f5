"""The acts on approvals."""

from collections.abc import Sequence
from typing import Annotated

from bailee.act import Facts, Is, Param, Purpose, Reason, Request
from bailee.approvals.model import Approval
from bailee.ids import ApprovalId

_Approval = Annotated[
    str, Param(kind=Is.ID, help="help.approval_id", positional=True, metavar="APPROVAL")
]
_Named = Annotated[
    str | None,
    Param(kind=Is.TEXT, help="help.approval_named", metavar="USER|@FILE|-", bytes_allowed=True),
]
_All = Annotated[bool, Param(kind=Is.FLAG, help="help.approval_all")]


class ListApprovals(Request[Sequence[Approval]], act="approval:list", implied=Purpose.SECURITY):
    """Show what waits for a second person; with `all` also what is over."""

    all: _All = False


class GiveApproval(Request[Approval], act="approval:give", implied=Purpose.SECURITY):
    """Agree to what another asked for; it is done when its command is given again.

    `named` says whom it is about, where that is nobody who is enrolled and so is not shown.
    """

    approval: _Approval
    named: _Named = None
    reason: Reason = None


class Withdraw(Request[Approval], act="approval:withdraw", implied=Purpose.SECURITY):
    """Take back what is asked for, whoever asked; nothing happens then."""

    approval: _Approval
    reason: Reason = None


class ApprovalsFacts(Facts):
    """What the ledger records of approvals that were listed."""

    approvals: int


class ApprovalFacts(Facts):
    """What the ledger records of an approval that was given or taken back."""

    approval: ApprovalId
