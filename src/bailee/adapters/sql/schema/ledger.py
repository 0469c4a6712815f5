"""The tables of the ledger: logs, their entries, their changes of key.

`ledger_entry` keeps its rowid: a sealed body is near a page's quarter, and a table without one
would move every such row to an overflow page.
"""

from bailee.adapters.sql.table import (
    Digested,
    Undigested,
    blob,
    clear,
    index,
    integer,
    sealed,
    table,
    text,
)

CLIENT = "a random id: says whose, as every row must to be kept apart by client"

ledger = table(
    "ledger",
    blob("client", clear(CLIENT), key=True),
    blob("log", clear("a random id that names the files of the log")),
    text("origin", clear("published in each checkpoint: domain and log id")),
    blob("public_key", clear("a public key")),
    integer("count", clear("how many entries: seen from their rows anyway")),
    integer("size", clear("how many are signed: published in the checkpoint")),
    blob("root", clear("published in the checkpoint: a hash over random-keyed leaves")),
    blob("checkpoint", clear("the checkpoint as published")),
    integer("signed_ms", clear("when it was signed: published in the checkpoint")),
    integer("taken_ms", clear("when the provider's log took the head: hourly work")),
    integer("taken_signed_ms", clear("when the head so taken was signed: published")),
    set=Undigested("custodians know how far it has come"),
)

entry = table(
    "ledger_entry",
    blob("client", clear(CLIENT), key=True),
    integer("idx", clear("the place in the log, without gaps"), key=True),
    blob("entry", clear("a random id")),
    blob("leaf", clear("published in the log: a keyed hash, hiding, nonce 32")),
    integer("time_ms", clear("when something was recorded, not what: order and age")),
    integer("year", clear("names the body key, which dies with its year")),
    blob("body", sealed("body key of client and year: kind, body, nonce"), null=True),
    blob("subject", sealed("a leaf key of its own: whom it names, and why"), null=True),
    index("ledger_entry_by_id", "client", "entry", unique=True),
    rowid=True,
    set=Undigested("the tree is over all leaves; what was lost of one, entries say"),
)

key_change = table(
    "ledger_key_change",
    blob("client", clear(CLIENT), key=True),
    integer("idx", clear("the entry that made the change"), key=True),
    blob("note", clear("a public statement: both public keys and both signatures")),
    set=Digested(owner="client"),
)
