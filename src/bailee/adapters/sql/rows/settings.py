"""Setting row: what a home's settings were when they were recorded."""

from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.settings import setting
from bailee.ids import ClientId
from bailee.monitor.power import SettingRow
from bailee.work import Tx

SETTINGS: Final = Mapped(setting, SettingRow, damaged="errors_home.settings-row")


class SqlSettingRows:
    """Recorded settings in SQL; implements `monitor.settings.SettingRows`."""

    def get(self, tx: Tx, provider: ClientId) -> SettingRow | None:
        """Return the row; None in a home whose settings were never recorded."""
        return SETTINGS.one(tx, provider=provider)

    def put(self, tx: Tx, row: SettingRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        SETTINGS.put(tx, row, changed="errors_home.settings-meanwhile")
