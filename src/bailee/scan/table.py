"""Tables for kernels: byte classes, and hashes of words to what is known about them.

The hash reads a word backwards, ignores case and `_ - . space`, so that the suffixes of a key
(`remote_user`, `http.user`, `remoteUser`) are hashed on the way.  Two words of one hash would be
taken for each other: `HashTable` refuses to build when two of its own words collide.
"""

from collections.abc import Iterable, Mapping

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


END_SHORT, END_LONG = 0x9E3779B1, 0x85EBCA77
_JOINTS = ("", "_", "-", ".", " ")


def end_code(last: int, factor: int) -> int:
    """Hash the last bytes of a key, case folded, to 15 bits."""
    return (last * factor >> 12) & 0x7FFF


def key_ends(keys: Iterable[bytes]) -> npt.NDArray[np.uint8]:
    """Mark how keys end in a bitmap: the last four bytes, or three of a key that is shorter.

    A key is marked with each joint that may stand between its words.
    """
    out = np.zeros(4096, np.uint8)
    for key in keys:
        for joint in _JOINTS:
            text = key.replace(b" ", joint.encode()).replace(b"_", joint.encode())
            _mark(out, text)
    return out


def _mark(out: npt.NDArray[np.uint8], text: bytes) -> None:
    folded = bytes(byte | 0x20 for byte in text)
    if len(folded) > 3:
        codes = [end_code(int.from_bytes(folded[-4:], "little"), END_LONG)]
    else:
        fronts = (
            [folded[-3:]] if len(folded) == 3 else [bytes([c | 0x20]) + folded for c in range(256)]
        )
        codes = [end_code(int.from_bytes(front, "little"), END_SHORT) for front in fronts]
    for code in codes:
        out[code >> 3] |= 1 << (code & 7)


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
