"""Tables for kernels: byte classes, and hashes of words to what is known about them.

The hash reads a word backwards, ignores case and `_ - . space`, so that the suffixes of a key
(`remote_user`, `http.user`, `remoteUser`) are hashed on the way.  Two words of one hash would be
taken for each other: `HashTable` refuses to build when two of its own words collide.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bailee.scan import context as slot

HASH_SEED = 0x2545F4914F6CDD1D
HASH_FACTOR = 0x100000001B3
_SKIPPED = b"_-. "
_U64 = (1 << 64) - 1


def hash_word(word: bytes) -> int:
    """Hash a word as the kernels do; a signed 64-bit integer, never 0."""
    value = HASH_SEED
    for byte in reversed(word):
        if byte not in _SKIPPED:
            folded = byte | 0x20 if 0x41 <= byte <= 0x5A else byte
            value = ((value ^ folded) * HASH_FACTOR) & _U64
    value = value or 1
    return value - (1 << 64) if value >> 63 else value


def hash_table(words: Mapping[bytes, int]) -> tuple[npt.NDArray[np.int64], int]:
    """Lay out pairs (hash, value) for open addressing; returns them and the index mask."""
    size = 16
    while size < 3 * len(words):
        size *= 2
    out = np.zeros(2 * size, np.int64)
    seen: dict[int, bytes] = {}
    for word, value in words.items():
        hashed = hash_word(word)
        if hashed in seen:
            raise ValueError(f"{word!r} and {seen[hashed]!r} are one word to the kernels")
        seen[hashed] = word
        at = (hashed ^ (hashed >> 32)) & (size - 1)
        while out[2 * at]:
            at = (at + 1) & (size - 1)
        out[2 * at], out[2 * at + 1] = hashed, value
    return out, size - 1


def end_code(last: int) -> int:
    """Hash the last three bytes of a key, as a little-endian number, to 15 bits."""
    return ((last & 0xFFFFFF | 0x202020) * 0x9E3779B1 >> 12) & 0x7FFF


def key_ends(keys: Mapping[bytes, int]) -> npt.NDArray[np.uint8]:
    """Mark the last three bytes of each key in a bitmap, whatever may stand between its parts."""
    out = np.zeros(4096, np.uint8)
    others = bytes(byte for byte in range(256) if not chr(byte).isalnum() or byte > 127)
    for key in keys:
        plain = bytes(byte for byte in key.lower() if byte not in _SKIPPED)
        ends = [bytes([byte]) + plain[-2:] for byte in (others if len(plain) == 2 else _SKIPPED)]
        ends += [plain[-3:]] if len(plain) > 2 else [bytes([c]) + plain for c in _LOWER]
        for end in ends:
            code = end_code(int.from_bytes(end, "little"))
            out[code >> 3] |= 1 << (code & 7)
    return out


_DIGITS = b"0123456789"
_LOWER = b"abcdefghijklmnopqrstuvwxyz"
_LETTERS = _LOWER + _LOWER.upper()
_ABOVE = bytes(range(0x80, 0x100))


def byte_classes() -> npt.NDArray[np.uint16]:
    """Classify each byte."""
    out = np.zeros(256, np.uint16)
    alnum = _DIGITS + _LETTERS
    for mask, members in (
        (slot.DIGIT, _DIGITS),
        (slot.ALPHA, _LETTERS + _ABOVE),
        (slot.HEX, _DIGITS + b"abcdefABCDEF"),
        (slot.LOCAL, alnum + b"._%+-!#$&*/?^`{|}~'" + _ABOVE),
        (slot.HOST, alnum + b"-._"),
        (slot.KEY, alnum + b"_-.$" + _ABOVE),
        (slot.STOP, bytes(range(0x21)) + b",;&)]}>\"'|<(`"),
        (slot.TOKEN, alnum + b"-_.+/=~"),
        (slot.BLANK, bytes(range(0x21))),
        (slot.WORD, alnum + b"_" + _ABOVE),
        (slot.ACCOUNT, alnum + b"._-@+$\\~#" + _ABOVE),
    ):
        out[list(members)] |= np.uint16(mask)
    return out
