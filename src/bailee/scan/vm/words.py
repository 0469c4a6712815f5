"""Looking words up in the hash tables of `table.py`."""

from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import i64, piece, srl, tiny, u8
from bailee.scan.vm.table import END_FACTOR, END_FIRST, HASH_FACTOR, HASH_SEED

KEYS, KEYS_MASK, KEY_ENDS = slot.KEYS, slot.KEYS_MASK, slot.KEY_ENDS
WORDS, WORDS_MASK = slot.WORDS, slot.WORDS_MASK
KEY, ALPHA, DIGIT = slot.KEY, slot.ALPHA, slot.DIGIT

KEY_BYTES_MAX = 28
WORD_BYTES_MAX = 40
GRAM_FACTOR, GRAM_SLOTS = 0x9E3779B1, 64
"""Give each of the phrases' words a slot of its own."""
SUFFIX = 1 << 8
"""In a key's value: it may follow a prefix, as in `remote_user`."""
NOT_COLON = 1 << 10
"""In a key's value: `Login: …` is prose, `login=` and `"login":` are not."""


@tiny
def look_up(table: int, mask: int, hashed: int) -> int:
    """Return the value of a hash, or 0."""
    at = (hashed ^ (hashed >> 32)) & mask
    while True:
        entry = i64(table + 16 * at)
        if entry == hashed:
            return i64(table + 16 * at + 8)
        if entry == 0:
            return 0
        at = (at + 1) & mask


@tiny
def hash_step(value: int, byte: int) -> int:
    """Take one more byte, going backwards."""
    if 0x41 <= byte <= 0x5A:
        byte |= 0x20
    elif byte in (95, 45, 46, 32):
        return value
    return (value ^ byte) * HASH_FACTOR


@piece
def word_bits(ctx: int, start: int, end: int) -> int:
    """Return what is known about a whole word."""
    if end - start > WORD_BYTES_MAX:
        return 0
    hashed = HASH_SEED
    at = end
    while at > start:
        at -= 1
        hashed = hash_step(hashed, u8(at))
    return look_up(i64(ctx + WORDS), i64(ctx + WORDS_MASK), hashed)


@piece
def word_before(ctx: int, at: int) -> int:
    """Return what is known about the word that ends before an address, over a little stuffing."""
    end = at
    while at - end < 6 and u8(end - 1) in (32, 58, 61, 34, 39, 40, 91):
        end -= 1
    start = end
    while end - start < 16 and isa(ctx, start - 1, ALPHA):
        start -= 1
    return word_bits(ctx, start, end)


@tiny
def _camel(left: int, here: int) -> bool:
    return 0x41 <= here <= 0x5A and 0x61 <= left <= 0x7A


@tiny
def _ends(ends: int, last: int, size: int) -> int:
    code = srl((last + size) * END_FACTOR, 47)
    return srl(u8(ends + (code >> 3)), code & 7) & 1


@tiny
def may_end(ctx: int, end: int) -> bool:
    """Tell whether any key ends with the last six, four or three bytes."""
    ends = i64(ctx + KEY_ENDS)
    last = srl(i64(end - 8), 16) | 0x202020202020
    if not _ends(ends, last >> 24, END_FIRST):
        return False
    found = _ends(ends, last, 6) | _ends(ends, last >> 16, 4) | _ends(ends, last >> 24, 3)
    return found != 0


@tiny
def key_before(ctx: int, end: int) -> int:
    """Return the value of the longest known key that ends before an address, or 0."""
    if not may_end(ctx, end):
        return 0
    table = i64(ctx + KEYS)
    mask = i64(ctx + KEYS_MASK)
    hashed = HASH_SEED
    best = 0
    at = end
    while end - at < KEY_BYTES_MAX:
        here = u8(at - 1)
        if not isa(ctx, at - 1, KEY):
            break
        at -= 1
        hashed = hash_step(hashed, here)
        left = u8(at - 1)
        if not isa(ctx, at - 1, KEY):
            found = look_up(table, mask, hashed)
            if found:
                best = found
            if left != 32 or not isa(ctx, at - 2, ALPHA):
                break
            at -= 1  # keys of several words: `Account Name:`
        elif left in (95, 45, 46) or _camel(left, here):
            found = look_up(table, mask, hashed)
            if found & SUFFIX:
                best = found
    return best
