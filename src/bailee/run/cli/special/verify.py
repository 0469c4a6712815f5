"""Verify command: `bailee verify` is the offline verifier, as it also ships alone."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from bailee import errors
from bailee.act.show import Record
from bailee.encoding import handed
from bailee.proof.run import Misused, report, run
from bailee.proof.shown import ShownLine, ShownPart
from bailee.proof.verdict import Outcome
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, argument, command, option

if TYPE_CHECKING:
    from bailee.act.show import Cell
from bailee.text import say

_AROUND = " \t\r\n\ufeff\u00a0\"'“”\u2018\u2019«»<>"
"""What is pasted around a key: blanks, quotes, brackets; none of them can begin or end one."""


def verify() -> Command:
    """Make the command."""
    params = [
        argument("path", metavar="PATH", help="help.verify_path", type=Path),
        option("--key", metavar="VKEY", help="help.verify_key"),
        option("--keys", metavar="FILE", help="help.verify_keys", type=Path),
        option("--since", metavar="CHECKPOINT", help="help.verify_since", type=Path),
    ]
    return command("verify", _verify, params)


def _verify(*, path: Path, key: str | None, keys: Path | None, since: Path | None) -> int:
    edited = any(_is_edited(one) for one in (path, since, keys) if one is not None)
    try:
        verdict = run(path, key=key and key.strip(_AROUND), since=since, keys=keys)
    # The verifier ships without our errors: its own are translated here.
    except Misused as slip:
        if edited:
            frame.tell("cli.edited")
        raise errors.UsageError(f"errors_cli.verify-{slip.reason}", **slip.facts) from None
    if frame.session.output == "table":
        for line in report(verdict, say):
            frame.line(line)
    else:
        record: dict[str, Cell | Record | list[str]] = {
            "verdict": verdict.outcome.name.lower(),
            "steps": [say(step.id, **step.facts) for step in verdict.steps],
        }
        if verdict.line is not None:
            record["line"] = _line(verdict.line)
        frame.show_one(record)
    # By the format such a file does not verify; that alone accuses nobody, and it can be mended.
    if edited and verdict.outcome is not Outcome.VERIFIED:
        frame.tell("cli.edited")
    return verdict.outcome.value


def _is_edited(path: Path) -> bool:
    """Tell whether an editor or a mail has saved a file in its own way."""
    try:
        data = path.read_bytes() if path.is_file() else b""
        return handed(data) != data
    except UnicodeDecodeError:
        return True
    except OSError:  # the verifier says what it is
        return False


def _line(line: ShownLine) -> Record:
    """Give a line as structure: no text of it can pass for a value, or a value for its text."""
    return {
        "batch": line.batch,
        "number": line.number,
        "encoding": line.encoding,
        "received": line.received,
        "time": line.event,
        "parts": [_part(part) for part in line.parts],
    }


def _part(part: ShownPart) -> Record:
    named: dict[str, Cell] = {"kind": part.kind, "ordinal": part.ordinal} if part.kind else {}
    if part.raw is None:
        return {**named, "closed": True}
    try:
        return {**named, "text": part.raw.decode()}
    except UnicodeDecodeError:
        return {**named, "base64": base64.b64encode(part.raw).decode()}
