"""`bailee log export`: received bytes given back, for a purpose."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bailee.adapters.sources.place import SourcePlace
from bailee.logs.acts import ExportLog
from bailee.run.cli import frame, option, spoken
from bailee.run.cli.log import app, prepare
from bailee.run.private import give
from bailee.text import say


@spoken.act(app, "export", "log_export")
def export(
    *,
    client: option.Client,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="BATCH", help=say("ingest.help_batch"))
    ] = None,
    stream: Annotated[
        str | None, typer.Option("--stream", metavar="NAME", help=say("ingest.help_of_stream"))
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="PATH", help=say("ingest.help_source"))
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="PATH", help=say("help.object_to"))
    ] = None,
    purpose: option.Purpose = None,
    reason: option.Reason = None,
) -> int:
    """Give logs back as they were received."""
    request = ExportLog(
        client=client,
        batch=batch,
        stream=stream,
        # As it was named when it was taken in: it need not lie there any more.
        source=None if source is None else SourcePlace(path=source).address,
        purpose=purpose,
        reason=option.value(reason),
    )
    prepare()
    with frame.opened() as house:
        answer = house.caller.call(request)
        if isinstance(answer, house.denial):
            return frame.refuse(answer)
        chunks = frame.Progress(answer.size_bytes).watch(answer.chunks)
        if to is None:
            sys.stdout.buffer.writelines(chunks)
            sys.stdout.buffer.flush()
        else:
            give(chunks, to)
    return 0
