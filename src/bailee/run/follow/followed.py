"""Followed: what is known of each file, in a record that survives a crash.

A record is of one log file whatever it is called: its id is the name of its source at the server,
whose mark says how far it is durable.  Before lines are pushed, the digest of all bytes up to their
end is written here: so whatever is durable can be recognised in whatever file it lies by then.
Neither lines nor what they hold are written.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from bailee import errors
from bailee.limits import PUSH_SOURCE_BYTES
from bailee.run.follow.finding import FileId, Stamp
from bailee.run.follow.opened import OpenedFile
from bailee.run.private import put

VERSION: Final = 1
MARKS_KEPT: Final = 4
"""A copy that a rotation made may be some pushes behind what was read since from its original."""
_ID_BYTES: Final = 12

Mark = tuple[int, str]
"""A length, and the digest of so many bytes from the first."""


@dataclass(eq=False, slots=True, kw_only=True)
class Followed:
    """Followed: one log file, from its first byte to the last that anybody writes to it."""

    source: str
    path: str
    """Where it lay when it was last seen."""
    id: FileId | None
    """None once its bytes lie there no more: until they are found elsewhere."""
    offset: int = 0
    """Up to where it is known to be durable."""
    marks: list[Mark] = field(default_factory=list)
    """In rising order; the last covers all that was ever pushed."""
    passed: bool = False
    """Whether it was there before this began, beside what was named: it is not taken in."""
    stamp: Stamp | None = None
    """How the file was when all of it was durable."""
    copies: dict[FileId, Stamp] = field(default_factory=dict)
    """Other files that hold the same bytes."""
    file: OpenedFile | None = None
    digest: Any = field(default_factory=sha256)
    """Of all bytes up to `offset`; None where it was not read yet."""
    tail: bytes = b""
    """The last bytes before `offset`."""
    live: bool = True
    """Whether it is being written to: a last line that no newline ends may go on."""
    size: int = 0
    """How long it was when it last grew, and when that was."""
    grown_s: float = 0.0
    missing_s: float | None = None
    """Since when its bytes lie nowhere."""

    @property
    def length(self) -> int:
        """Up to where it may be durable."""
        return self.marks[-1][0] if self.marks else 0

    def ahead(self, end: int, digest: str) -> None:
        """Note what is about to be pushed."""
        self.marks = [one for one in self.marks if one[0] < end][1 - MARKS_KEPT :]
        self.marks.append((end, digest))


def new_source(host: str, path: str) -> str:
    """Name a source, by where it was first found and by something that no other has."""
    ending = f"#{secrets.token_hex(_ID_BYTES)}"
    name = f"{host}:{path}{ending}"
    # What is too long or cannot be printed is left out: a name only has to be its own.
    fits = name.isprintable() and len(name.encode(errors="surrogatepass")) <= PUSH_SOURCE_BYTES
    return name if fits else f"{host if host.isprintable() else ''}:{ending}"[-PUSH_SOURCE_BYTES:]


class FollowedFiles:
    """Followed files: all records, held by one follower at a time."""

    def __init__(self, place: Path) -> None:
        """Read what was written; LockedByOther while another follows with the same place."""
        self._place = place
        self.records: list[Followed] = []
        self.begun: set[str] = set()
        """The paths that were followed before: what appears beside them since is taken in."""
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._lock = os.open(place.with_name(f"{place.name}.lock"), flags, 0o600)
        except OSError:
            raise errors.CannotRecord("errors_follow.unwritable") from None
        with ExitStack() as refused:
            refused.callback(os.close, self._lock)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise errors.LockedByOther("errors_follow.held") from None
            self._load()
            refused.pop_all()

    def close(self) -> None:
        """Let go of it and of all files."""
        for one in self.records:
            if one.file is not None:
                one.file.close()
                one.file = None
        os.close(self._lock)

    def save(self) -> None:
        """Write all that is known durably; CannotRecord where that cannot be done."""
        plain = {
            "version": VERSION,
            "begun": sorted(self.begun),
            "files": [_written(one) for one in self.records],
        }
        try:
            put(self._place, json.dumps(plain).encode("ascii"), "follow.write")
        except OSError:
            raise errors.CannotRecord("errors_follow.unwritable") from None

    def _load(self) -> None:
        try:
            data = self._place.read_bytes()
        except FileNotFoundError:
            return
        except OSError:
            raise errors.CannotRecord("errors_follow.unwritable") from None
        # Never taken for empty: all that is there would be pushed a second time.
        try:
            plain = json.loads(data)
            known = plain["version"] == VERSION
            self.begun = set(map(str, plain["begun"]))
            self.records = [_read(one) for one in plain["files"]]
        except (ValueError, KeyError, TypeError, IndexError):
            known = False
        if not known:
            raise errors.Damaged("errors_follow.unreadable")


def _written(one: Followed) -> dict[str, Any]:
    return {
        "source": one.source,
        "path": one.path,
        "id": one.id,
        "offset": one.offset,
        "marks": one.marks,
        "passed": one.passed,
        "stamp": one.stamp,
        "copies": [[*key, *stamp] for key, stamp in one.copies.items()],
    }


def _read(plain: dict[str, Any]) -> Followed:
    return Followed(
        source=str(plain["source"]),
        path=str(plain["path"]),
        id=None if plain["id"] is None else _pair(plain["id"]),
        offset=int(plain["offset"]),
        marks=[(int(length), str(digest)) for length, digest in plain["marks"]],
        passed=bool(plain["passed"]),
        stamp=None if plain["stamp"] is None else _pair(plain["stamp"]),
        copies={_pair(one[:2]): _pair(one[2:]) for one in plain["copies"]},
        digest=None,
    )


def _pair(numbers: Iterable[int]) -> tuple[int, int]:
    first, second = map(int, numbers)
    return first, second
