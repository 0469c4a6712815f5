"""The custody clock, as a port: wall time for what is written down, monotonic for what is measured.

Wall time may jump; nothing that expires within a process may depend on it (spec/invariants.md I14).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Protocol
from uuid import UUID

from bailee import procfs

_BOOT_ID = "sys/kernel/random/boot_id"
_OFFSETS = "self/timens_offsets"
_UNNAMED = bytes(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """Boot: one start of the machine, by its random id of 16 bytes, and the time since then.

    The kernel counts that time, asleep or awake, and nobody sets it.
    """

    id: bytes
    up_ms: int


class Clock(Protocol):
    """Where the time comes from; tests bring a clock that they set."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01T00:00:00Z by the wall clock, which may jump."""

    def monotonic_s(self) -> float:
        """Return seconds since some moment of this process; never goes back."""

    def since_boot(self) -> Boot:
        """Return which start of the machine this is, and the time since then."""


class SystemClock:
    """The operating system's clocks."""

    def now_ms(self) -> int:
        """Return wall time in milliseconds."""
        # From whole nanoseconds: a float of seconds loses the millisecond in some decades.
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return monotonic time in seconds."""
        return time.monotonic()

    def since_boot(self) -> Boot:
        """Return the kernel's count; without a boot id, starts are told apart by it alone."""
        clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        try:
            boot, offset_ms = _started()
        except procfs.NotGenuine:
            # A count that somebody may have set ahead says nothing.
            return Boot(id=_UNNAMED, up_ms=0)
        except (OSError, ValueError):
            boot, offset_ms = _UNNAMED, 0
        return Boot(id=boot, up_ms=time.clock_gettime_ns(clock) // 1_000_000 - offset_ms)


@cache
# Once for a process, for acts by tokens ask three times each, and this opens files.  A process
# runs on one start of the machine, and one with threads moves to no other time namespace.  What
# fails is not kept.
def _started() -> tuple[bytes, int]:
    """Return the boot id, and by how much a time namespace shows the count ahead."""
    offset_ms = _offset_ms()
    return UUID(procfs.read(_BOOT_ID).strip()).bytes, offset_ms


def _offset_ms() -> int:
    """Return by how much a time namespace shows the count ahead: anyone may make one of it."""
    try:
        lines = procfs.read(_OFFSETS).splitlines()
    except FileNotFoundError:  # a kernel that was built without them
        return 0
    found = next((line.split() for line in lines if line.startswith("boottime")), None)
    return 0 if found is None else int(found[1]) * 1_000 + int(found[2]) // 1_000_000


def rfc3339(time_ms: int) -> str:
    """Write wall milliseconds as RFC 3339 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    # The milliseconds come from the whole number: those of the float may be rounded away.
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03d}Z"


def year_of(time_ms: int) -> int:
    """Return the UTC calendar year, which names the body key of a ledger entry (spec/keys.md)."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).year


def epoch_of(time_ms: int) -> int:
    """Return the UTC calendar month as YYYYMM: the epoch of what is received at that moment."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.year * 100 + moment.month


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What is known of the time; all but `independent_ms` come from this machine."""

    wall_ms: int
    started_wall_ms: int
    """The wall clock when this process started."""

    elapsed_ms: int
    """The monotonic clock since then."""

    last_ledger_ms: int
    """The time of the newest ledger entry from before this process started."""

    shown_ms: int | None = None
    """How late it is at least for certain, by what passed since the machine was started, added up;
    None where nothing was added up yet."""

    independent_ms: int | None
    """A witness's cosignature or an RFC 3161 stamp, verified; None when there is none."""
