"""The row of the policies in force."""

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.ids import ClientId
from bailee.monitor.power import PolicyRow
from bailee.work import Tx

COLUMNS = "provider, hash, version, log_index, mac"
_ONE = f"select {COLUMNS} from policy where provider = :provider"  # noqa: S608  # constant columns
_PUT = """
insert into policy (provider, hash, version, log_index, mac)
values (:provider, :hash, :version, :log_index, :mac)
on conflict (provider) do update
set hash = :hash, version = :version, log_index = :log_index, mac = :mac
where policy.version = :version - 1
"""


class SqlPolicyRows:
    """The policies in force, in SQL."""

    def get(self, tx: Tx, provider: ClientId) -> PolicyRow | None:
        """Return the row; None before the installation is founded."""
        found = sql(tx).execute(_ONE, {"provider": provider.raw})
        return policy_of(found[0]) if found else None

    def put(self, tx: Tx, row: PolicyRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        values = {
            "provider": row.provider.raw,
            "hash": row.hash,
            "version": row.version,
            "log_index": row.log_index,
            "mac": row.mac,
        }
        if sql(tx).change(_PUT, values) != 1:
            raise errors.Conflict("errors_monitor.policy-changed-meanwhile")


def policy_of(row: Row) -> PolicyRow:
    """Read a row of `COLUMNS`."""
    owner, digest, version, log_index, mac = row
    return PolicyRow(
        provider=ClientId(owner), hash=digest, version=version, log_index=log_index, mac=mac
    )
