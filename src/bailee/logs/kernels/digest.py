"""SHA-256 of many short messages with the CPU's own instructions, two at a time.

Two messages run interleaved because one alone waits for its own previous round.  Where the CPU
has no such instructions `AVAILABLE` is false and callers go through hashlib; both give the same.
FIPS 180-4; message layouts are those of RFC 6962 leaves and nodes.  spec/batch.md
"""

from typing import TYPE_CHECKING, Any, cast

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types
from numba.core import types
from numba.extending import intrinsic

from bailee.logs.kernels.wide import copy, put_be64, swap32, zero
from bailee.scan.machine import i64, kernel, piece, put8, put32, put64, u32
from bailee.scan.sha import AVAILABLE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AVAILABLE", "fold", "hash_lines", "hash_records"]

HASH_BYTES = 32
STATE_BYTES = 64
"""Two running states of 32 bytes."""
FRAME_BYTES = 192
"""What scratch needs beside the message: padding, the length, the overshoot of a copy."""

_K = (
    *(0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4),
    *(0xAB1C5ED5, 0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE),
    *(0x9BDC06A7, 0xC19BF174, 0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F),
    *(0x4A7484AA, 0x5CB0A9DC, 0x76F988DA, 0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7),
    *(0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967, 0x27B70A85, 0x2E1B2138, 0x4D2C6DFC),
    *(0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85, 0xA2BFE8A1, 0xA81A664B),
    *(0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070, 0x19A4C116),
    *(0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3),
    *(0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7),
    0xC67178F2,
)
_ABEF = (0x9B05688C, 0x510E527F, 0xBB67AE85, 0x6A09E667)
_CDGH = (0x5BE0CD19, 0x1F83D9AB, 0xA54FF53A, 0x3C6EF372)

_I8, _I32 = ir.IntType(8), ir.IntType(32)
_BYTES, _WORDS = ir.VectorType(_I8, 16), ir.VectorType(_I32, 4)
_BIG_ENDIAN = (3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)


class _Emitter:
    """Emits the rounds of one message; two of them are advanced in turn."""

    def __init__(self, builder: Any, state: Any, data: Any) -> None:
        self.builder = builder
        self.state = state
        self.abef = self._load(state, 0)
        self.cdgh = self._load(state, 16)
        self.before = (self.abef, self.cdgh)
        self.words = [self._message(data, 16 * part) for part in range(4)]

    def _at(self, address: Any, offset: int) -> Any:
        place = self.builder.add(address, ir.Constant(ir.IntType(64), offset))
        return self.builder.inttoptr(place, _WORDS.as_pointer())

    def _load(self, address: Any, offset: int) -> Any:
        return self.builder.load(self._at(address, offset), align=1)

    def _shuffle(self, left: Any, right: Any, order: tuple[int, ...]) -> Any:
        mask = ir.Constant(ir.VectorType(_I32, len(order)), list(order))
        return self.builder.shuffle_vector(left, right, mask)

    def _message(self, data: Any, offset: int) -> Any:
        raw = self.builder.bitcast(self._load(data, offset), _BYTES)
        return self.builder.bitcast(self._shuffle(raw, raw, _BIG_ENDIAN), _WORDS)

    def _call(self, name: str, *args: Any) -> Any:
        kind = ir.FunctionType(_WORDS, [_WORDS] * len(args))
        module = self.builder.module
        function = module.globals.get(name) or ir.Function(module, kind, name)
        return self.builder.call(function, args)

    def advance(self, part: int) -> None:
        """Do four rounds."""
        builder, words = self.builder, self.words
        if part >= 4:  # the first sixteen words are the message itself
            mixed = self._call("llvm.x86.sha256msg1", words[-4], words[-3])
            mixed = builder.add(mixed, self._shuffle(words[-2], words[-1], (1, 2, 3, 4)))
            words.append(self._call("llvm.x86.sha256msg2", mixed, words[-1]))
        keys = ir.Constant(_WORDS, list(_K[4 * part : 4 * part + 4]))
        keyed = builder.add(words[part], keys)
        name = "llvm.x86.sha256rnds2"
        self.cdgh = self._call(name, self.cdgh, self.abef, keyed)
        self.abef = self._call(
            name, self.abef, self.cdgh, self._shuffle(keyed, keyed, (2, 3, 0, 0))
        )

    def close(self) -> None:
        """Add what was before and put the state back."""
        builder = self.builder
        builder.store(builder.add(self.abef, self.before[0]), self._at(self.state, 0), align=1)
        builder.store(builder.add(self.cdgh, self.before[1]), self._at(self.state, 16), align=1)


@intrinsic
def _compress(_typing: Any, _state: Any, _data: Any) -> Any:
    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        only = _Emitter(builder, args[0], args[1])
        for part in range(16):
            only.advance(part)
        only.close()
        return context.get_constant(types.int64, 0)

    return types.int64(types.int64, types.int64), codegen


@intrinsic
def _compress_two(_typing: Any, _state: Any, _left: Any, _right: Any) -> Any:
    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        second = builder.add(args[0], ir.Constant(ir.IntType(64), HASH_BYTES))
        pair = (_Emitter(builder, args[0], args[1]), _Emitter(builder, second, args[2]))
        for part in range(16):
            for one in pair:
                one.advance(part)
        for one in pair:
            one.close()
        return context.get_constant(types.int64, 0)

    return types.int64(types.int64, types.int64, types.int64), codegen


@intrinsic
def _reset(_typing: Any, _state: Any) -> Any:
    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        for offset, words in ((0, _ABEF), (16, _CDGH), (32, _ABEF), (48, _CDGH)):
            place = builder.add(args[0], ir.Constant(ir.IntType(64), offset))
            target = builder.inttoptr(place, _WORDS.as_pointer())
            builder.store(ir.Constant(_WORDS, list(words)), target, align=1)
        return context.get_constant(types.int64, 0)

    return types.int64(types.int64), codegen


compress = cast("Callable[[int, int], int]", _compress)
compress_two = cast("Callable[[int, int, int], int]", _compress_two)
reset = cast("Callable[[int], int]", _reset)


@piece
def _write(state: int, out: int) -> None:
    """Write a digest: the registers hold the words in the order F E B A, H G D C."""
    put32(out, swap32(u32(state + 12)))
    put32(out + 4, swap32(u32(state + 8)))
    put32(out + 8, swap32(u32(state + 28)))
    put32(out + 12, swap32(u32(state + 24)))
    put32(out + 16, swap32(u32(state + 4)))
    put32(out + 20, swap32(u32(state)))
    put32(out + 24, swap32(u32(state + 20)))
    put32(out + 28, swap32(u32(state + 16)))


@piece
def _pad(at: int, size: int) -> int:
    """Close a message of `size` bytes at `at`; returns how many 64-byte blocks it has."""
    blocks = (size + 8) // 64 + 1
    zero(at + size)
    zero(at + 64 * blocks - 64 if 64 * blocks - 64 > size else at + size)
    put8(at + size, 0x80)
    put_be64(at + 64 * blocks - 8, 8 * size)
    return blocks


@piece
def _two(state: int, left: int, lefts: int, right: int, rights: int, out: int) -> None:
    """Hash two padded messages of so many blocks; their digests go out side by side."""
    reset(state)
    shared = min(lefts, rights)
    for block in range(shared):
        compress_two(state, left + 64 * block, right + 64 * block)
    for block in range(shared, lefts):
        compress(state, left + 64 * block)
    for block in range(shared, rights):
        compress(state + HASH_BYTES, right + 64 * block)
    _write(state, out)
    _write(state + HASH_BYTES, out + HASH_BYTES)


@piece
def _line(
    at: int, salt: int, event: int, receipt: int, ordinals: int, count: int, text: int, size: int
) -> int:
    """Lay out one line leaf after its zero byte; returns its blocks."""
    put8(at, 0)
    put64(at + 1, i64(salt))
    put64(at + 9, i64(salt + 8))
    put_be64(at + 17, event)
    put_be64(at + 25, receipt)
    put32(at + 33, swap32(count))
    end = at + 37
    for number in range(count):
        put32(end, swap32(u32(ordinals + 4 * number)))
        end += 4
    return _pad(at, copy(end, text, size) - at)


@kernel
def hash_lines(
    salts: int,
    events: int,
    receipt: int,
    first_ordinals: int,
    ordinals: int,
    text: int,
    starts: int,
    count: int,
    scratch: int,
    room: int,
    out: int,
) -> int:
    """Hash `count` line leaves to `out`, which has room for one more.

    `starts` and `first_ordinals` are u32 columns with one more entry than there are lines;
    `scratch` holds two messages of up to `room` bytes and a state before them.
    """
    left = scratch + STATE_BYTES
    right = left + room
    for pair in range(0, count, 2):
        blocks_left = 0
        for side in range(2):
            line = min(pair + side, count - 1)
            start = u32(starts + 4 * line)
            first = u32(first_ordinals + 4 * line)
            blocks = _line(
                left if side == 0 else right,
                salts + 16 * line,
                i64(events + 8 * line),
                receipt,
                ordinals + 4 * first,
                u32(first_ordinals + 4 * line + 4) - first,
                text + start,
                u32(starts + 4 * line + 4) - start,
            )
            if side == 0:
                blocks_left = blocks
        _two(scratch, left, blocks_left, right, blocks, out + HASH_BYTES * pair)
    return count


@kernel
def hash_records(records: int, size: int, count: int, scratch: int, room: int, out: int) -> int:
    """Hash `count` leaves of one size, side by side at `records`; room as for lines."""
    left = scratch + STATE_BYTES
    right = left + room
    put8(left, 0)
    put8(right, 0)
    for pair in range(0, count, 2):
        copy(left + 1, records + size * pair, size)
        copy(right + 1, records + size * min(pair + 1, count - 1), size)
        blocks = _pad(left, size + 1)
        _pad(right, size + 1)
        _two(scratch, left, blocks, right, blocks, out + HASH_BYTES * pair)
    return count


@kernel
def fold(hashes: int, count: int, scratch: int) -> int:
    """Fold leaf hashes in place until the first is the root; as `proof.merkle.root_of` does.

    Needs room for one hash more, and scratch for a state and two messages of 128 bytes.
    """
    left = scratch + STATE_BYTES
    right = left + 128
    for message in (left, right):
        zero(message + 64)
        put8(message, 1)
        put8(message + 65, 0x80)
        put_be64(message + 120, 8 * 65)
    while count > 1:
        pairs = count // 2
        for pair in range(0, pairs, 2):
            for side in range(2):
                source = hashes + 64 * min(pair + side, pairs - 1)
                target = left + 1 if side == 0 else right + 1
                for word in range(8):
                    put64(target + 8 * word, i64(source + 8 * word))
            _two(scratch, left, 2, right, 2, hashes + HASH_BYTES * pair)
        if count & 1:
            for word in range(4):
                put64(hashes + 32 * pairs + 8 * word, i64(hashes + 32 * (count - 1) + 8 * word))
        count = pairs + (count & 1)
    return count
