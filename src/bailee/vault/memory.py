"""Known tokens in bounded memory, so that a value seen before costs one hash and no statement.

Found by index key, which only the living vault key gives: no value is kept.  The stamp that was
read in the same transaction must be the one under which they were learnt; an erasure, here or in
another process, changes it, and what was known of that month is dropped.
"""

import threading
from collections.abc import Callable, Sequence
from typing import NoReturn, final

from bailee.ids import ClientId

ENTRIES_MAX = 200_000
"""About 45 MB; the half not asked for of late is dropped when the other half is full."""

Stamp = tuple[int, int]


@final
class KnownTokens:
    """What is known of one client's epoch under one stamp."""

    __slots__ = ("_limit", "_new", "_old", "stamp")

    def __init__(self, stamp: Stamp, limit: int) -> None:
        self.stamp = stamp
        self._limit = limit
        self._new: dict[bytes, bytes] = {}
        self._old: dict[bytes, bytes] = {}

    def look_up(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return what is known under each key."""
        get: Callable[[bytes], bytes | None] = self._new.get
        found = [get(key) for key in keys]
        if self._old and None in found:
            self._promote(keys, found)
        return found

    def _promote(self, keys: Sequence[bytes], found: list[bytes | None]) -> None:
        old, again = self._old, {}
        for at, key in enumerate(keys):
            if found[at] is None and (packed := old.get(key)) is not None:
                found[at] = again[key] = packed
        self.learn(again)

    def learn(self, packed: dict[bytes, bytes]) -> None:
        """Add what was just read or written."""
        if len(self._new) + len(packed) > self._limit // 2:
            self._old, self._new = self._new, {}
        if len(packed) <= self._limit // 2:
            self._new.update(packed)

    def __len__(self) -> int:
        return len(self._new) + len(self._old)


@final
class TokenCache:
    """Known tokens of the epochs that were written last."""

    def __init__(self, limit: int = ENTRIES_MAX) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._of: dict[tuple[ClientId, int], KnownTokens] = {}

    def of(self, client: ClientId, epoch: int, stamp: Stamp) -> KnownTokens:
        """Return what is known of an epoch under this stamp; what was under another is dropped."""
        with self._lock:
            found = self._of.pop((client, epoch), None)
            if found is None or found.stamp != stamp:
                found = KnownTokens(stamp, self._limit)
            self._of[(client, epoch)] = found
            self._trim(client, epoch)
            return found

    def _trim(self, client: ClientId, epoch: int) -> None:
        """Drop whole epochs, the least lately used first, until the rest is within bounds."""
        while sum(map(len, self._of.values())) > self._limit:
            oldest = next(iter(self._of))
            if oldest == (client, epoch):
                return
            del self._of[oldest]

    def clear(self, client: ClientId) -> None:
        """Drop all that is known of a client."""
        with self._lock:
            for place in [place for place in self._of if place[0] == client]:
                del self._of[place]

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def __reduce__(self) -> NoReturn:
        raise TypeError("known tokens do not leave the process")
