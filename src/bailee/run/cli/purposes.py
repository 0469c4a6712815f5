"""Purposes: what `--purpose help` shows: for which purposes who asks may do the act.

It opens nothing that is sealed and asks for no act, so nothing is recorded.
"""

from collections.abc import Sequence

from bailee.act import ACTS
from bailee.run.cli import frame

HELP = "help"
_OPTION, _CLIENT = "--purpose", "--client"


class PurposesAsked(Exception):
    """Purposes asked: raised by a command that was typed with `--purpose help`."""

    def __init__(self, command: str, client: str | None) -> None:
        super().__init__(command)
        self.command = command
        self.client = client


def require_not_asked(command: str, args: Sequence[str]) -> None:
    """Raise PurposesAsked when the words of a command ask for its purposes."""
    # Before the parser: who asks for what may be named need not have named everything else.
    if _value(args, _OPTION) == HELP and any(act.command == command for act in ACTS.values()):
        raise PurposesAsked(command, _value(args, _CLIENT))


def _value(args: Sequence[str], option: str) -> str | None:
    for place, word in enumerate(args):
        if word == "--":
            return None
        name, equals, value = word.partition("=")
        if name == option:
            return value if equals else next(iter(args[place + 1 :]), None)
    return None


def show(asked: PurposesAsked) -> int:
    """Show them, for the client that was named, or else for where who asks is at home."""
    act = next(one for one in ACTS.values() if one.command == asked.command)
    with frame.opened() as app:
        allowed = app.purposes(act.name, asked.client)
    frame.show(({"purpose": str(one)} for one in allowed), columns=("purpose",))
    if not allowed:
        frame.tell("cli.purpose_none")
    elif act.implied in allowed:
        frame.tell("cli.purpose_implied", purpose=str(act.implied))
    return 0
