"""Place: where a server listens, held by one server at a time."""

import fcntl
import os
import socket
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.wire.frames import address

LOCK: Final = "socket.lock"
"""In the home: whichever place its server listens at, there is one for a home."""
BACKLOG: Final = 1_024
"""Who connects while the server is busy for a moment waits in the system's queue."""
_SOCKET_MODE: Final = 0o666
"""Whoever reaches its folder may ask: who they are, the kernel says."""


class Place:
    """Place: a listening socket in the file system, and the locks that make it one server's."""

    def __init__(self, home: Path, place: Path) -> None:
        """Take the place and listen; Conflict where a server has the home or the place."""
        self._place = place
        self._gone = False
        with ExitStack() as taken:
            # Held for life and let go by the kernel, also when this process is killed: without
            # them two that start at once would each see nobody answer, and take the place of the
            # other.
            _lock(taken, home / LOCK)
            beside = place.with_name(f"{place.name}.lock")
            if beside.absolute() != (home / LOCK).absolute():
                _lock(taken, beside)
            self.listener = taken.enter_context(_listening(place))
            self._left = taken.pop_all()

    def leave(self) -> None:
        """Listen no more; who comes now finds nothing there.  Left already, nothing is done."""
        if self._gone:  # another server's may stand there by now
            return
        self._gone = True
        # The name before the locks: another server may take the place as soon as they are let go.
        self._place.unlink(missing_ok=True)
        self._left.close()


def _lock(taken: ExitStack, path: Path) -> None:
    try:
        # Readable by nobody else: whoever may open it may hold it.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        raise errors.CannotRecord("errors_socket.no-place") from None
    taken.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise errors.Conflict("errors_socket.served") from None


def _listening(place: Path) -> socket.socket:
    with ExitStack() as made:
        listener = made.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        try:
            with address(place) as where:
                _clear(place, where)
                listener.bind(where)
                os.chmod(where, _SOCKET_MODE)  # noqa: PTH101  # by its address, which may be long
                listener.listen(BACKLOG)
                listener.setblocking(False)
        except OSError:
            raise errors.CannotRecord("errors_socket.no-place") from None
        made.pop_all()
    return listener


def _clear(place: Path, where: str) -> None:
    """Remove what a server left that was killed; nothing else that lies there."""
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise errors.CannotRecord("errors_socket.no-place")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        try:
            trial.connect(where)
        except OSError:
            place.unlink()
            return
    # Somebody who holds none of the locks: a program of another kind.
    raise errors.Conflict("errors_socket.served")
