"""`bailee backup`: create, restore."""

from typing import Annotated

import typer

from bailee import errors
from bailee.backup.acts import CreateBackup
from bailee.clock import rfc3339
from bailee.run.cli import frame, option, spoken
from bailee.text import say

app = spoken.noun("backup")


@spoken.act(app, "create", "backup_create")
def create(
    *,
    rows: Annotated[bool, typer.Option("--rows", help=say("help.backup_rows"))] = False,
    purpose: option.Purpose = None,
) -> int:
    """Write a sealed backup to each destination, and read it back."""
    with frame.opened() as house:
        answer = house.caller.call(CreateBackup(rows_only=rows, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    written = answer.written
    frame.show_one(
        {
            "backup": str(written.about.id),
            "kind": str(written.about.kind),
            "generation": written.about.generation,
            "made": rfc3339(written.about.made_ms),
            "size": written.size_bytes,
            "sha256": written.digest.hex(),
            "places": list(written.places),
        }
    )
    if written.missed:
        raise errors.PartlyDone("errors_backup.missed", missed=len(written.missed))
    return 0
