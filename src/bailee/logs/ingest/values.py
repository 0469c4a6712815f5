"""Values: the distinct values of one batch, each exact spelling of a kind once, numbered in order.

A block has its own ordinals, so that what remains of a batch after its names have died links
within a block only.  Bytes are held in one arena; a Python object is made per value, not per find.
"""

import secrets
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from bailee.logs.kernels.hashing import STEP
from bailee.logs.store.kernels import values as place
from bailee.logs.store.kernels.values import number_values, spread

Words = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]

T = TypeVar("T", bound=np.generic)

_SLOTS = 1 << 14
_VALUES = 1 << 12
_ARENA_BYTES = 1 << 18
_HALF = 2
"""A table at most half full keeps its searches short."""


class Values:
    """Values: a batch's dictionary; it grows as it needs and is dropped with its batch."""

    def __init__(self) -> None:
        # Two words a slot: hash, and number plus one. Zero is an empty slot, so a table begins as
        # zeros.
        self._table = np.zeros(2 * _SLOTS, np.int64)
        # STEP bytes beyond the end: the loops compare eight bytes at a time and may read past a
        # value, never past the arena.
        self.arena = np.empty(_ARENA_BYTES + STEP, np.uint8)
        self.offsets = np.zeros(_VALUES + 1, np.int64)
        self._kinds = np.empty(_VALUES, np.uint8)
        # Block and ordinal of each value: an entry of an earlier block counts as absent, so nothing
        # has to be cleared between blocks.
        self._seen = np.empty(_VALUES, np.int64)
        self._blocks = 0
        self._ctx = np.zeros(place.CONTEXT_BYTES // 8, np.int64)
        # Drawn for each batch: with a hash that a sender could foresee, chosen values would fall in
        # one slot, and each search of the table would walk through all of them.
        keys = np.frombuffer(secrets.token_bytes(16), np.int64)
        self._ctx[place.KEY0 // 8 : place.KEY1 // 8 + 1] = keys
        self._point()

    def __len__(self) -> int:
        """Count the distinct values of the batch."""
        return int(self._ctx[place.KNOWN // 8])

    @property
    def kinds(self) -> npt.NDArray[np.uint8]:
        """The kind of each value."""
        return self._kinds[: len(self)]

    def raw(self, number: int) -> bytes:
        """Copy one value."""
        return self.arena[self.offsets[number] : self.offsets[number + 1]].tobytes()

    def raws(self) -> list[bytes]:
        """Copy all values, in order."""
        known = len(self)
        whole = self.arena[: self.offsets[known]].tobytes()
        at = self.offsets[: known + 1].tolist()
        return [whole[at[i] : at[i + 1]] for i in range(known)]

    def number(
        self,
        text: int,
        starts: Numbers,
        ends: Numbers,
        kinds: npt.NDArray[np.uint8],
        uses: npt.NDArray[np.uint8],
    ) -> tuple[Words, Words]:
        """Number a block's finds: the ordinal of each that has one, the value of each ordinal."""
        taken = uses == place.WITH_ORDINAL
        count = int(np.count_nonzero(taken))
        # Room for the worst before the loop starts: the compiled loop never grows an array, and
        # never has to stop between two values.
        self._make_room(count, int((ends - starts)[taken].sum()))
        ordinals = np.empty(count, np.uint32)
        values = np.empty(count, np.uint32)
        # Counted from 1, for 0 is what an array of zeros would say of a value never seen.
        self._blocks += 1
        made = number_values(
            int(self._ctx.ctypes.data),
            text,
            int(starts.ctypes.data),
            int(ends.ctypes.data),
            int(kinds.ctypes.data),
            int(uses.ctypes.data),
            len(starts),
            self._blocks,
            int(ordinals.ctypes.data),
            int(values.ctypes.data),
        )
        # A copy of the rows in use: the array has room for a value per find, and is kept to the
        # batch's end.
        return ordinals, values[:made].copy()

    def _make_room(self, more: int, more_bytes: int) -> None:
        known = len(self)
        size = int(self.offsets[known]) + more_bytes + STEP
        if size > len(self.arena):
            self.arena = _grown(self.arena, 2 * size)
        if known + more > len(self._kinds):
            room = 2 * (known + more)
            self.offsets = _grown(self.offsets, room + 1)
            self._kinds = _grown(self._kinds, room)
            self._seen = _grown(self._seen, room)
        old, slots = self._table, len(self._table) // 2
        wanted = slots
        while (known + more) * _HALF > wanted:
            wanted *= 2
        if wanted > slots:
            self._table = np.zeros(2 * wanted, np.int64)
        self._point()
        if wanted > slots:
            spread(int(self._ctx.ctypes.data), int(old.ctypes.data), slots)

    def _point(self) -> None:
        for number, value in (
            (place.TABLE, int(self._table.ctypes.data)),
            (place.MASK, len(self._table) // 2 - 1),
            (place.ARENA, int(self.arena.ctypes.data)),
            (place.OFFSETS, int(self.offsets.ctypes.data)),
            (place.KINDS, int(self._kinds.ctypes.data)),
            (place.SEEN, int(self._seen.ctypes.data)),
        ):
            self._ctx[number // 8] = value


def _grown(old: npt.NDArray[T], size: int) -> npt.NDArray[T]:
    made = np.empty(size, old.dtype)
    made[: len(old)] = old
    return made
