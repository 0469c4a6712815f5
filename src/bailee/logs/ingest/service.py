"""Log ingest: the act of taking logs into custody.

Taking in needs no key that opens what is there: values go to the vault, redacted text and
identifier map are sealed with fresh keys, and each batch is an entry of the ledger that commits to
every line and every value of it.  spec/batch.md
"""

import threading
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from bailee import errors
from bailee.act import Principal
from bailee.clock import Clock, epoch_of
from bailee.grant import Scope
from bailee.ids import SourceId
from bailee.limits import LINE_BYTES
from bailee.logs.acts import Ingested, IngestedFacts, IngestLog, LogSource
from bailee.logs.ingest.asking import DEFAULT_ZONE, origin_of, zone_of
from bailee.logs.ingest.committing import Committer, Intent
from bailee.logs.ingest.continuing import Continuing, Known, doubted, follows, tells
from bailee.logs.ingest.intake import Intake, Taken, new_source
from bailee.logs.ingest.parsing.far import parsers_of
from bailee.logs.ingest.parsing.port import Parser
from bailee.logs.ingest.receipts import Receipts
from bailee.logs.ingest.streams import Streams
from bailee.logs.model import (
    RUN,
    SOURCE_DOMAIN,
    STREAM,
    BatchRow,
    SourceRow,
    StreamRow,
    check_label,
    source_message,
)
from bailee.logs.port import LogKeys, LogRows, Recorder
from bailee.logs.store.merging import Merging
from bailee.logs.store.placeholder import PlaceholderCodec
from bailee.logs.store.segments import SegmentStore
from bailee.monitor.authorized import DONE, FAILED, Authorized
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder, Workers
from bailee.scan.scanner import BLOCK_BYTES, Scanner
from bailee.seal.padding import coarse
from bailee.seal.port import BlobStore
from bailee.vault import epoch as months
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault


class LogIngest:
    """Log ingest: takes logs into custody, one source at a time."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        blobs: BlobStore,
        keys: LogKeys,
        vault: "Vault",
        ledger: Recorder,
        monitor: Monitor,
        find_client: ClientFinder,
        clock: Clock,
        horizons: months.Horizons | None = None,
        scanner: Callable[[], Scanner] = Scanner,
        workers: Workers | None = None,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._monitor = monitor
        self._find_client = find_client
        self._clock = clock
        self._horizons = horizons or months.Horizons()
        self._streams = Streams(work=work, rows=rows, keys=keys, ledger=ledger, clock=clock)
        self._store = SegmentStore(work=work, keys=keys, blobs=blobs)
        made = scanner()
        self._parsers = parsers_of(workers, made)
        self._codec = PlaceholderCodec(BLOCK_BYTES + LINE_BYTES)
        # Held by one ingest from its grant to its outcome, for as long as its source has bytes:
        # scanner and codec have one buffer each, and two that shared them would store each other's
        # lines.  Taken last, and let go before a merge; no transaction is open while somebody
        # waits.
        self._one = threading.Lock()
        self._receipts = Receipts(work, keys)
        self._merging = Merging(work=work, rows=rows, store=self._store, keys=keys)
        self._committer = Committer(
            work=work,
            rows=rows,
            keys=keys,
            vault=vault,
            ledger=ledger,
            store=self._store,
            clock=clock,
            rules=made.tables.rules,
        )

    def ingest(self, who: Principal, request: IngestLog, source: LogSource) -> Ingested:
        """Take a source into custody, batch by batch; each is durable before the next begins.

        A source that broke off is an answer, with what of it is durable.  UsageError for a stream,
        zone or origin that is none, or secrets kept without a reason; Damaged when a line would
        not come back as it came.
        """
        check_label(request.stream)
        declared = None if request.epoch is None else months.parse(request.epoch)
        if request.keep_secrets and request.reason is None:
            raise errors.UsageError("errors_logs.necessity-needed")
        # From here on what is read of the home is read before the decision: ids alone, none of
        # which is shown, since the scope of the grant has to name them.
        client = self._find_client(who, request.client)
        sought = self._streams.labelled(client, request.stream)
        stream, found = sought.stream, sought.row
        if found is None:
            # Both are tried before the act is recorded: a typing error is no attempt at the log.
            origin_of(request.origin)
            zone_of(request.zone or DEFAULT_ZONE)
        # Of the month of receipt: the clock may pass into the next one before the grant, and then
        # the merge is of the month just over, which is as good.
        runs = self._merging.due(client, declared or epoch_of(self._clock.now_ms()))
        scopes = (
            Scope(noun=STREAM, ids=frozenset((stream.raw,))),
            Scope(noun=RUN, ids=frozenset(run.sealed.blob.raw for run in runs)),
        )
        with (
            self._monitor.authorize(
                who,
                request,
                client,
                scopes=scopes,
                count=1 + len(runs),
                body={"stream": str(stream)},
                subject={"source": source.address, "stream": request.stream},
            ) as act,
            self._one,
            self._parsers(client) as parser,
        ):
            # The runs' keys are taken while the grant lives, which is seconds; the merge itself
            # comes after the outcome and may take longer.
            grant = act.grant
            merge = self._merging.reach(runs, grant)
            known = found or self._streams.make(grant, sought, request.origin, request.zone)
            zone = request.zone or (self._streams.read(grant, found)[1] if found else DEFAULT_ZONE)
            # The month is fixed once for the whole source: the month of receipt, or the declared
            # one, and never one that a line names, for whoever writes lines must not choose how
            # long they live.
            received = months.received(epoch_of(self._clock.now_ms()), self._horizons, declared)
            intent = Intent(
                grant=grant,
                stream=known,
                label=request.stream,
                address=source.address,
                address_key=self._address_key(known, source.address),
                epoch=received.epoch,
                names=received.names,
                keep_secrets=request.keep_secrets,
            )
            taken = self._taken(act, intent, zone, source, parser, new_stream=found is None)
        if merge is not None:  # after the outcome, and without the lock: nobody waits for it
            merge.run()
        return taken

    def _taken(  # what one act has
        self,
        act: Authorized,
        intent: Intent,
        zone: str,
        source: LogSource,
        parser: Parser,
        *,
        new_stream: bool,
    ) -> Ingested:
        intake = Intake(
            parser=parser,
            codec=self._codec,
            committer=self._committer,
            clock=self._clock,
            zone=zone_of(zone),
            intent=intent,
        )
        # A source that breaks off is no failure of what came before: each batch is acknowledged by
        # itself.
        broke, likened = None, False
        try:
            row, start, likened = self._source(intent, source, zone_of(zone), parser)
            intake.run(source, row, start)
        except errors.PartlyDone as error:
            broke = error
        taken = intake.taken
        facts = IngestedFacts(
            stream=intent.stream.stream,
            batches=len(taken.batches),
            repeated=taken.repeated,
            lines=taken.lines,
            bytes=coarse(taken.end - taken.start),
        )
        # by itself: each batch was durable before, also when the source broke off
        act.settle(facts, result=DONE if broke is None else FAILED)
        return Ingested(
            stream=intent.stream.stream,
            new_stream=new_stream,
            origin=intent.stream.origin,
            zone=zone,
            epoch=intent.epoch,
            names=intent.names,
            start=taken.start,
            end=taken.end,
            lines=taken.lines,
            values=taken.values,
            batches=tuple(taken.batches),
            repeated=taken.repeated,
            secrets=dict(taken.secrets),
            times=taken.times,
            foreign=taken.foreign,
            ended=taken.ended,
            likened=likened,
            doubted=self._doubted(intent, taken),
            broke=broke,
        )

    def _doubted(self, intent: Intent, taken: Taken) -> bool:
        """Tell whether what was taken in may have been held before an erasure, which shut it."""

        def fn(tx: Tx) -> list[BatchRow]:
            rows = self._rows.of_stream(tx, intent.client, intent.stream.stream)
            return self._receipts.shut(tx, rows)

        if not taken.spans:
            return False
        own = set(taken.batches)
        return any(
            doubted(row, taken.spans, undated=taken.times.received > 0)
            for row in self._work.read(fn)
            if row.batch not in own
        )

    def _address_key(self, stream: StreamRow, address: str) -> bytes:
        message = source_message(stream.client, stream.stream, address)
        return self._keys.mac(SOURCE_DOMAIN, message)

    def _source(
        self, intent: Intent, source: LogSource, zone: tzinfo, parser: Parser
    ) -> tuple[SourceRow | None, int, bool]:
        """Return the row of a source, and the offset from which on nothing of it is known.

        Also whether times alone told so, under another name.  No row for a source that cannot be
        read again, a pipe: nothing continues it.
        """
        # A pipe has no place to go on from: what of it was taken is known by each batch's identity
        # alone.
        if not source.lasting:
            return None, 0, False
        client, stream = intent.client, intent.stream.stream

        def known(tx: Tx, batches: Sequence[BatchRow]) -> list[Known]:
            pairs = zip(batches, self._receipts.places(tx, batches), strict=True)
            return [Known(row=row, place=place) for row, place in pairs]

        def fn(tx: Tx) -> tuple[Sequence[SourceRow], Sequence[BatchRow], list[Known]]:
            rows = self._rows.sources(tx, client, intent.address_key)
            own = {row.source for row in rows}
            batches = self._rows.of_stream(tx, client, stream)
            here = known(tx, [row for row in batches if row.source in own])
            return rows, [row for row in batches if row.source not in own], here

        rows, others, here = self._work.read(fn)

        begun = {row.source for row in others if not row.offset}

        def elsewhere(offset: int, last: SourceId | None) -> Sequence[Known]:
            # Few begin there, and only their places are opened.
            about = [row for row in others if row.offset == coarse(offset)]
            found = self._work.read(lambda tx: known(tx, about))
            return [one for one in found if (follows(one, last, begun) if offset else tells(one))]

        # By the bytes that are there now: a rotated file has the same address and other bytes.
        continuing = Continuing(source, zone, parser)
        start, goes_on = continuing.start(here, elsewhere)
        # Of several that lay here one after the other, the one that it goes on; a log that came
        # from elsewhere before begins a source of its own, for entries say where batches came from.
        same = next((row for row in rows if row.source == goes_on), None)
        return same or new_source(intent), start, continuing.likened
