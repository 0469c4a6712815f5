"""Help in the language of the person, down to the words that the parser itself says.

The parser writes its own few words in English; they are replaced where help is made, by the
public seam for that.  The lines of a list of commands are shown whole, not cut.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from bailee.text import say

if TYPE_CHECKING:
    from typer import Context

Act = Callable[..., int]

_WORDS = (
    (re.compile(r"^Usage: ", re.MULTILINE), "help.word_usage"),
    (re.compile(r"^Arguments:$", re.MULTILINE), "help.word_arguments"),
    (re.compile(r"^Options:$", re.MULTILINE), "help.word_options"),
    (re.compile(r"^Commands:$", re.MULTILINE), "help.word_commands"),
    (re.compile(r"Show\s+this\s+message\s+and\s+exit\."), "help.word_help"),
    (re.compile(r"\[required\]"), "help.word_required"),
    (re.compile(r"\[default: "), "help.word_default"),
)
_TYPES = re.compile(r" <[a-zA-Z \[\]]+>")


def _translated(text: str) -> str:
    for pattern, message in _WORDS:
        said = say(message).replace("\\", r"\\")
        text = pattern.sub(said, text)
    return _TYPES.sub("", text)


class Command(TyperCommand):
    """One command."""

    def get_help(self, ctx: "Context") -> str:  # type: ignore[override]  # typer's own context
        """Write the help."""
        return _translated(super().get_help(ctx))

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002  # never cut
        """Write the line for a list of commands."""
        return self.help or ""


class Group(TyperGroup):
    """A noun with its commands."""

    def get_help(self, ctx: "Context") -> str:  # type: ignore[override]  # typer's own context
        """Write the help."""
        return _translated(super().get_help(ctx))

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002  # never cut
        """Write the line for a list of nouns."""
        return self.help or ""


def noun(name: str, **more: Any) -> typer.Typer:  # noqa: ANN401  # typer's own options
    """Make the group of a noun; its help is the message `help.<name>_noun`."""
    return typer.Typer(
        cls=Group,
        no_args_is_help=True,
        rich_markup_mode=None,
        help=say(f"help.{name}_noun"),
        **more,
    )


def act(app: typer.Typer, name: str, message: str) -> Callable[[Act], Act]:
    """Add a command to a group; its help is the message `help.<message>`."""
    return app.command(name, cls=Command, help=say(f"help.{message}"))
