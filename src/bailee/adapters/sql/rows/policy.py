"""Policy row: which policies are in force."""

from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.policy import policy
from bailee.ids import ClientId
from bailee.monitor.power import PolicyRow
from bailee.work import Tx

POLICIES: Final = Mapped(policy, PolicyRow)


class SqlPolicyRows:
    """The policies in force, in SQL."""

    def get(self, tx: Tx, provider: ClientId) -> PolicyRow | None:
        """Return the row; None before the installation is founded."""
        return POLICIES.one(tx, provider=provider)

    def put(self, tx: Tx, row: PolicyRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        POLICIES.put(tx, row, changed="errors_monitor.policy-changed-meanwhile")
