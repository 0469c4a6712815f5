"""Sealed long: tells of a server that has been sealed for minutes, by the ways that it still has.

The outbox is sealed with the rest; the settings say where notices go, and secrets of ways come from
outside.  Each address is told once for each time that it is sealed; what was sent is recorded once
the home is open again.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, final

from bailee import errors
from bailee.clock import Clock, rfc3339
from bailee.ids import NoticeId
from bailee.ledger.model import EntryDraft
from bailee.ledger.vocabulary import NOTICE_SEND
from bailee.notices.model import Cause, Medium, Message, NoticeAddress, NoticeRow, NoticeText
from bailee.notices.port import Way
from bailee.notices.wording import message_of
from bailee.run import config
from bailee.run.serve.open_home import OpenHome
from bailee.run.ways import addresses
from bailee.telemetry.events import Event, EventLog

LONG_S: Final = 300.0
"""How long it may be sealed before anybody is told: whoever seals it by hand opens it again."""

Ways = Callable[[config.Config, Clock], Mapping[Medium, Way]]


@final
class SealedLong:
    """Sealed long: looked at now and then, by one thread."""

    def __init__(  # its parts; a test hands in the last
        self,
        home: OpenHome,
        place: Path,
        clock: Clock,
        events: EventLog,
        ways: Ways,
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._place = place
        self._clock = clock
        self._events = events
        self._ways = ways
        self._monotonic_s = monotonic_s
        self._since_s: float | None = None
        self._said = False
        # By address: the message, so that one that was not taken goes again under the same id.
        self._messages: dict[NoticeAddress, Message] = {}
        self._sent: dict[NoticeAddress, Message] = {}

    def look(self) -> None:
        """Tell of it when it is sealed for too long; record what was sent once it is open."""
        if not self._home.sealed:
            self._record()
            self._since_s, self._said = None, False
            self._messages.clear()
            return
        now_s = self._monotonic_s()
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s >= LONG_S:
            if not self._said:
                self._said = True
                self._events.say(Event.SEALED_LONG, seconds=int(now_s - self._since_s))
            self._tell()

    def _tell(self) -> None:
        try:
            settings = config.read(self._place)
        except errors.BaileeError:
            return  # without them nobody knows where to; the doctor names it
        ways = self._ways(settings, self._clock)
        for address in addresses(settings.mail, settings.webhooks):
            if address in self._sent:
                continue
            message = self._messages.setdefault(address, self._message(address))
            try:
                ways[address.medium].send(message)
            except errors.BaileeError:
                continue  # tried again at the next look, under the same id
            self._sent[address] = message

    def _message(self, address: NoticeAddress) -> Message:
        now_ms = self._clock.now_ms()
        row = NoticeRow(
            id=NoticeId.new(),
            cause=Cause.SEALED_LONG,
            medium=address.medium,
            once=b"",
            sealed=b"",
            made_ms=now_ms,
        )
        facts = {"since": rfc3339(now_ms - int(LONG_S * 1_000))}
        return message_of(row, NoticeText(to=address.to, language=address.language, facts=facts))

    def _record(self) -> None:
        if not self._sent:
            return
        try:
            with self._home.using() as app:
                parts = app.parts
                provider, now_ms = parts.keyring.provider, self._clock.now_ms()
                drafts = [
                    EntryDraft(
                        kind=NOTICE_SEND,
                        body={
                            "notice": str(message.id),
                            "cause": str(message.cause),
                            "medium": str(address.medium),
                        },
                        t_ms=now_ms,
                    )
                    for address, message in self._sent.items()
                ]
                parts.work.run(
                    provider,
                    lambda tx: [parts.ledger.append(tx, provider, one) for one in drafts],
                )
        except errors.BaileeError:
            return  # sealed again, or a full disk: at the next look
        self._sent.clear()
