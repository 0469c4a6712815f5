"""Machine instructions for kernels, without a C compiler: raw loads, comparisons of 64 bytes.

Law: text is read by address (an `int`), every quantity is a signed 64-bit integer, and whoever
passes an address has padded it (`PAD_BYTES` readable on both sides).  Numba's arrays are not used
on text because their wrap-around check on each index stops vectorisation, and `uint64 + int` is
a float there.  A *plane* is 64 bytes compared at once, one bit per byte, lowest address first.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, Concatenate, TypeVar, cast

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types

from bailee.scan.vm import cache, char
from bailee.scan.vm.declared import Instruction, P, Part

PAD_BYTES = 4_096
"""Readable on each side of any text: the longest look-back or look-ahead of a verifier."""

R = TypeVar("R")

_I1, _I8, _I16, _I32, I64 = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))
_WIDE = ir.VectorType(_I8, 64)
NOTHING = ir.Constant(I64, 0)
"""What an instruction gives that has no value: to a kernel each has one."""

# One for all kernels: two threads that load or compile one at once would do it twice.
_loading = Lock()


class Kernel(Part[P]):
    """A function of whole numbers, compiled once for a processor and loaded when first called.

    It runs without the interpreter's lock.
    """

    def __init__(self, function: Callable[P, int]) -> None:
        super().__init__(function)
        self.name = f"{function.__module__.removeprefix('bailee.')}.{function.__name__}"
        self._native: Callable[P, int] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> int:
        """Run it; arguments go by position."""
        native = self._native or self.load()
        return native(*args, **kwargs)

    def load(self) -> Callable[P, int]:
        """Load its machine code, compiled first if it is not in the cache."""
        # LLVM's linker takes 40 ms to import, which what calls no kernel does not spend.
        from bailee.scan.vm import linking  # noqa: PLC0415  # 40 ms

        with _loading:
            if self._native is None:
                self._native = linking.link(cache.read(self.name) or self._compiled(), self.arity)
            return self._native

    def compile(self) -> None:
        """Compile it into the cache if it is not there."""
        if cache.read(self.name) is None:
            self._compiled()

    def _compiled(self) -> cache.Code:
        # Numba takes a quarter of a second to import, and nothing else needs it.
        from bailee.scan.vm import compiling  # noqa: PLC0415  # 250 ms

        made = compiling.compiled(self)
        cache.write(self.name, made)
        return made


def kernel(function: Callable[P, int]) -> Kernel[P]:
    """Compile whole, into the cache; the function is called from Python."""
    return Kernel(function)


def piece(function: Callable[P, R]) -> Callable[P, R]:
    """Compile as part of kernels; never called from Python."""
    return cast("Callable[P, R]", Part(function))


def tiny(function: Callable[P, R]) -> Callable[P, R]:
    """Compile into each caller: a call costs more than these do, or there is one caller."""
    return cast("Callable[P, R]", Part(function, inlined=True))


def instruction(write: Callable[Concatenate[Any, P], Any]) -> Callable[P, int]:
    """Have kernels call what is written here; numba has no such instruction."""
    return cast("Callable[P, int]", Instruction(write))


def at(builder: Any, address: Any, kind: Any) -> Any:
    """Make a pointer to an LLVM type of an address."""
    return builder.inttoptr(address, kind.as_pointer())


def _load(builder: Any, address: Any, kind: Any) -> Any:
    return builder.zext(builder.load(at(builder, address, kind), align=1), I64)


def _store(builder: Any, address: Any, value: Any, kind: Any) -> Any:
    builder.store(builder.trunc(value, kind), at(builder, address, kind), align=1)
    return NOTHING


@instruction
def u8(builder: Any, address: Any) -> Any:
    """Load a byte."""
    return _load(builder, address, _I8)


@instruction
def u16(builder: Any, address: Any) -> Any:
    """Load two bytes, little-endian."""
    return _load(builder, address, _I16)


@instruction
def u32(builder: Any, address: Any) -> Any:
    """Load four bytes, little-endian."""
    return _load(builder, address, _I32)


@instruction
def i64(builder: Any, address: Any) -> Any:
    """Load eight bytes, little-endian."""
    return builder.load(at(builder, address, I64), align=1)


@instruction
def put8(builder: Any, address: Any, value: Any) -> Any:
    """Store the lowest byte."""
    return _store(builder, address, value, _I8)


@instruction
def put16(builder: Any, address: Any, value: Any) -> Any:
    """Store the lowest two bytes."""
    return _store(builder, address, value, _I16)


@instruction
def put32(builder: Any, address: Any, value: Any) -> Any:
    """Store the lowest four bytes."""
    return _store(builder, address, value, _I32)


@instruction
def put64(builder: Any, address: Any, value: Any) -> Any:
    """Store all eight bytes."""
    builder.store(value, at(builder, address, I64), align=1)
    return NOTHING


def _splat(builder: Any, value: Any) -> Any:
    one = builder.insert_element(
        ir.Constant(_WIDE, ir.Undefined), builder.trunc(value, _I8), ir.Constant(_I32, 0)
    )
    return builder.shuffle_vector(
        one, ir.Constant(_WIDE, ir.Undefined), ir.Constant(ir.VectorType(_I32, 64), [0] * 64)
    )


def _wide(builder: Any, address: Any) -> Any:
    # Texts begin anywhere; without `align=1` LLVM takes 64 for granted, and the process dies of it.
    return builder.load(at(builder, address, _WIDE), align=1)


@instruction
def plane(builder: Any, address: Any, byte: Any) -> Any:
    """Compare 64 bytes with one."""
    same = builder.icmp_unsigned("==", _wide(builder, address), _splat(builder, byte))
    return builder.bitcast(same, I64)


@instruction
def plane_range(builder: Any, address: Any, low: Any, count: Any) -> Any:
    """Compare 64 bytes with so many from one on."""
    moved = builder.sub(_wide(builder, address), _splat(builder, low))
    return builder.bitcast(builder.icmp_unsigned("<", moved, _splat(builder, count)), I64)


@instruction
def plane_alpha(builder: Any, address: Any) -> Any:
    """Compare 64 bytes with the letters of ASCII."""
    # One comparison for both cases: a byte below `a` wraps around to a large one.
    small = builder.or_(_wide(builder, address), ir.Constant(_WIDE, [char.CASE] * 64))
    moved = builder.sub(small, ir.Constant(_WIDE, [char.LOWER_A] * 64))
    return builder.bitcast(builder.icmp_unsigned("<", moved, ir.Constant(_WIDE, [26] * 64)), I64)


@instruction
def ctz(builder: Any, mask: Any) -> Any:
    """Count the zeros below the lowest bit."""
    # The flag 0: of a mask without bits the answer is 64, and not undefined.
    return builder.cttz(mask, ir.Constant(_I1, 0))


@instruction
def popcount(builder: Any, mask: Any) -> Any:
    """Count the bits."""
    return builder.ctpop(mask)


@instruction
def srl(builder: Any, mask: Any, count: Any) -> Any:
    """Shift right, with zeros from the left."""
    return builder.lshr(mask, count)
