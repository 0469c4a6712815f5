"""Memos: one row for each."""

from bailee.adapters.sql.table import Digested, blob, clear, index, keyed, sealed, table

memo = table(
    "memo",
    blob("client", clear("random id; rows are found and sharded by it"), key=True),
    blob("memo", clear("random id"), key=True),
    blob("name_key", keyed("HMAC under K_int, domain memo-name; finds the row")),
    blob("sealed", sealed("name and text, under the memo's leaf key")),
    index("memo_by_name", "client", "name_key", unique=True),
    set=Digested(owner="client"),
)
