"""Client rows: the rows of clients."""

from collections.abc import Sequence
from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.clients import client as table
from bailee.adapters.sql.whole import require, require_cells
from bailee.ids import ClientId
from bailee.monitor.power import ClientRow
from bailee.work import Tx

CLIENTS: Final = Mapped(
    table,
    ClientRow,
    damaged="errors_clients.row-damaged",
    twice="errors_clients.label-twice",
)


class SqlClientRows:
    """Clients in SQL."""

    def get(self, tx: Tx, client: ClientId) -> ClientRow | None:
        """Find by id."""
        return CLIENTS.one(tx, id=client)

    def by_label(self, tx: Tx, label_key: bytes) -> ClientRow | None:
        """Find by the keyed label; a second row of one label makes both worthless."""
        return CLIENTS.one(tx, label_key=label_key)

    def all(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client, the provider included, by id."""
        return CLIENTS.all(tx)

    def require_whole(self, tx: Tx, label_key: bytes | None = None) -> None:
        """Return if no client is missing, or none under this label; else Damaged."""
        if label_key is None:
            require(tx, None, table)
        else:
            require_cells(tx, table, None, (), [label_key])

    def add(self, tx: Tx, row: ClientRow) -> None:
        """Insert a client."""
        CLIENTS.add(tx, row)
