"""The custody clock, as a port: wall time for what is written down, monotonic for what is measured.

Wall time may jump; nothing that expires within a process may depend on it (spec/invariants.md I14).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; tests bring a clock that they set."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01T00:00:00Z by the wall clock, which may jump."""

    def monotonic_s(self) -> float:
        """Return seconds since some moment of this process; never goes back."""


class SystemClock:
    """The operating system's clocks."""

    def now_ms(self) -> int:
        """Return wall time in milliseconds."""
        # From whole nanoseconds: a float of seconds loses the millisecond in some decades.
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return monotonic time in seconds."""
        return time.monotonic()


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

    independent_ms: int | None
    """A witness's cosignature or an RFC 3161 stamp, verified; None when there is none."""
