"""Client rows: the rows of clients."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.clients import client as table
from bailee.adapters.sql.schema.clients import client_lock
from bailee.adapters.sql.whole import require, require_cells
from bailee.ids import ClientId
from bailee.monitor.power import ClientRow, LockRow
from bailee.work import Tx

CLIENTS: Final = Mapped(
    table,
    ClientRow,
    damaged="errors_clients.row-damaged",
    twice="errors_clients.label-twice",
)
_ALL: Final = f"{CLIENTS.select} order by id"
# All are read twice by each change of a row that confers power, and of a thousand one has changed:
# a row of other bytes is read anew, and nothing in one opens.  Bounded, some 10 MB.
_known: Final = lru_cache(maxsize=16_384)(CLIENTS.read)

LOCKS: Final = Mapped(client_lock, LockRow, damaged="errors_clients.lock-damaged")


class SqlLockRows:
    """SQL lock rows: which clients are locked."""

    def get(self, tx: Tx, client: ClientId) -> LockRow | None:
        """Find by client; None for one that was never locked."""
        return LOCKS.one(tx, client=client)

    def all(self, tx: Tx) -> Sequence[LockRow]:
        """Return every row, by client."""
        return LOCKS.all(tx)

    def require_whole(self, tx: Tx) -> None:
        """Return if no row is missing; else Damaged."""
        require(tx, None, client_lock)

    def put(self, tx: Tx, row: LockRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        LOCKS.put(tx, row, changed="errors_clients.changed-meanwhile")


class SqlClientRows:
    """Clients in SQL."""

    locks: Final = SqlLockRows()

    def get(self, tx: Tx, client: ClientId) -> ClientRow | None:
        """Find by id."""
        return CLIENTS.one(tx, id=client)

    def by_label(self, tx: Tx, label_key: bytes) -> ClientRow | None:
        """Find by the keyed label; a second row of one label makes both worthless."""
        return CLIENTS.one(tx, label_key=label_key)

    def all(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client, the provider included, by id."""
        return list(map(_known, sql(tx).execute(_ALL)))

    def require_whole(self, tx: Tx, label_key: bytes | None = None) -> None:
        """Return if no client is missing, or none under this label; else Damaged."""
        if label_key is None:
            require(tx, None, table)
        else:
            require_cells(tx, table, None, (), [label_key])

    def add(self, tx: Tx, row: ClientRow) -> None:
        """Insert a client."""
        CLIENTS.add(tx, row)
