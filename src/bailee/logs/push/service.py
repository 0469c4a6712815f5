"""Log push: the act of taking in lines that machines send; spec/push.md.

A group of pushes is one entry and one batch: it is decided and recorded for its first member, and
the others ask for the same, as the same actor.
"""

import threading
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from os import urandom
from typing import TYPE_CHECKING, Protocol, final

from bailee import errors
from bailee.act import Principal, Refused
from bailee.clock import Clock, epoch_of
from bailee.grant import Grant, Scope
from bailee.ids import ID_BYTES, ClientId, StreamId
from bailee.limits import LINE_BYTES, PUSH_SOURCE_BYTES
from bailee.logs.acts import IngestedFacts
from bailee.logs.ingest.asking import DEFAULT_ZONE, origin_of, zone_of
from bailee.logs.ingest.charset import Charset
from bailee.logs.ingest.committing import Committer, Intent
from bailee.logs.ingest.intake import Intake
from bailee.logs.ingest.parsing.far import PARSING_FAILED, parsers_of
from bailee.logs.ingest.streams import Streams, StreamSought
from bailee.logs.model import RUN, SOURCE_DOMAIN, STREAM, source_message
from bailee.logs.port import LogKeys, LogRows, Recorder
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.logs.push.gathering import Gathering
from bailee.logs.push.group import Pushed, PushSource
from bailee.logs.push.marks import MarkRows, Marks
from bailee.logs.store.merging import Merging
from bailee.logs.store.placeholder import PlaceholderCodec
from bailee.logs.store.segments import SegmentStore
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder, Workers
from bailee.scan.scanner import BLOCK_BYTES, Scanner
from bailee.seal.padding import coarse
from bailee.seal.port import BlobStore, Chunk
from bailee.vault import epoch as months
from bailee.work import Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault


class PushRows(LogRows, MarkRows, Protocol):
    """Push rows: the rows of logs, and how far sources were taken in."""


@dataclass(frozen=True, slots=True)
class _Key:
    """Key: what pushes of one group have in common; `request` is without what tells them apart."""

    who: Principal
    client: ClientId
    request: PushLines


@final
class LogPush:
    """Log push: takes in what machines send."""

    def __init__(
        self,
        *,
        work: Work,
        rows: PushRows,
        blobs: BlobStore,
        keys: LogKeys,
        vault: "Vault",
        ledger: Recorder,
        monitor: Monitor,
        find_client: ClientFinder,
        clock: Clock,
        workers: Workers | None = None,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._monitor = monitor
        self._find_client = find_client
        self._clock = clock
        self._gathering: Gathering[_Key, Pushed] = Gathering(clock.monotonic_s)
        self._streams = Streams(work=work, rows=rows, keys=keys, ledger=ledger, clock=clock)
        store = SegmentStore(work=work, keys=keys, blobs=blobs)
        self._merging = Merging(work=work, rows=rows, store=store, keys=keys)
        scanner = Scanner()
        self._parsers = parsers_of(workers, scanner)
        self._codec = PlaceholderCodec(BLOCK_BYTES + LINE_BYTES)
        self._committer = Committer(
            work=work,
            rows=rows,
            keys=keys,
            vault=vault,
            ledger=ledger,
            store=store,
            clock=clock,
            rules=scanner.tables.rules,
        )
        # Held by one group from its grant to its outcome: scanner and codec have one buffer each,
        # and marks are read under it that the group before has raised.
        self._one = threading.Lock()

    def push(self, who: Principal, request: PushLines, lines: Iterable[Chunk]) -> LinesPushed:
        """Take lines in, and answer once they are durable.

        Conflict when they do not begin where their source was left; UsageError for a stream, zone,
        origin or name that is none; CannotRecord when the home takes no more, or too much is on
        its way; NotFound for a stream that is not there by its id.
        """
        require_source(request)
        client = self._find_client(who, request.client)
        # Tried before the act is recorded: a typing error is no attempt at the log.
        self._sought(client, request)
        key = _Key(who, client, replace(request, source=None, start=None, position=None))
        with self._gathering.receiving(lines) as data:
            one = Pushed(request=request, data=data)
            self._gathering.join(key, one, len(data), lambda pushes: self._do(who, client, pushes))
        if one.error is not None:
            raise one.error
        return one.answer()

    def _sought(self, client: ClientId, request: PushLines) -> StreamSought:
        try:
            stream = StreamId.parse(request.stream)
        except ValueError:
            sought = self._streams.labelled(client, request.stream)
        else:
            return self._streams.identified(client, stream)
        if sought.row is None:
            origin_of(request.origin)
            zone_of(request.zone or DEFAULT_ZONE)
        return sought

    # --- a group ---------------------------------------------------------------------------

    def _do(self, who: Principal, client: ClientId, pushes: Sequence[Pushed]) -> None:
        """Do a group, and leave in each member what became of it."""
        try:
            self._take(who, client, pushes)
        except Refused as refused:
            for one in pushes:
                one.error = Refused(refused.denial)
        except errors.BaileeError as error:
            left = [one for one in pushes if not one.durable and one.error is None]
            if _may_pass(error) or (_is_of_one(error) and len(pushes) > 1):
                # Another made the stream meanwhile; or lines of one do not come back as they came,
                # or end who parses them, which keeps no other from being taken in.
                for one in left:
                    one.end, one.repeated = None, False
                    self._do(who, client, [one])
                return
            for one in left:
                one.error = copy(error)

    def _take(self, who: Principal, client: ClientId, pushes: Sequence[Pushed]) -> None:
        request = pushes[0].request
        # Anew: an earlier group may have made the stream.
        sought = self._sought(client, request)
        runs = self._merging.due(client, epoch_of(self._clock.now_ms()))
        stream = sought.stream
        scopes = (
            Scope(noun=STREAM, ids=frozenset((stream.raw,))),
            Scope(noun=RUN, ids=frozenset(run.sealed.blob.raw for run in runs)),
        )
        marks = Marks(self._rows, self._keys, client, stream)
        source = PushSource(
            list(pushes), lambda names: self._work.read(lambda tx: marks.read(tx, names)), marks
        )
        with (
            self._monitor.authorize(
                who,
                request,
                client,
                scopes=scopes,
                count=1 + len(runs),
                body={"stream": str(stream)},
                subject={"source": source.address} if source.address else None,
            ) as act,
            self._one,
            self._parsers(client) as parser,
        ):
            merge = self._merging.reach(runs, act.grant)
            intent, zone = self._intent(act.grant, sought, request, source)
            intake = Intake(
                parser=parser,
                codec=self._codec,
                committer=self._committer,
                clock=self._clock,
                zone=zone_of(zone),
                intent=intent,
                # Lines are UTF-8, or bytes that stand for themselves: what one push begins with
                # must not decide how the others are read.
                charset=Charset(),
            )
            taken = intake.run(source, None, 0)
            facts = IngestedFacts(
                stream=stream,
                batches=len(taken.batches),
                repeated=sum(one.repeated for one in pushes),
                lines=taken.lines,
                bytes=coarse(taken.end),
            )
            act.settle(facts)
        for one in pushes:
            one.stream = stream
        if merge is not None:
            merge.run()

    def _intent(
        self, grant: Grant, sought: StreamSought, request: PushLines, source: PushSource
    ) -> tuple[Intent, str]:
        """Say what the batches of a group share, and in which zone its times are read."""
        if sought.row is None:
            row = self._streams.make(grant, sought, request.origin, request.zone)
            label, zone = request.stream, request.zone or DEFAULT_ZONE
        else:
            row = sought.row
            label, zone = self._streams.read(grant, row)
        month = months.received(epoch_of(self._clock.now_ms()), months.Horizons())
        # An address that no other group has: the same lines under another position are other
        # lines, and positions alone tell what was sent before.
        address = source_message(row.client, row.stream, urandom(ID_BYTES).hex())
        intent = Intent(
            grant=grant,
            stream=row,
            label=label,
            address=source.address,
            address_key=self._keys.mac(SOURCE_DOMAIN, address),
            epoch=month.epoch,
            names=month.names,
            keep_secrets=False,
            along=source.along,
        )
        return intent, request.zone or zone


def require_source(request: PushLines) -> None:
    """Read what names a source; UsageError when it does not."""
    name = request.source
    if name is None:
        if request.position is not None or request.start is not None:
            raise errors.UsageError("errors_push.no-source")
        return
    if not 0 < len(name.encode(errors="surrogatepass")) <= PUSH_SOURCE_BYTES:
        raise errors.LimitExceeded("errors_push.source-length", limit=PUSH_SOURCE_BYTES)
    if not name.isprintable():
        raise errors.UsageError("errors_push.source")


def _is_of_one(error: errors.BaileeError) -> bool:
    return isinstance(error, errors.Damaged) or error.reason in PARSING_FAILED


def _may_pass(error: errors.BaileeError) -> bool:
    return isinstance(error, errors.Conflict) and error.reason == "errors_logs.stream-taken"
