"""SHA-256 of many short messages with the CPU's own instructions, two at a time (FIPS 180-4).

Two messages run interleaved because one alone waits for its own previous round.  The words of a
state stand in two vectors in the order that `llvm.x86.sha256rnds2` wants, (f e b a) and (h g d c).
`leaf` uses this where `AVAILABLE`, and hashlib where not; a test compares the two.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]  # ships no types

from bailee.logs.kernels.wide import put_be64, swap32, zero
from bailee.scan.vm import cpu
from bailee.scan.vm.machine import I64, NOTHING, at, instruction, piece, put8, put32, u32

AVAILABLE = cpu.has("sha")
"""Whether this CPU has the instructions."""

HASH_BYTES = 32
STATE_BYTES = 64
"""Two running states of 32 bytes."""
# FIPS 180-4: a message is followed by a one bit and zeros, up to its length in bits.
PADDING = 0x80
FRAME_BYTES = 192
"""What scratch needs beside the message: padding, the length, the overshoot of a copy."""


# The constants of SHA-256 are the fractions of roots of primes: made here, and compared with
# hashlib by a test, for 72 numbers copied by hand are 72 places for a slip.
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
    # By halving, in whole numbers: floating point has too few digits for the last bits.
    low, high = 0, 1 << 40
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= scaled else (low, middle - 1)
    return low & 0xFFFFFFFF


CONSTANTS = [_root(prime, 3) for prime in _primes(64)]
START = [_root(prime, 2) for prime in _primes(8)]

_ABEF = tuple(START[k] for k in (5, 4, 1, 0))
_CDGH = tuple(START[k] for k in (7, 6, 3, 2))

_I8, _I32 = ir.IntType(8), ir.IntType(32)
_BYTES, _WORDS = ir.VectorType(_I8, 16), ir.VectorType(_I32, 4)
_BIG_ENDIAN = (3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
# A block is sixteen words, four to a vector.
_MESSAGE_PARTS = 4


class _Emitter:
    """Emits the rounds of one message; two of them are advanced in turn."""

    def __init__(self, builder: Any, state: Any, data: Any) -> None:
        self.builder = builder
        self.state = state
        self.abef = self._load(state, 0)
        self.cdgh = self._load(state, 16)
        self.before = (self.abef, self.cdgh)
        self.words = [self._message(data, 16 * part) for part in range(_MESSAGE_PARTS)]

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
        # The first sixteen words are the message itself; the others are mixed from those before.
        if part >= _MESSAGE_PARTS:
            mixed = self._call("llvm.x86.sha256msg1", words[-4], words[-3])
            mixed = builder.add(mixed, self._shuffle(words[-2], words[-1], (1, 2, 3, 4)))
            words.append(self._call("llvm.x86.sha256msg2", mixed, words[-1]))
        keys = ir.Constant(_WORDS, CONSTANTS[4 * part : 4 * part + 4])
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


@instruction
def compress(builder: Any, state: Any, data: Any) -> Any:
    """Advance a state by a block of 64 bytes."""
    only = _Emitter(builder, state, data)
    for part in range(16):
        only.advance(part)
    only.close()
    return NOTHING


@instruction
def compress_two(builder: Any, state: Any, left: Any, right: Any) -> Any:
    """Advance two states, one behind the other, by a block each."""
    second = builder.add(state, ir.Constant(I64, HASH_BYTES))
    pair = (_Emitter(builder, state, left), _Emitter(builder, second, right))
    for part in range(16):
        # In turn: a round waits for the one before, and the other message's is done meanwhile.
        for one in pair:
            one.advance(part)
    for one in pair:
        one.close()
    return NOTHING


@instruction
def reset(builder: Any, state: Any) -> Any:
    """Begin two states."""
    for offset, words in ((0, _ABEF), (16, _CDGH), (32, _ABEF), (48, _CDGH)):
        place = builder.add(state, ir.Constant(I64, offset))
        builder.store(ir.Constant(_WORDS, list(words)), at(builder, place, _WORDS), align=1)
    return NOTHING


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
def pad(at: int, size: int) -> int:
    """Close a message of `size` bytes at `at`; returns how many 64-byte blocks it has."""
    # The padding's one byte and the length's eight; zeros between them may reach into a second
    # block, and the last 64 bytes are cleared whole.
    blocks = (size + 8) // 64 + 1
    zero(at + size)
    zero(at + 64 * blocks - 64 if 64 * blocks - 64 > size else at + size)
    put8(at + size, PADDING)
    put_be64(at + 64 * blocks - 8, 8 * size)
    return blocks


@piece
def hash_two(state: int, left: int, lefts: int, right: int, rights: int, out: int) -> None:
    """Hash two padded messages of so many blocks; their digests go out side by side."""
    reset(state)
    # Two of one length, as most neighbours are, take the time of one.
    shared = min(lefts, rights)
    for block in range(shared):
        compress_two(state, left + 64 * block, right + 64 * block)
    for block in range(shared, lefts):
        compress(state, left + 64 * block)
    for block in range(shared, rights):
        compress(state + HASH_BYTES, right + 64 * block)
    _write(state, out)
    _write(state + HASH_BYTES, out + HASH_BYTES)
