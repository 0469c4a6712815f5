"""Finding: the files that lie at the given paths, and those beside them that a rotation left."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path

from bailee import errors
from bailee.limits import FOLLOWED_FILES
from bailee.run.follow.names import family

FileId = tuple[int, int]
"""Device and inode: what a file is whatever its name, until it is deleted."""
Stamp = tuple[int, int]
"""Size and the time of the last change: alike, nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """Found file: where it lies now, and how much is in it."""

    path: str
    id: FileId
    stamp: Stamp
    given: str
    """The path that was typed, by which it was found; empty of one that is known already."""
    named: bool
    """Whether that path names it; else it lies beside what it names."""
    live: bool
    """Whether lines are being written to it, as its name says: a last one may be half written."""


def found_files(paths: Sequence[str], known: Sequence[str]) -> Mapping[FileId, FoundFile]:
    """Find all files, each once; `known` are paths at which some were before.

    LimitExceeded for more than one process follows.
    """
    files: dict[FileId, FoundFile] = {}
    # Those that are named first: under its own name a file is live.
    for one in (*_named(paths), *_beside(paths, known)):
        files.setdefault(one.id, one)
        if len(files) > FOLLOWED_FILES:
            raise errors.LimitExceeded("errors_follow.many", limit=FOLLOWED_FILES)
    return files


def _named(paths: Sequence[str]) -> Iterator[FoundFile]:
    for path in paths:
        if not has_magic(path) and not Path(path).is_dir():
            found = _file(path, given=path, named=True, live=True)
            if found is not None:
                yield found
            continue
        many = sorted(glob(path)) if has_magic(path) else _inside(path)  # noqa: PTH207  # a whole path
        each = [one for name in many if (one := _file(name, given=path, named=True, live=True))]
        live = _live(each)
        for one in each:
            yield replace(one, live=one.path in live)


def _live(files: Sequence[FoundFile]) -> set[str]:
    """Choose of each log the file that is written to: the one not rotated, or the newest."""
    newest: dict[str, FoundFile] = {}
    for one in files:
        log = _family(one.path)
        best = newest.get(log)
        if best is None or (one.path == log, one.stamp[1]) > (best.path == log, best.stamp[1]):
            newest[log] = one
    return {one.path for one in newest.values()}


def _beside(paths: Sequence[str], known: Sequence[str]) -> Iterator[FoundFile]:
    for path in paths:
        if has_magic(path):
            # Also of logs that do not lie there at the moment.
            for name in glob(f"{path}[-._]*"):  # noqa: PTH207  # a whole path
                yield from _rotated(name, path)
        elif not Path(path).is_dir():
            folders = {str(Path(path).parent), str(Path(path).resolve().parent)}
            logs = {Path(path).name, Path(path).resolve().name}
            for folder in sorted(folders):
                for name in _inside(folder):
                    if family(Path(name).name) in logs:
                        yield from _rotated(name, path)
    for path in known:
        yield from _rotated(path, "")


def _rotated(name: str, path: str) -> Iterator[FoundFile]:
    found = _file(name, given=path, named=False, live=False)
    if found is not None:
        yield found


def _inside(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(one.path for one in entries if not one.name.startswith("."))
    except OSError:  # not there, or not yet
        return []


def _family(path: str) -> str:
    return str(Path(path).with_name(family(Path(path).name)))


def _file(path: str, *, given: str, named: bool, live: bool) -> FoundFile | None:
    try:
        # Through a link only where it is named: what lies beside was typed by nobody.
        about = Path(path).stat(follow_symlinks=named)
    except (OSError, ValueError):  # gone meanwhile, or not there yet
        return None
    if not stat.S_ISREG(about.st_mode):
        return None
    return FoundFile(
        path=path,
        id=(about.st_dev, about.st_ino),
        stamp=(about.st_size, about.st_mtime_ns),
        given=given,
        named=named,
        live=live,
    )
