"""Audit of notices: what waits opens, and is a note that was written here."""

import re
from collections.abc import Iterator
from typing import Final

from bailee import errors
from bailee.audit import Audited, Finding, NounAudit
from bailee.notices.model import NoticeRow, NoticeText, note_aad
from bailee.notices.port import Notes, NoticeRows
from bailee.parts import Parts

_SLUG: Final = re.compile(r"errors_[a-z_]+\.[a-z0-9-]+")
_ONCE_BYTES: Final = 32


class NoticeAudit(NounAudit):
    """Audit of the outbox, which is of no one client."""

    part = "notices"

    def __init__(self, parts: Parts, rows: NoticeRows, notes: Notes, audited: Audited) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._rows = rows
        self._notes = notes

    def home(self) -> Iterator[Finding]:
        """Read each row, and open what was not sent; Damaged when one was not written here."""
        for row in self._work.read(self._rows.all):
            if len(row.once) != _ONCE_BYTES or not self._is_ours(row):
                raise errors.Damaged("errors_notices.row-damaged")
        yield from ()

    def _is_ours(self, row: NoticeRow) -> bool:
        if row.error is not None and _SLUG.fullmatch(row.error) is None:
            return False
        if row.sent_ms is not None:
            return not row.sealed
        NoticeText.decode(self._notes.open(note_aad(self.audited.provider, row.id), row.sealed))
        return True
