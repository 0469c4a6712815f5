"""`bailee verify`: the offline verifier, as it also ships alone; it opens no home."""

from pathlib import Path
from typing import Annotated

import typer

from bailee import errors
from bailee.proof.run import Misused, report, run
from bailee.run.cli import frame
from bailee.text import say


def verify(
    *,
    path: Annotated[Path, typer.Argument(metavar="PATH", help=say("help.verify_path"))],
    key: Annotated[
        str | None, typer.Option("--key", metavar="VKEY", help=say("help.verify_key"))
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help=say("help.verify_keys"))
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="CHECKPOINT", help=say("help.verify_since")),
    ] = None,
) -> int:
    """Judge an export or a receipt."""
    try:
        verdict = run(path, key=key, since=since, keys=keys)
    except Misused as slip:
        raise errors.UsageError(f"errors_cli.verify-{slip.reason}", **slip.facts) from None
    if frame.session.output == "table":
        for line in report(verdict, say):
            typer.echo(line)
    else:
        frame.show_one(
            {
                "verdict": verdict.outcome.name.lower(),
                "steps": [say(step.id, **step.facts) for step in verdict.steps],
            }
        )
    return verdict.outcome.value
