"""Outbox: adds a notice for each address, in the transaction of what it is about."""

from collections.abc import Callable, Mapping, Sequence
from typing import final

from bailee.clock import Clock
from bailee.encoding import enc
from bailee.ids import ClientId, NoticeId
from bailee.keyring.port import Macs
from bailee.notices.model import Cause, NoticeAddress, NoticeRow, NoticeText, note_aad
from bailee.notices.port import Notes, NoticeRows
from bailee.work import Tx

DOMAIN = "notice-once"


@final
class Outbox:
    """Outbox: where parts of a home leave what somebody must be told."""

    def __init__(
        self,
        *,
        rows: NoticeRows,
        notes: Notes,
        macs: Macs,
        addresses: Sequence[NoticeAddress],
        provider: Callable[[], ClientId],
        clock: Clock,
        wake: Callable[[Tx], object],
    ) -> None:
        """Take the parts; `wake` makes the job that sends notices due, in the same transaction."""
        self._rows = rows
        self._notes = notes
        self._macs = macs
        self._addresses = addresses
        self._provider = provider
        self._clock = clock
        self._wake = wake

    def add(self, tx: Tx, cause: str, facts: Mapping[str, str]) -> int:
        """Add a notice of a cause, which these facts tell apart; return to how many addresses.

        The same cause adds nothing to an address that was told of it, sent or not.
        """
        added = sum(self._add(tx, Cause(cause), facts, address) for address in self._addresses)
        if added:
            self._wake(tx)
        return added

    def _add(self, tx: Tx, cause: Cause, facts: Mapping[str, str], address: NoticeAddress) -> bool:
        notice = NoticeId.new()
        note = NoticeText(to=address.to, language=address.language, facts=facts)
        pairs = (text for pair in sorted(facts.items()) for text in pair)
        # Keyed: whoever has the database must not find out by trying whom a home writes to.
        once = self._macs.mac(DOMAIN, enc("notice", cause, address.medium, address.to, *pairs))
        row = NoticeRow(
            id=notice,
            cause=cause,
            medium=address.medium,
            once=once,
            sealed=self._notes.seal(note_aad(self._provider(), notice), note.encode()),
            made_ms=self._clock.now_ms(),
        )
        return self._rows.add_once(tx, row)
