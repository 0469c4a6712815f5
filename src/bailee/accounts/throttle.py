"""Throttle: how often what is shown as an API token may fail before it is not looked at.

Each failure is counted under three marks: the token's id, the address, and the spelling: all that
was shown, by its hash.  A count drains with time; at its bound nothing is looked at until it has
drained by one.  What succeeds counts nothing.  Memory is bounded: of more marks than that, those
that failed longest ago are forgotten.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from threading import Lock
from types import MappingProxyType
from typing import Final

from bailee.clock import Clock

Address = IPv4Address | IPv6Address


class MarkKind(StrEnum):
    """Mark kind: under what a failure is counted."""

    TOKEN = "token"  # noqa: S105  # a word
    ADDRESS = "address"
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Allowance: how many failures at once, and after how many seconds one is forgotten."""

    most: int
    each_s: float


ALLOWANCES: Final[Mapping[MarkKind, Allowance]] = MappingProxyType(
    {
        # A shipper whose token was revoked says the same for hours: six looks a minute suffice.
        MarkKind.SPELLING: Allowance(most=5, each_s=10.0),
        # Wider than the spelling, so that somebody's own mistake does not close the address.
        MarkKind.ADDRESS: Allowance(most=30, each_s=2.0),
        # Widest: whoever knows an id alone would else keep its owner out.
        MarkKind.TOKEN: Allowance(most=60, each_s=1.0),
    }
)
MARKS_REMEMBERED: Final = 4_096
"""Of each kind: about 1 MB in all, whoever asks from however many addresses."""
_SITE_BITS: Final = 64
"""Of an IPv6 address: a subscriber is given at least so much, and may write any in it."""


@dataclass(slots=True)
class _Count:
    """Count: how full it was at a moment."""

    level: float
    at_s: float


def site_of(address: Address) -> Address:
    """Return the address that failures are counted under, however the same one was written."""
    if isinstance(address, IPv4Address):
        return address
    # An IPv4 address in an IPv6 socket is the same host as without.
    mapped = address.ipv4_mapped
    if mapped is not None:
        return mapped
    return IPv6Network((address, _SITE_BITS), strict=False).network_address


class Throttle:
    """Throttle: counts of failures, of one process."""

    def __init__(self, clock: Clock) -> None:
        # Monotonic: setting the wall clock forward would else forget every failure.
        self._clock = clock
        self._counts: dict[MarkKind, OrderedDict[bytes, _Count]] = {
            kind: OrderedDict() for kind in MarkKind
        }
        # Held for a look at three dictionaries, by each thread of a server; never across I/O.
        self._lock = Lock()

    def wait_s(self, marks: Mapping[MarkKind, bytes]) -> float:
        """Return after how many seconds it is looked at; 0.0 for now."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            return max((self._wait_s(kind, mark, now_s) for kind, mark in marks.items()), default=0)

    def failed(self, marks: Mapping[MarkKind, bytes]) -> None:
        """Count a failure under each mark."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            for kind, mark in marks.items():
                counts = self._counts[kind]
                level = self._level(kind, mark, now_s)
                counts[mark] = _Count(level=level + 1, at_s=now_s)
                counts.move_to_end(mark)
                if len(counts) > MARKS_REMEMBERED:
                    counts.popitem(last=False)

    def remembered(self) -> int:
        """Count the marks in memory."""
        with self._lock:
            return sum(map(len, self._counts.values()))

    def _wait_s(self, kind: MarkKind, mark: bytes, now_s: float) -> float:
        allowance = ALLOWANCES[kind]
        over = self._level(kind, mark, now_s) - (allowance.most - 1)
        return max(0.0, over * allowance.each_s)

    def _level(self, kind: MarkKind, mark: bytes, now_s: float) -> float:
        count = self._counts[kind].get(mark)
        if count is None:
            return 0.0
        return max(0.0, count.level - (now_s - count.at_s) / ALLOWANCES[kind].each_s)


def marks_of(text: str, token: bytes | None, address: Address | None) -> Mapping[MarkKind, bytes]:
    """Return the marks of what was shown; `token` is the id's bytes where it could be read."""
    # A hash, so that memory holds no secret and a mark has one length.
    found = {MarkKind.SPELLING: sha256(text.encode(errors="surrogatepass")).digest()}
    if token is not None:
        found[MarkKind.TOKEN] = token
    if address is not None:
        found[MarkKind.ADDRESS] = site_of(address).packed
    return found
