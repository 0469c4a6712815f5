"""Gives `check` the audits of logs; kernels and Arrow are loaded once a deep check needs them."""

from collections.abc import Callable, Sequence
from functools import partial

from bailee.audit import AuditMaker
from bailee.logs.audit.batches import BatchAudit, Segments
from bailee.logs.audit.months import MonthAudit
from bailee.logs.audit.orphans import OrphanAudit
from bailee.logs.audit.sources import SourceAudit
from bailee.logs.port import AuditedLogRows, LogInspection
from bailee.parts import Parts


def audits(
    parts: Parts,
    rows: AuditedLogRows,
    inspection: LogInspection,
    segments: Callable[[], Segments],
) -> Sequence[AuditMaker]:
    """Give what `check` compares of logs."""
    return (
        partial(OrphanAudit, parts, inspection),
        partial(BatchAudit, parts, rows, segments),
        partial(SourceAudit, parts, rows),
        partial(MonthAudit, parts, rows),
    )
