"""Source places: which files a path names, and how each is opened; nothing through a link.

A folder is walked in order of names.  Each file below it is opened step by step from the folder
itself, no step through a link, so that what is exchanged between the walk and the opening is
refused as it would have been in the walk.  A link that leads elsewhere in the folder is left out,
for what it leads to is taken in under its own name; one that leads out of it is refused.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from bailee import errors
from bailee.limits import FOLDER_DEPTH

STDIN = "-"
_WITHIN = "!"
"""Between an archive and a file in it, as in the addresses of Java's archives."""
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK, or opening a named pipe would wait for ever for a writer."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_REASONS = {
    errno.ENOENT: "errors_sources.absent",
    errno.ELOOP: "errors_sources.link-out",
    errno.ENXIO: "errors_sources.not-a-file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """Place of a file: the path that was given, and the steps below it."""

    path: str
    steps: tuple[str, ...] = ()
    size_bytes: int = 0
    member: str = ""
    """The name of a file in an archive that lies here; empty for what lies here itself."""
    refused: str = ""
    """Why it is left out, as the slug of an error; empty when it is not."""

    @property
    def name(self) -> str:
        """The name to show to whoever gave the path; bytes that are no text as escapes."""
        name = str(Path(self.path, *self.steps)) if self.steps else self.path
        return text_of(f"{name}{_WITHIN}{self.member}" if self.member else name)

    @property
    def address(self) -> str:
        """The absolute path, by which it is recognised again; UTF-8, whatever its bytes are."""
        whole = os.fsencode(Path(self.path).absolute().joinpath(*self.steps))
        address = os.path.normpath(whole).decode("utf-8", "backslashreplace")
        # The name is the archive's: as it stands there, it leads to no file of ours.
        return f"{address}{_WITHIN}{text_of(self.member)}" if self.member else address


def text_of(name: str) -> str:
    """Write a name as text: the same for the same bytes, whatever the locale's encoding is."""
    try:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # of an archive, with letters that the locale has not
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def places(paths: Sequence[str]) -> Iterator[SourcePlace]:
    """Yield the files that paths name; standard input is one, named `-`."""
    # A path that is itself a link is followed, for its owner typed it; only what a walk finds is
    # not.
    for path in paths:
        if path == STDIN:
            yield SourcePlace(path=path)
            continue
        try:
            about = Path(path).stat()
        except (OSError, ValueError) as error:
            yield SourcePlace(path=path, refused=_reason(error))
            continue
        if stat.S_ISDIR(about.st_mode):
            yield from _walked(path)
        else:
            yield _checked(SourcePlace(path=path), about)


def _walked(path: str) -> Iterator[SourcePlace]:
    top = SourcePlace(path=path)
    try:
        descriptor = os.open(path, _FOLDER)
    except OSError as error:
        yield replace(top, refused=_reason(error))
        return
    try:
        yield from _inside(top, descriptor)
    finally:
        os.close(descriptor)


def _inside(folder: SourcePlace, descriptor: int) -> Iterator[SourcePlace]:
    """Yield what an open folder holds, in order of names."""
    for name in sorted(os.listdir(descriptor)):
        place = replace(folder, steps=(*folder.steps, name))
        try:
            # Of the entry of the open folder, not of a path: no folder above can be exchanged for a
            # link in between.
            about = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if stat.S_ISDIR(about.st_mode):
                yield from _below(place, descriptor)
            elif not stat.S_ISLNK(about.st_mode):
                yield _checked(place, about)
            # A link within the folder is left out in silence, for its target is found by itself;
            # one that leads out is named, for somebody may have meant it.
            elif not _resolved(place).is_relative_to(_resolved(SourcePlace(path=place.path))):
                yield replace(place, refused="errors_sources.link-out")
        except OSError as error:
            yield replace(place, refused=_reason(error))


def _below(place: SourcePlace, folder: int) -> Iterator[SourcePlace]:
    # Each level holds a descriptor: a tree without end would use up all that the process has.
    if len(place.steps) > FOLDER_DEPTH:
        yield replace(place, refused="errors_sources.too-deep")
        return
    descriptor = os.open(place.steps[-1], _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    try:
        yield from _inside(place, descriptor)
    finally:
        os.close(descriptor)


def _resolved(place: SourcePlace) -> Path:
    return Path(place.path, *place.steps).resolve()


def _checked(place: SourcePlace, about: os.stat_result) -> SourcePlace:
    refused = "" if stat.S_ISREG(about.st_mode) else "errors_sources.not-a-file"
    return replace(place, size_bytes=about.st_size, refused=refused)


def opened(place: SourcePlace) -> int:
    """Open a file for reading and return its descriptor; PartlyDone with the reason when not."""
    if place.refused:
        raise errors.PartlyDone(place.refused)
    try:
        descriptor = _reached(place)
    except (OSError, ValueError) as error:
        raise errors.PartlyDone(_reason(error)) from None
    # Of what was opened: the walk saw a regular file, which may be a pipe or a device by now.
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise errors.PartlyDone("errors_sources.not-a-file")
    return descriptor


def _reached(place: SourcePlace) -> int:
    """Open a file: the path itself as it was given, each step below it through no link."""
    if not place.steps:
        return os.open(place.path, _FILE)
    with ExitStack() as folders:
        at = os.open(place.path, _FOLDER)
        folders.callback(os.close, at)
        for step in place.steps[:-1]:
            at = os.open(step, _FOLDER | os.O_NOFOLLOW, dir_fd=at)
            folders.callback(os.close, at)
        return os.open(place.steps[-1], _FILE | os.O_NOFOLLOW, dir_fd=at)


def _reason(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    return _REASONS.get(number or 0, "errors_sources.unreadable")
