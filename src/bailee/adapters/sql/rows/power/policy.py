"""Policy row: which policies are in force; and what a home's settings were when recorded."""

from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.policy import policy
from bailee.adapters.sql.schema.settings import setting
from bailee.ids import ClientId
from bailee.monitor.power import PolicyRow, SettingRow
from bailee.work import Tx

POLICIES: Final = Mapped(policy, PolicyRow)
SETTINGS: Final = Mapped(setting, SettingRow, damaged="errors_home.settings-row")


class SqlPolicyRows:
    """The policies in force, in SQL."""

    def get(self, tx: Tx, provider: ClientId) -> PolicyRow | None:
        """Return the row; None before the installation is founded."""
        return POLICIES.one(tx, provider=provider)

    def put(self, tx: Tx, row: PolicyRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        POLICIES.put(tx, row, changed="errors_monitor.policy-changed-meanwhile")


class SqlSettingRows:
    """Recorded settings in SQL; implements `monitor.settings.SettingRows`."""

    def get(self, tx: Tx, provider: ClientId) -> SettingRow | None:
        """Return the row; None in a home whose settings were never recorded."""
        return SETTINGS.one(tx, provider=provider)

    def put(self, tx: Tx, row: SettingRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        SETTINGS.put(tx, row, changed="errors_home.settings-meanwhile")
