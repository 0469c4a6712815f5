"""Values that come from a file or standard input instead of being typed.

What may be personal (a name, a reason) can be given as `@FILE` or `-` instead of being typed:
arguments show in the process list and in the shell's history.
"""

import sys
from pathlib import Path

from bailee import errors
from bailee.text import say

_VALUE_BYTES = 65_536


def value(given: str | None) -> str | None:
    """Return the text that was given, or read it: `@FILE` from a file, `-` from standard input."""
    if given is None or not given.startswith(("@", "-")):
        return given
    try:
        if given == "-":
            text = sys.stdin.readline(_VALUE_BYTES)
        elif given.startswith("@"):
            with Path(given[1:]).open(encoding="utf-8") as file:
                text = file.read(_VALUE_BYTES)
        else:
            return given
    except (OSError, UnicodeDecodeError):
        raise errors.UsageError("errors_cli.value-unreadable") from None
    return text.rstrip("\r\n")


def about(given: str) -> bytes:
    """Read who is asked about, from a file, standard input or the prompt: never an argument."""
    try:
        if given == "-":
            return _piped()
        if given.startswith("@"):
            with Path(given[1:]).open("rb") as file:
                return file.read(_VALUE_BYTES)
    except OSError:
        raise errors.UsageError("errors_cli.value-unreadable") from None
    raise errors.UsageError("errors_about.as-argument")


def _piped() -> bytes:
    """Read to the end, so that what comes after a first line is seen and refused."""
    if not sys.stdin.isatty():
        return sys.stdin.buffer.read(_VALUE_BYTES)
    sys.stderr.write(say("help.ask_about"))
    sys.stderr.flush()
    return sys.stdin.buffer.readline(_VALUE_BYTES)


def required(given: str) -> str:
    """Return the text that was given or read; it must not be empty."""
    text = value(given)
    if not text:
        raise errors.UsageError("errors_cli.value-empty")
    return text
