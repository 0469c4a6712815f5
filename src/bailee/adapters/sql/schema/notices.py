"""Notices: what a home has to say and sends by itself."""

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

notice = table(
    "notice",
    blob("id", clear("random id"), key=True),
    text("cause", clear("what it is about, a word of a closed list")),
    text("medium", clear("by which way it goes, a word of a closed list")),
    blob("once", keyed("HMAC under K_int, domain notice-once, over the cause and the address")),
    blob("sealed", sealed("the internal key, domain notice: the address and what it says")),
    integer("made_ms", clear("when it was written")),
    integer("attempts", clear("a count of failures")),
    text("error", clear("a slug of a closed list"), null=True),
    integer("sent_ms", clear("when it was sent"), null=True),
    index("notice_once", "once", unique=True),
    set=Digested(owner=""),
)
