"""Audit of what hangs on nothing: rows of logs without their stream, batch, entry or key."""

from collections.abc import Iterator

from bailee.audit import Audited, Finding, FindingKind, NounAudit, found
from bailee.logs.port import LogInspection
from bailee.parts import Parts


class OrphanAudit(NounAudit):
    """Audit of the rows of logs of all clients, without a grant."""

    part = "strays"

    def __init__(self, parts: Parts, inspection: LogInspection, audited: Audited) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._inspection = inspection

    def home(self) -> Iterator[Finding]:
        """Look for rows of logs, and deep of vaults, that hang on nothing."""
        count = self._work.read(self._inspection.orphan_values) if self.audited.deep else 0
        if count:
            yield found(FindingKind.VALUE_STRAY, count=count)
        for table, ident in self._work.read(self._inspection.orphan_batches):
            yield found(FindingKind.BATCH_STRAY, table=table, id=ident)
