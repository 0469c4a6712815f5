"""Objects: one row for each version."""

from sqlalchemy import Integer, PrimaryKeyConstraint, Table

from bailee.adapters.sql.schema import clear, column, metadata, sealed

object_version = Table(
    "object_version",
    metadata,
    column("client", info=clear("random id; rows are found and sharded by it")),
    column("object", info=clear("random id")),
    column("version", Integer, info=clear("counts versions; says how often, not what")),
    column("sealed_label", info=sealed("name, true size and time, under the label's leaf key")),
    column("blob", info=clear("random id of the sealed file")),
    column("sealed_bytes", Integer, info=clear("padded size, as the store shows it anyway")),
    column("digest", info=clear("SHA-256 of ciphertext")),
    column("commitment", info=clear("HKDF of a random key; says nothing about the content")),
    PrimaryKeyConstraint("client", "object", "version"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
