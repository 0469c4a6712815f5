"""Wide moves, of 64 bytes, and byte order, for kernels that write what is hashed or kept.

Law: as in `machine`, text is read by address and whoever passes one has padded it: a copy reads
and writes up to 63 bytes beyond its end.
"""

from typing import TYPE_CHECKING, Any, cast

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types
from numba.core import types
from numba.extending import intrinsic

from bailee.scan.vm.machine import piece, put64

if TYPE_CHECKING:
    from collections.abc import Callable

# One register of AVX-512, two of AVX2: most values and many lines are a single move.
STEP = 64
"""Bytes moved at once; also how far a copy may overshoot."""

_I8, _I32, _I64 = (ir.IntType(bits) for bits in (8, 32, 64))
_WIDE = ir.VectorType(_I8, STEP)


def _wide_at(builder: Any, address: Any) -> Any:
    return builder.inttoptr(address, _WIDE.as_pointer())


@intrinsic
def _move(_typing: Any, _target: Any, _source: Any) -> Any:
    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        value = builder.load(_wide_at(builder, args[1]), align=1)
        builder.store(value, _wide_at(builder, args[0]), align=1)
        return context.get_constant(types.int64, 0)

    return types.int64(types.int64, types.int64), codegen


@intrinsic
def _zero(_typing: Any, _target: Any) -> Any:
    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        nothing = ir.Constant(_WIDE, [0] * STEP)
        builder.store(nothing, _wide_at(builder, args[0]), align=1)
        return context.get_constant(types.int64, 0)

    return types.int64(types.int64), codegen


@intrinsic
def _swap64(_typing: Any, _value: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.bswap(args[0])

    return types.int64(types.int64), codegen


@intrinsic
def _swap32(_typing: Any, _value: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.zext(builder.bswap(builder.trunc(args[0], _I32)), _I64)

    return types.int64(types.int64), codegen


move = cast("Callable[[int, int], int]", _move)
zero = cast("Callable[[int], int]", _zero)
swap64 = cast("Callable[[int], int]", _swap64)
swap32 = cast("Callable[[int], int]", _swap32)


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
