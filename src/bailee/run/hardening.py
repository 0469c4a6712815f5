"""Hardening: what a process that will hold keys asks of the system before it has any.

No core dump holds its memory and no other process of the same user attaches to it; what it writes
to memory stays there and is not swapped out, where the system lets so much be locked.
"""

import ctypes
import resource
from contextlib import suppress
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def harden() -> bool:
    """Switch core dumps off and lock memory; return whether memory is locked."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None)
    # Beside the limit: a handler of dumps that is a program takes them whatever the limit says.
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return _lock(libc)


def _lock(libc: ctypes.CDLL) -> bool:
    """Lock what is in memory now and what comes; False where that is limited or unknown."""
    everything = resource.RLIM_INFINITY
    with suppress(ValueError, OSError):  # only who is privileged may raise it
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (everything, everything))
    # Under a limit each later allocation beyond it would fail: a process that ends in the middle
    # of a turn is worse than a page in swap.
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] != everything:
        return False
    # Pages as they are touched: buffers are mapped for the worst case and mostly never filled.
    mlockall = getattr(libc, "mlockall", None)
    return mlockall is not None and mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0
