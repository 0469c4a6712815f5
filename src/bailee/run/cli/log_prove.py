"""`bailee log prove`: the receipt of one line, with chosen values opened; anyone can check it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bailee.logs.acts import ProveLog
from bailee.run.cli import frame, option, spoken
from bailee.run.cli.log import app
from bailee.run.private import give
from bailee.text import say


@spoken.act(app, "prove", "log_prove")
def prove(
    *,
    client: option.Client,
    batch: Annotated[str, typer.Option("--batch", metavar="BATCH", help=say("prove.help_batch"))],
    line: Annotated[int, typer.Option("--line", metavar="N", help=say("prove.help_line"))],
    tokens: Annotated[
        list[str] | None,
        typer.Option("--open", metavar="TOKEN", help=say("prove.help_open")),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="PATH", help=say("help.object_to"))
    ] = None,
    purpose: option.Purpose = None,
    reason: option.Reason = None,
) -> int:
    """Make the receipt of one line."""
    request = ProveLog(
        client=client,
        batch=batch,
        line=line,
        open=tuple(tokens or ()),
        purpose=purpose,
        reason=option.value(reason),
    )
    with frame.opened() as house:
        answer = house.caller.call(request)
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    if to is None:
        sys.stdout.write(answer.receipt.decode())
    else:
        give((answer.receipt,), to)
    return 0
