"""Who asks to end a month's keys: a row that confers power, a projection of the provider's log."""

from sqlalchemy import Index, Integer, Table, Text

from bailee.adapters.sql.schema import clear, column, keyed, metadata

ending = Table(
    "ending",
    metadata,
    column("id", info=clear("random id"), primary_key=True),
    column("client", info=clear("random id; whose month it is")),
    column("epoch", Integer, info=clear("a month of receipt")),
    column("part", Text, info=clear("a word of a closed list: names or text")),
    column("state", Text, info=clear("a word of a closed list: asked, withdrawn or ended")),
    column("asked_by", info=clear("random id of the actor who asked")),
    column("asked_ms", Integer, info=clear("when it was asked, as the ledger entry shows it")),
    column("agreed_by", info=clear("random id of the actor who agreed"), nullable=True),
    column("version", Integer, info=clear("counts changes of the row")),
    column("log_index", Integer, info=clear("index of the entry that it is a projection of")),
    column("mac", info=keyed("HMAC under K_int, domain row, over all other columns")),
    Index("ending_by_month", "client", "epoch", "part", unique=True),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
