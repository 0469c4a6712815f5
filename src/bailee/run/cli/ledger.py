"""`bailee ledger`: head, show, key, export, prove."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bailee import errors
from bailee.clock import rfc3339
from bailee.ledger.acts import ExportLedger, ProveEntry, ShowEntries, ShowHead, ShowKey
from bailee.ledger.model import EntryShown
from bailee.run.cli import frame, option, spoken
from bailee.run.private import create, give
from bailee.text import say

app = spoken.noun("ledger")

_COLUMNS = ("index", "time", "act", "actor", "purpose", "result", "reason", "entry")
_OUTCOME = "outcome"
_REFUSAL = "refusal"
_REFUSED = "refused"


@spoken.act(app, "head", "ledger_head")
def head(*, client: option.Client, purpose: option.Purpose = None) -> int:
    """Give the newest signed head; in a table the checkpoint itself, to keep as a file."""
    with frame.opened() as house:
        answer = house.caller.call(ShowHead(client=client, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    if frame.session.output == "table":
        sys.stdout.write(answer.note.decode())
        return 0
    frame.show_one(
        {
            "origin": answer.origin,
            "size": answer.size,
            "root": answer.root.hex(),
            "signed": rfc3339(answer.signed_ms),
            "checkpoint": answer.note.decode(),
        }
    )
    return 0


@spoken.act(app, "key", "ledger_key")
def key(*, client: option.Client, purpose: option.Purpose = None) -> int:
    """Give the verifier key to hand to the client once."""
    with frame.opened() as house:
        answer = house.caller.call(ShowKey(client=client, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    if frame.session.output == "table":
        sys.stdout.write(answer.vkey + "\n")
    else:
        frame.show_one({"vkey": answer.vkey})
    return 0


@spoken.act(app, "show", "ledger_show")
def show(*, client: option.Client, purpose: option.Purpose = None) -> int:
    """Show who did what, when and why."""
    with frame.opened() as house:
        answer = house.caller.call(ShowEntries(client=client, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    records = [_record(shown) for shown in answer.entries]
    if frame.session.output == "table":
        records = _folded(records)
    frame.show(records, columns=_COLUMNS)
    if answer.lost:
        frame.tell("cli.entries_lost", count=answer.lost)
    return 0


def _record(shown: EntryShown) -> dict[str, frame.Cell | frame.Record]:
    body, subject = dict(shown.body), dict(shown.subject or {})
    return {
        "index": shown.index,
        "kind": shown.opening.kind,
        "time": rfc3339(shown.opening.time_ms),
        "act": body.get("act", shown.opening.kind),
        "actor": body.get("actor"),
        "purpose": body.get("purpose"),
        "result": _REFUSED if shown.opening.kind == _REFUSAL else body.get("result"),
        "reason": subject.get("reason"),
        "entry": str(shown.entry),
        "body": body,
        "subject": subject,
    }


def _folded(
    records: Sequence[dict[str, frame.Cell | frame.Record]],
) -> list[dict[str, frame.Cell | frame.Record]]:
    """Show an outcome on the line of its act, as a person reads it."""
    lines = {record["entry"]: dict(record) for record in records}
    for record in records:
        body = record["body"]
        if record["kind"] == _OUTCOME and isinstance(body, dict) and body.get("of") in lines:
            lines[body["of"]]["result"] = record["result"]
            lines.pop(record["entry"])
    return list(lines.values())


@spoken.act(app, "export", "ledger_export")
def export(
    *,
    client: option.Client,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=say("help.ledger_folder"))],
    purpose: option.Purpose = None,
) -> int:
    """Hand the whole log over, to be verified offline."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.Conflict("errors_cli.target-exists")
    with frame.opened() as house:
        sink = _Folder(folder)
        answer = house.caller.call(ExportLedger(client=client, purpose=purpose), sink)
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show_one(
        {
            "origin": answer.origin,
            "size": answer.size,
            "opened": answer.opened,
            "subjects": answer.subjects,
        }
    )
    frame.tell("cli.exported", folder=frame.printable(str(folder)))
    return 0


class _Folder:
    """Where an export goes: new files that only their owner may read."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""
        try:
            with create(self._place(name)) as file:
                file.write(data)
        except OSError:
            raise errors.BaileeError("errors_cli.target-unwritable") from None

    def append(self, name: str, data: bytes) -> None:
        """Add to the end of a file."""
        place = self._place(name)
        try:
            if not place.exists():
                create(place).close()
            with place.open("ab") as file:
                file.write(data)
        except OSError:
            raise errors.BaileeError("errors_cli.target-unwritable") from None

    def _place(self, name: str) -> Path:
        place = self._root.joinpath(*name.split("/"))
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            raise errors.BaileeError("errors_cli.target-unwritable") from None
        return place


@spoken.act(app, "prove", "ledger_prove")
def prove(
    *,
    client: option.Client,
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help=say("help.ledger_entry"))],
    purpose: option.Purpose = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="PATH", help=say("help.object_to"))
    ] = None,
) -> int:
    """Make the receipt of one entry, a tlog-proof file."""
    with frame.opened() as house:
        answer = house.caller.call(ProveEntry(client=client, entry=entry, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    if to is None:
        sys.stdout.write(answer.receipt.decode())
        return 0
    give((answer.receipt,), to)
    return 0
