"""Put command: `bailee object put` takes a file, or standard input, into custody."""

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bailee import errors
from bailee.act import ACTS, Denial
from bailee.adapters.sources.place import text_of
from bailee.objects.acts import PutObject
from bailee.run.cli import derive, frame, streams
from bailee.run.cli.parser import Command, argument, command, option

if TYPE_CHECKING:
    import click

_CHUNK_BYTES = 1024 * 1024


def put() -> Command:
    """Make the command: its name is that of the file unless another is given."""
    params: list[click.Parameter] = [
        argument("path", metavar="PATH|-", help="help.object_path"),
        option("--name", metavar="NAME|@FILE", help="help.object_name"),
        *derive.parameters(PutObject, omit=("name",)),
    ]
    return command("object put", _put, params)


def _put(*, path: str, name: str | None, **given: object) -> int:
    if path == "-" and (name in (None, "-") or given["reason"] == "-"):
        raise errors.UsageError("errors_cli.name-for-stdin")
    named = {"name": name} if name else {}
    # Bytes that are no text become escapes: the file is taken in, and found by what is shown.
    more = {} if name else {"name": text_of(Path(path).name)}
    request = derive.request(PutObject, {**given, **named}, **more)
    with _source(path) as file, frame.opened() as app:
        # Of the open file, not of its name: another may lie under it by now.
        total = os.fstat(file.fileno()).st_size if path != "-" else None
        chunks = frame.Progress(total).watch(iter(lambda: file.read(_CHUNK_BYTES), b""))
        answer = app.caller.send(request, chunks)
    if isinstance(answer, Denial):
        return frame.refuse(answer)
    return derive.present(derive.shown(ACTS[PutObject.act]), answer)


def _source(path: str) -> BinaryIO:
    """Open what is to be taken in: a regular file or standard input."""
    if path == "-":
        streams.require_input()
        return sys.stdin.buffer
    try:
        # Without blocking, or a named pipe would hold the command for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise errors.UsageError("errors_cli.unreadable") from None
    # A device or a pipe by name has no end that could be trusted; standard input is for those.
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise errors.UsageError("errors_cli.not-a-file")
    return os.fdopen(descriptor, "rb")
