"""Init command: `bailee init` makes a home and prints the recovery kit, once."""

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bailee import errors
from bailee.act.show import Record, printable
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command, option
from bailee.run.cli.streams import ReaderGone

if TYPE_CHECKING:
    from bailee.run.wiring.init import Founded


def init() -> Command:
    """Make the command."""
    params = [
        option("--provider", metavar="DOMAIN", help="help.init_provider"),
        option("--custodian", metavar="DIR", help="help.init_custodian", type=Path, multiple=True),
        option("--backup", metavar="DIR", help="help.init_backup", type=Path, multiple=True),
        option(
            "--shares", metavar="N", help="help.init_shares", type=int, default=3, show_default=True
        ),
        option(
            "--threshold",
            metavar="T",
            help="help.init_threshold",
            type=int,
            default=2,
            show_default=True,
        ),
    ]
    return command("init", _init, params)


def _number(default: int) -> dict[str, Any]:
    return {"type": int, "default": default, "show_default": True}


def _init(
    *,
    provider: str | None,
    custodian: tuple[Path, ...],
    backup: tuple[Path, ...],
    shares: int,
    threshold: int,
) -> int:
    from bailee.run.wiring.app import chosen_passphrase  # noqa: PLC0415  # as above
    from bailee.run.wiring.init import InitOptions, found  # noqa: PLC0415  # heavy: kept off --help

    options = InitOptions(
        home=frame.session.home,
        domain=(provider or socket.getfqdn()).lower(),
        custodians=custodian or None,
        backups=backup or None,
        shares=shares,
        threshold=threshold,
    )
    found(options, chosen_passphrase(), hand_out=_hand_out)
    frame.tell("cli.kit", threshold=threshold, shares=shares)
    return 0


def _hand_out(founded: "Founded") -> None:
    """Show the kit before the home is there: nothing shows it again, so one without it is none."""
    record: Record = {
        "home": str(founded.home),
        "install": str(founded.install),
        "custodians": [str(place) for place in founded.custodians],
        "backups": [str(place) for place in founded.backups],
        "vkey": founded.vkey,
    }
    try:
        if frame.session.output == "table":
            frame.show_one(record, home="home_folder")
            sys.stdout.write("".join(f"\n{page}" for page in founded.pages))
        else:
            frame.show_one({**record, "kit": list(founded.pages)})
        sys.stdout.flush()
    # Who stopped reading has no whole kit: elsewhere no failure, here it is one.
    except ReaderGone:
        raise errors.BaileeError("errors_cli.output-lost") from None
    # Said, not refused: a test home has one disk. What it costs is in each sentence.
    for one in founded.shared:
        frame.tell(one.cost, one=printable(one.one), other=printable(one.other))
