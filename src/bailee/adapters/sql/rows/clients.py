"""The rows of clients."""

from collections.abc import Sequence

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.ids import ClientId
from bailee.monitor.power import ClientRow
from bailee.work import Tx

COLUMNS = "id, label_key, sealed_label, is_provider, version, log_index, mac"
_ONE = f"select {COLUMNS} from client where id = :id"  # noqa: S608  # constant columns
_BY_LABEL = f"select {COLUMNS} from client where label_key = :label_key"  # noqa: S608  # constant columns
_ALL = f"select {COLUMNS} from client order by id"  # noqa: S608  # constant columns
_ADD = f"""
insert into client ({COLUMNS})
values (:id, :label_key, :sealed_label, :is_provider, :version, :log_index, :mac)
"""  # noqa: S608  # constant columns


class SqlClientRows:
    """Clients in SQL."""

    def get(self, tx: Tx, client: ClientId) -> ClientRow | None:
        """Find by id."""
        found = sql(tx).execute(_ONE, {"id": client.raw})
        return client_of(found[0]) if found else None

    def by_label(self, tx: Tx, label_key: bytes) -> ClientRow | None:
        """Find by the keyed label; a second row of one label makes both worthless."""
        found = sql(tx).execute(_BY_LABEL, {"label_key": label_key})
        if len(found) > 1:
            raise errors.Damaged("errors_clients.label-twice")
        return client_of(found[0]) if found else None

    def all(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client, the provider included, by id."""
        return [client_of(row) for row in sql(tx).execute(_ALL)]

    def add(self, tx: Tx, row: ClientRow) -> None:
        """Insert a client."""
        sql(tx).execute(
            _ADD,
            {
                "id": row.id.raw,
                "label_key": row.label_key,
                "sealed_label": row.sealed_label,
                "is_provider": int(row.is_provider),
                "version": row.version,
                "log_index": row.log_index,
                "mac": row.mac,
            },
        )


def client_of(row: Row) -> ClientRow:
    """Read a row of `COLUMNS`; Damaged when nobody here wrote it."""
    try:
        return _read(row)
    except ValueError:  # an id of another length: nobody here wrote it
        raise errors.Damaged("errors_clients.row-damaged") from None


def _read(row: Row) -> ClientRow:
    ident, label_key, sealed_label, is_provider, version, log_index, mac = row
    return ClientRow(
        id=ClientId(ident),
        label_key=label_key,
        sealed_label=sealed_label,
        is_provider=bool(is_provider),
        version=version,
        log_index=log_index,
        mac=mac,
    )
