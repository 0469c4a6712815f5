"""Clock row: how much time has passed for certain."""

from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.clock import clock
from bailee.ids import ClientId
from bailee.monitor.power import ClockRow
from bailee.work import Tx

CLOCKS: Final = Mapped(clock, ClockRow, damaged="errors_clock.row-damaged")


class SqlClockRows:
    """Shown time in SQL; implements `monitor.timekeeping.ClockRows`."""

    def get(self, tx: Tx, provider: ClientId) -> ClockRow | None:
        """Return the row; None in a home of before there was one."""
        return CLOCKS.one(tx, provider=provider)

    def put(self, tx: Tx, row: ClockRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        CLOCKS.put(tx, row, changed="errors_clock.changed-meanwhile")
