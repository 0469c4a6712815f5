"""`bailee log`: the group, and `scan`, which stores nothing and needs no home."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bailee import errors
from bailee.run.cli import frame, spoken
from bailee.run.cli.inputs import Inputs
from bailee.text import say

if TYPE_CHECKING:
    from bailee.scan import Finds, Scanner

app = spoken.noun("log")


@spoken.act(app, "scan", "log_scan")
def scan(
    *,
    paths: Annotated[list[str], typer.Argument(metavar="PATH|-", help=say("scan.help_paths"))],
    summary: Annotated[bool, typer.Option("--summary", help=say("scan.help_summary"))] = False,
    explain: Annotated[bool, typer.Option("--explain", help=say("scan.help_explain"))] = False,
    own: Annotated[
        Path | None, typer.Option("--own", metavar="FILE", help=say("scan.help_own"))
    ] = None,
) -> int:
    """Find identifiers in logs."""
    from bailee.run.cli import scanned  # noqa: PLC0415  # numba loads for a second

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

    if not warming.is_warm():
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
    stream = scanner.stream(encoding_of(first[:PROBE_BYTES]), lent=True)
    yield from stream.feed(first)
    for chunk in chunks:
        yield from stream.feed(chunk)
    yield from stream.close()
    note(stream.formats())
