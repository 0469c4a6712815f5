"""Sending: sends what the outbox holds, one notice after the other, and records each.

A crash after a notice was taken and before that is recorded sends it again under the same id; a
crash before loses nothing, since its row is there until it was sent.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import final

from bailee import errors
from bailee.clock import Clock
from bailee.ids import ClientId
from bailee.ledger.model import EntryDraft
from bailee.ledger.vocabulary import NOTICE_SEND
from bailee.notices.model import Medium, NoticeRow, NoticeText, note_aad
from bailee.notices.port import Notes, NoticeLedger, NoticeRows, Way
from bailee.notices.wording import message_of
from bailee.work import Tx, Work


@final
class Sending:
    """Sending: what the job that sends notices does; no other runs beside it."""

    def __init__(
        self,
        *,
        work: Work,
        rows: NoticeRows,
        notes: Notes,
        ways: Mapping[Medium, Way],
        ledger: NoticeLedger,
        provider: ClientId,
        clock: Clock,
    ) -> None:
        self._work = work
        self._rows = rows
        self._notes = notes
        self._ways = ways
        self._ledger = ledger
        self._provider = provider
        self._clock = clock

    def run(self) -> int:
        """Send all that waits; return how many were sent, or raise the first error after all."""
        sent, failed = 0, list[errors.BaileeError]()
        waiting = self._work.read(lambda tx: self._rows.all(tx, "made_ms, id", sent_ms=None))
        for row in waiting:
            try:
                self._send(row)
            except errors.BaileeError as error:
                # Kept and tried again, never dropped; the addresses behind it get theirs now.
                self._failed(row, error.reason)
                failed.append(error)
            else:
                sent += 1
        if failed:
            raise failed[0]
        return sent

    def _send(self, row: NoticeRow) -> None:
        way = self._ways.get(row.medium)
        if way is None:
            raise errors.Conflict("errors_notices.no-way")
        note = NoticeText.decode(self._notes.open(note_aad(self._provider, row.id), row.sealed))
        way.send(message_of(row, note))
        self._work.run(self._provider, lambda tx: self._sent(tx, row))

    def _sent(self, tx: Tx, row: NoticeRow) -> None:
        now_ms = self._clock.now_ms()
        body = {"notice": str(row.id), "cause": str(row.cause), "medium": str(row.medium)}
        # In the transaction that calls it sent: nothing left this home that its ledger is silent
        # about, but for the one notice of a crash between, which is sent and recorded again.
        self._ledger.append(
            tx, self._provider, EntryDraft(kind=NOTICE_SEND, body=body, t_ms=now_ms)
        )
        # Emptied: where it went to is nobody's business any more; `once` keeps it from going twice.
        self._rows.put(tx, replace(row, sealed=b"", error=None, sent_ms=now_ms))

    def _failed(self, row: NoticeRow, reason: str) -> None:
        after = replace(row, attempts=row.attempts + 1, error=reason)
        self._work.run(self._provider, lambda tx: self._rows.put(tx, after))
