"""Ending rows: the rows of those who asked to end a month's keys."""

from collections.abc import Sequence
from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.endings import ending
from bailee.ids import ClientId
from bailee.monitor.power import EndingRow
from bailee.work import Tx

ENDINGS: Final = Mapped(ending, EndingRow, damaged="errors_ending.row-damaged")


class SqlEndingRows:
    """SQL ending rows; implements `logs.port.EndingRows`."""

    def all(self, tx: Tx) -> Sequence[EndingRow]:
        """Return every row, by id."""
        return ENDINGS.all(tx)

    def of_client(self, tx: Tx, client: ClientId) -> Sequence[EndingRow]:
        """Return a client's rows, by month."""
        return ENDINGS.all(tx, "epoch, part", client=client)

    def put(self, tx: Tx, row: EndingRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        ENDINGS.put(tx, row, changed="errors_ending.changed-meanwhile")
