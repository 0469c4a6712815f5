"""Confine: what a front gives up before it reads a byte of anybody's: files, sockets, processes.

It runs as the user whom the home belongs to, and is the part that strangers reach.  So the kernel
takes from it what it does not need: files beyond those of the program (Landlock), and connections
of its own, above all to the socket of the home, where it would be its user (seccomp).  Both hold
for whatever it might start.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Final

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Landlock's numbers on every architecture; landlock(7)."""
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_OF_FIRST_ABI = (1 << 13) - 1
"""All rights over files that the first version handles: what is not granted is refused."""
_PATH_BENEATH = 1

_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""As audit numbers them; a call of another is refused, for its numbers mean others."""
_CALLS: Final = {
    # socket, connect, bind, ptrace, execve, execveat, process_vm_readv, process_vm_writev and
    # open_by_handle_at, which goes round the rights of a path.
    "x86_64": (41, 42, 49, 101, 59, 322, 310, 311, 304),
    "aarch64": (198, 203, 200, 117, 221, 281, 270, 271, 265),
}
_KEPT: Final = {
    "x86_64": {
        "read": 0,
        "write": 1,
        "close": 3,
        "poll": 7,
        "sendto": 44,
        "recvfrom": 45,
        "mmap": 9,
        "mprotect": 10,
        "munmap": 11,
        "brk": 12,
        "mremap": 25,
        "madvise": 28,
        "rt_sigaction": 13,
        "rt_sigprocmask": 14,
        "rt_sigreturn": 15,
        "sigaltstack": 131,
        "sched_yield": 24,
        "getpid": 39,
        "gettid": 186,
        "futex": 202,
        "restart_syscall": 219,
        "gettimeofday": 96,
        "clock_gettime": 228,
        "set_robust_list": 273,
        "getrandom": 318,
        "exit": 60,
        "exit_group": 231,
        "rseq": 334,
    },
    "aarch64": {
        "read": 63,
        "write": 64,
        "close": 57,
        "ppoll": 73,
        "sendto": 206,
        "recvfrom": 207,
        "mmap": 222,
        "mprotect": 226,
        "munmap": 215,
        "brk": 214,
        "mremap": 216,
        "madvise": 233,
        "rt_sigaction": 134,
        "rt_sigprocmask": 135,
        "rt_sigreturn": 139,
        "sigaltstack": 132,
        "sched_yield": 124,
        "getpid": 172,
        "gettid": 178,
        "futex": 98,
        "restart_syscall": 128,
        "gettimeofday": 169,
        "clock_gettime": 113,
        "set_robust_list": 99,
        "getrandom": 278,
        "exit": 93,
        "exit_group": 94,
        "rseq": 293,
    },
}
"""All that who computes alone needs of the kernel: none opens, connects, begins or signals."""
_LOAD, _JUMP_EQUAL, _JUMP_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
"""Of the second, the error is in the low bits: EPERM."""
_X32 = 0x40000000
"""From here on, calls of x86_64 are those of another way to number them."""


class Confined(Enum):
    """Confined: what the kernel has taken."""

    FILES = auto()
    CONNECTIONS = auto()


def confine(readable: Sequence[Path]) -> frozenset[Confined]:
    """Give up files but these to read, and connections of its own; return what could be.

    Where the kernel or the machine has no such thing, the rest holds all the same.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    # Without it only root may confine itself; and no program that is started gains anything.
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return frozenset()
    done = set()
    if _files(libc, readable):
        done.add(Confined.FILES)
    if _connections(libc):
        done.add(Confined.CONNECTIONS)
    return frozenset(done)


def seclude() -> bool:
    """Give up all but computing, and speaking on what is open; return whether it could be.

    Nothing is opened, begun, signalled or asked of the system any more: such calls are refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    machine = platform.machine()
    if machine not in _KEPT or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return _filtered(libc, machine, [*_KEPT[machine].values()], named=_ALLOW, other=_REFUSE)


def program_files() -> list[Path]:
    """Name what Python reads while it runs: its own library, and what the system's needs."""
    found = {Path(sys.prefix), Path(sys.base_prefix), *map(Path, sys.path)}
    system = (Path("/etc/ssl"), Path("/usr/lib"), Path("/lib"), Path("/lib64"), Path("/usr/share"))
    return [place for place in (*sorted(found), *system) if place.exists()]


def _files(libc: ctypes.CDLL, readable: Sequence[Path]) -> bool:
    rules = struct.pack("=Q", _OF_FIRST_ABI)
    ruleset = libc.syscall(_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0:
        return False
    try:
        for place in readable:
            rights = _READ_FILE | (_READ_DIR if place.is_dir() else 0)
            opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
            try:
                beneath = struct.pack("=Qi", rights, opened)
                if libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, beneath, 0) != 0:
                    return False
            finally:
                os.close(opened)
        done: bool = libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
        return done
    finally:
        os.close(ruleset)


def _connections(libc: ctypes.CDLL) -> bool:
    machine = platform.machine()
    if machine not in _CALLS:
        return False
    return _filtered(libc, machine, _CALLS[machine], named=_REFUSE, other=_ALLOW)


def _filtered(
    libc: ctypes.CDLL, machine: str, calls: Sequence[int], *, named: int, other: int
) -> bool:
    program = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # the call
        (_JUMP_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE),
        # Each jumps over the others and what becomes of all other calls.
        *((_JUMP_EQUAL, len(calls) - at, 0, call) for at, call in enumerate(calls)),
        (_RETURN, 0, 0, other),
        (_RETURN, 0, 0, named),
    ]
    code = b"".join(struct.pack("=HBBI", *one) for one in program)
    filter_of = ctypes.create_string_buffer(code, len(code))
    where = struct.pack("HxxxxxxP", len(program), ctypes.addressof(filter_of))
    done: bool = libc.prctl(_PR_SET_SECCOMP, _FILTER, where, 0, 0) == 0
    return done
