"""Commands: the whole command line; each noun's commands are made when they are asked for.

Plain acts are derived from the act table; what is special stands in `SPECIAL`, with its file.
Commands are made after the language is known, for their help is in it.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

import click

import bailee
from bailee.act.table import ACTS, Act
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, Group, command, message_of
from bailee.text import say

SPECIAL: Mapping[str, str] = MappingProxyType(
    {
        "init": "special.init:init",
        "object put": "special.object:put",
        "log scan": "special.log:scan",
        "log ingest": "special.log_ingest:ingest",
        "log push": "pushing:push",
        "log follow": "following:follow",
        "log search": "special.log_search:search",
        "log streams": "special.log_streams:streams",
        "ledger export": "special.ledger:export",
        "key rehearse": "special.key:rehearse",
        "key seal": "special.key:seal",
        "key unseal": "special.key:unseal",
        "backup restore": "special.backup:restore",
        "home upgrade": "special.home:upgrade",
        "doctor": "special.doctor:doctor",
        "verify": "special.verify:verify",
        "promise": "special.promise:promise",
        "serve": "special.serve:serve",
        "login": "login:login",
        "logout": "login:logout",
        "demo": "special.demo:demo",
        "version": "commands:version",
    }
)
"""Commands with a file of their own, by what is typed: what derivation cannot do."""

NOUNS = tuple(
    dict.fromkeys(
        typed.split(" ")[0]
        for typed in (*(act.command for act in ACTS.values()), *SPECIAL)
        if " " in typed
    )
)
"""Groups, in the order of the act table, in which help shows them; then those without an act."""

WITHOUT = frozenset({"log:reveal"})
"""Acts that are no command of their own: `log search --reveal` asks for them."""

_LAST = ("check", "doctor", "verify", "promise", "serve", "login", "logout", "demo", "version")
_PACKAGES = ("cryptography", "cedarpy", "sqlalchemy", "numba")


def commands() -> dict[str, Act | None]:
    """Name every command with its act; without one, it is in `SPECIAL` alone."""
    # Plain ones last: an act that has a special command keeps its place here, with its act.
    plain = {act.command: act for act in ACTS.values() if act.name not in WITHOUT}
    return {**dict.fromkeys(SPECIAL), **plain}


def made(name: str) -> Command:
    """Make a command by what is typed."""
    if name in SPECIAL:
        module, function = SPECIAL[name].split(":")
        # Imported when it is typed: help of all commands must not load what one of them needs.
        make: Callable[[], Command] = getattr(import_module(f"bailee.run.cli.{module}"), function)
        return make()
    from bailee.run.cli import derive  # noqa: PLC0415  # loads what a list of nouns needs not

    act = commands()[name]
    assert act is not None  # what has no act stands in SPECIAL
    return derive.plain(act)


class NounGroup(Group):
    """Noun group: a noun, whose commands are made when one is asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name, help=say(f"help.{name}_noun"), no_args_is_help=True, epilog=say("help.globals")
        )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's own call
        """Name the verbs."""
        return [name.split(" ")[1] for name in commands() if name.startswith(f"{self.name} ")]

    def message(self, name: str) -> str:
        """Name what a verb is for."""
        return message_of(f"{self.name} {name}")

    def get_command(self, ctx: click.Context, cmd_name: str) -> Command | None:
        """Make one, or none when there is no such verb."""
        return made(f"{self.name} {cmd_name}") if cmd_name in self.list_commands(ctx) else None


class Program(Group):
    """Program: everything that can be typed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's own call
        """Name nouns and commands of their own."""
        return ["init", *NOUNS, *_LAST]

    def message(self, name: str) -> str:
        """Name what a noun or a command is for."""
        return f"help.{name}_noun" if name in NOUNS else message_of(name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make a noun or a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return NounGroup(cmd_name) if cmd_name in NOUNS else made(cmd_name)


def application() -> Program:
    """Compose the commands."""
    return Program(
        "bailee", help=say("help.bailee_noun"), epilog=say("help.globals"), no_args_is_help=True
    )


def version() -> Command:
    """Make the command."""
    return command("version", _version)


def _version() -> int:
    """Say which version this is, of what it is made and on what it runs."""
    from importlib.metadata import version as installed  # noqa: PLC0415  # reads mail, for one command

    frame.show_one(
        {
            "bailee": bailee.__version__,
            "python": sys.version.split()[0],
            **{name: installed(name) for name in _PACKAGES},
        }
    )
    return 0
