"""The rows of actors."""

from collections.abc import Sequence

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.ids import ActorId, ClientId
from bailee.monitor.power import ActorRow
from bailee.work import Tx

COLUMNS = "id, home, os_user_key, sealed_os_user, roles, version, log_index, mac"
_BY_OS_USER = f"select {COLUMNS} from actor where os_user_key = :os_user_key"  # noqa: S608  # constant columns
_ALL = f"select {COLUMNS} from actor order by id"  # noqa: S608  # constant columns
_ADD = f"""
insert into actor ({COLUMNS})
values (:id, :home, :os_user_key, :sealed_os_user, :roles, :version, :log_index, :mac)
"""  # noqa: S608  # constant columns
_REPLACE = """
update actor set roles = :roles, version = :version, log_index = :log_index, mac = :mac
where id = :id and version = :version - 1
"""


class SqlActorRows:
    """Actors in SQL."""

    def by_os_user(self, tx: Tx, os_user_key: bytes) -> ActorRow | None:
        """Find by the keyed name; a second row of one name makes both worthless."""
        found = sql(tx).execute(_BY_OS_USER, {"os_user_key": os_user_key})
        if len(found) > 1:
            raise errors.Damaged("errors_accounts.name-twice")
        return actor_of(found[0]) if found else None

    def all(self, tx: Tx) -> Sequence[ActorRow]:
        """Return every actor, by id."""
        return [actor_of(row) for row in sql(tx).execute(_ALL)]

    def add(self, tx: Tx, row: ActorRow) -> None:
        """Insert an actor."""
        sql(tx).execute(_ADD, _values(row))

    def replace(self, tx: Tx, row: ActorRow) -> None:
        """Replace the version before it; Conflict when that one is not there."""
        if sql(tx).change(_REPLACE, _values(row)) != 1:
            raise errors.Conflict("errors_accounts.changed-meanwhile")


def _values(row: ActorRow) -> dict[str, object]:
    return {
        "id": row.id.raw,
        "home": row.home.raw,
        "os_user_key": row.os_user_key,
        "sealed_os_user": row.sealed_os_user,
        "roles": " ".join(row.roles),
        "version": row.version,
        "log_index": row.log_index,
        "mac": row.mac,
    }


def actor_of(row: Row) -> ActorRow:
    """Read a row of `COLUMNS`; Damaged when nobody here wrote it."""
    try:
        return _read(row)
    except ValueError:  # an id of another length: nobody here wrote it
        raise errors.Damaged("errors_accounts.row-damaged") from None


def _read(row: Row) -> ActorRow:
    ident, home, os_user_key, sealed_os_user, roles, version, log_index, mac = row
    return ActorRow(
        id=ActorId(ident),
        home=ClientId(home),
        os_user_key=os_user_key,
        sealed_os_user=sealed_os_user,
        roles=tuple(roles.split()),
        version=version,
        log_index=log_index,
        mac=mac,
    )
