"""SHA-256 with the CPU's own instructions, as one intrinsic: a 64-byte block into eight words.

`llvm.x86.sha256rnds2` does two rounds; the words of the state stand in two vectors in the order
that Intel's instruction wants, (f e b a) and (h g d c).  `leaf` uses it where `AVAILABLE`, and
hashlib where not; a test compares the two on published vectors and a million lines.
"""

import os
from typing import TYPE_CHECKING, Any, cast

import llvmlite.binding as llvm  # type: ignore[import-untyped]  # ships no types
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

_WANTED = os.environ.get("NUMBA_CPU_FEATURES")
AVAILABLE = (
    "+sha" in _WANTED.split(",")
    if _WANTED is not None
    else bool(llvm.get_host_cpu_features().get("sha"))
    and os.environ.get("NUMBA_CPU_NAME", "") in ("", "host")
)
"""Whether this CPU has the instructions."""

_I8, _I32, _I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_FOUR = ir.VectorType(_I32, 4)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _root(number: int, degree: int) -> int:
    """Return the first 32 bits of the fraction of a square or cube root."""
    scaled = number << (32 * degree)
    low, high = 0, 1 << 40
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= scaled else (low, middle - 1)
    return low & 0xFFFFFFFF


CONSTANTS = [_root(prime, 3) for prime in _primes(64)]
START = [_root(prime, 2) for prime in _primes(8)]


class _Writer:
    """Writes the rounds of one block."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def call(self, name: str, *args: Any) -> Any:
        kind = ir.FunctionType(_FOUR, [_FOUR] * len(args))
        module = self.builder.module
        return self.builder.call(
            module.globals.get(name) or ir.Function(module, kind, name), list(args)
        )

    def mix(self, left: Any, right: Any, *lanes: int) -> Any:
        return self.builder.shuffle_vector(left, right, ir.Constant(_FOUR, lanes))

    def load(self, address: Any, offset: int) -> Any:
        place = self.builder.add(address, ir.Constant(_I64, offset))
        return self.builder.load(self.builder.inttoptr(place, _FOUR.as_pointer()), align=1)

    def store(self, address: Any, offset: int, value: Any) -> None:
        place = self.builder.add(address, ir.Constant(_I64, offset))
        self.builder.store(value, self.builder.inttoptr(place, _FOUR.as_pointer()), align=1)

    def words(self, data: Any) -> list[Any]:
        """Expand the message to sixteen vectors of four words."""
        out = [self.call("llvm.bswap.v4i32", self.load(data, 16 * k)) for k in range(4)]
        while len(out) < 16:
            moved = self.mix(out[-2], out[-1], 1, 2, 3, 4)
            part = self.builder.add(self.call("llvm.x86.sha256msg1", out[-4], out[-3]), moved)
            out.append(self.call("llvm.x86.sha256msg2", part, out[-1]))
        return out

    def rounds(self, low: Any, high: Any, words: list[Any]) -> tuple[Any, Any]:
        for k, word in enumerate(words):
            added = self.builder.add(word, ir.Constant(_FOUR, CONSTANTS[4 * k : 4 * k + 4]))
            high = self.call("llvm.x86.sha256rnds2", high, low, added)
            low = self.call("llvm.x86.sha256rnds2", low, high, self.mix(added, added, 2, 3, 0, 0))
        return low, high


@intrinsic
def _compress(_typing: Any, _state: Any, _data: Any) -> Any:
    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        state, data = args
        to = _Writer(builder)
        first, second = to.load(state, 0), to.load(state, 16)
        low, high = to.mix(first, second, 5, 4, 1, 0), to.mix(first, second, 7, 6, 3, 2)
        new_low, new_high = to.rounds(low, high, to.words(data))
        low, high = builder.add(low, new_low), builder.add(high, new_high)
        to.store(state, 0, to.mix(low, high, 3, 2, 7, 6))
        to.store(state, 16, to.mix(low, high, 1, 0, 5, 4))
        return context.get_constant(types.int64, 0)

    return types.int64(types.int64, types.int64), codegen


compress = cast("Callable[[int, int], int]", _compress)
"""Take 64 bytes at an address into the state of eight 32-bit words at another."""
