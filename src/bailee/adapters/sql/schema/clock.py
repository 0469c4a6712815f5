"""How much time has passed for certain: a row that confers power, of the provider's log."""

from bailee.adapters.sql.table import Digested, blob, clear, integer, keyed, table

clock = table(
    "clock",
    blob("provider", clear("random id"), key=True),
    blob("boot", clear("random id of a start of the machine, as its kernel drew it")),
    integer("up_ms", clear("the time from that start to when the row was written")),
    integer("shown_ms", clear("how late it was at least, as the ledger entry shows it")),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    set=Digested(owner=""),
)
