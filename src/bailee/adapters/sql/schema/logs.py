"""Logs: streams, sources, batches, their sealed objects and the runs of the token index."""

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

_ID = "random id"
_CLIENT = "random id; rows are found and sharded by it"
_MONTH = "a month of receipt"


UNPLACED = "unplaced IS NULL OR unplaced > 0"
"""Batches with lines that only their receipt dates, or that do not tell."""

_FILE = clear("random id of the sealed file", names_file=True)
_SEALED = (
    integer("sealed_bytes", clear("padded size, as the store shows it anyway")),
    blob("sealed_extent", sealed("true size, and a text's counts, under its leaf key")),
    blob("digest", clear("SHA-256 of ciphertext")),
    blob("commitment", clear("HKDF of a random key; says nothing about the content")),
)


log_stream = table(
    "log_stream",
    blob("client", clear(_CLIENT), key=True),
    blob("stream", clear(_ID), key=True),
    blob("label_key", keyed("HMAC under K_int, domain log-stream; finds the row")),
    blob("sealed_label", sealed("label and zone, under the stream's leaf key")),
    text("origin", clear("a word of a closed list")),
    index("log_stream_by_label", "client", "label_key", unique=True),
    set=Digested(owner="client"),
)

log_source = table(
    "log_source",
    blob("client", clear(_CLIENT), key=True),
    blob("source", clear(_ID), key=True),
    blob("stream", clear(_ID)),
    blob("address_key", keyed("HMAC under K_int, domain log-source, over stream and path")),
    index("log_source_by_address", "client", "address_key"),
    set=Digested(owner="client"),
)

log_batch = table(
    "log_batch",
    blob("client", clear(_CLIENT), key=True),
    blob("batch", clear(_ID), key=True),
    blob("stream", clear(_ID)),
    blob("source", clear(_ID), null=True),
    integer("offset", clear("where in its source it starts, rounded up: 0, 4 KiB, then by Padmé")),
    integer("length", clear("bytes received, rounded up: 4 KiB, then by Padmé")),
    integer("lines", clear("a count")),
    integer("values", clear("a count of ordinals, all blocks together")),
    integer("epoch", clear(_MONTH)),
    integer("received_ms", clear("time of receipt, as the ledger entry shows it")),
    integer("first_ns", clear("the earliest time of a line; finds batches by time"), negative=True),
    integer("last_ns", clear("the latest time of a line; finds batches by time"), negative=True),
    blob("identity", keyed("the vault key of its month, over place and content"), null=True),
    blob("entry", clear("random id of its ledger entry")),
    integer("log_index", clear("index of its ledger entry")),
    blob("sealed_place", sealed("offset, length and digest, under the vault key"), null=True),
    integer("vault_version", clear("a count of renewals of the vault key"), null=True),
    integer("ended", clear("1 when its last line ended with a newline, else 0"), null=True),
    integer("unplaced", clear("a count of lines dated by their receipt alone"), null=True),
    blob(
        "span",
        clear("the stretch of time of its lines, coarsely; finds batches by time"),
        null=True,
    ),
    index("log_batch_by_identity", "client", "identity", unique=True),
    index("log_batch_by_stream", "client", "stream", "first_ns"),
    index("log_batch_by_span", "client", "span", "first_ns"),
    index("log_batch_unplaced", "client", "stream", "unplaced", where=UNPLACED),
    set=Digested(owner="client", cell="span"),
)

push_mark = table(
    "push_mark",
    blob("client", clear(_CLIENT), key=True),
    blob(
        "source_key", keyed("HMAC under K_int, domain push-source, over stream and name"), key=True
    ),
    integer("position", clear("how far its source was taken in, in what that counts")),
    blob("mac", keyed("HMAC under K_int, domain push-mark, over all other columns")),
    set=Digested(owner="client"),
)

log_part = table(
    "log_part",
    blob("client", clear(_CLIENT), key=True),
    blob("batch", clear(_ID), key=True),
    text("part", clear("a word of a closed list"), key=True),
    blob("blob", _FILE),
    *_SEALED,
    integer("until_ms", clear("when kept secrets end"), null=True),
    set=Digested(owner="client", cell="batch"),
)

log_run = table(
    "log_run",
    blob("client", clear(_CLIENT), key=True),
    integer("epoch", clear(_MONTH), key=True),
    blob("stream", clear("random id, or zeros for several"), key=True),
    blob("blob", _FILE, key=True),
    integer("postings", clear("a count of row groups by token, all tokens together")),
    *_SEALED,
    set=Digested(owner="client"),
)
