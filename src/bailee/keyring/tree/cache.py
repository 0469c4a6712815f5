"""Cache of unwrapped keys, and of ciphers set up with them, by the wrapped bytes they came from.

Valid without asking anyone: the wrap is read from the row in each transaction, so when another
process replaces a key, its new wrap is not found here.  A deleted key would stay in memory, so a
deletion and a change of generation clear the cache.
"""

from collections.abc import Callable
from typing import NoReturn, TypeVar, cast, final

T = TypeVar("T")
Place = tuple[str | bytes | int | None, ...]
"""Where a wrap stands, as in its associated data: one moved to another row is not found.

The first word names what is kept there, so that a place always holds values of one type.
"""

ENTRIES_MAX = 20_000
"""About 8 MB.  A full cache is cleared, not sorted by age: filling it again costs 4 µs a key."""


@final
class Cache:
    """Keys and ciphers, by place and wrapped bytes."""

    __slots__ = ("_keys", "_limit")

    def __init__(self, limit: int = ENTRIES_MAX) -> None:
        self._keys: dict[tuple[Place, bytes], object] = {}
        self._limit = limit

    def get(self, place: Place, wrapped: bytes, make: Callable[[], T]) -> T:
        """Return what a wrap at its place gives, made on the first call."""
        # No lock: two threads may both unwrap and store equal keys.  `make` runs outside any lock,
        # for it may read a custodian's disk.
        found = self._keys.get((place, wrapped))
        if found is None:
            found = make()
            if len(self._keys) >= self._limit:
                self.clear()
            self._keys[(place, wrapped)] = found
        # The first word of a place fixes the type of what is under it.
        return cast("T", found)

    def clear(self) -> None:
        """Drop all keys; those handed out before live as long as their holders."""
        # A new dict, not `.clear()`: another thread may be looking something up in the old one.
        self._keys = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")
