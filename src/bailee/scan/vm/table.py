"""Tables for kernels: byte classes, and hashes of words to what is known about them.

The hash reads a word backwards, ignores case and `_ - . space`, so that the suffixes of a key
(`remote_user`, `http.user`, `remoteUser`) are hashed on the way.  Two words of one hash would be
taken for each other: `HashTable` refuses to build when two of its own words collide.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from bailee.scan.vm import char
from bailee.scan.vm import context as slot

# FNV-1a with a seed of its own: one multiplication a byte.  No secret is needed: a log's word that
# is made to collide is only taken for a word that its writer could have written as well.
HASH_SEED = 0x2545F4914F6CDD1D
HASH_FACTOR = 0x100000001B3
_SKIPPED = b"_-. "
_U64 = (1 << 64) - 1


def hash_word(word: bytes) -> int:
    """Hash a word as the kernels do; a signed 64-bit integer, never 0."""
    value = HASH_SEED
    for byte in reversed(word):
        if byte not in _SKIPPED:
            small = byte | char.CASE if char.UPPER_A <= byte <= char.UPPER_Z else byte
            value = ((value ^ small) * HASH_FACTOR) & _U64
    # 0 marks an empty entry.
    value = value or 1
    return value - (1 << 64) if value >> 63 else value


def hash_table(words: Mapping[bytes, int]) -> tuple[npt.NDArray[np.int64], int]:
    """Lay out pairs (hash, value) for open addressing; returns them and the index mask."""
    # A third full at most: most words of a log are in no table, and their search should end at
    # the first entry.
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


# 2⁶⁴ divided by the golden ratio, as a signed number: spreads the last bytes over the upper bits.
END_FACTOR = 0x9E3779B97F4A7C15 - (1 << 64)
END_BYTES = (6, 4, 3)
"""A key is recognised by its last six bytes, or by four or three of a shorter one."""
END_FIRST = 99
"""In place of a size: the last three bytes of any key, which are looked at first."""
_JOINTS = ("", "_", "-", ".", " ")


def end_code(last: int, size: int) -> int:
    """Hash the last bytes of a key, in small letters, to 17 bits."""
    return ((last + size) * END_FACTOR & _U64) >> 47


def key_ends(keys: Iterable[bytes]) -> npt.NDArray[np.uint8]:
    """Mark how keys end in a bitmap, with each joint that may stand between their words."""
    # 2¹⁷ bits: of which two in a hundred are set: so many signs behind no key go on to the loop.
    out = np.zeros(1 << 14, np.uint8)
    for key in keys:
        for joint in _JOINTS:
            text = key.replace(b" ", joint.encode()).replace(b"_", joint.encode())
            _mark(out, bytes(byte | char.CASE for byte in text))
    return out


def _mark(out: npt.NDArray[np.uint8], small: bytes) -> None:
    size = next((size for size in END_BYTES if size <= len(small)), min(END_BYTES))
    # Before a key of two letters any byte may stand, and is among the last three.
    whole = len(small) >= min(END_BYTES)
    fronts = [small] if whole else [bytes([c | char.CASE]) + small for c in range(256)]
    for front in fronts:
        for bytes_, sort in ((size, size), (min(END_BYTES), END_FIRST)):
            code = end_code(int.from_bytes(front[-bytes_:], "little"), sort)
            out[code >> 3] |= 1 << (code & 7)


_DIGITS = b"0123456789"
_LOWER = b"abcdefghijklmnopqrstuvwxyz"
_LETTERS = _LOWER + _LOWER.upper()
_ABOVE = bytes(range(char.HIGH, 0x100))
_BLANKS = bytes(range(char.SPACE + 1))


def byte_classes() -> npt.NDArray[np.uint16]:
    """Classify each byte."""
    out = np.zeros(256, np.uint16)
    alnum = _DIGITS + _LETTERS
    for mask, members in (
        (slot.DIGIT, _DIGITS),
        (slot.ALPHA, _LETTERS + _ABOVE),
        (slot.HEX, _DIGITS + b"abcdefABCDEF"),
        (slot.LOCAL, alnum + b"._%+-!#$&*?^`{|}~'" + _ABOVE),
        (slot.HOST, alnum + b"-._"),
        (slot.KEY, alnum + b"_-.$" + _ABOVE),
        (slot.STOP, _BLANKS + b",;&)]}>\"'|<(`"),
        (slot.TOKEN, alnum + b"-_.+/=~"),
        (slot.BLANK, _BLANKS),
        (slot.WORD, alnum + b"_" + _ABOVE),
        (slot.ACCOUNT, alnum + b"._-@+$\\~#" + _ABOVE),
        (slot.INNER, alnum + b"_"),
        (slot.PLAIN, alnum),
    ):
        out[list(members)] |= np.uint16(mask)
    return out
