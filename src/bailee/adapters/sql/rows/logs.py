"""The rows of logs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.ids import BatchId, BlobId, ClientId, EntryId, Id, SourceId, StreamId
from bailee.logs.model import (
    BatchRow,
    PartRow,
    RunRow,
    SealedRow,
    SegmentPart,
    SourceRow,
    StreamRow,
)
from bailee.work import Tx

T = TypeVar("T")

_STREAM = "client, stream, label_key, sealed_label, origin"
_SOURCE = "client, source, stream, address_key, next_offset, prefix"
_BATCH = (
    'client, batch, stream, source, "offset", length, lines, "values", epoch, received_ms, '
    "first_ns, last_ns, identity, entry, log_index"
)
_SEALED = "blob, sealed_bytes, sealed_extent, digest, commitment"
_PART = f"client, batch, part, until_ms, {_SEALED}"
_RUN = f"client, stream, epoch, postings, {_SEALED}"


def _insert(table: str, columns: str) -> str:
    names = columns.replace('"', "").split(", ")
    values = ", ".join(f":{name}" for name in names)
    return f"insert into {table} ({columns}) values ({values})"  # noqa: S608  # constant columns


_ADD_STREAM = _insert("log_stream", _STREAM) + " on conflict do nothing"
_ADD_BATCH = _insert("log_batch", _BATCH)
_ADD_PART = _insert("log_part", _PART)
_ADD_RUN = _insert("log_run", _RUN)
_PUT_SOURCE = _insert("log_source", _SOURCE) + (
    " on conflict (client, source) do update"
    " set next_offset = excluded.next_offset, prefix = excluded.prefix"
)
_STREAMS = f"select {_STREAM} from log_stream where client = :client"  # noqa: S608  # constant columns
_SOURCES = f"select {_SOURCE} from log_source where client = :client"  # noqa: S608  # constant columns
_BATCHES = f"select {_BATCH} from log_batch where client = :client"  # noqa: S608  # constant columns
_PARTS = f"select {_PART} from log_part where client = :client"  # noqa: S608  # constant columns
_RUNS = f"select {_RUN} from log_run where client = :client"  # noqa: S608  # constant columns
_DROP_RUN = "delete from log_run where client = :client and blob = :blob"
_BLOBS = "select blob from log_part union all select blob from log_run"
_OVER = f"{_PARTS} and until_ms is not null and until_ms <= :now_ms order by batch limit :limit"
_PARTS_OF = f"""
{_PARTS} and part = :part and batch in (
    select batch from log_batch where client = :client and epoch = :epoch)
order by batch limit :limit
"""  # noqa: S608  # constant columns
_DROP_PART = "delete from log_part where client = :client and batch = :batch and part = :part"
_FORGET_IDENTITIES = """
update log_batch set identity = null where client = :client and batch in (
    select batch from log_batch
    where client = :client and identity is not null and received_ms < :before_ms limit :limit)
"""
_BY_EPOCH = """
select epoch, count(*), sum(lines), sum(length) from log_batch where client = :client group by epoch
"""


class SqlLogRows:
    """Logs in SQL."""

    # --- streams and sources ---------------------------------------------------------------

    def stream(self, tx: Tx, client: ClientId, label_key: bytes) -> StreamRow | None:
        """Find a stream by its keyed label."""
        values = {"client": client.raw, "label_key": label_key}
        found = sql(tx).execute(f"{_STREAMS} and label_key = :label_key", values)
        return _stream(found[0]) if found else None

    def streams(self, tx: Tx, client: ClientId) -> Sequence[StreamRow]:
        """Return all streams of a client."""
        found = sql(tx).execute(f"{_STREAMS} order by stream", {"client": client.raw})
        return [_stream(row) for row in found]

    def add_stream(self, tx: Tx, row: StreamRow) -> None:
        """Insert; Conflict when the label is taken."""
        if not sql(tx).change(_ADD_STREAM, _values(row)):
            raise errors.Conflict("errors_logs.stream-taken")

    def sources(self, tx: Tx, client: ClientId, address_key: bytes) -> Sequence[SourceRow]:
        """Return what was known under an address, the farthest taken first."""
        values = {"client": client.raw, "address_key": address_key}
        text = f"{_SOURCES} and address_key = :address_key order by next_offset desc, source"
        return [_source(row) for row in sql(tx).execute(text, values)]

    def source(self, tx: Tx, client: ClientId, source: SourceId) -> SourceRow | None:
        """Find one source."""
        values = {"client": client.raw, "source": source.raw}
        found = sql(tx).execute(f"{_SOURCES} and source = :source", values)
        return _source(found[0]) if found else None

    def all_sources(self, tx: Tx, client: ClientId) -> Sequence[SourceRow]:
        """Return all sources of a client."""
        found = sql(tx).execute(f"{_SOURCES} order by source", {"client": client.raw})
        return [_source(row) for row in found]

    def put_source(self, tx: Tx, row: SourceRow) -> None:
        """Insert or move on."""
        sql(tx).change(_PUT_SOURCE, _values(row))

    # --- batches ---------------------------------------------------------------------------

    def batch(self, tx: Tx, client: ClientId, batch: BatchId) -> BatchRow | None:
        """Find one batch."""
        values = {"client": client.raw, "batch": batch.raw}
        found = sql(tx).execute(f"{_BATCHES} and batch = :batch", values)
        return _batch(found[0]) if found else None

    def by_identity(self, tx: Tx, client: ClientId, identity: bytes) -> BatchRow | None:
        """Find the batch that the same bytes became before."""
        values = {"client": client.raw, "identity": identity}
        found = sql(tx).execute(f"{_BATCHES} and identity = :identity", values)
        return _batch(found[0]) if found else None

    def batches(self, tx: Tx, client: ClientId) -> Sequence[BatchRow]:
        """Return all batches of a client, in order of receipt."""
        found = sql(tx).execute(f"{_BATCHES} order by log_index", {"client": client.raw})
        return [_batch(row) for row in found]

    def of_stream(self, tx: Tx, client: ClientId, stream: StreamId) -> Sequence[BatchRow]:
        """Return the batches of a stream, in order of receipt."""
        values = {"client": client.raw, "stream": stream.raw}
        found = sql(tx).execute(f"{_BATCHES} and stream = :stream order by log_index", values)
        return [_batch(row) for row in found]

    def of_source(self, tx: Tx, client: ClientId, source: SourceId) -> Sequence[BatchRow]:
        """Return the batches of a source, in order."""
        values = {"client": client.raw, "source": source.raw}
        found = sql(tx).execute(f'{_BATCHES} and source = :source order by "offset"', values)
        return [_batch(row) for row in found]

    def add_batch(self, tx: Tx, row: BatchRow) -> None:
        """Insert a batch."""
        sql(tx).change(_ADD_BATCH, _values(row))

    def by_epoch(self, tx: Tx, client: ClientId) -> Mapping[int, tuple[int, int, int]]:
        """Count batches, lines and received bytes, by epoch."""
        found = sql(tx).execute(_BY_EPOCH, {"client": client.raw})
        return {epoch: (batches, lines, size) for epoch, batches, lines, size in found}

    # --- sealed objects --------------------------------------------------------------------

    def parts(self, tx: Tx, client: ClientId, batch: BatchId) -> Mapping[SegmentPart, PartRow]:
        """Return the objects of a batch."""
        values = {"client": client.raw, "batch": batch.raw}
        found = map(_part, sql(tx).execute(f"{_PARTS} and batch = :batch", values))
        return {row.part: row for row in found}

    def all_parts(self, tx: Tx, client: ClientId) -> Sequence[PartRow]:
        """Return the objects of all batches of a client."""
        return [_part(row) for row in sql(tx).execute(_PARTS, {"client": client.raw})]

    def all_runs(self, tx: Tx, client: ClientId) -> Sequence[RunRow]:
        """Return all index runs of a client."""
        return [_run(row) for row in sql(tx).execute(_RUNS, {"client": client.raw})]

    def texts(self, tx: Tx, client: ClientId) -> Mapping[BatchId, PartRow]:
        """Return the text objects of a client, by batch."""
        values = {"client": client.raw, "part": str(SegmentPart.TEXT)}
        found = sql(tx).execute(f"{_PARTS} and part = :part", values)
        return {row.batch: row for row in map(_part, found)}

    def add_part(self, tx: Tx, row: PartRow) -> None:
        """Insert an object of a batch."""
        sql(tx).change(
            _ADD_PART,
            {
                "client": row.client.raw,
                "batch": row.batch.raw,
                "part": str(row.part),
                "until_ms": row.until_ms,
                **_sealed_values(row.sealed),
            },
        )

    def add_run(self, tx: Tx, row: RunRow) -> None:
        """Insert an index run."""
        sql(tx).change(
            _ADD_RUN,
            {
                "client": row.client.raw,
                "stream": row.stream.raw,
                "epoch": row.epoch,
                "postings": row.postings,
                **_sealed_values(row.sealed),
            },
        )

    def over(self, tx: Tx, client: ClientId, now_ms: int, limit: int) -> Sequence[PartRow]:
        """Return objects of batches whose term has passed."""
        values = {"client": client.raw, "now_ms": now_ms, "limit": limit}
        return [_part(row) for row in sql(tx).execute(_OVER, values)]

    def parts_of(
        self, tx: Tx, client: ClientId, epoch: int, part: SegmentPart, limit: int
    ) -> Sequence[PartRow]:
        """Return objects of one sort of the batches of an epoch; -1 is no limit."""
        values = {"client": client.raw, "epoch": epoch, "part": str(part), "limit": limit}
        return [_part(row) for row in sql(tx).execute(_PARTS_OF, values)]

    def drop_parts(self, tx: Tx, rows: Sequence[PartRow]) -> None:
        """Delete the rows of objects."""
        places = [
            {"client": row.client.raw, "batch": row.batch.raw, "part": str(row.part)}
            for row in rows
        ]
        sql(tx).many(_DROP_PART, places)

    def forget_identities(self, tx: Tx, client: ClientId, before_ms: int, limit: int) -> int:
        """Drop what recognises batches received before a moment; return of how many."""
        values = {"client": client.raw, "before_ms": before_ms, "limit": limit}
        return sql(tx).change(_FORGET_IDENTITIES, values)

    def runs(self, tx: Tx, client: ClientId, epoch: int) -> Sequence[RunRow]:
        """Return the index runs of an epoch, all streams."""
        values = {"client": client.raw, "epoch": epoch}
        found = sql(tx).execute(f"{_RUNS} and epoch = :epoch order by stream, blob", values)
        return [_run(row) for row in found]

    def drop_runs(self, tx: Tx, client: ClientId, runs: Iterable[BlobId]) -> None:
        """Delete runs that a merged one replaces."""
        sql(tx).many(_DROP_RUN, [{"client": client.raw, "blob": run.raw} for run in runs])

    def blobs(self, tx: Tx) -> frozenset[str]:
        """Return the names of all sealed files that rows name."""
        return frozenset(str(BlobId(row[0])) for row in sql(tx).execute(_BLOBS))


def _values(row: StreamRow | SourceRow | BatchRow | SealedRow) -> dict[str, object]:
    """Give the columns of a row: ids as their bytes, all else as it is."""
    fields = ((name, getattr(row, name)) for name in row.__dataclass_fields__)
    return {name: value.raw if isinstance(value, Id) else value for name, value in fields}


def _sealed_values(sealed: SealedRow) -> dict[str, object]:
    return _values(sealed)


def _reading(read: Callable[[Row], T]) -> Callable[[Row], T]:
    """Let a row that was bent be damage, and none of it be repeated."""

    @wraps(read)
    def careful(row: Row) -> T:
        try:
            return read(row)
        except (ValueError, TypeError):
            raise errors.Damaged("errors_sql.damaged") from None

    return careful


@_reading
def _stream(row: Row) -> StreamRow:
    client, stream, label_key, label, origin = row
    return StreamRow(
        client=ClientId(client),
        stream=StreamId(stream),
        label_key=label_key,
        sealed_label=label,
        origin=origin,
    )


@_reading
def _source(row: Row) -> SourceRow:
    client, source, stream, address_key, next_offset, prefix = row
    return SourceRow(
        client=ClientId(client),
        source=SourceId(source),
        stream=StreamId(stream),
        address_key=address_key,
        next_offset=next_offset,
        prefix=prefix,
    )


@_reading
def _batch(row: Row) -> BatchRow:
    client, batch, stream, source, *counts, identity, entry, log_index = row
    offset, length, lines, values, epoch, received_ms, first_ns, last_ns = counts
    return BatchRow(
        client=ClientId(client),
        batch=BatchId(batch),
        stream=StreamId(stream),
        source=None if source is None else SourceId(source),
        offset=offset,
        length=length,
        lines=lines,
        values=values,
        epoch=epoch,
        received_ms=received_ms,
        first_ns=first_ns,
        last_ns=last_ns,
        identity=identity,
        entry=EntryId(entry),
        log_index=log_index,
    )


def _sealed(row: Sequence[Any]) -> SealedRow:
    blob, sealed_bytes, extent, digest, commitment = row
    return SealedRow(
        blob=BlobId(blob),
        sealed_bytes=sealed_bytes,
        sealed_extent=extent,
        digest=digest,
        commitment=commitment,
    )


@_reading
def _part(row: Row) -> PartRow:
    client, batch, part, until_ms, *rest = row
    return PartRow(
        client=ClientId(client),
        batch=BatchId(batch),
        part=SegmentPart(part),
        sealed=_sealed(rest),
        until_ms=until_ms,
    )


@_reading
def _run(row: Row) -> RunRow:
    client, stream, epoch, postings, *rest = row
    return RunRow(
        client=ClientId(client),
        stream=StreamId(stream),
        epoch=epoch,
        postings=postings,
        sealed=_sealed(rest),
    )
