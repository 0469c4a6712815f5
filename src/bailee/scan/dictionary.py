"""Dictionary: each find gets the number of its value, in order of first appearance.

Values are one when kind and bytes are one.  The hash only finds candidates; bytes are compared,
so that no crafted collision gives one person's token to another.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bailee.scan.scanner import Finds
from bailee.scan.vm.machine import i64, kernel, piece, put32, put64, srl, u8

Numbers = npt.NDArray[np.int64]
_WORD_BYTES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Dictionary:
    """The distinct values of some finds."""

    codes: npt.NDArray[np.int32]
    """Per find, the number of its value, from 0."""
    first: Numbers
    """Per value, the index of the find where it appeared first."""

    def __len__(self) -> int:
        """Count the values."""
        return len(self.first)


@piece
def _mix(value: int, word: int) -> int:
    # The golden ratio's 64 bits spread each bit upwards; the shift brings the upper ones down to
    # where the table looks.
    value = (value ^ word) * 0x9E3779B97F4A7C15
    return value ^ srl(value, 29)


@piece
def _hash(at: int, size: int, seed: int) -> int:
    value = _mix(seed, size)
    while size >= _WORD_BYTES:
        value = _mix(value, i64(at))
        at += _WORD_BYTES
        size -= _WORD_BYTES
    # Byte by byte: what stands behind a value is another text, and must not change its hash.
    word = 0
    while size > 0:
        size -= 1
        word = word << 8 | u8(at + size)
    return _mix(value, word)


@piece
def _equal(left: int, right: int, size: int) -> bool:
    while size >= _WORD_BYTES:
        if i64(left) != i64(right):
            return False
        left += _WORD_BYTES
        right += _WORD_BYTES
        size -= _WORD_BYTES
    while size > 0:
        size -= 1
        if u8(left + size) != u8(right + size):
            return False
    return True


@kernel
def number_values(
    text: int,
    count: int,
    starts: int,
    ends: int,
    kinds: int,
    table: int,
    mask: int,
    codes: int,
    first: int,
) -> int:
    """Fill codes and first; `table` holds code + 1 per slot.  Returns the number of values."""
    made = 0
    for k in range(count):
        start = text + i64(starts + 8 * k)
        size = text + i64(ends + 8 * k) - start
        kind = u8(kinds + k)
        slot = _hash(start, size, kind) & mask
        while True:
            code = i64(table + 8 * slot) - 1
            if code < 0:
                put64(table + 8 * slot, made + 1)
                put64(first + 8 * made, k)
                put32(codes + 4 * k, made)
                made += 1
                break
            other = i64(first + 8 * code)
            begin = text + i64(starts + 8 * other)
            same = u8(kinds + other) == kind and text + i64(ends + 8 * other) - begin == size
            if same and _equal(begin, start, size):
                put32(codes + 4 * k, code)
                break
            slot = (slot + 1) & mask
    return made


def encode(finds: Finds) -> Dictionary:
    """Number the distinct values of some finds."""
    # Half full at most, a power of two: the mask is the modulus, and a search ends.
    count = len(finds)
    size = 16
    while size < 2 * count:
        size *= 2
    table = np.zeros(size, np.int64)
    codes = np.empty(count, np.int32)
    first = np.empty(count, np.int64)
    # Side by side in memory: a kernel goes from row to row by address, whatever the array is a
    # view of.
    rows = (finds.start, finds.end, finds.kind)
    starts, ends, kinds = (np.ascontiguousarray(row) for row in rows)
    text = np.ascontiguousarray(finds.text)
    made = number_values(
        int(text.ctypes.data),
        count,
        int(starts.ctypes.data),
        int(ends.ctypes.data),
        int(kinds.ctypes.data),
        int(table.ctypes.data),
        size - 1,
        int(codes.ctypes.data),
        int(first.ctypes.data),
    )
    return Dictionary(codes=codes, first=first[:made].copy())
