"""Passphrase: read from a descriptor, a command, a credential or a prompt, never a plain value.

Arguments show in the process list and environment values reach every child, so neither is taken:
`BAILEE_PASSPHRASE_FD` is a number, `BAILEE_PASSPHRASE_COMMAND` a program that prints it, and
`CREDENTIALS_DIRECTORY` a folder that systemd made for one service (systemd.exec(5)).
"""

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from bailee import errors
from bailee.limits import PASSPHRASE_BYTES, PASSPHRASE_CHARS_MIN
from bailee.secret import Secret

FD = "BAILEE_PASSPHRASE_FD"
COMMAND = "BAILEE_PASSPHRASE_COMMAND"
PLAIN = "BAILEE_PASSPHRASE"
CREDENTIALS = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "passphrase"
"""The name of its file there: `LoadCredential=passphrase:…`."""
COMMAND_SECONDS = 60
"""How long the command may take: it may ask a person, who need not come."""

Ask = Callable[[str], str]
"""Shows a message id's sentence and returns what is typed, unseen; `getpass` behind it."""


def passphrase(environment: Mapping[str, str], ask: Ask | None = None) -> Secret[str]:
    """Take the passphrase from the one place that is set; Sealed when there is none."""
    fd, command = environment.get(FD), environment.get(COMMAND)
    # Refused rather than passed over: who set it believes that it is used, and it has leaked
    # already.
    if environment.get(PLAIN) is not None:
        raise errors.UsageError("errors_kms.passphrase-plain")
    if fd is not None and command is not None:
        raise errors.UsageError("errors_kms.passphrase-twice")
    if fd is not None:
        return _given(_from_descriptor(fd))
    if command is not None:
        return _given(_from_command(command))
    # After these two: a unit has the credential for all its commands, and one of them may be told
    # to take another.
    credential = _credential(environment)
    if credential is not None:
        return _given(credential)
    if ask is None:
        raise errors.Sealed("errors_kms.no-passphrase")
    return _typed(ask("keys.ask-passphrase"))


def new_passphrase(environment: Mapping[str, str], ask: Ask | None = None) -> Secret[str]:
    """Take a new passphrase: long enough and, when it is typed, twice the same."""
    chosen = passphrase(environment, ask)
    if len(chosen.reveal()) < PASSPHRASE_CHARS_MIN:
        raise errors.UsageError("errors_kms.passphrase-short", chars=PASSPHRASE_CHARS_MIN)
    typed = all(environment.get(one) is None for one in (FD, COMMAND, CREDENTIALS))
    if typed and ask is not None and ask("keys.ask-passphrase-again") != chosen.reveal():
        raise errors.UsageError("errors_kms.passphrase-differs")
    return chosen


def _from_descriptor(text: str) -> bytes:
    try:
        number = int(text)
        with os.fdopen(number, "rb") as stream:
            # One more than allowed, so that a longer one is refused and not cut.
            return stream.read(PASSPHRASE_BYTES + 1)
    except (ValueError, OSError):
        raise errors.UsageError("errors_kms.passphrase-fd") from None


def _credential(environment: Mapping[str, str]) -> bytes | None:
    folder = environment.get(CREDENTIALS)
    if not folder:
        return None
    try:
        with (Path(folder) / CREDENTIAL).open("rb") as stream:
            return stream.read(PASSPHRASE_BYTES + 1)
    except FileNotFoundError:  # a service with other credentials, and none of ours
        return None
    except OSError:
        raise errors.Sealed("errors_kms.passphrase-credential") from None


def _from_command(text: str) -> bytes:
    try:
        words = shlex.split(text)
        # Split here and started without a shell: only what the operator wrote is run.
        done = subprocess.run(  # noqa: S603  # the operator's own command
            words, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=True
        )
    except (ValueError, IndexError, OSError, subprocess.SubprocessError):
        raise errors.Sealed("errors_kms.passphrase-command") from None
    return done.stdout


def _given(data: bytes) -> Secret[str]:
    if len(data) > PASSPHRASE_BYTES:
        raise errors.LimitExceeded("errors_kms.passphrase-long", bytes=PASSPHRASE_BYTES)
    try:
        # The mark is an editor's, who shows none: typed, the same passphrase would not open.
        return _typed(data.decode("utf-8-sig").removesuffix("\n").removesuffix("\r"))
    except UnicodeDecodeError:
        raise errors.UsageError("errors_kms.passphrase-text") from None


def _typed(text: str) -> Secret[str]:
    if not text:
        raise errors.Sealed("errors_kms.no-passphrase")
    return Secret(text)
