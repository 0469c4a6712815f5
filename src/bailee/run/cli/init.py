"""`bailee init`: makes a home and prints the recovery kit, once."""

import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from bailee.run.cli import frame
from bailee.text import say


def init(
    *,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="DOMAIN", help=say("help.init_provider"))
    ] = None,
    custodian: Annotated[
        list[Path] | None,
        typer.Option("--custodian", metavar="DIR", help=say("help.init_custodian")),
    ] = None,
    backup: Annotated[
        list[Path] | None, typer.Option("--backup", metavar="DIR", help=say("help.init_backup"))
    ] = None,
    shares: Annotated[int, typer.Option("--shares", metavar="N", help=say("help.init_shares"))] = 3,
    threshold: Annotated[
        int, typer.Option("--threshold", metavar="T", help=say("help.init_threshold"))
    ] = 2,
) -> int:
    """Make a home."""
    from bailee.run.wiring.app import chosen_passphrase  # noqa: PLC0415  # as above
    from bailee.run.wiring.init import InitOptions, found  # noqa: PLC0415  # heavy: kept off --help

    query = InitOptions(
        home=frame.session.home,
        domain=(provider or socket.getfqdn()).lower(),
        custodians=custodian or None,
        backups=backup or None,
        shares=shares,
        threshold=threshold,
    )
    founded = found(query, chosen_passphrase())
    for one in founded.shared:
        frame.tell(one.cost, one=frame.printable(one.one), other=frame.printable(one.other))
    record: frame.Record = {
        "home": str(founded.home),
        "install": str(founded.install),
        "custodians": [str(place) for place in founded.custodians],
        "backups": [str(place) for place in founded.backups],
        "vkey": founded.vkey,
    }
    if frame.session.output == "table":
        frame.show_one(record)
        sys.stdout.write("".join(f"\n{page}" for page in founded.pages))
    else:
        frame.show_one({**record, "kit": list(founded.pages)})
    frame.tell("cli.kit", threshold=threshold, shares=shares)
    return 0
