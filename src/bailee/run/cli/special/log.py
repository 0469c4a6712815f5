"""Scan command: `bailee log scan` stores nothing and needs no home; compiles kernels in time."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from bailee import errors
from bailee.act.show import printable
from bailee.run.cli import frame
from bailee.run.cli.inputs import Inputs
from bailee.run.cli.parser import Command, argument, command, flag, option

if TYPE_CHECKING:
    from bailee.scan import Finds, Scanner


def scan() -> Command:
    """Make the command."""
    params = [
        argument("paths", metavar="PATH|-", help="scan.help_paths", nargs=-1, required=True),
        flag("--summary", help="scan.help_summary"),
        flag("--explain", help="scan.help_explain"),
        option("--own", metavar="FILE", help="scan.help_own", type=Path),
    ]
    return command("log scan", _scan, params)


def _scan(*, paths: tuple[str, ...], summary: bool, explain: bool, own: Path | None) -> int:
    from bailee.run.cli.special import scanned  # noqa: PLC0415  # numpy and kernels load

    if summary and explain:
        raise errors.UsageError("errors_scan.both")
    inputs = Inputs(paths)
    shown = (
        scanned.Summed() if summary else scanned.Explained() if explain else scanned.ScanListing()
    )
    scanner = scanned.prepared(_warming, own)
    progress = frame.Progress(inputs.total_bytes())
    for place, source in inputs.opened():
        chunks = progress.watch(inputs.chunks(place, source))
        for finds in _found(scanner, place.name, chunks, shown.note):
            shown.add(place.name, finds)
    shown.end()
    inputs.end()
    return 0


def prepare() -> None:
    """Compile the kernels when they are not yet."""
    from bailee.run import warming  # noqa: PLC0415  # as above
    from bailee.scan.vm import cache  # noqa: PLC0415  # as above

    if not warming.is_warm():
        if not cache.lasting():
            frame.tell("scan.passing")
        warming.warm(_warming)


def _warming(done: int, kernels: int) -> None:
    """Say that it takes a while, and when it is over; a line a kernel says no more."""
    if done in (1, kernels):
        frame.tell("scan.warming", done=done, all=kernels)


def _found(
    scanner: "Scanner", name: str, chunks: Iterator[bytes], note: Callable[[dict[str, int]], None]
) -> Iterator["Finds"]:
    """Scan one input as a stream, in the encoding of its first bytes; at its end note formats."""
    from bailee.scan.encodings import (  # noqa: PLC0415  # as above
        PROBE_BYTES,
        encoding_of,
        foreign_lines,
    )

    first = next(chunks, b"")
    # The encoding is read off the first bytes, once for the input: its middle has no mark.
    encoding = encoding_of(first[:PROBE_BYTES])
    stream = scanner.stream(encoding, lent=True)
    foreign = 0
    for chunk in chain((first,), chunks, (None,)):
        for finds in stream.close() if chunk is None else stream.feed(chunk):
            raw = finds.text.tobytes() if encoding else finds.text.data
            if encoding:
                raw = bytes(raw).decode().encode(encoding)
            foreign += foreign_lines(raw, wide=bool(encoding))
            yield finds
    note(stream.formats())
    if foreign:
        frame.tell("scan.foreign", name=printable(name), count=foreign)
