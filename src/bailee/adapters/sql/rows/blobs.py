"""Which sealed files rows name, in every holding: what none of them names is swept, or left behind.

A holding that is forgotten here loses its files at a restore.
"""

from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.work import Tx


class SqlNamedBlobs:
    """Implements `backup.port.NamedBlobs`."""

    def blobs(self, tx: Tx) -> frozenset[str]:
        """Return the names of all sealed files that rows name."""
        return SqlObjectRows().blobs(tx) | SqlLogRows().blobs(tx)
