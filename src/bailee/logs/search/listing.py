"""Listing: which streams there are, and how much of what came in: counts, and never a value.

Totals stand in rows.  Counts by day and kind are sealed with the text of each batch, so listing
them opens: it is granted for the streams and batches that there are, a slice of them at a time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

from bailee.act import Principal
from bailee.grant import Grant, Scope
from bailee.ids import ClientId, StreamId
from bailee.keyring.held import opener_of_held
from bailee.keyring.port import Opening
from bailee.logs.acts import ListStreams, StreamListed, StreamsFacts
from bailee.logs.ingest import counts
from bailee.logs.model import (
    STREAM,
    BatchRow,
    PartRow,
    SegmentPart,
    StreamRow,
    part_ref,
    read_stream_label,
    stream_aad,
    stream_ref,
)
from bailee.logs.port import LogRows
from bailee.logs.store.segments import SegmentStore
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.work import Tx, Work

SLICE_BATCHES = 5_000
"""Opened under one grant: a grant lasts for seconds."""

_SCOPES = (Scope(noun=STREAM), Scope(noun=str(SegmentPart.TEXT)))

Held = tuple[BatchRow, PartRow | None]


@dataclass(kw_only=True)
class _Sum:
    """Sum: what was added up of one stream; times in nanoseconds since 1970."""

    batches: int = 0
    lines: int = 0
    size_bytes: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    ended: int = 0
    cells: counts.Cells = field(default_factory=Counter)

    def add(self, row: BatchRow, about: bytes | None) -> None:
        """Add a batch, and its counts unless they have ended."""
        self.batches += 1
        self.lines += row.lines
        self.size_bytes += row.length
        self.first_ns = row.first_ns if self.first_ns is None else min(self.first_ns, row.first_ns)
        self.last_ns = row.last_ns if self.last_ns is None else max(self.last_ns, row.last_ns)
        if about is None:
            self.ended += 1
        else:
            self.cells.update(counts.read(about))


@final
class Listing:
    """Listing: the act of listing streams."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        store: SegmentStore,
        keys: Opening,
        monitor: Monitor,
        find_client: ClientFinder,
    ) -> None:
        self._work = work
        self._rows = rows
        self._store = store
        self._keys = keys
        self._monitor = monitor
        self._find_client = find_client

    def streams(self, who: Principal, request: ListStreams) -> tuple[StreamListed, ...]:
        """List the streams of a client, by name."""
        client = self._find_client(who, request.client)
        # Before the decision: the grant has to say how much it opens. Ids and counts, none of it
        # shown.
        streams, held = self._work.read(lambda tx: self._there(tx, client))
        sums = {stream.stream: _Sum() for stream in streams}
        labels: dict[StreamId, tuple[str, str]] = {}
        # A grant and an entry for each slice. Without batches there is one slice all the same: the
        # names of streams are opened, so the act is recorded.
        for at in range(0, max(len(held), 1), SLICE_BATCHES):
            some = held[at : at + SLICE_BATCHES]
            with self._monitor.authorize(
                who, request, client, scopes=_SCOPES, count=len(streams) + len(some)
            ) as act:
                # Opened once, with the first slice.
                labels = labels or self._labels(streams, act.grant)
                self._add(some, act.grant, sums)
                act.facts |= StreamsFacts(streams=len(streams), batches=len(some)).facts()
        listed = (_listed(stream, labels[stream.stream], sums[stream.stream]) for stream in streams)
        return tuple(sorted(listed, key=lambda one: one.label))

    def _there(self, tx: Tx, client: ClientId) -> tuple[Sequence[StreamRow], Sequence[Held]]:
        self._rows.require_whole(tx, client)
        self._rows.require_parts(tx, client)
        batches = self._rows.batches(tx, client)
        texts = self._rows.texts(tx, client)
        return self._rows.streams(tx, client), [(row, texts.get(row.batch)) for row in batches]

    def _labels(
        self, streams: Sequence[StreamRow], grant: Grant
    ) -> dict[StreamId, tuple[str, str]]:
        def fn(tx: Tx) -> dict[StreamId, tuple[str, str]]:
            return {row.stream: self._label(tx, row, grant) for row in streams}

        return self._work.read(fn)

    def _label(self, tx: Tx, row: StreamRow, grant: Grant) -> tuple[str, str]:
        opener = opener_of_held(self._keys, tx, stream_ref(row.client, row.stream), grant)
        aad = stream_aad(row.client, row.stream)
        return read_stream_label(opener.open_row(aad, row.sealed_label))

    def _add(self, held: Sequence[Held], grant: Grant, sums: Mapping[StreamId, _Sum]) -> None:
        there = [(row, part) for row, part in held if part is not None]
        wanted = [
            (part_ref(row.client, row.batch, SegmentPart.TEXT, row.epoch), part.sealed)
            for row, part in there
        ]
        found = {
            row.batch: about
            for (row, _), about in zip(there, self._store.abouts(wanted, grant), strict=True)
        }
        for row, _ in held:
            # A batch whose text has ended still counts in the totals, which stand in rows.
            sums[row.stream].add(row, found.get(row.batch))


def _listed(stream: StreamRow, label: tuple[str, str], added: _Sum) -> StreamListed:
    return StreamListed(
        stream=stream.stream,
        label=label[0],
        origin=stream.origin,
        zone=label[1],
        batches=added.batches,
        lines=added.lines,
        size_bytes=added.size_bytes,
        first_ns=added.first_ns,
        last_ns=added.last_ns,
        days=counts.by_day(added.cells),
        ended=added.ended,
    )
