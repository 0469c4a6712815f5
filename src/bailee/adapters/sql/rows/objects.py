"""The rows of objects."""

from collections.abc import Sequence

from bailee.adapters.sql.engine import Row, sql
from bailee.ids import BlobId, ClientId, ObjectId
from bailee.objects.model import VersionRow
from bailee.work import Tx

_COLUMNS = "client, object, version, sealed_label, blob, sealed_bytes, digest, commitment"
_ONE = f"select {_COLUMNS} from object_version where client = :client and object = :object"  # noqa: S608  # constant columns
_ALL = f"select {_COLUMNS} from object_version where client = :client"  # noqa: S608  # constant columns
_NEXT = """
select coalesce(max(version), 0) + 1 from object_version
where client = :client and object = :object
"""
_ADD = f"""
insert into object_version ({_COLUMNS})
values (:client, :object, :version, :sealed_label, :blob, :sealed_bytes, :digest, :commitment)
"""  # noqa: S608  # constant columns
_DROP = "delete from object_version where client = :client and object = :object"
_BLOBS = "select blob from object_version"


class SqlObjectRows:
    """Objects in SQL."""

    def next_version(self, tx: Tx, client: ClientId, obj: ObjectId) -> int:
        """Return the number that the next version takes."""
        rows = sql(tx).execute(_NEXT, {"client": client.raw, "object": obj.raw})
        return int(rows[0][0])

    def add(self, tx: Tx, row: VersionRow) -> None:
        """Insert a version."""
        sql(tx).execute(
            _ADD,
            {
                "client": row.client.raw,
                "object": row.object.raw,
                "version": row.version,
                "sealed_label": row.sealed_label,
                "blob": row.blob.raw,
                "sealed_bytes": row.sealed_bytes,
                "digest": row.digest,
                "commitment": row.commitment,
            },
        )

    def versions(
        self, tx: Tx, client: ClientId, obj: ObjectId | None = None
    ) -> Sequence[VersionRow]:
        """Return versions, by object and number."""
        values = {"client": client.raw, "object": obj.raw if obj else None}
        found = sql(tx).execute(f"{_ONE if obj else _ALL} order by object, version", values)
        return [_row(row) for row in found]

    def drop(self, tx: Tx, client: ClientId, obj: ObjectId) -> None:
        """Delete all versions of an object."""
        sql(tx).execute(_DROP, {"client": client.raw, "object": obj.raw})

    def blobs(self, tx: Tx) -> frozenset[str]:
        """Return the names of all sealed files that rows name."""
        return frozenset(str(BlobId(row[0])) for row in sql(tx).execute(_BLOBS))


def _row(row: Row) -> VersionRow:
    client, obj, version, label, blob, sealed_bytes, digest, commitment = row
    return VersionRow(
        client=ClientId(client),
        object=ObjectId(obj),
        version=version,
        sealed_label=label,
        blob=BlobId(blob),
        sealed_bytes=sealed_bytes,
        digest=digest,
        commitment=commitment,
    )
