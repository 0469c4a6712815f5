"""Lanes: bit masks of eight steps computed at once; what `planes` says of one holds in each.

Law: nothing here runs on text.  A `Mask` stands for eight words of 64 bits while instructions are
being written; its operators write one vector instruction each, so that the logic between planes,
which is three quarters of finding anchors, is paid once for eight steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types

# Eight words of 64 bits are one register of AVX-512, and two of AVX2.
LANES = 8
_I64 = ir.IntType(64)
_EIGHT = ir.VectorType(_I64, LANES)


@dataclass(frozen=True, slots=True)
class Mask:
    """Eight words, lowest bit first byte; shifted to the right, a mask looks ahead."""

    builder: Any
    value: Any

    def __and__(self, other: "Mask") -> "Mask":
        """Write an and."""
        return Mask(self.builder, self.builder.and_(self.value, other.value))

    def __or__(self, other: "Mask") -> "Mask":
        """Write an or."""
        return Mask(self.builder, self.builder.or_(self.value, other.value))

    def __invert__(self) -> "Mask":
        """Write a not."""
        return Mask(self.builder, self.builder.not_(self.value))

    def __rshift__(self, count: int) -> "Mask":
        """Write a look at what stands `count` bytes further on."""
        return Mask(self.builder, self.builder.lshr(self.value, _all(count)))

    def __lshift__(self, count: int) -> "Mask":
        """Write a look at what stands `count` bytes before."""
        return Mask(self.builder, self.builder.shl(self.value, _all(count)))


def _all(number: int) -> Any:
    return ir.Constant(_EIGHT, [number] * LANES)


def whole(builder: Any, number: int) -> Mask:
    """Give eight lanes of one number."""
    return Mask(builder, _all(number))


def place(builder: Any, address: Any, offset: int, kind: Any) -> Any:
    """Give a pointer to what stands `offset` bytes after an address."""
    at = builder.add(address, ir.Constant(_I64, offset))
    return builder.inttoptr(at, kind.as_pointer())


def combine(
    builder: Any, rows: Sequence[Any], out: Any, law: Callable[[Sequence[Mask]], Mask]
) -> None:
    """Load eight words of each row, write what the law makes of them."""
    # Nothing says that rows are aligned: their addresses are offsets into one array.
    masks = [Mask(builder, builder.load(place(builder, row, 0, _EIGHT), align=1)) for row in rows]
    builder.store(law(masks).value, place(builder, out, 0, _EIGHT), align=1)
