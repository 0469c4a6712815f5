"""Failpoints: named places before and after each durable write, where a test stops the process.

`with durable("objects.rename"):` marks the two sides of a write that survives a crash.  The
environment variable BAILEE_FAILPOINTS arms one: `objects.rename:before=kill@3` kills the process
the third time it comes by; `=raise` fails with an OSError (at `:before` the write is lost, at
`:after` it is kept but reported lost); `=trace` marks each passage with a stat call that
strace sees.  Unset, a passage costs one dictionary look-up.
"""

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

VARIABLE = "BAILEE_FAILPOINTS"
_ARM_PARTS = 2


class _Armed:
    """Which failpoints are armed, parsed once from the text of the environment variable."""

    def __init__(self, spec: str) -> None:
        self.trace = spec == "trace"
        self.actions: dict[str, tuple[str, int]] = {}
        self.passed: dict[str, int] = {}
        for item in filter(None, "" if self.trace else spec.split(",")):
            point, _, action = item.partition("=")
            what, _, count = action.partition("@")
            self.actions[point] = (what, int(count or 1))


# Read once: a passage must cost no more than a look-up, and an ingest makes thousands.
_armed = _Armed(os.environ.get(VARIABLE, ""))


def arm(spec: str) -> None:
    """Arm failpoints in this process, as the environment variable would; "" disarms."""
    global _armed  # noqa: PLW0603  # a test seam of the whole process, by design
    _armed = _Armed(spec)


def _pass(point: str) -> None:
    if _armed.trace:
        # The path is not there, so the call fails at once: strace reads its name in the order of
        # the other system calls, and so sees which write stood between which marks.
        with suppress(OSError):
            os.stat(f"/bailee-failpoint/{point}")  # noqa: PTH116  # the syscall is the message
        return
    wanted = _armed.actions.get(point) or _armed.actions.get("*")
    if wanted is None:
        return
    key = point if point in _armed.actions else "*"
    # Not locked: a count lost between threads fires a failpoint one passage later, in tests alone.
    _armed.passed[key] = _armed.passed.get(key, 0) + 1
    action, count = wanted
    if action == "raise" and _armed.passed[key] == count:
        raise OSError(errno.EIO, f"failpoint {point}")
    if action == "raise-always" and _armed.passed[key] >= count:
        raise OSError(errno.EIO, f"failpoint {point}")
    if action == "kill" and _armed.passed[key] == count:
        # SIGKILL, not an exit: no `finally`, no flush, no lock released, as when power is lost.
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def durable(name: str) -> Iterator[None]:
    """Mark both sides of one durable write."""
    _pass(f"{name}:before")
    yield
    # Not in a `finally`: a write that raised was not made, so its far side is not passed.
    _pass(f"{name}:after")
