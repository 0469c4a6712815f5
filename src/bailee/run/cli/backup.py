"""`bailee backup`: create, restore."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bailee import errors
from bailee.backup.acts import CreateBackup, RestoreBackup
from bailee.clock import rfc3339
from bailee.run.cli import frame, option, spoken
from bailee.run.cli.key import SHARES_CHARS, pages
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


@spoken.act(app, "restore", "backup_restore")
def restore(
    *,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help=say("help.backup_file"))],
    new_passphrase: Annotated[
        bool, typer.Option("--new-passphrase", help=say("help.backup_new_passphrase"))
    ] = False,
    purpose: option.Purpose = None,
) -> int:
    """Bring a home back from backups; recovery shares come on standard input."""
    from bailee.monitor.model import Denial  # noqa: PLC0415  # heavy: kept off --help
    from bailee.run.wiring.app import (  # noqa: PLC0415  # as above
        asked_passphrase,
        chosen_passphrase,
        os_principal,
    )
    from bailee.run.wiring.restoring import RestoreOptions  # noqa: PLC0415  # as above
    from bailee.run.wiring.restoring import restore as bring_back  # noqa: PLC0415  # as above

    shares = pages(sys.stdin.read(SHARES_CHARS))
    query = RestoreOptions(
        home=frame.session.home,
        request=RestoreBackup(files=tuple(map(str, files)), purpose=purpose),
        pages=shares,
        phrase=chosen_passphrase() if new_passphrase else asked_passphrase(),
        new_phrase=new_passphrase,
    )
    answer = bring_back(query, os_principal())
    if isinstance(answer, Denial):
        return frame.refuse(answer)
    frame.show_one(
        {
            "home": str(frame.session.home),
            "backup": str(answer.rows.id),
            "generation": answer.rows.generation,
            "objects": answer.objects,
            "missing": answer.missing,
            "lost": answer.mended.lost,
            "forgotten": answer.mended.forgotten,
        }
    )
    return 0
