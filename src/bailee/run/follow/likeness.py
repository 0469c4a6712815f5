"""Likeness: whether a file is one that is known, by its bytes.

Rotations move, copy and pack files, and inodes are given to others: what a file is, its bytes alone
tell.  Of a known file the digests of some of its beginnings are held; another begins alike when
one of them is its own too.  Where that proves little, as of few bytes under an unlike name, it is
taken for another: lines are then stored twice rather than lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from bailee.run.follow.finding import FoundFile
from bailee.run.follow.followed import Followed
from bailee.run.follow.names import family
from bailee.run.follow.opened import OpenedFile

ENOUGH_BYTES: Final = 1_024
"""The least that a file is known by whose name is not that of a rotation of the same log."""
PASSED_BYTES: Final = 64 * 1024
"""How much of a file that is not taken in is looked at, to know it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Measured: the digests of a file's beginnings, and its length as far as it was read."""

    digests: Mapping[int, Any]
    size: int

    def has(self, length: int, digest: str) -> bool:
        """Tell whether it begins with so many bytes of a digest."""
        return length in self.digests and self.digests[length].hexdigest() == digest


def measured(file: OpenedFile, lengths: Iterable[int]) -> Measured:
    """Read a file as far as the longest length; what is packed to its end.

    PartlyDone where it cannot be read so far.
    """
    wanted = sorted(set(lengths), reverse=True)
    digests: dict[int, Any] = {}
    digest, at = sha256(), 0
    while wanted and wanted[-1] == 0:
        digests[wanted.pop()] = digest.copy()
    for chunk in file.chunks() if wanted or file.packed else ():
        view = memoryview(chunk)
        while wanted and at + len(view) >= wanted[-1]:
            part, view = view[: wanted[-1] - at], view[wanted[-1] - at :]
            digest.update(part)
            at += len(part)
            digests[wanted.pop()] = digest.copy()
        # To the end where it is packed: one that is being written yet breaks off there.
        if not wanted and not file.packed:
            break
        digest.update(view)
        at += len(view)
    return Measured(digests=digests, size=at if file.packed else file.stamp[0])


def lengths_of(records: Iterable[Followed]) -> set[int]:
    """Name the lengths by which records are known, and those at which they go on."""
    return {0} | {
        length for one in records for length in (one.offset, *(mark for mark, _ in one.marks))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """Like: a record that a file begins as, and with how many bytes."""

    record: Followed
    length: int


def alike(found: FoundFile, file: Measured, records: Sequence[Followed]) -> list[Like]:
    """Find the records that a file begins as, those with most bytes first, lost ones before."""
    likes = []
    for one in records:
        for length, digest in reversed(one.marks):
            if length and file.has(length, digest) and _is_enough(found, one, length):
                likes.append(Like(record=one, length=length))
                break
    return sorted(likes, key=lambda like: (-like.length, like.record.id is not None))


def is_related(found: FoundFile, record: Followed) -> bool:
    """Tell whether two names are those of one log that is rotated."""
    ours, theirs = Path(found.path), Path(record.path)
    # A log that was deleted and begun anew has its old name; what it begins with proves little.
    if found.live and ours == theirs:
        return False
    return family(ours.name) == family(theirs.name)


def is_beginning(file: OpenedFile, size: int, of: OpenedFile) -> bool:
    """Tell whether all of a file is the beginning of another."""
    if size > of.stamp[0] and not of.packed:
        return False
    mine, theirs = measured(file, [size]), measured(of, [size])
    return size in theirs.digests and mine.has(size, theirs.digests[size].hexdigest())


def _is_enough(found: FoundFile, record: Followed, length: int) -> bool:
    return length >= ENOUGH_BYTES or is_related(found, record)
