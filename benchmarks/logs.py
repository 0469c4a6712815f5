"""Searching logs by time and by person, by how many batches a client has.

`nox -s bench -- logs` (or `-- logs --batches 1000` for a glance).

A home is filled below the monitor: rows and keys of batches without contents, spread over 200
streams and 300 days, and runs of the index in which nobody stands.  One batch in the middle of
them is taken in by the real act and found again: by a window of an hour, by the person whose
address it holds, by both; a second person is in no log.  Figures are milliseconds of processor time
an act, system time included, the mean of `--acts` acts in one process.  The yard-stick, in the same
run: the same acts on the least home.
"""

import argparse
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from tests.answers import done
from tests.patience import NovemberClock
from tests.run.homes import make, opened

from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.clients.acts import AddClient
from bailee.clock import epoch_of
from bailee.ids import BatchId, BlobId, ClientId, EntryId, StreamId
from bailee.logs.acts import IngestLog, SearchLog
from bailee.logs.model import BatchRow, PartRow, SealedRow, SegmentPart, StreamRow, part_ref
from bailee.run.wiring.app import App
from bailee.work import Tx

CLIENT, GIVEN = "acme", "client-request"
WHO, NOBODY = b"planted.one@needle.example", b"planted.none@needle.example"
AT_ONCE, STREAMS, DAYS = 2_000, 200, 300
MINUTE_NS = 60 * 10**9
DAY_NS = 1_440 * MINUTE_NS
LENGTH_NS = 20 * MINUTE_NS
"""From the first line of a batch to its last."""
PLANTED = "2026-06-15T12:00:00Z"


class Line:
    """A source of one line."""

    address, lasting = "/benchmark", False

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield it."""
        yield (PLANTED.encode() + b" login of " + WHO + b"\n")[offset:]

    def taken(self, end: int) -> None:
        """Be told."""


def moment_ns(text: str) -> int:
    """Read a moment."""
    return int(datetime.fromisoformat(text).timestamp()) * 10**9


def fill(house: App, client: ClientId, batches: int) -> None:
    """Add batches as rows and keys alone, some thousand in a transaction."""
    now_ms = NovemberClock().now_ms()
    keys, rows, epoch = house.parts.keyring, SqlLogRows(), epoch_of(now_ms)
    start_ns = moment_ns(PLANTED) - DAYS // 2 * DAY_NS
    streams = [StreamId.new() for _ in range(STREAMS)]

    def some(tx: Tx, start: int) -> None:
        for at in range(start, min(start + AT_ONCE, batches)):
            first_ns = start_ns + DAYS * DAY_NS * at // batches
            if abs(first_ns - moment_ns(PLANTED)) < 120 * MINUTE_NS:
                first_ns += 240 * MINUTE_NS  # the planted hour is the real batch's alone
            batch = BatchId.new()
            for part in (SegmentPart.TEXT, SegmentPart.NAMES):
                sealer = keys.sealer(part_ref(client, batch, part, epoch))
                keys.enrol(tx, sealer)
                rows.add_part(tx, PartRow(client=client, batch=batch, part=part, sealed=_blank()))
            rows.add_batch(
                tx,
                BatchRow(
                    client=client,
                    batch=batch,
                    stream=streams[at % STREAMS],
                    source=None,
                    offset=0,
                    length=4_096,
                    lines=10,
                    values=1,
                    epoch=epoch,
                    received_ms=now_ms,
                    first_ns=first_ns,
                    last_ns=first_ns + LENGTH_NS,
                    identity=secrets.token_bytes(32),
                    entry=EntryId.new(),
                    log_index=100 + at,
                    sealed_place=bytes(76),
                    vault_version=1,
                    ended=True,
                    unplaced=0,
                ),
            )

    def open_streams(tx: Tx) -> None:
        for stream in streams:
            row = StreamRow(
                client=client,
                stream=stream,
                label_key=secrets.token_bytes(32),
                sealed_label=bytes(60),
                origin="infrastructure",
            )
            rows.add_stream(tx, row)

    house.parts.work.run(client, open_streams)
    for start in range(0, batches, AT_ONCE):
        house.parts.work.run(client, partial(some, start=start))


def _blank() -> SealedRow:
    return SealedRow(
        blob=BlobId.new(),
        sealed_bytes=156,
        sealed_extent=bytes(36),
        digest=bytes(32),
        commitment=bytes(32),
    )


def measured(acts: int, act: Callable[[], object]) -> float:
    """Return the milliseconds of processor time that an act takes."""
    busy = time.process_time()
    for _ in range(acts):
        act()
    return (time.process_time() - busy) / acts * 1e3


def figures(house: App, acts: int) -> Mapping[str, float]:
    """Measure each act."""
    call, at_ns = house.caller.call, moment_ns(PLANTED)
    hour = {"from_ns": at_ns - 30 * MINUTE_NS, "to_ns": at_ns + 30 * MINUTE_NS}

    def searched(lines: int, **asked: object) -> Callable[[], None]:
        request = SearchLog(client=CLIENT, lines=5, purpose=GIVEN, **asked)  # type: ignore[arg-type]  # its own fields

        def search() -> None:
            assert len([*done(call(request)).lines]) == lines

        return search

    return {
        "hour": measured(acts, searched(1, **hour)),
        "person": measured(acts, searched(1, about=WHO)),
        "both": measured(acts, searched(1, about=WHO, **hour)),
        "nobody": measured(acts, searched(0, about=NOBODY)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batches", type=int, nargs="*", default=[100, 1_000, 10_000])
    parser.add_argument("--acts", type=int, default=20)
    options = parser.parse_args()
    least: Mapping[str, float] = {}
    for count in options.batches:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            make(place)
            with opened(place) as house:
                done(house.caller.call(AddClient(label=CLIENT)))
                request = IngestLog(client=CLIENT, stream="web", origin="infrastructure")
                done(house.caller.send(request, Line()))
                fill(house, house.parts.find_client(house.caller.who, CLIENT), count)
                print(f"{count:,} batches")
                found = figures(house, options.acts)
        least = least or found
        for act, ms in found.items():
            print(f"  {act:10} {ms:8.2f} ms  {ms / least[act]:6.2f} of that with the fewest")


if __name__ == "__main__":
    main()
