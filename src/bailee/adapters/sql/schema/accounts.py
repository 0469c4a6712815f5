"""Actors: a row that confers power, a projection of the provider's log."""

from sqlalchemy import Index, Integer, Table, Text

from bailee.adapters.sql.schema import clear, column, keyed, metadata, sealed

actor = Table(
    "actor",
    metadata,
    column("id", info=clear("random id"), primary_key=True),
    column("home", info=clear("random id of the provider or of a client")),
    column("os_user_key", info=keyed("HMAC under K_int, domain os-user; finds the row")),
    column("sealed_os_user", info=sealed("under the actor's leaf key")),
    column("roles", Text, info=clear("words of a closed list")),
    column("version", Integer, info=clear("counts changes of the row")),
    column("log_index", Integer, info=clear("index of the entry that it is a projection of")),
    column("mac", info=keyed("HMAC under K_int, domain row, over all other columns")),
    Index("actor_by_os_user", "os_user_key", unique=True),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
