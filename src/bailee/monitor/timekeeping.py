"""Timekeeping: how much time has passed for certain, whatever the wall clock says.

Whoever sets the wall clock does not set the kernel's count of time since the machine was started.
So that count is added up in a row that confers power, a projection of the provider's log: at each
start of a process, once an hour has passed or the machine was started anew.  What passed while the
machine was off is not shown by it: then *shown time* stays behind, until two people agree that the
wall clock is right.  spec/keys.md, "Destruction by date"
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from bailee import errors
from bailee.clock import Boot, Clock
from bailee.ids import ClientId
from bailee.keyring.port import Macs
from bailee.ledger.model import EntryDraft, Recorded
from bailee.ledger.vocabulary import CLOCK_CHANGE
from bailee.monitor.guard import Guard
from bailee.monitor.power import ClockRow
from bailee.monitor.shown import shown_ms
from bailee.work import Tx, Work

STAMP_MS = 3_600_000
"""How often it is written: a machine that is started anew loses at most that much shown time."""


class ClockRows(Protocol):
    """Clock rows: how much time has passed for certain."""

    def get(self, tx: Tx, provider: ClientId) -> ClockRow | None:
        """Return the row; None in a home of before there was one."""

    def put(self, tx: Tx, row: ClockRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that is gone."""


class TimeLedger(Protocol):
    """Time ledger: the part of the ledger that keeps time."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append an entry; it is recorded when the unit of work around it is durable."""


class Timekeeper:
    """Timekeeper: keeps shown time, and says how much it is now."""

    def __init__(
        self,
        *,
        work: Work,
        rows: ClockRows,
        keys: Macs,
        ledger: TimeLedger,
        guard: Guard,
        clock: Clock,
        provider: Callable[[], ClientId],
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._ledger = ledger
        self._guard = guard
        self._clock = clock
        self._provider = provider

    @property
    def provider(self) -> ClientId:
        """The provider, whose log it is kept in."""
        return self._provider()

    def shown_ms(self) -> int | None:
        """Return shown time, in milliseconds since 1970; None without a row that is genuine."""
        row = self._work.read(self._row)
        return None if row is None else shown_ms(row, self._clock.since_boot())

    def stamp(self) -> None:
        """Write down what has passed, if it is time to, and the rows are those last compared."""
        row = self._work.read(self._row)
        if row is None or not _is_due(row, self._clock.since_boot()):
            return
        # Another process did it at the same moment, or the disk is full: the next start does it.
        with suppress(errors.Conflict, errors.CannotRecord):
            # Not on rows of which nobody knows whether they are the newest: an older row, once
            # genuine, would be written anew, and no comparison would find it any more.
            self._guard.change_known(self._stamp)

    def believe(self, tx: Tx) -> ClockRow:
        """Believe the wall clock from now on: at the founding, and when two people agreed.

        Damaged when the row is forged.
        """
        before = self._rows.get(tx, self.provider)
        if before is not None and not before.verifies(self._keys):
            raise errors.Damaged("errors_clock.row-damaged")
        boot = self._clock.since_boot()
        row = ClockRow(
            provider=self.provider,
            boot=boot.id,
            up_ms=boot.up_ms,
            shown_ms=self._clock.now_ms(),
            version=0 if before is None else before.version,
            log_index=0,
        )
        return self._put(tx, row)

    def _stamp(self, tx: Tx) -> None:
        row, boot = self._row(tx), self._clock.since_boot()
        if row is not None and _is_due(row, boot):
            shown = shown_ms(row, boot)
            self._put(tx, replace(row, boot=boot.id, up_ms=boot.up_ms, shown_ms=shown))

    def _row(self, tx: Tx) -> ClockRow | None:
        row = self._rows.get(tx, self.provider)
        return row if row is not None and row.verifies(self._keys) else None

    def _put(self, tx: Tx, row: ClockRow) -> ClockRow:
        after = replace(row, version=row.version + 1)
        draft = EntryDraft(kind=CLOCK_CHANGE, body=after.projected(), t_ms=self._clock.now_ms())
        recorded = self._ledger.append(tx, row.provider, draft)
        after = replace(after, log_index=recorded.index).vouched(self._keys)
        self._rows.put(tx, after)
        return after


def _is_due(row: ClockRow, boot: Boot) -> bool:
    # A count of nothing is of a /proc that is not the kernel's: written down, the genuine one would
    # count as another start after it, and all its time once more.
    if not (boot.up_ms or any(boot.id)):
        return False
    return boot.id != row.boot or not 0 <= boot.up_ms - row.up_ms < STAMP_MS
