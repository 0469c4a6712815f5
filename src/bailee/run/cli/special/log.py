"""Scan command: `bailee log scan` stores nothing and needs no home; compiles kernels in time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bailee import errors
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
        for finds in _found(scanner, progress.watch(inputs.chunks(place, source)), shown.note):
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
    scanner: "Scanner", chunks: Iterator[bytes], note: Callable[[dict[str, int]], None]
) -> Iterator["Finds"]:
    """Scan one input as a stream, in the encoding of its first bytes; at its end note formats."""
    from bailee.scan.encodings import PROBE_BYTES, encoding_of  # noqa: PLC0415  # as above

    first = next(chunks, b"")
    # The encoding is read off the first bytes, once for the input: its middle has no mark.
    stream = scanner.stream(encoding_of(first[:PROBE_BYTES]), lent=True)
    yield from stream.feed(first)
    for chunk in chunks:
        yield from stream.feed(chunk)
    yield from stream.close()
    note(stream.formats())
