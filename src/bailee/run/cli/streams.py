"""Streams: standard input, output and error, whatever the process was started with.

Any of them may be closed, a full device, a pipe whose reader has gone or one that does not wait.
What cannot be read or shown is one error in a sentence; what cannot be told on standard error is
lost, and the exit code still says it.
"""

import io
import os
import select
import sys
from contextlib import suppress
from typing import Any, Final, TextIO

from bailee import errors

INPUT, OUTPUT, ASIDE = 0, 1, 2
_BUFFER_BYTES: Final = 65_536


class ReaderGone(Exception):
    """Reader gone: who reads the output has enough; no failure, and nobody to tell."""


def settle() -> None:
    """Put our own streams in the place of the process's; before any file is opened."""
    _occupy()
    # What an encoding has no letter for is shown as an escape: a name must not end a command.
    out, aside = _encoding(sys.stdout), _encoding(sys.stderr)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(StandardInput()), encoding="utf-8")
    sys.stdout = _text(StandardOutput(), out)
    sys.stderr = _text(StandardAside(), aside)


def require_input() -> None:
    """Raise UsageError when standard input cannot be read: before an act is asked for."""
    raw = getattr(getattr(sys.stdin, "buffer", None), "raw", None)
    if isinstance(raw, StandardInput):
        raw.require()


def _occupy() -> None:
    """Give each closed stream a descriptor, or the next file that is opened would be it."""
    # Opened the wrong way round, so that reading or writing it fails as on a closed one; standard
    # error alone swallows what it is given.
    for descriptor, way in ((INPUT, os.O_WRONLY), (OUTPUT, os.O_RDONLY), (ASIDE, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, way)
            assert opened == descriptor  # the lowest that is free, and those below are taken
            os.set_inheritable(opened, True)


def _encoding(stream: TextIO | None) -> str:
    return stream.encoding if stream is not None else "utf-8"


def _text(raw: io.RawIOBase, encoding: str) -> io.TextIOWrapper:
    buffered = io.BufferedWriter(raw, _BUFFER_BYTES)
    return io.TextIOWrapper(
        buffered, encoding, errors="backslashreplace", line_buffering=raw.isatty()
    )


class _Standard(io.RawIOBase):
    """Standard stream: one descriptor of the process, which stays open."""

    descriptor: int

    def fileno(self) -> int:
        """Give the descriptor."""
        return self.descriptor

    def isatty(self) -> bool:
        """Tell whether a person sits at it."""
        return os.isatty(self.descriptor)


class StandardInput(_Standard):
    """Standard input: UsageError when it cannot be read."""

    descriptor = INPUT

    def readable(self) -> bool:
        """Say yes: whether it can be is found by reading."""
        return True

    def require(self) -> None:
        """Raise UsageError when it cannot be read."""
        try:
            os.read(INPUT, 0)
        except OSError:
            raise errors.UsageError("errors_cli.stdin-unreadable") from None

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401  # as the protocol has it
        """Read what there is; waits where the pipe would not, for nothing yet is not the end."""
        while True:
            try:
                return os.readv(INPUT, [buffer])
            except BlockingIOError:
                select.select([INPUT], [], [])
            except OSError:
                raise errors.UsageError("errors_cli.stdin-unreadable") from None


class StandardOutput(_Standard):
    """Standard output: BaileeError when it cannot be written, ReaderGone when nobody reads."""

    descriptor = OUTPUT

    def __init__(self) -> None:
        super().__init__()
        # Said once: what is still buffered must not fail again when the process ends.
        self._lost = False

    def writable(self) -> bool:
        """Say yes: whether it can be is found by writing."""
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401  # as the protocol has it
        """Write all of it, or fail once and drop what follows."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left and not self._lost:
                left = left[_written(OUTPUT, left) :]
        except BrokenPipeError:
            self._lost = True
            raise ReaderGone from None
        except OSError:
            self._lost = True
            raise errors.BaileeError("errors_cli.output-lost") from None
        return size


class StandardAside(_Standard):
    """Standard error: what cannot be told is lost, for there is no other place to tell it."""

    descriptor = ASIDE

    def writable(self) -> bool:
        """Say yes: there is nobody to whom the other answer could be given."""
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401  # as the protocol has it
        """Write what can be written."""
        left = memoryview(data).cast("B")
        size = len(left)
        with suppress(OSError):
            while left:
                left = left[_written(ASIDE, left) :]
        return size


def _written(descriptor: int, data: memoryview) -> int:
    """Write and return how much; waits where the pipe would not."""
    while True:
        try:
            return os.write(descriptor, data)
        # A parent may have left the pipe so: nothing was written, and nothing is lost.
        except BlockingIOError:
            select.select([], [descriptor], [])
