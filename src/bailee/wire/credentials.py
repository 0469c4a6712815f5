"""Credentials: which user is at the other end of a socket, as the kernel noted it; unix(7).

In this process's view of the system's users: a user of a namespace is the one who made it.
"""

import socket
import struct
from pathlib import Path
from typing import Final

_CREDENTIALS: Final = struct.Struct("3i")
"""Process, user and group: struct ucred."""
_OVERFLOW: Final = Path("/proc/sys/kernel/overflowuid")


def peer_uid(connection: socket.socket) -> int:
    """Give the effective user who connected, or who listened, at the time they did."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _process, uid, _group = _CREDENTIALS.unpack(raw)
    return int(uid)


def overflow_uid() -> int:
    """Give the number of all users whom this process's namespace does not know."""
    return int(_OVERFLOW.read_text("ascii"))
