"""Site: the places of a new home, looked at before anything is made there, and cleared if it fails.

A place is named in errors by its option, never by its path, which may be of a person.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bailee import errors


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlace:
    """Site place: one place of the home, and the option that named it."""

    path: Path
    option: str
    needed_bytes: int = 0


def require_site(places: Sequence[SitePlace]) -> None:
    """Raise UsageError or CannotRecord for the first place where nothing can be made."""
    for place in places:
        text = str(place.path)
        # Each is written down, in settings or in the register of custodians, as a line of text.
        if not text.isprintable():
            raise errors.UsageError("errors_home.place-name", option=place.option)
        _require_room(place)


def _require_room(place: SitePlace) -> None:
    ground = _ground(place.path)
    # Asked of the system: rights, a file in the way and a disk that nobody writes are one answer.
    # By the effective user, who makes it: the real one is whoever asks (docs/two-people.md).
    if not ground.is_dir() or not os.access(ground, os.W_OK | os.X_OK, effective_ids=True):
        raise errors.CannotRecord("errors_home.place", option=place.option)
    disk = os.statvfs(ground)
    if disk.f_blocks == 0:  # no disk at all, such as /proc
        raise errors.CannotRecord("errors_home.place", option=place.option)
    if disk.f_bavail * disk.f_frsize < place.needed_bytes:
        raise errors.CannotRecord(
            "errors_home.no-room", option=place.option, mib=place.needed_bytes >> 20
        )


def _ground(place: Path) -> Path:
    """Return what is there of a path: itself, or the folder in which it will be made."""
    return next((folder for folder in (place, *place.parents) if os.path.lexists(folder)), place)


@contextmanager
def cleared(places: Sequence[Path]) -> Iterator[None]:
    """Take away what was made at these places, should what follows fail."""
    before = {place: _names(place) for place in places}
    parents = [folder for place in places for folder in place.parents if not folder.exists()]
    done = False
    try:
        yield
        done = True
    finally:  # whatever broke it, an interrupt too: a home is whole or not there
        for place, names in () if done else before.items():
            _clear(place, names)
        # The deepest first.  One that is not empty holds what somebody else made meanwhile.
        for folder in () if done else sorted(set(parents), key=_depth, reverse=True):
            with suppress(OSError):
                folder.rmdir()


def _depth(folder: Path) -> int:
    return len(folder.parts)


def _names(place: Path) -> frozenset[str] | None:
    """Name what a folder holds; None when there is none."""
    try:
        return frozenset(entry.name for entry in place.iterdir())
    except OSError:
        return None


def _clear(place: Path, names: frozenset[str] | None) -> None:
    if names is None:
        shutil.rmtree(place, ignore_errors=True)
        return
    for name in (_names(place) or frozenset()) - names:
        if (place / name).is_dir():
            shutil.rmtree(place / name, ignore_errors=True)
        else:
            with suppress(OSError):
                (place / name).unlink()
