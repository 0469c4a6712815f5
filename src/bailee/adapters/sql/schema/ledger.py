"""The tables of the ledger: logs, their entries, their changes of key.

`ledger_entry` keeps its rowid: a sealed body is near a page's quarter, and a table without one
would move every such row to an overflow page.
"""

from sqlalchemy import Index, Integer, LargeBinary, Table, Text

from bailee.adapters.sql.schema import clear, column, metadata, sealed

CLIENT = "a random id: says whose, as every row must to be kept apart by client"

ledger = Table(
    "ledger",
    metadata,
    column("client", primary_key=True, info=clear(CLIENT)),
    column("log", info=clear("a random id that names the files of the log")),
    column("origin", Text, info=clear("published in each checkpoint: domain and log id")),
    column("public_key", info=clear("a public key")),
    column("count", Integer, info=clear("how many entries: seen from their rows anyway")),
    column("size", Integer, info=clear("how many are signed: published in the checkpoint")),
    column("root", info=clear("published in the checkpoint: a hash over random-keyed leaves")),
    column("checkpoint", info=clear("the checkpoint as published")),
    column("signed_ms", Integer, info=clear("when it was signed: published in the checkpoint")),
    column("taken_ms", Integer, info=clear("when the provider's log took the head: hourly work")),
    column("taken_signed_ms", Integer, info=clear("when the head so taken was signed: published")),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

entry = Table(
    "ledger_entry",
    metadata,
    column("client", primary_key=True, info=clear(CLIENT)),
    column("idx", Integer, primary_key=True, info=clear("the place in the log, without gaps")),
    column("entry", info=clear("a random id")),
    column("leaf", LargeBinary, info=clear("published in the log: a keyed hash, hiding, nonce 32")),
    column("time_ms", Integer, info=clear("when something was recorded, not what: order and age")),
    column("year", Integer, info=clear("names the law key of the body, which dies with its year")),
    column("body", nullable=True, info=sealed("law key of client and year: kind, body, nonce")),
    column("subject", nullable=True, info=sealed("a leaf key of its own: whom it names, and why")),
    Index("ledger_entry_by_id", "client", "entry", unique=True),
    sqlite_strict=True,
)

key_change = Table(
    "ledger_key_change",
    metadata,
    column("client", primary_key=True, info=clear(CLIENT)),
    column("idx", Integer, primary_key=True, info=clear("the entry that made the change")),
    column("note", info=clear("a public statement: both public keys and both signatures")),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
