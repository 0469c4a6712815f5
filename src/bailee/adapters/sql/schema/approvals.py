"""Matters that need two people: rows that confer power, projections of the provider's log."""

from bailee.adapters.sql.table import Digested, blob, clear, index, integer, keyed, table, text

approval = table(
    "approval",
    blob("id", clear("random id"), key=True),
    blob("client", clear("random id; whose matter it is")),
    text("act", clear("which act, a word of a closed list")),
    blob("request", keyed("HMAC under K_int, domain approval, over all that is asked for")),
    text("what", clear("what of it is a word of a closed list, a random id or a count")),
    integer("whole", clear("whether that is all of it: 0 or 1")),
    text("state", clear("a word of a closed list: asked, given, used or withdrawn")),
    blob("asked_by", clear("random id of the actor who asked")),
    integer("asked_ms", clear("when it was asked, as the ledger entry shows it")),
    text("asked_strength", clear("how surely it is known who asked, a word of a closed list")),
    integer("until_ms", clear("until when it waits")),
    blob("given_by", clear("random id of the actor who agreed"), null=True),
    integer("given_ms", clear("when, as the ledger entry shows it"), null=True),
    text("given_strength", clear("how surely it is known who agreed"), null=True),
    integer("version", clear("counts changes of the row")),
    integer("log_index", clear("index of the entry that it is a projection of")),
    blob("mac", keyed("HMAC under K_int, domain row, over all other columns")),
    index("approval_by_request", "client", "act", "request", unique=True),
    set=Digested(owner=""),
)
