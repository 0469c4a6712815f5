"""Actors: a row that confers power, a projection of the provider's log."""

from bailee.adapters.sql.table import (
    Digested,
    blob,
    clear,
    index,
    integer,
    keyed,
    sealed,
    table,
    text,
)

actor = table(
    "actor",
    blob("id", clear("random id"), key=True),
    blob("home", clear("random id of the provider or of a client")),
    blob("os_user_key", keyed("HMAC under K_int, domain os-user; finds the row")),
    blob("sealed_os_user", sealed("under the actor's leaf key")),
    text("roles", clear("words of a closed list")),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    index("actor_by_os_user", "os_user_key", unique=True),
    set=Digested(owner=""),
)
