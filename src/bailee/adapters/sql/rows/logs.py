"""Log rows: the rows of streams, sources, batches, their sealed objects and index runs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.keys import key_epoch
from bailee.adapters.sql.schema.logs import (
    UNPLACED,
    log_batch,
    log_part,
    log_run,
    log_source,
    log_stream,
    push_mark,
)
from bailee.adapters.sql.spans import clamped, span_of, spans_within
from bailee.adapters.sql.whole import require, require_each
from bailee.ids import BatchId, BlobId, ClientId, SourceId, StreamId
from bailee.logs.model import BatchRow, PartRow, RunRow, SegmentPart, SourceRow, StreamRow
from bailee.logs.push.model import PushMark
from bailee.logs.window import Window
from bailee.work import Tx

if TYPE_CHECKING:
    from bailee.adapters.sql.table import Table

STREAMS: Final = Mapped(log_stream, StreamRow)
SOURCES: Final = Mapped(log_source, SourceRow)
BATCHES: Final = Mapped(log_batch, BatchRow)
PARTS: Final = Mapped(log_part, PartRow)
RUNS: Final = Mapped(log_run, RunRow)
MARKS: Final = Mapped(push_mark, PushMark)

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
# By an index of those rows alone, which `where` has to name as the index does: few batches have
# such lines.
_UNPLACED = f"""
select coalesce(sum(unplaced), 0), count(*) - count(unplaced) from log_batch
where client = :client and (:stream is null or stream = :stream) and ({UNPLACED})
"""  # noqa: S608  # a constant
_COUNT = "select count(*) from log_batch where client = :client"
_SPANS = "select distinct span from log_batch where client = :client and batch in ({})"
_AT_ONCE: Final = 500
"""Ids in one statement: SQLite takes 32,766 values, and a list this long costs least an id."""
_FEW_SPANS: Final = 64
"""More than that, of 256, are read sooner by reading all."""
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
    """SQL log rows: `logs.port.LogRows`, `logs.port.TermRows` and `logs.push.marks.MarkRows`."""

    def require_whole(self, tx: Tx, client: ClientId) -> None:
        """Return if no stream, batch, run or key of a month is missing; else Damaged."""
        require(tx, client, log_stream, log_batch, log_run, key_epoch)

    def require_months(self, tx: Tx, client: ClientId) -> None:
        """Return if no key of a month is missing; else Damaged."""
        require(tx, client, key_epoch)

    def require_findable(
        self, tx: Tx, client: ClientId, window: Window | None, *, streams: bool
    ) -> None:
        """Return if no run, no batch with lines in a window and no stream is missing.

        Else Damaged.  Without a window no batch is compared, and streams only where told to.
        """
        wanted: list[tuple[Table, bytes | None]] = [(log_run, None), (key_epoch, None)]
        if streams:
            wanted.append((log_stream, None))
        if window is not None:
            spans = _spans(window)
            wanted += [(log_batch, one) for one in spans] if spans else [(log_batch, None)]
        require_each(tx, client, wanted)

    def require_parts(
        self, tx: Tx, client: ClientId, batches: Iterable[BatchId] | None = None
    ) -> None:
        """Return if no object of these batches is missing, or of none of a client; else Damaged."""
        if batches is None:
            require(tx, client, log_part)
        else:
            require_each(tx, client, [(log_part, one.raw) for one in batches])

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

    def mark(self, tx: Tx, client: ClientId, source_key: bytes) -> PushMark | None:
        """Find how far a source of pushed lines was taken in."""
        return MARKS.one(tx, client=client, source_key=source_key)

    def put_mark(self, tx: Tx, row: PushMark) -> None:
        """Insert a mark, or replace the one of its source."""
        MARKS.put(tx, row)

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

    def count(self, tx: Tx, client: ClientId) -> int:
        """Count the batches of a client."""
        ((batches,),) = sql(tx).execute(_COUNT, {"client": client.raw})
        return int(batches)

    def within(
        self, tx: Tx, client: ClientId, stream: StreamId | None, window: Window
    ) -> Sequence[BatchRow]:
        """Return the batches that may have lines in a window, of a stream or all, as received."""
        values: dict[str, object] = {"client": client}
        asked = ["client = :client"]
        if stream is not None:
            values["stream"] = stream
            asked.append("stream = :stream")
        else:
            spans = _spans(window)
            # By the index of spans, which few rows answer to: first and last times cannot be
            # narrowed down by one index both.
            asked += [f"span in ({', '.join(_literal(one) for one in spans)})"] if spans else []
        if window.to_ns is not None:
            values["to_ns"] = clamped(window.to_ns - 1)
            asked.append("first_ns <= :to_ns")
        if window.from_ns is not None:
            values["from_ns"] = clamped(window.from_ns)
            asked.append("last_ns >= :from_ns")
        return BATCHES.found(tx, f"where {' and '.join(asked)} order by log_index", **values)

    def named(self, tx: Tx, client: ClientId, batches: Iterable[BatchId]) -> Sequence[BatchRow]:
        """Return these batches, those that are there, as received; Damaged where one is another.

        A batch that the index names is held by its row: where none is, all are compared.
        """
        wanted = list(dict.fromkeys(batches))
        found: list[BatchRow] = []
        spans: set[bytes | None] = set()
        for some in _some(wanted):
            found += BATCHES.found(
                tx, f"where client = :client and batch in ({some})", client=client
            )
            spans |= {
                one for (one,) in sql(tx).execute(_SPANS.format(some), {"client": client.raw})
            }
        if len(found) < len(wanted) or None in spans:
            require_each(tx, client, [(log_batch, None)])
        else:
            require_each(tx, client, [(log_batch, one) for one in spans])
        return sorted(found, key=lambda row: row.log_index)

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
        BATCHES.add(tx, row, span=span_of(row.first_ns, row.last_ns))

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

    def parts_of_all(
        self, tx: Tx, client: ClientId, batches: Sequence[BatchId]
    ) -> Mapping[BatchId, Mapping[SegmentPart, PartRow]]:
        """Return the objects of these batches, those of each that are there."""
        found: dict[BatchId, dict[SegmentPart, PartRow]] = {batch: {} for batch in batches}
        for some in _some(batches):
            tail = f"where client = :client and batch in ({some})"
            for row in PARTS.found(tx, tail, client=client):
                found[row.batch][row.part] = row
        return found

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


def _spans(window: Window) -> Sequence[bytes]:
    """Return the bytes of batches that a window may meet; none where they are most of all."""
    spans = spans_within(window.from_ns, window.to_ns)
    return spans if len(spans) <= _FEW_SPANS else ()


def _some(batches: Sequence[BatchId]) -> Iterator[str]:
    """Yield ids as literals of SQL, some at a time."""
    for at in range(0, len(batches), _AT_ONCE):
        yield ", ".join(_literal(one.raw) for one in batches[at : at + _AT_ONCE])


def _literal(raw: bytes) -> str:
    # Hexadecimal digits alone: nothing of what was typed gets into a statement.
    return f"x'{raw.hex()}'"
