"""Rows: the columns of finds, merged by where they start."""

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from bailee.scan.vm.machine import i64, kernel, piece, put8, put16, put64, u8, u16

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Rows = tuple[
    Numbers,
    Numbers,
    Numbers,
    npt.NDArray[np.uint8],
    npt.NDArray[np.uint16],
    npt.NDArray[np.uint16],
]
"""Start, end, line, kind, rule, flags."""


@piece
def _move(source: int, at: int, to: int, place: int) -> None:
    """Copy one row; `source` and `to` are addresses of six addresses."""
    # Three columns of 64 bits, one of 8 and two of 16, in the order of `Rows`.
    for column in range(3):
        put64(i64(to + 8 * column) + 8 * place, i64(i64(source + 8 * column) + 8 * at))
    put8(i64(to + 24) + place, u8(i64(source + 24) + at))
    put16(i64(to + 32) + 2 * place, u16(i64(source + 32) + 2 * at))
    put16(i64(to + 40) + 2 * place, u16(i64(source + 40) + 2 * at))


@kernel
def merge(one: int, count: int, other: int, more: int, to: int) -> int:
    """Merge two sets of rows by where they start; returns how many there are."""
    left = 0
    right = 0
    while left < count or right < more:
        # No two start at one byte: the second pass looks where the first found nothing.
        first = left < count
        if first and right < more:
            first = i64(i64(one) + 8 * left) < i64(i64(other) + 8 * right)
        if first:
            _move(one, left, to, left + right)
            left += 1
        else:
            _move(other, right, to, left + right)
            right += 1
    return count + more


def _addresses(rows: Rows) -> Numbers:
    # Of the arrays as they are: the caller holds them until the kernel is done.
    columns = cast("tuple[npt.NDArray[Any], ...]", rows)
    return np.array([int(column.ctypes.data) for column in columns], np.int64)


class Merger:
    """Room for merged rows, used again by each block."""

    def __init__(self, capacity: int) -> None:
        self._room: Rows = (
            np.empty(capacity, np.int64),
            np.empty(capacity, np.int64),
            np.empty(capacity, np.int64),
            np.empty(capacity, np.uint8),
            np.empty(capacity, np.uint16),
            np.empty(capacity, np.uint16),
        )

    def merged(self, one: Rows, other: Rows) -> Rows:
        """Put two passes' finds in order; they do not overlap.  Valid until the next call."""
        # Most blocks have no escapes and no known names: nothing is copied for them.
        if not len(other[0]):
            return one
        here, there, room = _addresses(one), _addresses(other), _addresses(self._room)
        count = merge(
            int(here.ctypes.data),
            len(one[0]),
            int(there.ctypes.data),
            len(other[0]),
            int(room.ctypes.data),
        )
        return cast("Rows", tuple(column[:count] for column in self._room))
