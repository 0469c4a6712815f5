"""Streams: finds the stream that lines go to, makes a new one, and opens what one is called."""

from dataclasses import dataclass
from typing import final

from bailee import errors
from bailee.clock import Clock
from bailee.grant import Grant
from bailee.ids import ClientId, StreamId
from bailee.ledger.model import EntryDraft
from bailee.ledger.vocabulary import STREAM_OPEN
from bailee.logs.ingest.asking import DEFAULT_ZONE, origin_of, zone_of
from bailee.logs.model import (
    STREAM_DOMAIN,
    Origin,
    StreamFacts,
    StreamRow,
    check_label,
    read_stream_label,
    stream_aad,
    stream_label,
    stream_message,
    stream_ref,
)
from bailee.logs.port import LogKeys, LogRows, Recorder
from bailee.work import Tx, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSought:
    """Stream sought: its id, which a new one has before it is made; its row, where there is one."""

    stream: StreamId
    label: str | None
    row: StreamRow | None


@final
class Streams:
    """Streams: the streams of all clients, while lines are taken in."""

    def __init__(
        self, *, work: Work, rows: LogRows, keys: LogKeys, ledger: Recorder, clock: Clock
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._ledger = ledger
        self._clock = clock

    def labelled(self, client: ClientId, label: str) -> StreamSought:
        """Find a stream by its label; UsageError for a label that is none."""
        check_label(label)
        label_key = self._keys.mac(STREAM_DOMAIN, stream_message(client, label))
        row = self._work.read(lambda tx: self._rows.stream(tx, client, label_key))
        # The id of a new stream is drawn before the act is recorded, so that the entry names it; a
        # crash before its row leaves an id that names nothing.
        stream = StreamId.new() if row is None else row.stream
        return StreamSought(stream=stream, label=label, row=row)

    def identified(self, client: ClientId, stream: StreamId) -> StreamSought:
        """Find a stream by its id; NotFound when the client has none of it."""
        rows = self._work.read(lambda tx: self._rows.streams(tx, client))
        row = next((one for one in rows if one.stream == stream), None)
        if row is None:
            raise errors.NotFound("errors_logs.no-stream")
        return StreamSought(stream=stream, label=None, row=row)

    def make(
        self, grant: Grant, sought: StreamSought, origin: str | None, zone: str | None
    ) -> StreamRow:
        """Make a stream that was sought and is not there; Conflict when it is there by now."""
        assert sought.label is not None
        zone_of(zone or DEFAULT_ZONE)
        client, stream = grant.client, sought.stream
        sealer = self._keys.sealer(stream_ref(client, stream))
        label = stream_label(sought.label, zone or DEFAULT_ZONE)
        row = StreamRow(
            client=client,
            stream=stream,
            label_key=self._keys.mac(STREAM_DOMAIN, stream_message(client, sought.label)),
            sealed_label=sealer.seal_row(stream_aad(client, stream), label),
            origin=origin_of(origin),
        )

        def keep(tx: Tx) -> None:
            # Key and row in one transaction: a crash before it leaves neither, after it both. The
            # stream exists before its first batch, so an ingest that then fails leaves an empty
            # stream, and the next ingest finds it by its label.
            self._keys.enrol(tx, sealer)
            self._rows.add_stream(tx, row)
            # Whose log it is decides who answers for it: a row that says otherwise is found by it.
            self._ledger.append(tx, client, self._opened(grant, row))

        self._work.run(client, keep)
        return row

    def _opened(self, grant: Grant, row: StreamRow) -> EntryDraft:
        facts = StreamFacts(of=grant.entry, stream=row.stream, origin=Origin(row.origin))
        return EntryDraft(kind=STREAM_OPEN, body=facts.facts(), t_ms=self._clock.now_ms())

    def read(self, grant: Grant, row: StreamRow) -> tuple[str, str]:
        """Open the label and the zone of a stream, which counts as an opening of the grant."""
        opener = self._work.read(
            lambda tx: self._keys.opener(tx, stream_ref(row.client, row.stream), grant)
        )
        aad = stream_aad(row.client, row.stream)
        label, zone = read_stream_label(opener.open_row(aad, row.sealed_label))
        return label, zone
