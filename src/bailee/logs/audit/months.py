"""Audit of months: whether keys end sooner than the term of what was really in custody."""

from collections.abc import Iterator

from bailee.audit import Audited, Finding, FindingKind, NounAudit, found
from bailee.clock import Times
from bailee.logs.port import AuditedLogRows
from bailee.logs.state import DAY_MS, PARTS, Target, life, sooner_ms
from bailee.logs.steps import Life
from bailee.parts import Parts
from bailee.vault.epoch import Horizons, text_of
from bailee.work import Tx


class MonthAudit(NounAudit):
    """Audit of a client's months, from rows in clear: times of entries, and which keys live."""

    part = "months"

    def __init__(self, parts: Parts, rows: AuditedLogRows, audited: Audited) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._rows = rows
        self._keyring = parts.keyring
        self._times = parts.times
        self._horizons = Horizons()

    def stored(self) -> Iterator[Finding]:
        """Name each month whose living keys end sooner, by the most of any sort."""
        # Before the rows are read: it reads rows itself.
        times = self._times()
        yield from self._work.read(lambda tx: tuple(self._sooner(tx, times)))

    def _sooner(self, tx: Tx, times: Times) -> Iterator[Finding]:
        client = self.audited.client
        after = self._rows.taken_after(tx, client)
        for keys in self._keyring.epochs(tx, client):
            living = (part for part in PARTS if life(keys, part, due=False) is Life.ALIVE)
            sooner = max(
                (
                    sooner_ms(
                        Target(epoch=keys.epoch, part=part),
                        self._horizons,
                        times,
                        after.get(keys.epoch),
                    )
                    for part in living
                ),
                default=0,
            )
            if sooner:
                month, days = text_of(keys.epoch), sooner // DAY_MS
                yield found(FindingKind.EPOCH_SOONER, client=str(client), month=month, days=days)
