"""Namespace: whether the system's users are told apart here, or anyone may run as any of them.

In a user namespace of their own, one account runs commands as whatever user it likes, without a
password (`unshare -U --map-user`): all callers in it count as one human.  What is read from /proc
binds commands, not programs: whoever may open the home's files and runs a program of their own can
be whom they like (SECURITY.md).
"""

import sys
from collections.abc import Callable

from bailee import procfs
from bailee.act import Strength

_IDENTITY = ["0", "0", "4294967295"]
"""The first namespace's map: every user of the kernel is itself; user_namespaces(7)."""

_FIRST = 0xEFFFFFFD
"""The inode of the first user namespace: PROC_USER_INIT_INO, in every kernel since 3.8."""


def told_apart(
    read: Callable[[str], str] = procfs.read,
    user_namespace: Callable[[], int] = procfs.user_namespace,
    *,
    platform: str = sys.platform,
) -> Strength:
    """Tell whether the system's users are told apart for who runs this process."""
    # Elsewhere there are no user namespaces.
    if platform != "linux":
        return Strength.OS_USER
    # Without the kernel's own word nobody can tell, and a second person must not be believed then.
    try:
        read("self/status")
    except (OSError, ValueError):
        return Strength.SHARED
    try:
        users = read("self/uid_map").split()
    except FileNotFoundError:
        return Strength.OS_USER  # a kernel that was built without them
    except (OSError, ValueError):
        return Strength.SHARED
    try:
        # Another inode tells a namespace whose map is the identity as well, as root may make it.
        first = user_namespace() == _FIRST
    except OSError:
        first = False
    return Strength.OS_USER if users == _IDENTITY and first else Strength.SHARED
