"""Wide moves, of 64 bytes, and byte order, for kernels that write what is hashed or kept.

Law: as in `machine`, text is read by address and whoever passes one has padded it: a copy reads
and writes up to 63 bytes beyond its end.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types

from bailee.scan.vm.machine import I64, NOTHING, at, instruction, piece, put64

# One register of AVX-512, two of AVX2: most values and many lines are a single move.
STEP = 64
"""Bytes moved at once; also how far a copy may overshoot."""

_I32 = ir.IntType(32)
_WIDE = ir.VectorType(ir.IntType(8), STEP)


@instruction
def move(builder: Any, target: Any, source: Any) -> Any:
    """Copy 64 bytes."""
    value = builder.load(at(builder, source, _WIDE), align=1)
    builder.store(value, at(builder, target, _WIDE), align=1)
    return NOTHING


@instruction
def zero(builder: Any, target: Any) -> Any:
    """Write 64 zeros."""
    builder.store(ir.Constant(_WIDE, [0] * STEP), at(builder, target, _WIDE), align=1)
    return NOTHING


@instruction
def swap64(builder: Any, value: Any) -> Any:
    """Turn the eight bytes of a number around."""
    return builder.bswap(value)


@instruction
def swap32(builder: Any, value: Any) -> Any:
    """Turn the lowest four bytes of a number around; the others go."""
    return builder.zext(builder.bswap(builder.trunc(value, _I32)), I64)


@piece
def copy(target: int, source: int, size: int) -> int:
    """Copy; returns where the copy ends."""
    # Beyond the end too: whoever lays things out side by side writes from left to right, so that
    # what overshoots is written over, and leaves `STEP` bytes behind the last.
    done = 0
    while done < size:
        move(target + done, source + done)
        done += STEP
    return target + size


@piece
def put_be64(at: int, value: int) -> int:
    """Write a whole number, big-endian; returns where it ends."""
    put64(at, swap64(value))
    return at + 8
