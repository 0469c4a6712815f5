"""Spans: the stretch of time that the lines of a batch lie in, coarsely, as one byte.

It is the smallest of some aligned stretches that holds the first and the last time of the batch,
numbered and folded onto a byte.  A window of time is met by few bytes, and so few cells of the
digest are compared, and few rows read, to tell that nothing of that time is missing.  What shares
a byte by chance is read along.  spec/sets.md
"""

from collections.abc import Sequence
from typing import Final

from bailee.keyring.sets import CELLS

_SHIFTS: Final = (46, 49, 52, 55)
"""Widths as powers of two of nanoseconds: 19.5 hours, then each eight times the one before."""
_APART: Final = 61
"""Between the bytes of one width and the next: else all that is recent would share one."""
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


def span_of(first_ns: int, last_ns: int) -> bytes:
    """Return the byte of a batch, by the times of its first and its last line."""
    for level, shift in enumerate(_SHIFTS):
        if first_ns >> shift == last_ns >> shift:
            return _folded(level, first_ns >> shift)
    return _folded(len(_SHIFTS), 0)


def spans_within(from_ns: int | None, to_ns: int | None) -> Sequence[bytes]:
    """Return the bytes of batches that may have a line from a moment to before another."""
    low = _LEAST if from_ns is None else clamped(from_ns)
    high = _MOST if to_ns is None else clamped(to_ns - 1)
    found = {_folded(len(_SHIFTS), 0)}
    for level, shift in enumerate(_SHIFTS):
        start, stop = low >> shift, high >> shift
        found |= {_folded(level, at) for at in range(start, min(stop, start + CELLS - 1) + 1)}
    return sorted(found)


def clamped(moment_ns: int) -> int:
    """Return a moment that a database can hold; what is beyond is as far as any line."""
    return max(_LEAST, min(moment_ns, _MOST))


def _folded(level: int, number: int) -> bytes:
    return bytes([(number + level * _APART) % CELLS])
