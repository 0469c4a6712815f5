"""What a home's settings were when they were recorded: a row that confers power."""

from bailee.adapters.sql.table import Digested, blob, clear, integer, keyed, table, text

setting = table(
    "setting",
    blob("provider", clear("random id"), key=True),
    text("held", clear("names of settings with numbers, and keyed digests of paths and names")),
    text("was", clear("the same of those that changed, as they were before")),
    text("weaker", clear("names of those that a change made weaker, and in which way")),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    set=Digested(owner=""),
)
