"""Who asks to end a month's keys: a row that confers power, a projection of the provider's log."""

from bailee.adapters.sql.table import blob, clear, index, integer, keyed, table, text

ending = table(
    "ending",
    blob("id", clear("random id"), key=True),
    blob("client", clear("random id; whose month it is")),
    integer("epoch", clear("a month of receipt")),
    text("part", clear("a word of a closed list: names or text")),
    text("state", clear("a word of a closed list: asked, withdrawn or ended")),
    blob("asked_by", clear("random id of the actor who asked")),
    integer("asked_ms", clear("when it was asked, as the ledger entry shows it")),
    blob("agreed_by", clear("random id of the actor who agreed"), null=True),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    index("ending_by_month", "client", "epoch", "part", unique=True),
)
