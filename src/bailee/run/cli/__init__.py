"""Command line: derived from the acts (`derive`), by hand only what is special.

In reading order:

- frame: what all commands share: global options, output, errors, exit codes, progress
- commands: everything that can be typed, made when it is asked for
- derive: from a declaration to options, from an answer to what is shown
- parser, slip: the parser's own words, in the language of the person, and what was typed wrong
- purposes: what may be named with `--purpose`
- option: values that are not typed
- inputs, streams, stopping: sources to read, standard streams, and the interrupt
- pushing: standard input as it comes, and rsyslog's confirmed messages
- following: files read on as they grow
- login: the token that a server elsewhere is shown
- special: commands that do more than ask and show
"""

import os
import sys
from collections.abc import Sequence

import click

from bailee import errors
from bailee.run.cli import frame, purposes, slip, streams
from bailee.run.hardening import harden

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; nothing personal reaches a traceback."""
    streams.settle()  # before any file is opened: it would take the place of a closed one
    harden()  # before anything is read that could be a key
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        # First: every sentence after this is in the language that was asked for, errors of parsing
        # too.
        rest = frame.take_globals(argv)
        _require_words(argv)
        from bailee.run.cli.commands import (  # noqa: PLC0415  # help is in the language just chosen
            application,
        )

        return _flushed(_invoke(application(), rest))
    except errors.BaileeError as error:
        return frame.fail(error)
    # No traceback, ever: it could show a value that was typed.
    except (KeyboardInterrupt, click.Abort):
        frame.tell("cli.interrupted")
        return INTERRUPTED
    # The reader went away: not our failure, and nobody to tell.
    except streams.ReaderGone:
        return 0


def _flushed(code: int) -> int:
    # Now, while it can still be taken: at the end of the process it would be an error of 120.
    sys.stdout.flush()
    lost = errors.BaileeError.exit_code if frame.session.lost else 0
    return code or lost or (errors.CannotRecord.exit_code if frame.session.unrecorded else 0)


def _require_words(argv: Sequence[str]) -> None:
    """Refuse what no argument of a process can be, before a path is made of it."""
    try:
        for word in argv:
            os.fsencode(word)
    except UnicodeEncodeError:
        raise errors.UsageError("errors_cli.not-text") from None


def _invoke(application: click.Command, argv: Sequence[str]) -> int:
    try:
        # Not standalone: click would print its own words and exit, in English and with what was
        # typed.
        code = application.main(args=list(argv), standalone_mode=False, prog_name="bailee")
    except click.exceptions.NoArgsIsHelpError as error:
        frame.line(error.ctx.get_help())
        return errors.UsageError.exit_code
    except click.UsageError as error:
        # The parser's own texts repeat what was typed, which may be personal.
        raise slip.named(error) from None
    except purposes.PurposesAsked as asked:
        return purposes.show(asked)
    return code if isinstance(code, int) else 0
