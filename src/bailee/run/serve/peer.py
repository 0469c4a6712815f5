"""Peer: who is at the other end of a connection, as the kernel says, and nobody else.

The kernel noted it when the connection was made, in this process's view of the system's users: a
user of a namespace is the one who made it.
"""

import pwd

from bailee import errors
from bailee.act import Principal, Strength
from bailee.wire.credentials import overflow_uid


def principal(uid: int, strength: Strength) -> Principal:
    """Name who asks; NotSignedIn for a user who is none in this process's namespace."""
    # All users whom this namespace does not know have this number: they are not one person.
    if uid < 0 or uid == overflow_uid():
        raise errors.NotSignedIn("errors_socket.nobody")
    try:
        return Principal(os_user=pwd.getpwuid(uid).pw_name, strength=strength)
    except KeyError:
        # A number without a name, as in some containers.  Such numbers are given to accounts by
        # the thousand (subuid(5)), so two of them may be one person, and do not count as two.
        return Principal(os_user=f"uid-{uid}", strength=Strength.SHARED)
