"""Object rows: the rows of objects, one for each version."""

from collections.abc import Iterable, Sequence
from typing import Final

from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.reading import ReadingOne
from bailee.adapters.sql.rows.names import SqlNameRows
from bailee.adapters.sql.schema.objects import object_version
from bailee.adapters.sql.whole import require, require_cells
from bailee.ids import ClientId, ObjectId
from bailee.objects.model import VersionRow
from bailee.work import Tx

VERSIONS: Final = Mapped(object_version, VersionRow)
_NEXT = """
select coalesce(max(version), 0) + 1 from object_version
where client = :client and object = :object
"""
_NEWEST = "where client = :client and object = :object order by version desc limit 1"
_AFTER = """
where client = :client and object = :object and version > :after order by version limit :limit
"""
_OBJECTS = "select distinct object from object_version where client = :client order by object"
_ONE: Final = ReadingOne(ObjectId)


class SqlObjectRows:
    """Objects in SQL."""

    def __init__(self) -> None:
        self.names: Final = SqlNameRows()

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

    def version(self, tx: Tx, client: ClientId, obj: ObjectId, number: int) -> VersionRow | None:
        """Return one version."""
        return VERSIONS.one(tx, client=client, object=obj, version=number)

    def newest(self, tx: Tx, client: ClientId, obj: ObjectId) -> VersionRow | None:
        """Return the newest version of an object."""
        found = VERSIONS.found(tx, _NEWEST, client=client, object=obj)
        return found[0] if found else None

    def versions_after(
        self, tx: Tx, client: ClientId, obj: ObjectId, after: int, limit: int
    ) -> Sequence[VersionRow]:
        """Return up to so many versions of an object after one, oldest first."""
        return VERSIONS.found(tx, _AFTER, client=client, object=obj, after=after, limit=limit)

    def objects(self, tx: Tx, client: ClientId) -> Sequence[ObjectId]:
        """Return all objects of a client, by id."""
        return list(map(_ONE, sql(tx).execute(_OBJECTS, {"client": client.raw})))

    def require_whole(
        self, tx: Tx, client: ClientId, objects: Iterable[ObjectId] | None = None
    ) -> None:
        """Return if no version of these objects is missing, or none of a client; else Damaged."""
        if objects is None:
            require(tx, client, object_version)
        else:
            require_cells(tx, object_version, client, (), [one.raw for one in objects])

    def drop(self, tx: Tx, client: ClientId, obj: ObjectId) -> None:
        """Delete all versions of an object."""
        VERSIONS.drop(tx, client=client, object=obj)
