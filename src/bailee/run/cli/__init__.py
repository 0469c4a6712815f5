"""The command line: one file per noun, each a request and the showing of its result."""

import os
import sys
from collections.abc import Sequence

import click
import typer

from bailee import errors
from bailee.run.cli import frame

INTERRUPTED = 130
USAGE = 2


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; nothing personal reaches a traceback."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        rest = frame.take_globals(argv)
        from bailee.run.cli.commands import application  # noqa: PLC0415  # help is in the language just chosen

        return _invoke(application(), rest)
    except errors.BaileeError as error:
        return frame.fail(error)
    except KeyboardInterrupt:
        frame.tell("cli.interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader went away: not our failure, and nothing to say it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _invoke(application: typer.Typer, argv: Sequence[str]) -> int:
    try:
        code = application(args=list(argv), standalone_mode=False, prog_name="bailee")
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.UsageError as error:
        # click's own texts may repeat the argument, which may be personal: only its kind is said
        slug = type(error).__name__
        param = getattr(error, "param", None)
        name = param.opts[-1] if param is not None else ""
        option = getattr(error, "option_name", "") or name
        return frame.fail(errors.UsageError(f"errors_cli.{slug}", option=option))
    except click.Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0
