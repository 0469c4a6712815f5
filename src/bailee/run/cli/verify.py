"""`bailee verify`: the offline verifier, as it also ships alone; it opens no home."""

import base64
from pathlib import Path
from typing import Annotated

import typer

from bailee import errors
from bailee.proof.run import Misused, report, run
from bailee.proof.shown import ShownLine, ShownPart
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
    """Judge an export or a receipt, of an entry or of a line."""
    try:
        verdict = run(path, key=key, since=since, keys=keys)
    except Misused as slip:
        raise errors.UsageError(f"errors_cli.verify-{slip.reason}", **slip.facts) from None
    if frame.session.output == "table":
        for line in report(verdict, say):
            typer.echo(line)
    else:
        record: dict[str, frame.Cell | frame.Record | list[str]] = {
            "verdict": verdict.outcome.name.lower(),
            "steps": [say(step.id, **step.facts) for step in verdict.steps],
        }
        if verdict.line is not None:
            record["line"] = _line(verdict.line)
        frame.show_one(record)
    return verdict.outcome.value


def _line(line: ShownLine) -> frame.Record:
    """Give a line as structure: no text of it can pass for a value, or a value for its text."""
    return {
        "batch": line.batch,
        "number": line.number,
        "encoding": line.encoding,
        "received": line.received,
        "time": line.event,
        "parts": [_part(part) for part in line.parts],
    }


def _part(part: ShownPart) -> frame.Record:
    named: dict[str, frame.Cell] = {"kind": part.kind, "ordinal": part.ordinal} if part.kind else {}
    if part.raw is None:
        return {**named, "closed": True}
    try:
        return {**named, "text": part.raw.decode()}
    except UnicodeDecodeError:
        return {**named, "base64": base64.b64encode(part.raw).decode()}
