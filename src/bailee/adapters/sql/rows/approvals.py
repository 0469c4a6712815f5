"""Approval rows: the rows of matters that need two people."""

from collections.abc import Sequence
from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.approvals import approval
from bailee.adapters.sql.whole import require
from bailee.ids import ApprovalId, ClientId
from bailee.monitor.power import ApprovalRow
from bailee.work import Tx

APPROVALS: Final = Mapped(approval, ApprovalRow, damaged="errors_approvals.row-damaged")


class SqlApprovalRows:
    """SQL approval rows; implements `monitor.port.ApprovalRows`."""

    def all(self, tx: Tx) -> Sequence[ApprovalRow]:
        """Return every row, by id."""
        return APPROVALS.all(tx)

    def require_whole(self, tx: Tx) -> None:
        """Return if no approval is missing; else Damaged."""
        require(tx, None, approval)

    def of_act(self, tx: Tx, client: ClientId, act: str) -> Sequence[ApprovalRow]:
        """Return a client's rows of one act, by id."""
        return APPROVALS.all(tx, client=client, act=act)

    def get(self, tx: Tx, approval: ApprovalId) -> ApprovalRow | None:
        """Find by id."""
        return APPROVALS.one(tx, id=approval)

    def put(self, tx: Tx, row: ApprovalRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        APPROVALS.put(tx, row, changed="errors_approvals.changed-meanwhile")
