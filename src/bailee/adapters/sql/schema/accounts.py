"""Actors, API tokens, budgets: rows that confer power, projections of the provider's log."""

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

api_token = table(
    "api_token",
    blob("id", clear("random id, a part of the token that finds the row"), key=True),
    blob("actor", clear("random id of the actor whose power it lends")),
    blob("client", clear("random id of the one client that it reaches"), null=True),
    text("networks", clear("networks of machines that it may be shown from")),
    blob("secret_key", keyed("HMAC under K_int, domain api-token, over 256 random bits")),
    text("state", clear("a word of a closed list: standing or revoked")),
    integer("made_ms", clear("when it was made, as the ledger entry shows it")),
    integer("until_ms", clear("when its term ends by the wall clock")),
    integer("until_shown_ms", clear("when its term ends by shown time")),
    integer(
        "used_ms", clear("when it was last used, to the minute; nothing rests on it"), null=True
    ),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns but used_ms")),
    set=Digested(owner="", marks=("used_ms",)),
)

reveal_budget = table(
    "reveal_budget",
    blob("actor", clear("random id of the actor"), key=True),
    integer("day", clear("a day of shown time, counted since 1970")),
    integer("opened", clear("how many identifiers on that day, as the ledger entry shows it")),
    integer("raised", clear("how many two people agreed on, or 0")),
    integer("raised_until_day", clear("until the end of which day")),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    set=Digested(owner=""),
)
