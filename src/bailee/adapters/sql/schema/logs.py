"""Logs: streams, sources, batches, their sealed objects and the runs of the token index."""

from typing import Any

from sqlalchemy import Column, Index, Integer, Table, Text

from bailee.adapters.sql.schema import clear, column, keyed, metadata, sealed

_ID = "random id"
_CLIENT = "random id; rows are found and sharded by it"
_MONTH = "a month of receipt"


def _blob(*, primary_key: bool = False) -> Column[Any]:
    return column("blob", info=clear("random id of the sealed file"), primary_key=primary_key)


def _sealed_object() -> tuple[Column[Any], ...]:
    return (
        column("sealed_bytes", Integer, info=clear("padded size, as the store shows it anyway")),
        column("sealed_extent", info=sealed("true size, and a text's counts, under its leaf key")),
        column("digest", info=clear("SHA-256 of ciphertext")),
        column("commitment", info=clear("HKDF of a random key; says nothing about the content")),
    )


log_stream = Table(
    "log_stream",
    metadata,
    column("client", info=clear(_CLIENT), primary_key=True),
    column("stream", info=clear(_ID), primary_key=True),
    column("label_key", info=keyed("HMAC under K_int, domain log-stream; finds the row")),
    column("sealed_label", info=sealed("label and zone, under the stream's leaf key")),
    column("origin", Text, info=clear("a word of a closed list")),
    Index("log_stream_by_label", "client", "label_key", unique=True),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

log_source = Table(
    "log_source",
    metadata,
    column("client", info=clear(_CLIENT), primary_key=True),
    column("source", info=clear(_ID), primary_key=True),
    column("stream", info=clear(_ID)),
    column("address_key", info=keyed("HMAC under K_int, domain log-source, over stream and path")),
    column("next_offset", Integer, info=clear("bytes taken in so far")),
    column("prefix", info=keyed("HMAC under K_int, domain log-prefix, over its batches in order")),
    Index("log_source_by_address", "client", "address_key"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

log_batch = Table(
    "log_batch",
    metadata,
    column("client", info=clear(_CLIENT), primary_key=True),
    column("batch", info=clear(_ID), primary_key=True),
    column("stream", info=clear(_ID)),
    column("source", info=clear(_ID), nullable=True),
    column("offset", Integer, info=clear("where in its source it starts, in bytes")),
    column("length", Integer, info=clear("bytes received")),
    column("lines", Integer, info=clear("a count")),
    column("values", Integer, info=clear("a count of ordinals, all blocks together")),
    column("epoch", Integer, info=clear(_MONTH)),
    column("received_ms", Integer, info=clear("time of receipt, as the ledger entry shows it")),
    column("first_ns", Integer, info=clear("the earliest time of a line; finds batches by time")),
    column("last_ns", Integer, info=clear("the latest time of a line; finds batches by time")),
    column(
        "identity", info=keyed("HMAC under K_int, domain log-batch, over content"), nullable=True
    ),
    column("entry", info=clear("random id of its ledger entry")),
    column("log_index", Integer, info=clear("index of its ledger entry")),
    Index("log_batch_by_identity", "client", "identity", unique=True),
    Index("log_batch_by_stream", "client", "stream", "first_ns"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

log_part = Table(
    "log_part",
    metadata,
    column("client", info=clear(_CLIENT), primary_key=True),
    column("batch", info=clear(_ID), primary_key=True),
    column("part", Text, info=clear("a word of a closed list"), primary_key=True),
    _blob(),
    *_sealed_object(),
    column("until_ms", Integer, info=clear("when kept secrets end"), nullable=True),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

log_run = Table(
    "log_run",
    metadata,
    column("client", info=clear(_CLIENT), primary_key=True),
    column("epoch", Integer, info=clear(_MONTH), primary_key=True),
    column("stream", info=clear(_ID), primary_key=True),
    _blob(primary_key=True),
    column("postings", Integer, info=clear("a count of row groups by token, all tokens together")),
    *_sealed_object(),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
