"""Private files: new files of ours that only their owner may read, from their first moment."""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from bailee import errors
from bailee.failpoint import durable


def create(path: Path) -> BinaryIO:
    """Open a new file for writing, mode 0600; FileExistsError when the name is taken."""
    # O_EXCL: never through a link that somebody laid there, never over a file that is there. The
    # mode is given with the call, since a change after it would come too late.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def is_taken(target: Path) -> bool:
    """Tell whether a name is taken; BaileeError when nothing can have it."""
    try:
        return target.exists()
    except (OSError, ValueError):  # too long, or below what is no folder
        raise errors.BaileeError("errors_cli.target-unwritable") from None


def put(path: Path, data: bytes, mark: str) -> None:
    """Write a file in the place of the one before, durably; OSError when it cannot be written."""
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        with durable(mark):
            with create(partial) as file:
                file.write(data)
                file.flush()
                # Before it takes the other's place: a crash leaves one of them, and that one whole.
                os.fsync(file.fileno())
            partial.replace(path)
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def give(chunks: Iterable[bytes | memoryview], target: Path) -> None:
    """Write beside the target, then move into place: a file under its name is whole.

    Conflict when the name is taken; BaileeError when it cannot be written.
    """
    if is_taken(target):
        raise errors.Conflict("errors_cli.target-exists")
    partial = target.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        with create(partial) as file:
            file.writelines(chunks)
            file.flush()
            with durable("given.fsync"):
                os.fsync(file.fileno())
        with durable("given.rename"):
            partial.rename(target)
    except OSError:
        raise errors.BaileeError("errors_cli.target-unwritable") from None
    finally:
        with suppress(OSError), durable("given.clear"):
            # After the move nothing is there; after an error what is left would be a copy that
            # nobody looks for.
            partial.unlink(missing_ok=True)
