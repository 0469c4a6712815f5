"""The policies in force: a row that confers power, a projection of the provider's log."""

from bailee.adapters.sql.table import Digested, blob, clear, integer, keyed, table, text

policy = table(
    "policy",
    blob("provider", clear("random id"), key=True),
    text("hash", clear("SHA-256 of policies that ship with the program")),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    set=Digested(owner=""),
)
