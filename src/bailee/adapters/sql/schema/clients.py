"""Clients: a row that confers power, a projection of the provider's log."""

from sqlalchemy import Index, Integer, Table

from bailee.adapters.sql.schema import clear, column, keyed, metadata, sealed

client = Table(
    "client",
    metadata,
    column("id", info=clear("random id; rows are found and sharded by it"), primary_key=True),
    column("label_key", info=keyed("HMAC under K_int, domain label; finds the row")),
    column("sealed_label", info=sealed("under a leaf key of the provider")),
    column("is_provider", Integer, info=clear("1 for the provider itself, else 0")),
    column("version", Integer, info=clear("counts changes of the row")),
    column("log_index", Integer, info=clear("index of the entry that it is a projection of")),
    column("mac", info=keyed("HMAC under K_int, domain row, over all other columns")),
    Index("client_by_label", "label_key", unique=True),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
