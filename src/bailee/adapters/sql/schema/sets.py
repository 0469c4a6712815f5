"""The digests of sets of rows, and over all of a client's sets one more; see spec/sets.md."""

from bailee.adapters.sql.table import Undigested, blob, clear, integer, sealed, table, text

_ID = "random id"

row_set = table(
    "row_set",
    blob("client", clear(_ID), key=True),
    text("name", clear("the name of a table, and what cuts its rows: a month, a count"), key=True),
    blob("sums", sealed("the internal key, domain fresh: sums over keyed digests of rows")),
    set=Undigested("row_head is over all of a client's"),
)

row_head = table(
    "row_head",
    blob("client", clear(_ID), key=True),
    integer("revision", clear("a count of changes of the client's rows")),
    blob("total", sealed("the internal key, domain fresh: a sum over the rows of row_set")),
    set=Undigested("custodians know its revision"),
)
