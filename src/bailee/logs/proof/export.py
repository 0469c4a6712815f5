"""The act of giving received bytes back: each batch is decided on and recorded by itself."""

from collections.abc import Iterator, Sequence

from bailee import errors
from bailee.act import Denial, Principal
from bailee.clock import Clock
from bailee.encoding import enc
from bailee.grant import Grant
from bailee.ids import BatchId, ClientId, SourceId
from bailee.logs.acts import ExportLog, LogExported, subject_of
from bailee.logs.model import SOURCE_DOMAIN, STREAM_DOMAIN, BatchRow, StreamRow, source_message
from bailee.logs.port import BlobStore, ClientFinder, Door, LogKeys, LogRows, TokenVault
from bailee.logs.proof.restoring import Restorer, scopes_of
from bailee.logs.store.segments import SegmentStore
from bailee.monitor.attempt import recording_outcome
from bailee.work import Work


class LogExports:
    """Gives logs back as they were received."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        blobs: BlobStore,
        keys: LogKeys,
        vault: TokenVault,
        monitor: Door,
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

    def export(self, who: Principal, request: ExportLog) -> LogExported | Denial:
        """Give received bytes back, but for what was erased and secrets; each batch is an entry."""
        if (request.batch is None) == (request.stream is None):
            raise errors.UsageError("errors_logs.batch-or-stream")
        client = self._find_client(who, request.client)
        rows = self._asked(client, request)
        first = self._opened(who, request, client, rows[0] if rows else None)
        if isinstance(first, Denial):
            return first
        return LogExported(
            batches=tuple(row.batch for row in rows),
            lines=sum(row.lines for row in rows),
            size_bytes=sum(row.length for row in rows),
            chunks=self._given(who, request, rows, first),
        )

    def _given(
        self, who: Principal, request: ExportLog, rows: Sequence[BatchRow], opened: "Opened"
    ) -> Iterator[memoryview]:
        yield from self._streamed(*opened)
        for row in rows[1:]:
            following = self._opened(who, request, row.client, row)
            if isinstance(following, Denial):
                raise errors.Conflict("errors_logs.export-stopped")
            yield from self._streamed(*following)

    def _opened(
        self, who: Principal, request: ExportLog, client: ClientId, row: BatchRow | None
    ) -> "Opened | Denial":
        """Decide, record and open one batch; what is not there is denied or not as what is."""
        names = {"stream": request.stream, "source": request.source}
        grant = self._monitor.admit(
            who,
            act=request.act,
            client=client,
            purpose=request.purpose,
            scopes=() if row is None else scopes_of(row),
            count=0 if row is None else row.values + self._restorer.objects(row),
            body={} if row is None else {"batch": str(row.batch)},
            subject=subject_of(request.reason, **{k: v for k, v in names.items() if v is not None}),
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            if row is None:
                raise errors.NotFound(f"errors_logs.no-{'batch' if request.batch else 'stream'}")
            return grant, self._restorer.open(row, grant).chunks()

    def _streamed(self, grant: Grant, chunks: Iterator[memoryview]) -> Iterator[memoryview]:
        """Pass chunks on and record the outcome: a reader that goes away leaves `failed`."""
        given, result = 0, "failed"
        try:
            for chunk in chunks:
                given += len(chunk)
                yield chunk
            result = "done"
        finally:
            facts = {"bytes": str(given)}
            self._work.run(grant.client, lambda tx: self._monitor.outcome(tx, grant, result, facts))

    def _asked(self, client: ClientId, request: ExportLog) -> Sequence[BatchRow]:
        """Find the batches that are asked for, in the order of what they were taken from."""
        if request.batch is not None:
            try:
                batch = BatchId.parse(request.batch)
            except ValueError:
                return ()
            row = self._work.read(lambda tx: self._rows.batch(tx, client, batch))
            return () if row is None else (row,)
        label_key = self._label_key(client, str(request.stream))
        stream = self._work.read(lambda tx: self._rows.stream(tx, client, label_key))
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
        said = source_message(stream.client, stream.stream, address)
        return self._keys.mac(SOURCE_DOMAIN, said)


Opened = tuple[Grant, Iterator[memoryview]]


def _in_order(rows: Sequence[BatchRow]) -> Sequence[BatchRow]:
    """Put batches in order: sources as they first came in, each from its beginning."""
    began: dict[SourceId, int] = {}
    for row in rows:
        if row.source is not None:
            began[row.source] = min(row.log_index, began.get(row.source, row.log_index))

    def place(row: BatchRow) -> tuple[int, int]:
        return (began[row.source], row.offset) if row.source else (row.log_index, 0)

    return sorted(rows, key=place)
