"""The policies in force: a row that confers power, a projection of the provider's log."""

from sqlalchemy import Integer, Table, Text

from bailee.adapters.sql.schema import clear, column, keyed, metadata

policy = Table(
    "policy",
    metadata,
    column("provider", info=clear("random id"), primary_key=True),
    column("hash", Text, info=clear("SHA-256 of policies that ship with the program")),
    column("version", Integer, info=clear("counts changes of the row")),
    column("log_index", Integer, info=clear("index of the entry that it is a projection of")),
    column("mac", info=keyed("HMAC under K_int, domain row, over all other columns")),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
