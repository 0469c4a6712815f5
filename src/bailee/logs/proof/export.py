"""Export: the act of giving received bytes back; each batch is decided and recorded by itself."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from bailee import errors
from bailee.act import Principal, Refused
from bailee.clock import Clock
from bailee.encoding import enc
from bailee.ids import BatchId, ClientId, SourceId
from bailee.logs.acts import ExportLog, LogExported, LogExportedFacts
from bailee.logs.model import SOURCE_DOMAIN, STREAM_DOMAIN, BatchRow, StreamRow, source_message
from bailee.logs.port import LogKeys, LogRows
from bailee.logs.proof.restoring import Restorer, scopes_of
from bailee.logs.store.segments import SegmentStore
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.seal.padding import coarse
from bailee.seal.port import BlobStore
from bailee.work import Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault


class LogExports:
    """Log exports: gives logs back as they were received."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        blobs: BlobStore,
        keys: LogKeys,
        vault: "Vault",
        monitor: Monitor,
        find_client: ClientFinder,
        clock: Clock,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._monitor = monitor
        self._find_client = find_client
        store = SegmentStore(work=work, keys=keys, blobs=blobs)
        self._restorer = Restorer(
            work=work, rows=rows, keys=keys, store=store, vault=vault, clock=clock
        )

    def export(self, who: Principal, request: ExportLog) -> LogExported:
        """Give received bytes back, without what was erased and secrets; each batch is an entry.

        UsageError unless one of batch and stream is named; NotFound once the monitor has decided.
        """
        if (request.batch is None) == (request.stream is None):
            raise errors.UsageError("errors_logs.batch-or-stream")
        client = self._find_client(who, request.client)
        rows = self._asked(client, request)
        # The first batch is opened before anything is answered: until then the whole act can be
        # refused.
        # All of it is counted with it: a budget that ends in the middle would leave half an answer.
        values = sum(row.values for row in rows)
        first = self._opened(who, request, client, rows[0] if rows else None, unmasks=values)
        return LogExported(
            batches=tuple(row.batch for row in rows),
            lines=sum(row.lines for row in rows),
            size_bytes=sum(row.length for row in rows),
            chunks=self._given(who, request, rows, first),
        )

    def _given(
        self,
        who: Principal,
        request: ExportLog,
        rows: Sequence[BatchRow],
        first: Generator[memoryview, None, None],
    ) -> Generator[memoryview, None, None]:
        # Batch after batch, each under its own grant: a grant lasts for seconds, an export for
        # minutes.
        yield from first
        for row in rows[1:]:
            try:
                following = self._opened(who, request, row.client, row)
            except Refused:
                # Bytes went out before: the whole act can no longer be answered with a denial.
                raise errors.Conflict("errors_logs.export-stopped") from None
            yield from following

    def _opened(
        self,
        who: Principal,
        request: ExportLog,
        client: ClientId,
        row: BatchRow | None,
        *,
        unmasks: int = 0,
    ) -> Generator[memoryview, None, None]:
        """Decide, record and open one batch; what is not there is denied or not as what is."""
        names = {"stream": request.stream, "source": request.source}
        with self._monitor.authorize(
            who,
            request,
            client,
            scopes=() if row is None else scopes_of(row),
            count=0 if row is None else row.values + self._restorer.objects(row),
            body={} if row is None else {"batch": str(row.batch)},
            subject={k: v for k, v in names.items() if v is not None} or None,
            unmasks=unmasks,
        ) as act:
            if row is None:
                raise errors.NotFound(f"errors_logs.no-{'batch' if request.batch else 'stream'}")
            given = _GivenBack()
            chunks = self._restorer.open(row, act.grant).chunks()
            # The outcome follows the last byte, and says how many went out even when the taker
            # stops.
            return act.streamed(given.counting(chunks), given.facts)

    def _asked(self, client: ClientId, request: ExportLog) -> Sequence[BatchRow]:
        """Find the batches that are asked for, in the order of what they were taken from."""
        if request.batch is not None:
            try:
                batch = BatchId.parse(request.batch)
            # No batch has such an id: answered below as one that is not there, once it is decided
            # who asks.
            except ValueError:
                return ()
            row = self._work.read(lambda tx: self._rows.batch(tx, client, batch))
            return () if row is None else (row,)
        label_key = self._label_key(client, str(request.stream))
        stream = self._work.read(lambda tx: self._rows.stream(tx, client, label_key))
        # Not refused here: whoever may not export must not learn which streams there are.
        if stream is None:
            return ()
        rows = self._work.read(lambda tx: self._rows.of_stream(tx, client, stream.stream))
        if request.source is not None:
            key = self._address_key(stream, request.source)
            known = self._work.read(lambda tx: self._rows.sources(tx, client, key))
            wanted = {source.source for source in known}
            rows = [row for row in rows if row.source in wanted]
        return _in_order(rows)

    def _label_key(self, client: ClientId, label: str) -> bytes:
        return self._keys.mac(STREAM_DOMAIN, enc("log-stream", client.raw, label))

    def _address_key(self, stream: StreamRow, address: str) -> bytes:
        message = source_message(stream.client, stream.stream, address)
        return self._keys.mac(SOURCE_DOMAIN, message)


class _GivenBack:
    """Given back: counts the bytes that went out of one batch, for its outcome."""

    def __init__(self) -> None:
        self._bytes = 0

    def counting(self, chunks: Iterator[memoryview]) -> Iterator[memoryview]:
        for chunk in chunks:
            self._bytes += len(chunk)
            yield chunk

    def facts(self) -> Mapping[str, str]:
        return LogExportedFacts(bytes=coarse(self._bytes)).facts()


def _in_order(rows: Sequence[BatchRow]) -> Sequence[BatchRow]:
    """Put batches in order: sources as they first came in, each from its beginning."""
    began: dict[SourceId, int] = {}
    for row in rows:
        if row.source is not None:
            # By where the first batch of each source stands in the ledger: it is the one order of
            # receipt that no clock made.
            began[row.source] = min(row.log_index, began.get(row.source, row.log_index))

    def place(row: BatchRow) -> tuple[int, int]:
        return (began[row.source], row.offset) if row.source else (row.log_index, 0)

    return sorted(rows, key=place)
