"""Token cache: known tokens in bounded memory; a value seen before costs one hash, no statement.

Found by index key, which only the living vault key gives: no value is kept.  Valid under the stamp
that was read in the same transaction as the tokens: an erasure, here or in another process,
changes the stamp, and what was known of that month is dropped.
"""

import threading
from collections.abc import Callable, Sequence
from typing import NoReturn, final

from bailee.ids import ClientId

ENTRIES_MAX = 200_000
"""About 45 MB.  When one half is full, the half not used of late is dropped."""

Stamp = tuple[int, int]


@final
class KnownTokens:
    """Known tokens of one client's epoch, under one stamp.

    Without a lock of its own: threads may share one, and the worst of a race is a token that is
    looked up in the rows again, for entries are only added or dropped, never changed.
    """

    __slots__ = ("_limit", "_new", "_old", "stamp")

    def __init__(self, stamp: Stamp, limit: int) -> None:
        self.stamp = stamp
        self._limit = limit
        self._new: dict[bytes, bytes] = {}
        self._old: dict[bytes, bytes] = {}

    def look_up(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return what is known under each key, None where nothing is."""
        get: Callable[[bytes], bytes | None] = self._new.get
        found = [get(key) for key in keys]
        # Two passes only when the first did not find all: almost every value of a batch is in the
        # half that is in use.
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
        """Add what was just read or written, once it is durable."""
        # Two generations instead of an order of use: a full half becomes the old one, what is used
        # from it is promoted, and the rest goes with it.  No bookkeeping at each look-up.
        if len(self._new) + len(packed) > self._limit // 2:
            self._old, self._new = self._new, {}
        if len(packed) <= self._limit // 2:
            self._new.update(packed)

    def __len__(self) -> int:
        return len(self._new) + len(self._old)


@final
class TokenCache:
    """Known tokens by epoch, those of the epochs used last."""

    def __init__(self, limit: int = ENTRIES_MAX) -> None:
        self._limit = limit
        # Held while the dictionary of epochs is changed, microseconds; never across a look-up of
        # tokens, a statement or a commit.
        self._lock = threading.Lock()
        self._of: dict[tuple[ClientId, int], KnownTokens] = {}

    def of(self, client: ClientId, epoch: int, stamp: Stamp) -> KnownTokens:
        """Return what is known of an epoch under this stamp; drop what was known under another."""
        with self._lock:
            # Taken out and put back: the order of the dictionary is the order of use.
            found = self._of.pop((client, epoch), None)
            if found is None or found.stamp != stamp:
                found = KnownTokens(stamp, self._limit)
            self._of[(client, epoch)] = found
            self._trim(client, epoch)
            return found

    def _trim(self, client: ClientId, epoch: int) -> None:
        """Drop whole epochs, the least recently used first, until the rest is within bounds."""
        while sum(map(len, self._of.values())) > self._limit:
            oldest = next(iter(self._of))
            if oldest == (client, epoch):
                return
            del self._of[oldest]

    def clear(self, client: ClientId) -> None:
        """Drop all that is known of a client: keys of it were ended, or values erased."""
        with self._lock:
            for place in [place for place in self._of if place[0] == client]:
                del self._of[place]

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def __reduce__(self) -> NoReturn:
        raise TypeError("known tokens do not leave the process")
