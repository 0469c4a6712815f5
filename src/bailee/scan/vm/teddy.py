"""Teddy: short words found 64 bytes at a time, two nibble look-ups per letter, sixteen buckets.

The algorithm is of Intel's Hyperscan: a table says for each low nibble, and another for
each high nibble, which buckets may have this byte at this position; ANDed over four positions,
what is left is a bucket whose words may start here.  A candidate may be false (nibbles of two
words of a bucket mix), never missed.  Needs the byte shuffle of x86; other CPUs compare.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]  # ships no types

from bailee.scan.vm import cpu
from bailee.scan.vm.machine import instruction

_LANES = 64
# Fewer letters let too much through; more would leave out `_pat` and `npm_`.
_LETTERS = 4
_I8, _I32, _I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_WIDE = ir.VectorType(_I8, _LANES)

_Letters = frozenset[int]

_ANY = frozenset(range(128))
_DIGIT = frozenset(b"0123456789")
_UPPER = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CLASSES = {"?": _ANY, "#": _DIGIT, "^": _UPPER}


def _positions(word: str) -> tuple[_Letters, ...]:
    """Read a word of the table below: letters stand for either case, `[…]` for one of them."""
    out: list[_Letters] = []
    rest = word
    while rest:
        if rest[0] == "[":
            body, rest = rest[1:].split("]", 1)
            out.append(frozenset(b"".join(_cases(c) for c in body)))
        else:
            out.append(_CLASSES.get(rest[0]) or frozenset(_cases(rest[0])))
            rest = rest[1:]
    return tuple(out)


def _cases(letter: str) -> bytes:
    return (letter.lower() + letter.upper()).encode() if letter.isalpha() else letter.encode()


BUCKETS: tuple[tuple[str, ...], ...] = (
    ("user", "util", "msis"),
    ("eyj?", "aiz?"),
    ("a[ks]ia", "pass"),
    ("gh?_", "m. ^"),
    ("_pat", "ount", "d by", "[dg] as"),
    ("xox?", "npm_"),
    ("k_li", "sful", "sms ", "mme ", "mlle"),
    ("bear", "basi", "/dav"),
    ("mozi", "-beg", "sip/"),
    ("[/\\]hom", "[/\\]use"),
    ("fail", "acce", "par "),
    ("log[ig]", "s-1-"),
    ("%[234][0257abde]?", "(##[)0123456789]"),
    ("\\u00", "auth", "mpte"),
    ("^^##",),
    ("glpa", "pour", "mr. ", "mrs "),
)
"""Words that start an anchor, four positions each: `?` any, `#` digit, `^` capital."""


def _table(sets: Sequence[Sequence[_Letters]], position: int, *, low: bool) -> list[int]:
    row = [0] * 16
    for bucket, letters in enumerate(sets):
        for letter in letters[position]:
            row[letter & 15 if low else letter >> 4] |= 1 << bucket
    return row


def _merged(words: Sequence[str]) -> list[_Letters]:
    read = [_positions(word) for word in words]
    return [frozenset().union(*(letters[k] for letters in read)) for k in range(_LETTERS)]


class _Writer:
    """Writes the instructions for one CPU."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        if cpu.has("avx512bw"):
            self.lanes, self.shuffle = 64, "llvm.x86.avx512.pshuf.b.512"
        elif cpu.has("avx2"):
            self.lanes, self.shuffle = 32, "llvm.x86.avx2.pshuf.b"
        elif cpu.has("ssse3"):
            self.lanes, self.shuffle = 16, "llvm.x86.ssse3.pshuf.b.128"
        else:
            self.lanes, self.shuffle = 0, ""
        self.row = ir.VectorType(_I8, 16)

    def find(self, row: Any, index: Any) -> Any:
        """Look nibbles up in sixteen bytes that are known only when running."""
        lanes = [k % 16 for k in range(self.lanes)]
        spread = ir.Constant(ir.VectorType(_I32, self.lanes), lanes)
        table = self.builder.shuffle_vector(row, ir.Constant(self.row, ir.Undefined), spread)
        return self._shuffled(table, index)

    def look_up(self, row: list[int], index: Any) -> Any:
        """Look nibbles up in sixteen bytes."""
        table = ir.Constant(ir.VectorType(_I8, self.lanes), row * (self.lanes // 16))
        return self._shuffled(table, index)

    def _shuffled(self, table: Any, index: Any) -> Any:
        # The instruction takes the low four bits as the index, and gives 0 where the highest bit
        # is set: a byte above ASCII is in no word, without a comparison.
        part = ir.VectorType(_I8, self.lanes)
        call = self.builder.module.globals.get(self.shuffle) or ir.Function(
            self.builder.module, ir.FunctionType(part, [part, part]), self.shuffle
        )
        pieces = [
            self.builder.call(call, [table, self._cut(index, at)])
            for at in range(0, _LANES, self.lanes)
        ]
        while len(pieces) > 1:
            pieces = [
                self._join(left, right)
                for left, right in zip(pieces[::2], pieces[1::2], strict=True)
            ]
        return pieces[0]

    def _cut(self, wide: Any, at: int) -> Any:
        lanes = ir.Constant(ir.VectorType(_I32, self.lanes), list(range(at, at + self.lanes)))
        return self.builder.shuffle_vector(wide, ir.Constant(_WIDE, ir.Undefined), lanes)

    def _join(self, left: Any, right: Any) -> Any:
        count = 2 * left.type.count
        lanes = ir.Constant(ir.VectorType(_I32, count), list(range(count)))
        return self.builder.shuffle_vector(left, right, lanes)

    def member(self, wide: Any, letters: _Letters) -> Any:
        """Compare with each letter: for a CPU without the shuffle."""
        found = ir.Constant(ir.VectorType(ir.IntType(1), _LANES), [0] * _LANES)
        for letter in sorted(letters):
            same = ir.Constant(_WIDE, [letter] * _LANES)
            found = self.builder.or_(found, self.builder.icmp_unsigned("==", wide, same))
        return found


def _shuffled(writer: _Writer, wides: Sequence[Any]) -> Any:
    builder = writer.builder
    found = None
    four = ir.Constant(_WIDE, [4] * _LANES)
    # A bucket is a bit of a byte: eight at a time.
    for group in range(0, len(BUCKETS), 8):
        sets = [_merged(words) for words in BUCKETS[group : group + 8]]
        left = None
        for position, wide in enumerate(wides):
            low = writer.look_up(_table(sets, position, low=True), wide)
            nibble = builder.lshr(wide, four)
            high = writer.look_up(_table(sets, position, low=False), nibble)
            both = builder.and_(low, high)
            left = both if left is None else builder.and_(left, both)
        found = left if found is None else builder.or_(found, left)
    return builder.icmp_unsigned("!=", found, ir.Constant(_WIDE, [0] * _LANES))


def _compared(writer: _Writer, wides: Sequence[Any]) -> Any:
    builder = writer.builder
    found = ir.Constant(ir.VectorType(ir.IntType(1), _LANES), [0] * _LANES)
    for words in BUCKETS:
        for word in words:
            here = ir.Constant(ir.VectorType(ir.IntType(1), _LANES), [1] * _LANES)
            for wide, letters in zip(wides, _positions(word), strict=True):
                if letters != _ANY:
                    here = builder.and_(here, writer.member(wide, letters))
            found = builder.or_(found, here)
    return found


def _at(builder: Any, address: Any, offset: int, kind: Any) -> Any:
    place = builder.add(address, ir.Constant(_I64, offset))
    return builder.load(builder.inttoptr(place, kind.as_pointer()), align=1)


# Three bytes leave few words of a log; `known` looks at the first four of those in a bitmap.
_STARTS = 3
START_BYTES = 32 * _STARTS


@instruction
def start_plane(builder: Any, address: Any, tables: Any) -> Any:
    """Give one bit per byte of the 64 at an address: words of a table may start here.

    The table, made while running, has for each of the first three bytes the buckets of each low
    nibble and of each high one.  A CPU without the shuffle says yes to all.
    """
    writer = _Writer(builder)
    # Every byte may start a word: slower there, and the same finds.
    if not writer.lanes:
        return ir.Constant(_I64, -1)
    found = None
    for position in range(_STARTS):
        wide = _at(builder, address, position, _WIDE)
        low = _at(builder, tables, 32 * position, writer.row)
        high = _at(builder, tables, 32 * position + 16, writer.row)
        nibble = builder.lshr(wide, ir.Constant(_WIDE, [4] * _LANES))
        both = builder.and_(writer.find(low, wide), writer.find(high, nibble))
        found = both if found is None else builder.and_(found, both)
    some = builder.icmp_unsigned("!=", found, ir.Constant(_WIDE, [0] * _LANES))
    return builder.bitcast(some, _I64)


def start_tables(words: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay out the table for the first bytes of words, a row each, in eight buckets."""
    rows = np.zeros(START_BYTES, np.uint8)
    # By their first two bytes: words of a bucket then share nibbles, and let less else through.
    buckets = (1 << (words[:, 0].astype(np.int64) * 7 + words[:, 1]) % 8).astype(np.uint8)
    for position in range(_STARTS):
        place = 32 * position
        np.bitwise_or.at(rows, place + (words[:, position] & 15), buckets)
        np.bitwise_or.at(rows, place + 16 + (words[:, position] >> 4), buckets)
    return rows


def write_word_plane(builder: Any, address: Any) -> Any:
    """Write the search of the 64 bytes at an address; gives 64 booleans."""
    wides = [_at(builder, address, k, _WIDE) for k in range(_LETTERS)]
    writer = _Writer(builder)
    return _shuffled(writer, wides) if writer.lanes else _compared(writer, wides)
