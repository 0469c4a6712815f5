"""The rows of those who ask to end a month's keys."""

from collections.abc import Sequence

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.ids import ActorId, ClientId, EndingId
from bailee.monitor.power import EndingRow
from bailee.work import Tx

COLUMNS = "id, client, epoch, part, state, asked_by, asked_ms, agreed_by, version, log_index, mac"
_ALL = f"select {COLUMNS} from ending"  # noqa: S608  # constant columns
_PUT = f"""
insert into ending ({COLUMNS})
values (:id, :client, :epoch, :part, :state, :asked_by, :asked_ms, :agreed_by, :version,
        :log_index, :mac)
on conflict (id) do update
set state = :state, asked_by = :asked_by, asked_ms = :asked_ms, agreed_by = :agreed_by,
    version = :version, log_index = :log_index, mac = :mac
where ending.version = :version - 1
"""  # noqa: S608  # constant columns


class SqlEndingRows:
    """Who asks to end which keys, in SQL."""

    def all(self, tx: Tx) -> Sequence[EndingRow]:
        """Return every row, by id."""
        return [_ending(row) for row in sql(tx).execute(f"{_ALL} order by id")]

    def of_client(self, tx: Tx, client: ClientId) -> Sequence[EndingRow]:
        """Return a client's rows, by month."""
        text = f"{_ALL} where client = :client order by epoch, part"
        return [_ending(row) for row in sql(tx).execute(text, {"client": client.raw})]

    def put(self, tx: Tx, row: EndingRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        agreed = None if row.agreed_by is None else row.agreed_by.raw
        values = {
            "id": row.id.raw,
            "client": row.client.raw,
            "epoch": row.epoch,
            "part": row.part,
            "state": row.state,
            "asked_by": row.asked_by.raw,
            "asked_ms": row.asked_ms,
            "agreed_by": agreed,
            "version": row.version,
            "log_index": row.log_index,
            "mac": row.mac,
        }
        if sql(tx).change(_PUT, values) != 1:
            raise errors.Conflict("errors_ending.changed-meanwhile")


def _ending(row: Row) -> EndingRow:
    """Read a row; Damaged when nobody here wrote it."""
    try:
        return _read(row)
    except ValueError:  # an id of another length: nobody here wrote it
        raise errors.Damaged("errors_ending.row-damaged") from None


def _read(row: Row) -> EndingRow:
    ident, client, epoch, part, state, *rest = row
    asked_by, asked_ms, agreed_by, version, log_index, mac = rest
    return EndingRow(
        id=EndingId(ident),
        client=ClientId(client),
        epoch=epoch,
        part=part,
        state=state,
        asked_by=ActorId(asked_by),
        asked_ms=asked_ms,
        agreed_by=None if agreed_by is None else ActorId(agreed_by),
        version=version,
        log_index=log_index,
        mac=mac,
    )
