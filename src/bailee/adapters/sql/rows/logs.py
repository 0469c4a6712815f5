"""Log rows: the rows of streams, sources, batches, their sealed objects and index runs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.keys import key_epoch
from bailee.adapters.sql.schema.logs import log_batch, log_part, log_run, log_source, log_stream
from bailee.adapters.sql.whole import require
from bailee.ids import BatchId, BlobId, ClientId, SourceId, StreamId
from bailee.logs.model import BatchRow, PartRow, RunRow, SegmentPart, SourceRow, StreamRow
from bailee.work import Tx

STREAMS: Final = Mapped(log_stream, StreamRow)
SOURCES: Final = Mapped(log_source, SourceRow)
BATCHES: Final = Mapped(log_batch, BatchRow)
PARTS: Final = Mapped(log_part, PartRow)
RUNS: Final = Mapped(log_run, RunRow)

_OVER = "where client = :client and until_ms <= :now_ms order by batch limit :limit"
_PARTS_OF = """
where client = :client and part = :part and batch in (
    select batch from log_batch where client = :client and epoch = :epoch)
order by batch limit :limit
"""
_DROP_PART = "delete from log_part where client = :client and batch = :batch and part = :part"
_DROP_RUN = "delete from log_run where client = :client and blob = :blob"
# Bounded, for other writers wait; a second run finds what the first left.
_FORGET_IDENTITIES = """
update log_batch set identity = null where client = :client and batch in (
    select batch from log_batch
    where client = :client and identity is not null and received_ms < :before_ms limit :limit)
"""
_UNPLACED = """
select coalesce(sum(unplaced), 0), count(*) - count(unplaced) from log_batch
where client = :client and (:stream is null or stream = :stream)
"""
_BY_EPOCH = """
select epoch, count(*), sum(lines), sum(length) from log_batch where client = :client group by epoch
"""
# One pass over the entries in the order of the ledger, which no clock gives: how late it had been
# by then at most.
_TAKEN_AFTER = """
select b.epoch, max(e.latest) from log_batch b join (
    select idx, time_ms, max(time_ms) over (
        order by idx rows between unbounded preceding and 1 preceding) as latest
    from ledger_entry where client = :client) e on e.idx = b.log_index
where b.client = :client
    and cast(strftime('%Y%m', e.time_ms / 1000, 'unixepoch') as integer) = b.epoch
group by b.epoch
"""


class SqlLogRows:
    """SQL log rows; implements `logs.port.LogRows` and `logs.port.TermRows`."""

    def require_whole(self, tx: Tx, client: ClientId) -> None:
        """Return if no stream, batch, run or key of a month is missing; else Damaged."""
        require(tx, client, log_stream, log_batch, log_run, key_epoch)

    def require_months(self, tx: Tx, client: ClientId) -> None:
        """Return if no key of a month is missing; else Damaged."""
        require(tx, client, key_epoch)

    def require_parts(self, tx: Tx, client: ClientId) -> None:
        """Return if no object of a batch of a client is missing; else Damaged."""
        require(tx, client, log_part)

    # --- streams and sources ---------------------------------------------------------------

    def stream(self, tx: Tx, client: ClientId, label_key: bytes) -> StreamRow | None:
        """Find a stream by its keyed label."""
        return STREAMS.one(tx, client=client, label_key=label_key)

    def streams(self, tx: Tx, client: ClientId) -> Sequence[StreamRow]:
        """Return all streams of a client."""
        return STREAMS.all(tx, client=client)

    def add_stream(self, tx: Tx, row: StreamRow) -> None:
        """Insert; Conflict when the label is taken."""
        if not STREAMS.add_once(tx, row):
            raise errors.Conflict("errors_logs.stream-taken")

    def sources(self, tx: Tx, client: ClientId, address_key: bytes) -> Sequence[SourceRow]:
        """Return the sources known under an address."""
        return SOURCES.all(tx, client=client, address_key=address_key)

    def source(self, tx: Tx, client: ClientId, source: SourceId) -> SourceRow | None:
        """Find one source."""
        return SOURCES.one(tx, client=client, source=source)

    def all_sources(self, tx: Tx, client: ClientId) -> Sequence[SourceRow]:
        """Return all sources of a client."""
        return SOURCES.all(tx, client=client)

    def put_source(self, tx: Tx, row: SourceRow) -> None:
        """Insert a source, or leave the one that is there."""
        SOURCES.put(tx, row)

    # --- batches ---------------------------------------------------------------------------

    def batch(self, tx: Tx, client: ClientId, batch: BatchId) -> BatchRow | None:
        """Find one batch."""
        return BATCHES.one(tx, client=client, batch=batch)

    def by_identity(self, tx: Tx, client: ClientId, identities: Sequence[bytes]) -> BatchRow | None:
        """Find the batch that the same bytes became before, by any of these tags."""
        found = (BATCHES.one(tx, client=client, identity=identity) for identity in identities)
        return next((row for row in found if row is not None), None)

    def batches(self, tx: Tx, client: ClientId) -> Sequence[BatchRow]:
        """Return all batches of a client, in order of receipt."""
        # By the ledger's index, which is the order of receipt: times come from clocks.
        return BATCHES.all(tx, "log_index", client=client)

    def unplaced(self, tx: Tx, client: ClientId, stream: StreamId | None) -> tuple[int, int]:
        """Count the lines that only their receipt dates, and the batches that do not tell."""
        values = {"client": client.raw, "stream": None if stream is None else stream.raw}
        ((lines, batches),) = sql(tx).execute(_UNPLACED, values)
        return lines, batches

    def of_stream(self, tx: Tx, client: ClientId, stream: StreamId) -> Sequence[BatchRow]:
        """Return the batches of a stream, in order of receipt."""
        return BATCHES.all(tx, "log_index", client=client, stream=stream)

    def of_source(self, tx: Tx, client: ClientId, source: SourceId) -> Sequence[BatchRow]:
        """Return the batches of a source, in order of receipt."""
        return BATCHES.all(tx, "log_index", client=client, source=source)

    def add_batch(self, tx: Tx, row: BatchRow) -> None:
        """Insert a batch."""
        BATCHES.add(tx, row)

    def by_epoch(self, tx: Tx, client: ClientId) -> Mapping[int, tuple[int, int, int]]:
        """Count batches, lines and received bytes (each batch's rounded up), by epoch."""
        found = sql(tx).execute(_BY_EPOCH, {"client": client.raw})
        return {epoch: (batches, lines, size) for epoch, batches, lines, size in found}

    def taken_after(self, tx: Tx, client: ClientId) -> Mapping[int, int]:
        """Return the latest time of an entry before a batch of its own month, by month."""
        found = sql(tx).execute(_TAKEN_AFTER, {"client": client.raw})
        return {epoch: latest for epoch, latest in found if latest is not None}

    # --- sealed objects --------------------------------------------------------------------

    def parts(self, tx: Tx, client: ClientId, batch: BatchId) -> Mapping[SegmentPart, PartRow]:
        """Return the objects of a batch."""
        return {row.part: row for row in PARTS.all(tx, client=client, batch=batch)}

    def all_parts(self, tx: Tx, client: ClientId) -> Sequence[PartRow]:
        """Return the objects of all batches of a client."""
        return PARTS.all(tx, client=client)

    def all_runs(self, tx: Tx, client: ClientId) -> Sequence[RunRow]:
        """Return all index runs of a client."""
        return RUNS.all(tx, client=client)

    def texts(self, tx: Tx, client: ClientId) -> Mapping[BatchId, PartRow]:
        """Return the rows of the redacted texts of a client, by batch."""
        return {row.batch: row for row in PARTS.all(tx, client=client, part=SegmentPart.TEXT)}

    def add_part(self, tx: Tx, row: PartRow) -> None:
        """Insert an object of a batch."""
        PARTS.add(tx, row)

    def add_run(self, tx: Tx, row: RunRow) -> None:
        """Insert an index run."""
        RUNS.add(tx, row)

    def over(self, tx: Tx, client: ClientId, now_ms: int, limit: int) -> Sequence[PartRow]:
        """Return objects of batches whose term has passed."""
        return PARTS.found(tx, _OVER, client=client, now_ms=now_ms, limit=limit)

    def parts_of(
        self, tx: Tx, client: ClientId, epoch: int, part: SegmentPart, limit: int
    ) -> Sequence[PartRow]:
        """Return objects of one sort of the batches of an epoch; -1 is no limit."""
        return PARTS.found(tx, _PARTS_OF, client=client, epoch=epoch, part=part, limit=limit)

    def drop_parts(self, tx: Tx, rows: Sequence[PartRow]) -> None:
        """Delete the rows of objects."""
        places = [
            {"client": row.client.raw, "batch": row.batch.raw, "part": row.part.value}
            for row in rows
        ]
        sql(tx).many(_DROP_PART, places)

    def forget_identities(self, tx: Tx, client: ClientId, before_ms: int, limit: int) -> int:
        """Drop the keyed tags of batches received before a moment; return of how many."""
        values = {"client": client.raw, "before_ms": before_ms, "limit": limit}
        return sql(tx).change(_FORGET_IDENTITIES, values)

    def runs(self, tx: Tx, client: ClientId, epoch: int) -> Sequence[RunRow]:
        """Return the index runs of an epoch, all streams."""
        return RUNS.all(tx, client=client, epoch=epoch)

    def drop_runs(self, tx: Tx, client: ClientId, runs: Iterable[BlobId]) -> None:
        """Delete runs that a merged one replaces."""
        sql(tx).many(_DROP_RUN, [{"client": client.raw, "blob": run.raw} for run in runs])
