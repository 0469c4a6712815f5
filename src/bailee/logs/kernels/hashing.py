"""Comparison of many bytes at once, and the keyed hash of the dictionary.

Law: as in `wide`, what is passed by address is readable up to 63 bytes beyond its end.
"""

from typing import TYPE_CHECKING, Any

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types

from bailee.logs.kernels.wide import STEP, copy, move
from bailee.scan.vm.machine import I64, at, i64, instruction, kernel, piece, srl

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["STEP", "compare", "copy", "move", "same", "same_bytes", "siphash"]

_WORD_BYTES = 8
_WIDE = ir.VectorType(ir.IntType(8), STEP)


@instruction
def differs(builder: Any, left: Any, right: Any) -> Any:
    """Give one bit for each of 64 bytes that is not the same at both addresses."""
    one = builder.load(at(builder, left, _WIDE), align=1)
    other = builder.load(at(builder, right, _WIDE), align=1)
    return builder.bitcast(builder.icmp_unsigned("!=", one, other), I64)


@piece
def same(left: int, right: int, size: int) -> int:
    """Tell whether so many bytes are the same at both addresses."""
    done = 0
    while size - done >= STEP:
        # Values that are compared are nearly always the same: hashes have parted the others.
        if differs(left + done, right + done) != 0:
            return 0
        done += STEP
    # The rest by a mask, not a byte at a time: what is beyond the end is read and left out.
    if done < size and differs(left + done, right + done) & ((1 << (size - done)) - 1) != 0:
        return 0
    return 1


@piece
def _rotate(value: int, count: int) -> int:
    return (value << count) | srl(value, 64 - count)


@piece
def _round(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a += b
    c += d
    b = _rotate(b, 13) ^ a
    d = _rotate(d, 16) ^ c
    a = _rotate(a, 32)
    c += b
    a += d
    b = _rotate(b, 17) ^ c
    d = _rotate(d, 21) ^ a
    return a, b, _rotate(c, 32), d


@piece
def siphash(key0: int, key1: int, at: int, size: int) -> int:
    """SipHash-1-3: keyed, so that no line can be written to fill one bucket of a table."""
    # The constants are SipHash's own, "somepseudorandomlygeneratedbytes"; one round for each word
    # and three at the end are its faster variant, made for tables.
    a = key0 ^ 0x736F6D6570736575
    b = key1 ^ 0x646F72616E646F6D
    c = key0 ^ 0x6C7967656E657261
    d = key1 ^ 0x7465646279746573
    done = 0
    while size - done >= _WORD_BYTES:
        word = i64(at + done)
        d ^= word
        a, b, c, d = _round(a, b, c, d)
        a ^= word
        done += _WORD_BYTES
    left = size - done
    # The size is the last byte: a value and the same one with zeros behind it hash apart.
    word = size << 56
    if left > 0:
        word |= i64(at + done) & ((1 << (8 * left)) - 1)
    d ^= word
    a, b, c, d = _round(a, b, c, d)
    a ^= word
    c ^= 0xFF
    a, b, c, d = _round(a, b, c, d)
    a, b, c, d = _round(a, b, c, d)
    a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


@kernel
def compare(left: int, right: int, size: int) -> int:
    """Tell whether so many bytes are the same; 1 when they are."""
    return same(left, right, size)


def same_bytes(left: "npt.NDArray[np.uint8]", right: int) -> bool:
    """Tell whether an array, readable a little beyond its end, is what stands at an address."""
    return compare(int(left.ctypes.data), right, len(left)) == 1
