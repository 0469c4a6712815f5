"""`bailee object`: put, get, list, delete."""

import os
import re
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from bailee import errors
from bailee.clock import rfc3339
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.objects.model import ObjectListed
from bailee.run.cli import frame, option, spoken
from bailee.run.private import give
from bailee.text import say

app = spoken.noun("object")

_CHUNK_BYTES = 1024 * 1024
_RANGE = re.compile(r"(\d{1,18})-(\d{1,18})?")
_COLUMNS = ("name", "version", "size", "stored", "object")

Thing = Annotated[str, typer.Argument(metavar="OBJECT|NAME|@FILE|-", help=say("help.object_thing"))]


@spoken.act(app, "put", "object_put")
def put(
    *,
    client: option.Client,
    path: Annotated[str, typer.Argument(metavar="PATH|-", help=say("help.object_path"))],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME|@FILE", help=say("help.object_name"))
    ] = None,
    purpose: option.Purpose = None,
    reason: option.Reason = None,
) -> int:
    """Take a file, or standard input, into custody."""
    if path == "-" and (name in (None, "-") or reason == "-"):
        raise errors.UsageError("errors_cli.name-for-stdin")
    request = PutObject(
        client=client,
        name=option.required(name) if name else Path(path).name,
        purpose=purpose,
        reason=option.value(reason),
    )
    with _source(path) as file, frame.opened() as house:
        total = os.fstat(file.fileno()).st_size if path != "-" else None
        chunks = frame.Progress(total).watch(iter(lambda: file.read(_CHUNK_BYTES), b""))
        answer = house.caller.call(request, chunks)
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show_one({**_record(answer.listed), "sha256": answer.digest.hex()})
    return 0


def _source(path: str) -> BinaryIO:
    """Open what is to be taken in: a regular file or standard input."""
    if path == "-":
        return sys.stdin.buffer
    try:
        # Without blocking, or a named pipe would hold the command for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise errors.UsageError("errors_cli.unreadable") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise errors.UsageError("errors_cli.not-a-file")
    return os.fdopen(descriptor, "rb")


@spoken.act(app, "get", "object_get")
def get(
    *,
    client: option.Client,
    thing: Thing,
    purpose: option.Purpose = None,
    reason: option.Reason = None,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help=say("help.object_version"))
    ] = None,
    range_: Annotated[
        str | None, typer.Option("--range", metavar="FIRST-LAST", help=say("help.object_range"))
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="PATH", help=say("help.object_to"))
    ] = None,
) -> int:
    """Give an object back for a purpose."""
    start, length = _range(range_)
    request = GetObject(
        client=client,
        object=option.required(thing),
        purpose=purpose,
        reason=option.value(reason),
        version=version,
        start=start,
        length=length,
    )
    with frame.opened() as house:
        answer = house.caller.call(request)
        if isinstance(answer, house.denial):
            return frame.refuse(answer)
        chunks = frame.Progress(length or answer.listed.size_bytes - start).watch(answer.chunks)
        if to is None:
            _pour(chunks, sys.stdout.buffer)
        else:
            give(chunks, to)
    return 0


def _range(text: str | None) -> tuple[int, int | None]:
    """Read `FIRST-LAST`, both from 0 and included, or `FIRST-`, as HTTP has it."""
    if text is None:
        return 0, None
    found = _RANGE.fullmatch(text)
    if not found or (found[2] and int(found[2]) < int(found[1])):
        raise errors.UsageError("errors_cli.range")
    start = int(found[1])
    return start, int(found[2]) - start + 1 if found[2] else None


def _pour(chunks: Iterable[bytes], sink: BinaryIO) -> None:
    sink.writelines(chunks)
    sink.flush()


@spoken.act(app, "list", "object_list")
def list_(*, client: option.Client, purpose: option.Purpose = None) -> int:
    """List the versions in custody."""
    with frame.opened() as house:
        answer = house.caller.call(ListObjects(client=client, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show([_record(one) for one in answer], columns=_COLUMNS)
    return 0


@spoken.act(app, "delete", "object_delete")
def delete(
    *,
    client: option.Client,
    thing: Thing,
    purpose: option.Purpose = None,
    reason: option.Reason = None,
) -> int:
    """Destroy the keys of an object."""
    request = DeleteObject(
        client=client,
        object=option.required(thing),
        purpose=purpose,
        reason=option.value(reason),
    )
    with frame.opened() as house:
        answer = house.caller.call(request)
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show_one(
        {
            "object": str(answer.object),
            "versions": answer.versions,
            "state": "erasure-pending",
            "final_by": rfc3339(answer.final_by_ms),
        }
    )
    frame.tell("cli.erasure_pending", date=rfc3339(answer.final_by_ms)[:10])
    return 0


def _record(one: ObjectListed) -> Mapping[str, frame.Cell]:
    return {
        "object": str(one.object),
        "version": one.version,
        "name": one.name,
        "size": one.size_bytes,
        "stored": rfc3339(one.stored_ms),
    }
