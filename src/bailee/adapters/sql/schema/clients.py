"""Clients, and which are locked: rows that confer power, projections of the provider's log."""

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

client = table(
    "client",
    blob("id", clear("random id; rows are found and sharded by it"), key=True),
    blob("label_key", keyed("HMAC under K_int, domain label; finds the row")),
    blob("sealed_label", sealed("under a leaf key of the provider")),
    integer("is_provider", clear("1 for the provider itself, else 0")),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    index("client_by_label", "label_key", unique=True),
    set=Digested(owner="", cell="label_key"),
)

client_lock = table(
    "client_lock",
    blob("client", clear("random id"), key=True),
    text("state", clear("a word of a closed list: locked or open")),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    set=Digested(owner=""),
)
