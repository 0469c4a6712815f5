"""Object rows: the rows of objects, one for each version."""

from collections.abc import Sequence
from typing import Final

from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.objects import object_version
from bailee.adapters.sql.whole import require
from bailee.ids import ClientId, ObjectId
from bailee.objects.model import VersionRow
from bailee.work import Tx

VERSIONS: Final = Mapped(object_version, VersionRow)
_NEXT = """
select coalesce(max(version), 0) + 1 from object_version
where client = :client and object = :object
"""


class SqlObjectRows:
    """Objects in SQL."""

    def next_version(self, tx: Tx, client: ClientId, obj: ObjectId) -> int:
        """Return the number that the next version takes."""
        rows = sql(tx).execute(_NEXT, {"client": client.raw, "object": obj.raw})
        return int(rows[0][0])

    def add(self, tx: Tx, row: VersionRow) -> None:
        """Insert a version."""
        VERSIONS.add(tx, row)

    def versions(
        self, tx: Tx, client: ClientId, obj: ObjectId | None = None
    ) -> Sequence[VersionRow]:
        """Return versions, by object and number."""
        return VERSIONS.all(tx, client=client, **({"object": obj} if obj else {}))

    def require_whole(self, tx: Tx, client: ClientId) -> None:
        """Return if no version of a client is missing; else Damaged."""
        require(tx, client, object_version)

    def drop(self, tx: Tx, client: ClientId, obj: ObjectId) -> None:
        """Delete all versions of an object."""
        VERSIONS.drop(tx, client=client, object=obj)
