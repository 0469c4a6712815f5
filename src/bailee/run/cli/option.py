"""Option: values that come from a file or standard input instead of being typed.

What may be personal (a name, a reason) can be given as `@FILE` or `-` instead of being typed:
arguments show in the process list and in the shell's history.
"""

import os
import sys
from pathlib import Path

from bailee import errors
from bailee.adapters.sources.place import text_of
from bailee.encoding import handed
from bailee.text import say

_VALUE_BYTES = 65_536
_NUL = b"\0"
"""Every letter of ASCII has one in UTF-16, and no text has one in UTF-8."""


def value(given: str | None) -> str | None:
    """Return the text that was given, or read it: `@FILE` from a file, `-` from standard input."""
    if given is None or not given.startswith(("@", "-")):
        return given
    try:
        if given == "-":
            # One line: standard input of a command may hold more, such as the bytes of a file.
            text = sys.stdin.readline(_VALUE_BYTES)
        elif given.startswith("@"):
            with Path(given[1:]).open("rb") as file:
                # A blank or line at its end is its editor's, and no part of a name or a reason.
                text = handed(file.read(_VALUE_BYTES)).decode().rstrip()
        else:
            return given
    except (OSError, UnicodeDecodeError):
        raise errors.UsageError("errors_cli.value-unreadable") from None
    return text.removeprefix("\ufeff").rstrip("\r\n")


def text(given: str) -> str:
    """Return what was typed as text; UsageError for bytes that are no UTF-8.

    In a locale of ASCII, letters come as the bytes of UTF-8 that they are.
    """
    if given.isascii():
        return given
    try:
        given.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(given).decode()
        except UnicodeError:
            raise errors.UsageError("errors_cli.not-text") from None
    return given


def named(given: str) -> str:
    """Return the name of a thing as text, with escapes for bytes that are none."""
    try:
        return text(given)
    # A file so called was taken in under these escapes, which are what is shown of it.
    except errors.UsageError:
        return text_of(given)


def about(given: str, option: str = "--about") -> bytes:
    """Read who is asked about, from a file, standard input or the prompt: never an argument."""
    return _handed(given, option, "help.ask_about")


def personal(given: str, option: str) -> str:
    """Read personal text as `about` reads; it must not be empty, and a line feed ends it."""
    try:
        text = _handed(given, option, "help.ask_personal").decode()
    except UnicodeDecodeError:
        raise errors.UsageError("errors_cli.value-unreadable") from None
    if not text.strip():
        raise errors.UsageError("errors_cli.value-empty")
    return text.rstrip("\r\n")


def _handed(given: str, option: str, prompt: str) -> bytes:
    data = _private(given, option, prompt)
    try:
        text = handed(data)
    except UnicodeDecodeError:
        raise errors.UsageError("errors_cli.value-unreadable") from None
    # UTF-16 without its mark: read as UTF-8, its line end would make two lines of one.
    if _NUL in text:
        raise errors.UsageError("errors_cli.value-unreadable")
    return text


def _private(given: str, option: str, prompt: str) -> bytes:
    try:
        if given == "-":
            return _piped(prompt)
        if given.startswith("@"):
            with Path(given[1:]).open("rb") as file:
                return file.read(_VALUE_BYTES)
    except OSError:
        raise errors.UsageError("errors_cli.value-unreadable") from None
    # Refused, though it was already seen by the shell: the next time it is given another way.
    raise errors.UsageError("errors_about.as-argument", option=option)


def _piped(prompt: str) -> bytes:
    """Read to the end, so that what comes after a first line is seen and refused."""
    if not sys.stdin.isatty():
        return sys.stdin.buffer.read(_VALUE_BYTES)
    sys.stderr.write(say(prompt))
    sys.stderr.flush()
    return sys.stdin.buffer.readline(_VALUE_BYTES)


def required(given: str) -> str:
    """Return the text that was given or read; it must not be empty."""
    text = value(given)
    if not text:
        raise errors.UsageError("errors_cli.value-empty")
    return text
