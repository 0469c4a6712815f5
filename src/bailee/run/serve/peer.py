"""Peer: who is at the other end of a connection, as the kernel says, and nobody else.

The kernel noted it when the connection was made, in this process's view of the system's users: a
user of a namespace is the one who made it.
"""

import pwd
import socket
import struct
from pathlib import Path
from typing import Final

from bailee import errors
from bailee.act import Principal, Strength

_CREDENTIALS: Final = struct.Struct("3i")
"""Process, user and group: struct ucred of unix(7)."""
_OVERFLOW: Final = Path("/proc/sys/kernel/overflowuid")


def principal(connection: socket.socket, strength: Strength) -> Principal:
    """Name who asks; NotSignedIn for a user who is none in this process's namespace."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _process, uid, _group = _CREDENTIALS.unpack(raw)
    # All users whom this namespace does not know have this number: they are not one person.
    if uid < 0 or uid == int(_OVERFLOW.read_text("ascii")):
        raise errors.NotSignedIn("errors_socket.nobody")
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # a uid without a name, as in some containers
        name = f"uid-{uid}"
    return Principal(os_user=name, strength=strength)
