"""Unwrapped keys, and ciphers set up with them, found by the wrapped bytes that they came from.

The row read in the transaction stays the truth: another process may replace a bucket key at any
moment, and then its new wrap is simply not found here.  What was deleted would stay in memory, so
a deletion and a change of generation empty the lot.
"""

from collections.abc import Callable
from typing import NoReturn, TypeVar, cast, final

T = TypeVar("T")
Place = tuple[str | bytes | int | None, ...]
"""Names where a wrap stands, as its associated data does: a moved one is not found.

The first word also says what is kept there, so that a place always holds values of one type.
"""

ENTRIES_MAX = 20_000
"""About 8 MB; a full cache is emptied rather than sorted by age: filling it costs 4 µs a key."""


@final
class Cache:
    """Key by place and wrap."""

    __slots__ = ("_keys", "_limit")

    def __init__(self, limit: int = ENTRIES_MAX) -> None:
        self._keys: dict[tuple[Place, bytes], object] = {}
        self._limit = limit

    def get(self, place: Place, wrapped: bytes, make: Callable[[], T]) -> T:
        """Return what a wrap at its place gave, made on the first call."""
        found = self._keys.get((place, wrapped))
        if found is None:
            found = make()
            if len(self._keys) >= self._limit:
                self.clear()
            self._keys[(place, wrapped)] = found
        return cast("T", found)

    def clear(self) -> None:
        """Forget all keys."""
        self._keys = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")
