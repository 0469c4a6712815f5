"""Audit of jobs: rows that nobody here wrote; what they say is bounded by the table of kinds."""

import re
from collections.abc import Iterator
from typing import Final

from bailee import errors
from bailee.audit import Audited, Finding, NounAudit
from bailee.jobs.model import CUSTODIAN, LEASE_BYTES, PEOPLE, SECOND, TWO, JobRow
from bailee.jobs.port import JobRows
from bailee.parts import Parts

_SLUG: Final = re.compile(r"errors_[a-z_]+\.[a-z0-9-]+")
_WAITS: Final = re.compile(rf"{PEOPLE}|{SECOND}|{TWO}|{CUSTODIAN}[0-9a-f]+")


class JobAudit(NounAudit):
    """Audit of the rows of jobs, which are of no one client."""

    part = "jobs"

    def __init__(self, parts: Parts, rows: JobRows, audited: Audited) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._rows = rows

    def home(self) -> Iterator[Finding]:
        """Read each row; Damaged when one is of a form that nobody here writes."""
        for row in self._work.read(self._rows.all):
            if not _is_ours(row):
                raise errors.Damaged("errors_jobs.row-damaged")
        yield from ()


def _is_ours(row: JobRow) -> bool:
    return (
        (row.lease is None or len(row.lease) == LEASE_BYTES)
        and (row.error is None or _SLUG.fullmatch(row.error) is not None)
        and all(map(_WAITS.fullmatch, row.waits))
    )
