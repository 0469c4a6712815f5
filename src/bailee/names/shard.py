"""Shard: names in order, found by halving and read only where they are asked for.

    shard = start ‖ u8 bits ‖ u32 count ‖ u32 end… ‖ entry…
    entry = id ‖ u64 version ‖ name

`end` says where an entry ends, counted from the first; a name is UTF-8.  Pure; spec/names.md
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from struct import Struct, error
from typing import Final, final

from bailee import errors
from bailee.ids import ID_BYTES
from bailee.names.model import PLACE_BITS, PLACE_BYTES, NamedThing, ShardRow, number

SHARD_NAMES: Final = 1_024
"""Names of a shard before it is cut in two: below the 4,096 that a look-up could open as well, for
what is sealed again at every eighth new name, and at each deletion, is all of a shard."""

Part = tuple[bytes, int, Sequence[NamedThing]]
"""Where a shard begins, how many bits its places share, and its names."""

_HEAD: Final = Struct(f">{PLACE_BYTES}sBI")
_END: Final = Struct(">I")
_THING: Final = Struct(f">{ID_BYTES}sQ")


@final
class Shard:
    """Shard: the names of an opened one."""

    def __init__(self, plain: bytes) -> None:
        try:
            self.start, self.bits, self.count = _HEAD.unpack_from(plain)
            self._ends = (0, *Struct(f">{self.count}I").unpack_from(plain, _HEAD.size))
        except error:
            raise errors.Damaged("errors_names.shard") from None
        self._first = _HEAD.size + self.count * _END.size
        self._plain = plain
        # Authentic, so whoever has the key made it; but ends that go back would read as names that
        # nobody gave.
        if self._first + self._ends[-1] != len(plain) or any(
            after - before < _THING.size for before, after in pairwise(self._ends)
        ):
            raise errors.Damaged("errors_names.shard")

    def _at(self, index: int) -> tuple[bytes, bytes, int]:
        begin = self._first + self._ends[index]
        ident, version = _THING.unpack_from(self._plain, begin)
        return (
            self._plain[begin + _THING.size : self._first + self._ends[index + 1]],
            ident,
            version,
        )

    def _order(self, index: int) -> tuple[bytes, bytes]:
        name, ident, _ = self._at(index)
        return name, ident

    def since(self, order: tuple[bytes, bytes]) -> Iterator[NamedThing]:
        """Yield the names from one on, in order."""
        for index in range(bisect_left(range(self.count), order, key=self._order), self.count):
            name, ident, version = self._at(index)
            yield NamedThing(name=name.decode(), id=ident, version=version)

    def named(self, name: str) -> Iterator[NamedThing]:
        """Yield what has exactly this name."""
        for thing in self.since((name.encode(), b"")):
            if thing.name != name:
                return
            yield thing

    def __iter__(self) -> Iterator[NamedThing]:
        return self.since((b"", b""))


def encoded(start: bytes, bits: int, things: Iterable[NamedThing]) -> bytes:
    """Encode the names of a shard, in order."""
    entries = [
        _THING.pack(thing.id, thing.version) + thing.name.encode()
        for thing in sorted(things, key=lambda one: one.order)
    ]
    ends = list(accumulate(map(len, entries)))
    return b"".join(
        [_HEAD.pack(start, bits, len(entries)), Struct(f">{len(ends)}I").pack(*ends), *entries]
    )


def opened(row: ShardRow, plain: bytes) -> Shard:
    """Read an opened shard; Damaged when it is of other places than its row says."""
    shard = Shard(plain)
    if (shard.start, shard.bits) != (row.start, row.bits):
        raise errors.Damaged("errors_names.shard")
    return shard


def cut(start: bytes, bits: int, placed: Sequence[tuple[bytes, NamedThing]]) -> Iterator[Part]:
    """Cut the names of a shard, each with its place, until no part has more than it may.

    Names of one place stay together, however many they are.
    """
    if len(placed) <= SHARD_NAMES or bits == PLACE_BITS:
        yield start, bits, [thing for _, thing in placed]
        return
    upper = number(start) | 1 << (PLACE_BITS - bits - 1)
    lower_half = [one for one in placed if number(one[0]) < upper]
    upper_half = [one for one in placed if number(one[0]) >= upper]
    yield from cut(start, bits + 1, lower_half)
    yield from cut(upper.to_bytes(PLACE_BYTES, "big"), bits + 1, upper_half)
