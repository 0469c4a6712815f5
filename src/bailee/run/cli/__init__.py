"""The command line: one file per noun, each a request and the showing of its result."""

import os
import sys
from collections.abc import Sequence
from typing import cast

import typer

from bailee import errors
from bailee.run.cli import frame

INTERRUPTED = 130
_MISUSE = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""The parser's usage error; typer keeps the class itself private."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; nothing personal reaches a traceback."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        rest = frame.take_globals(argv)
        from bailee.run.cli.commands import (  # noqa: PLC0415  # help is in the language just chosen
            application,
        )

        return _invoke(application(), rest)
    except errors.BaileeError as error:
        return frame.fail(error)
    except (KeyboardInterrupt, typer.Abort):
        frame.tell("cli.interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader went away: not our failure, and nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _invoke(application: typer.Typer, argv: Sequence[str]) -> int:
    try:
        code = application(args=list(argv), standalone_mode=False, prog_name="bailee")
    except typer.Exit as leaving:
        return leaving.exit_code
    except _MISUSE as error:
        # The parser's own texts repeat what was typed, which may be personal: only the option's
        # name is said.
        parameter = getattr(error, "param", None)
        named = parameter.opts[-1] if parameter is not None else ""
        option = f": {named}" if named else ""
        raise errors.UsageError("errors_cli.usage", option=option) from None
    return code if isinstance(code, int) else 0
