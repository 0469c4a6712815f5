"""Machine instructions for kernels, without a C compiler: raw loads, comparisons of 64 bytes.

Law: text is read by address (an `int`), every quantity is a signed 64-bit integer, and whoever
passes an address has padded it (`PAD_BYTES` readable on both sides).  Numba's arrays are not used
on text because their wrap-around check on each index stops vectorisation, and `uint64 + int` is
a float there.  A *plane* is 64 bytes compared at once, one bit per byte, lowest address first.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

import numba
from llvmlite import ir  # type: ignore[import-untyped]  # ships no types
from numba.core import types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from bailee.scan.vm import cache, char

_config: Any = numba.config
_config.CACHE_DIR = str(cache.folder())  # before any kernel: each looks at its making

PAD_BYTES = 4_096
"""Readable on each side of any text: the longest look-back or look-ahead of a verifier."""

P = ParamSpec("P")
R = TypeVar("R")

int64 = types.int64
_I1, _I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))
_WIDE = ir.VectorType(_I8, 64)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ahead of the first call, without the interpreter's lock, into the cache."""
    made: Any = numba.njit(nogil=True, cache=True, error_model="numpy", inline="never")(function)
    compiled = made.compile

    def compile_whole(signature: Any) -> Any:
        # Inside a piece, this kernel would be left unoptimised in the cache, and be slow for ever.
        assert _config.OPT > 0, "a piece calls a kernel"
        return compiled(signature)

    made.compile = compile_whole
    return cast("Callable[P, R]", made)


def piece(function: Callable[P, R]) -> Callable[P, R]:
    """Compile as part of kernels; never called from Python, so no wrapper is made."""
    return _part(function, inlined=False)


def tiny(function: Callable[P, R]) -> Callable[P, R]:
    """Compile into each caller: a call costs more than these do, or there is one caller."""
    return _part(function, inlined=True)


def _part(function: Callable[P, R], *, inlined: bool) -> Callable[P, R]:
    compile_piece: Any = numba.njit
    made = compile_piece(
        nogil=True, error_model="numpy", no_cpython_wrapper=True, forceinline=inlined
    )(function)
    compiled = made.compile
    unliteral: Any = types.unliteral

    def compile_raw(signature: Any) -> Any:
        # A version for each literal argument would be five times as many; constants are seen
        # through when the kernel is optimised.
        with _raw():
            return compiled(tuple(unliteral(each) for each in signature))

    made.compile = compile_raw
    return cast("Callable[P, R]", made)


@contextmanager
def _raw() -> Iterator[None]:
    """Leave what is compiled meanwhile as it is: neither optimised nor assembled.

    The kernel that a piece becomes part of is, with all its pieces, once.  Numba would do both
    for each piece with all that it calls, which took a kernel of many pieces three times as long.
    """
    with global_compiler_lock:  # whoever else compiles wants the whole
        level = _config.OPT
        if level == 0:
            yield
            return
        codegen = cpu_target.target_context.codegen()
        engine = codegen._engine  # noqa: SLF001  # numba has no public way
        steps = ((codegen, "_add_module"), (codegen, "set_env"), (engine, "finalize_object"))
        for owner, name in steps:
            setattr(owner, name, _skip)
        _config.OPT = type(level)(0)
        try:
            yield
        finally:
            _config.OPT = level
            for owner, name in steps:
                delattr(owner, name)


def _skip(*_args: Any) -> None:
    """Stand in for a step that is left out."""


def _signature(count: int, *, result: Any = types.int64) -> Any:
    return result(*([types.int64] * count))


def _pointer(builder: Any, address: Any, kind: Any) -> Any:
    return builder.inttoptr(address, kind.as_pointer())


def _load(kind: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        loaded = builder.load(_pointer(builder, args[0], kind), align=1)
        return loaded if kind is _I64 else builder.zext(loaded, _I64)

    return codegen


def _store(kind: Any) -> Any:
    # An instruction without a value is none to numba: each store gives 0.
    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        value = args[1] if kind is _I64 else builder.trunc(args[1], kind)
        builder.store(value, _pointer(builder, args[0], kind), align=1)
        return context.get_constant(types.int64, 0)

    return codegen


@intrinsic
def _u8(_typing: Any, _address: Any) -> Any:
    return _signature(1), _load(_I8)


@intrinsic
def _u16(_typing: Any, _address: Any) -> Any:
    return _signature(1), _load(_I16)


@intrinsic
def _u32(_typing: Any, _address: Any) -> Any:
    return _signature(1), _load(_I32)


@intrinsic
def _i64(_typing: Any, _address: Any) -> Any:
    return _signature(1), _load(_I64)


@intrinsic
def _put8(_typing: Any, _address: Any, _value: Any) -> Any:
    return _signature(2), _store(_I8)


@intrinsic
def _put16(_typing: Any, _address: Any, _value: Any) -> Any:
    return _signature(2), _store(_I16)


@intrinsic
def _put32(_typing: Any, _address: Any, _value: Any) -> Any:
    return _signature(2), _store(_I32)


@intrinsic
def _put64(_typing: Any, _address: Any, _value: Any) -> Any:
    return _signature(2), _store(_I64)


def _splat(builder: Any, value: Any) -> Any:
    one = builder.insert_element(
        ir.Constant(_WIDE, ir.Undefined), builder.trunc(value, _I8), ir.Constant(_I32, 0)
    )
    return builder.shuffle_vector(
        one, ir.Constant(_WIDE, ir.Undefined), ir.Constant(ir.VectorType(_I32, 64), [0] * 64)
    )


def _bits(builder: Any, compared: Any) -> Any:
    return builder.bitcast(compared, _I64)


def _wide(builder: Any, address: Any) -> Any:
    # Texts begin anywhere; without `align=1` LLVM takes 64 for granted, and the process dies of it.
    return builder.load(_pointer(builder, address, _WIDE), align=1)


@intrinsic
def _plane(_typing: Any, _address: Any, _byte: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        wide = _wide(builder, args[0])
        return _bits(builder, builder.icmp_unsigned("==", wide, _splat(builder, args[1])))

    return _signature(2), codegen


@intrinsic
def _plane_range(_typing: Any, _address: Any, _low: Any, _count: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        moved = builder.sub(_wide(builder, args[0]), _splat(builder, args[1]))
        return _bits(builder, builder.icmp_unsigned("<", moved, _splat(builder, args[2])))

    return _signature(3), codegen


@intrinsic
def _plane_alpha(_typing: Any, _address: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        # One comparison for both cases: a byte below `a` wraps around to a large one.
        small = builder.or_(_wide(builder, args[0]), ir.Constant(_WIDE, [char.CASE] * 64))
        moved = builder.sub(small, ir.Constant(_WIDE, [char.LOWER_A] * 64))
        return _bits(builder, builder.icmp_unsigned("<", moved, ir.Constant(_WIDE, [26] * 64)))

    return _signature(1), codegen


@intrinsic
def _ctz(_typing: Any, _mask: Any) -> Any:
    # The flag 0: of a mask without bits the answer is 64, and not undefined.
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(_I1, 0))

    return _signature(1), codegen


@intrinsic
def _popcount(_typing: Any, _mask: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return _signature(1), codegen


@intrinsic
def _srl(_typing: Any, _mask: Any, _count: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.lshr(args[0], args[1])

    return _signature(2), codegen


u8 = cast("Callable[[int], int]", _u8)
u16 = cast("Callable[[int], int]", _u16)
u32 = cast("Callable[[int], int]", _u32)
i64 = cast("Callable[[int], int]", _i64)
put8 = cast("Callable[[int, int], int]", _put8)
put16 = cast("Callable[[int, int], int]", _put16)
put32 = cast("Callable[[int, int], int]", _put32)
put64 = cast("Callable[[int, int], int]", _put64)
plane = cast("Callable[[int, int], int]", _plane)
plane_range = cast("Callable[[int, int, int], int]", _plane_range)
plane_alpha = cast("Callable[[int], int]", _plane_alpha)
ctz = cast("Callable[[int], int]", _ctz)
popcount = cast("Callable[[int], int]", _popcount)
srl = cast("Callable[[int, int], int]", _srl)
