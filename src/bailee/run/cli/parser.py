"""Parser: its own words in the language of the person: usage, sections, what is required.

Commands and groups are click's, with their help composed here.  The lines of a list of commands
are shown whole, not cut.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import click

from bailee import errors
from bailee.run.cli import frame
from bailee.run.cli.purposes import require_not_asked
from bailee.run.cli.slip import no_command
from bailee.text import knows, say

_VALUE = re.compile(r"[A-Z]+(-[A-Z]+)*")

Run = Callable[..., int]


class Command(click.Command):
    """Command: one command, its help composed here."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed; UsageError for an option of one value that is given twice."""
        require_not_asked(ctx.command_path.removeprefix("bailee "), args)
        try:
            _, _, order = self.make_parser(ctx).parse_args(args=[*args])
        except click.UsageError as error:
            error.ctx = ctx  # click leaves it open: whose options there are is needed to say more
            raise
        # click takes the last one silently, and of two roles one would be lost.
        for one, count in Counter(order).items():
            if count > 1 and isinstance(one, click.Option) and not (one.multiple or one.is_flag):
                raise errors.UsageError("errors_cli.twice", option=one.opts[-1])
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click has it
        """Run it; UsageError where it needs a home, and a server elsewhere is named."""
        frame.require_here(ctx.command_path.removeprefix("bailee "))
        return super().invoke(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that shows how it is called."""
        _usage(self, ctx, formatter)

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments, each with what it is."""
        arguments = [one for one in self.params if isinstance(one, click.Argument)]
        _section(formatter, "help.word_arguments", [_argument(one, ctx) for one in arguments])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write options, each with what it is."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        _section(formatter, "help.word_options", [_option(one, ctx) for one in options])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Give the option that shows this."""
        return _helps(super().get_help_option(ctx))


class Group(click.Group, ABC):
    """Group: a list of commands, each named by a message; none is made for the list."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that shows how it is called."""
        _usage(self, ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write options and commands."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        _section(formatter, "help.word_options", [_option(one, ctx) for one in options])
        lines = [(name, say(self.message(name))) for name in self.list_commands(ctx)]
        _section(formatter, "help.word_commands", lines)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a word; UsageError that names the nearest when there is none."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise no_command(args[0], self.list_commands(ctx), ctx.command_path)
        return super().resolve_command(ctx, args)

    @abstractmethod
    def message(self, name: str) -> str:
        """Name the message that says what a command is for; the command is not made for it."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Give the option that shows this."""
        return _helps(super().get_help_option(ctx))


def command(name: str, run: Run, params: Sequence[click.Parameter] = ()) -> Command:
    """Make a command; its help is the message `help.<name>`."""
    said, anywhere = say(message_of(name)), say("help.globals")
    verb = name.rpartition(" ")[2]
    return Command(verb, params=list(params), callback=run, help=said, epilog=anywhere)


def message_of(name: str) -> str:
    """Name the message that says what a command is for, by what is typed."""
    return f"help.{name.replace(' ', '_')}"


def option(*names: str, help: str, **more: Any) -> click.Option:  # noqa: A002, ANN401  # click's own words
    """Make an option; its help is a message."""
    return click.Option(list(names), help=say(help), **more)


def flag(*names: str, help: str) -> click.Option:  # noqa: A002  # click's own word
    """Make a flag; its help is a message."""
    return click.Option(list(names), help=say(help), is_flag=True, default=False)


def argument(name: str, *, metavar: str, help: str, **more: Any) -> click.Argument:  # noqa: A002, ANN401  # click's own words
    """Make a positional argument; its help is a message, and dots say that several may be given."""
    shown = f"{metavar}..." if more.get("nargs") == -1 else metavar
    return click.Argument([name], metavar=shown, help=say(help), **more)


def worded(shown: str) -> str:
    """Write the words that stand for values in the language of the person."""
    return _VALUE.sub(lambda found: _word(found[0]), shown)


def _word(value: str) -> str:
    message = f"metavar.{value.lower()}"
    return say(message) if knows(message) else value


def _usage(one: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    pieces = worded(" ".join(one.collect_usage_pieces(ctx)))
    formatter.write_usage(ctx.command_path, pieces, prefix=say("help.word_usage"))


def _section(
    formatter: click.HelpFormatter, message: str, lines: Sequence[tuple[str, str]]
) -> None:
    if lines:
        formatter.write_paragraph()
        formatter.write(f"{say(message)}\n")
        with formatter.indentation():
            formatter.write_dl(lines)


def _argument(one: click.Argument, ctx: click.Context) -> tuple[str, str]:
    required = f"  {say('help.word_required')}" if one.required else ""
    return worded(one.make_metavar(ctx)), f"{one.help}{required}"


def _option(one: click.Option, ctx: click.Context) -> tuple[str, str]:
    shown = ", ".join(one.opts) + ("" if one.is_flag else f" {worded(one.make_metavar(ctx))}")
    extra = f"  {say('help.word_required')}" if one.required else ""
    if not one.is_flag and not one.required and one.show_default:
        extra = f"  {say('help.word_default')}{one.default}]"
    return shown, f"{one.help or ''}{extra}"


def _helps(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = say("help.word_help")
    return option
