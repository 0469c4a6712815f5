"""Words and keys, looked up in the hash tables of `table.py`."""

from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import i64, piece, srl, tiny, u8
from bailee.scan.vm.table import END_BYTES, END_FACTOR, END_FIRST, HASH_FACTOR, HASH_SEED

KEYS, KEYS_MASK, KEY_ENDS = slot.KEYS, slot.KEYS_MASK, slot.KEY_ENDS
WORDS, WORDS_MASK = slot.WORDS, slot.WORDS_MASK
KEY, ALPHA, DIGIT = slot.KEY, slot.ALPHA, slot.DIGIT

KEY_BYTES_MAX = 28
WORD_BYTES_MAX = 40
# Both bounds are above every word of the tables; what is longer is in none, and the hash of a
# line without blanks must not cost the line.
GRAM_FACTOR, GRAM_SLOTS = 0xC2B2AE35, 64
"""Give each of the phrases' words a slot of its own; the build refuses when two share one."""
SUFFIX = 1 << 8
"""In a key's value: it may follow a prefix, as in `remote_user`."""
NOT_COLON = 1 << 10
"""In a key's value: `Login: …` is prose, `login=` and `"login":` are not."""

_STUFFING_MAX, _LETTERS_MAX = 6, 16
_JOINTS = (char.UNDERSCORE, char.DASH, char.DOT)
# Skipped in hashes, so that `user_name`, `user-name`, `user.name` and `User Name` are one key.
_SKIPPED = (*_JOINTS, char.SPACE)
_STUFFING = (
    *(char.SPACE, char.COLON, char.EQUALS, *char.QUOTES),
    *(char.OPEN_PAREN, char.OPEN_BRACKET),
)


@tiny
def look_up(table: int, mask: int, hashed: int) -> int:
    """Return the value of a hash, or 0."""
    # As `table.hash_table` lays it out: the high half mixed in, then the next free entry.  A third
    # of the entries are used at most, so that most misses end at the first.
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
    """Take one more byte into a hash, going backwards; must do as `table.hash_word` does."""
    if char.UPPER_A <= byte <= char.UPPER_Z:
        byte |= char.CASE
    elif byte in _SKIPPED:
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
    """Return what is known about the word before an address, over blanks, signs and brackets."""
    end = at
    while at - end < _STUFFING_MAX and u8(end - 1) in _STUFFING:
        end -= 1
    start = end
    while end - start < _LETTERS_MAX and isa(ctx, start - 1, ALPHA):
        start -= 1
    return word_bits(ctx, start, end)


@tiny
def is_camel(left: int, here: int) -> bool:
    """Tell whether a new word of a name begins here, as in `userName`."""
    return char.UPPER_A <= here <= char.UPPER_Z and char.LOWER_A <= left <= char.LOWER_Z


@tiny
def _ends(ends: int, last: int, size: int) -> int:
    # As `table.end_code`; `srl` because >> of a signed number would carry its sign along.
    code = srl((last + size) * END_FACTOR, 47)
    return srl(u8(ends + (code >> 3)), code & 7) & 1


@tiny
def may_end(ctx: int, end: int) -> bool:
    """Tell whether any key ends with the last six, four or three bytes."""
    # One load of eight bytes has the last six in its upper part: most signs of a line follow no
    # key, and are rid of by one look at the bitmap, without a loop over bytes.
    ends = i64(ctx + KEY_ENDS)
    last = srl(i64(end - 8), 16) | char.CASE_SIX
    if not _ends(ends, last >> 24, END_FIRST):
        return False
    long, middle, short = END_BYTES
    found = _ends(ends, last, long) | _ends(ends, last >> 16, middle)
    found |= _ends(ends, last >> 24, short)
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
        # The longest wins because it is met last: `name` is vague, `user_name` is not.
        if not isa(ctx, at - 1, KEY):
            found = look_up(table, mask, hashed)
            if found:
                best = found
            # Keys of several words: `Account Name:`.
            if left != char.SPACE or not isa(ctx, at - 2, ALPHA):
                break
            at -= 1
        elif left in _JOINTS or is_camel(left, here):
            found = look_up(table, mask, hashed)
            if found & SUFFIX:
                best = found
    return best
