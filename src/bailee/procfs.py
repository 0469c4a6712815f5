"""Procfs: what the kernel says of this process and machine, and nobody else in its place.

Whoever makes a user namespace may mount what they like over /proc, for their own processes.  So
each file is opened from the root of a real procfs, across no mount (openat2(2), Linux 5.6).
"""

import ctypes
import errno
import os
import re
import sys

_ROOT = "/proc"
# linux/magic.h, and the inode of the root of every procfs (PROC_ROOT_INO).
_MAGIC, _ROOT_INODE = 0x9FA0, 1
# The number of openat2 on every architecture, and its flags: linux/openat2.h.
_OPENAT2 = 437
_NO_XDEV, _NO_MAGIC_LINKS = 0x01, 0x02
_STATFS_BYTES = 256
"""More than any architecture's struct statfs, whose first word is the type."""
_NAMED = re.compile(r"user:\[(\d{1,20})\]")
_READ_BYTES = 4_096


class NotGenuine(OSError):
    """What stands at /proc is not the kernel's, or something is mounted over it."""


class _How(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def read(name: str) -> str:
    """Read a file below /proc, such as `self/uid_map`.

    FileNotFoundError where the kernel has none, NotGenuine where something else may answer.
    """
    page = _opened(name, os.O_RDONLY)
    try:
        return os.read(page, _READ_BYTES).decode("ascii")
    finally:
        os.close(page)


def user_namespace() -> int:
    """Return the inode of this process's user namespace; errors as of `read`."""
    link = _opened("self/ns/user", os.O_PATH | os.O_NOFOLLOW)
    try:
        found = _NAMED.fullmatch(os.readlink("", dir_fd=link))
    finally:
        os.close(link)
    if found is None:
        raise NotGenuine(errno.EINVAL, "no user namespace")
    return int(found[1])


def _opened(name: str, flags: int) -> int:
    if sys.platform != "linux":
        raise FileNotFoundError(errno.ENOENT, "no procfs")
    root = os.open(_ROOT, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _require_genuine(root)
        how = _How(flags | os.O_CLOEXEC, 0, _NO_XDEV | _NO_MAGIC_LINKS)
        libc = ctypes.CDLL(None, use_errno=True)
        page = libc.syscall(
            ctypes.c_long(_OPENAT2),
            ctypes.c_int(root),
            ctypes.c_char_p(name.encode("ascii")),
            ctypes.byref(how),
            ctypes.c_size_t(ctypes.sizeof(how)),
        )
    finally:
        os.close(root)
    if page >= 0:
        return int(page)
    number = ctypes.get_errno()
    if number == errno.ENOENT:
        raise FileNotFoundError(number, name)
    # A mount in the way, or a kernel or a filter of calls that does not let it be told.
    raise NotGenuine(number, name)


def _require_genuine(root: int) -> None:
    room = ctypes.create_string_buffer(_STATFS_BYTES)
    if ctypes.CDLL(None, use_errno=True).fstatfs(ctypes.c_int(root), room):
        raise NotGenuine(ctypes.get_errno(), _ROOT)
    kind = ctypes.c_long.from_buffer(room).value
    if kind != _MAGIC or os.fstat(root).st_ino != _ROOT_INODE:
        raise NotGenuine(errno.EXDEV, _ROOT)
