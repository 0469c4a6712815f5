"""Named blobs: which sealed files rows name; others are swept, and no backup takes them.

The list follows from the columns that are declared to name one, so that no holding is forgotten.
"""

from functools import cache
from typing import Final

from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.reading import ReadingOne
from bailee.adapters.sql.schema import tables
from bailee.ids import BlobId
from bailee.work import Tx

_BLOB: Final = ReadingOne(BlobId)


class SqlNamedBlobs:
    """Implements `backup.port.NamedBlobs`."""

    def blobs(self, tx: Tx) -> frozenset[str]:
        """Return the names of all sealed files that rows name; Damaged where one names none."""
        return frozenset(str(_BLOB(row)) for row in sql(tx).execute(_named()))


@cache
# Made once: it follows from declarations, which do not change while a program runs.
def _named() -> str:
    return " union all ".join(
        f"select {column.name} from {table.name}"  # noqa: S608  # declared names
        for table in tables()
        for column in table.columns
        if column.info.names_file
    )
