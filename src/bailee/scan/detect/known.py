"""Known accounts, found again: a name that a recipe or key showed is one elsewhere too.

Bounded in false finds, for an account may be a common word: only names from rules that teach, four
bytes or more, no system account, no word of the lists of what logs say; a name of letters alone
must be five, and is given up in a block where it would be found far more often than it was shown.
Whole words only, and bytes are compared.  At most `NAMES_MAX` names a stream; the first stay.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bailee.scan import kinds
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import (
    i64,
    kernel,
    piece,
    plane,
    plane_alpha,
    plane_range,
    put8,
    put64,
    srl,
    tiny,
    u8,
    u16,
    u32,
)
from bailee.scan.vm.planes import list_bits
from bailee.scan.vm.table import HASH_FACTOR
from bailee.scan.vm.teddy import START_BYTES, start_plane, start_tables
from bailee.scan.vm.words import word_bits

WORD, ALPHA, ALNUM = slot.WORD, slot.ALPHA, slot.ALNUM
IS_COMMON, IS_SYSTEM, IS_PLACEHOLDER = slot.IS_COMMON, slot.IS_SYSTEM, slot.IS_PLACEHOLDER
USERNAME, SYSTEM = int(kinds.Kind.USERNAME), int(kinds.Flag.SYSTEM)
RULE_KNOWN = 23

# A stream with more accounts than these is one of many customers, where a name of one is a word
# of another; the first stay, so that what is found does not depend on which came last.
NAMES_MAX = 4_096
# What fits an entry of one cache line beside its numbers.
NAME_BYTES_MAX = 32
# Shorter names are words of every language and parts of every path.
_NAME_BYTES_MIN = 4
_PLAIN_BYTES_MIN = 5
# A quarter full at most: a look-up that finds nothing, as most do, ends at its first entry.
TABLE = 4 * NAMES_MAX
ENTRY_BYTES = 64
"""Hash, times shown, times found, length | plain << 8, and 32 bytes of name."""
# Of 64 bytes that are compared, one is the byte before and three are looked ahead at.
STEP = 60
# What lies between is still in the first cache when candidates are looked at.
TILE_BYTES = 256 * STEP
# Words in a step that may begin as a name does: seldom more, and a loop would be guessed wrongly.
_AT_ONCE = 8
# How many times oftener than it was shown a name may be found in a block before it is given up:
# one of letters alone is a word of the log's own language sooner than one with a digit.
_OFTEN, _OFTEN_PLAIN = 64, 4
# 2⁶⁴ divided by the golden ratio, as a signed number: spreads bytes over the upper bits.
HEAD_FACTOR = 0x9E3779B97F4A7C15 - (1 << 64)
_HEAD_BITS = 18
HEADS_BYTES = (1 << _HEAD_BITS) // 8
"""A bitmap of how names begin, by a hash of their first four bytes."""


@piece
def _hash(at: int, size: int) -> int:
    """Hash a name (FNV-1a); never 0, which marks an empty entry."""
    value = size
    for k in range(size):
        value = (value ^ u8(at + k)) * HASH_FACTOR
    value ^= srl(value, 32)
    return value | 1


@piece
def _slot(table: int, at: int, size: int, hashed: int) -> int:
    """Find a name's entry, or the empty one where it would be."""
    index = srl(hashed, 8) % TABLE
    while True:
        entry = table + ENTRY_BYTES * index
        if i64(entry) == 0:
            return entry
        if i64(entry) == hashed and i64(entry + 24) & 255 == size and _same(entry + 32, at, size):
            return entry
        index = (index + 1) % TABLE


@piece
def _same(left: int, right: int, size: int) -> bool:
    for k in range(size):
        if u8(left + k) != u8(right + k):
            return False
    return True


@piece
def _joint(byte: int) -> bool:
    return byte in (char.DASH, char.DOT, char.UNDERSCORE)


@piece
def _teachable(ctx: int, start: int, size: int) -> int:
    """Tell whether a name may be looked for: 0 no, 1 of letters alone, 2 with a digit or joint."""
    if size < _NAME_BYTES_MIN or size > NAME_BYTES_MAX:
        return 0
    marked = 0
    digits = 1
    for k in range(size):
        byte = u8(start + k)
        if not isa(ctx, start + k, ALNUM) and not _joint(byte):
            return 0
        marked |= 0 if isa(ctx, start + k, ALPHA) else 1
        digits &= 0 if isa(ctx, start + k, ALPHA) else 1
    if digits or _joint(u8(start)) or _joint(u8(start + size - 1)):
        return 0
    # Of the log's own language too: an account of that name is one where a key says so, and the
    # word is a word elsewhere. Taken for it, the text would no longer be found by that word.
    if word_bits(ctx, start, start + size) & (
        IS_COMMON | IS_SYSTEM | IS_PLACEHOLDER | slot.IS_GRAMMAR | slot.IS_PROSE
    ):
        return 0
    return 2 if marked else int(size >= _PLAIN_BYTES_MIN)


@kernel
def learn(ctx: int, count: int, rows: int, teaching: int, names: int) -> int:
    """Take names from the block's finds; returns how many names are known by now.

    `rows` holds the addresses of start, end, kind, rule, flags; `names` the table, whose last
    entry counts.
    """
    starts, ends, kind, rules, flags = (
        i64(rows),
        i64(rows + 8),
        i64(rows + 16),
        i64(rows + 24),
        i64(rows + 32),
    )
    text = i64(ctx + slot.TEXT)
    known = i64(names + ENTRY_BYTES * TABLE)
    for k in range(count):
        if u8(kind + k) != USERNAME or not u8(teaching + u16(rules + 2 * k)):
            continue
        start = text + i64(starts + 8 * k)
        size = text + i64(ends + 8 * k) - start
        # An account of the system teaches nothing: `root` is a word of every log.
        if u16(flags + 2 * k):
            continue
        sort = _teachable(ctx, start, size)
        if sort == 0:
            continue
        hashed = _hash(start, size)
        entry = _slot(names, start, size, hashed)
        if i64(entry) == 0:
            if known >= NAMES_MAX:
                continue
            known += 1
            # The bytes beside the hash: a look-up compares them, for a word of the log may be made
            # to collide with a name.
            put64(entry, hashed)
            put64(entry + 24, size | sort << 8)
            for at in range(size):
                put8(entry + 32 + at, u8(start + at))
        put64(entry + 8, i64(entry + 8) + 1)
    put64(names + ENTRY_BYTES * TABLE, known)
    return known


@piece
def _word_end(ctx: int, at: int) -> int:
    end = at
    while end - at <= NAME_BYTES_MAX and (isa(ctx, end, WORD) or _joint(u8(end))):
        end += 1
    while end > at and _joint(u8(end - 1)):
        end -= 1
    return end


@tiny
def _may_begin(heads: int, at: int) -> int:
    """Tell whether a name begins with these four bytes: most words end here, names are many."""
    code = srl(u32(at) * HEAD_FACTOR, 64 - _HEAD_BITS)
    return srl(u8(heads + (code >> 3)), code & 7) & 1


@tiny
def _candidates(at: int, end: int, prefixes: int, out: int) -> int:
    """List words that begin as a name does; what follows is done for those alone."""
    listed = 0
    while at < end:
        mask = start_plane(at - 1, prefixes)
        if mask:
            # Bytes of words, as the classes have them: letters, digits, above ASCII, joints.
            word = plane_alpha(at - 1) | plane_range(at - 1, char.ZERO, 10)
            word |= plane_range(at - 1, char.HIGH, char.HIGH) | plane(at - 1, char.UNDERSCORE)
            word |= plane(at - 1, char.DASH) | plane(at - 1, char.DOT)
            # No name is shorter than four bytes.
            long = srl(word, 1) & srl(word, 2) & srl(word, 3)
            mask = srl(mask & long & word & ~(word << 1), 1) & ((1 << STEP) - 1)
            listed += list_bits(mask, at, out + 8 * listed, _AT_ONCE)
        at += STEP
    kept = 0
    for index in range(listed):
        here = i64(out + 8 * index)
        put64(out + 8 * kept, here)
        kept += _may_begin(prefixes + START_BYTES, here)
    return kept


@kernel
def look(
    ctx: int, count: int, starts: int, ends: int, names: int, prefixes: int, limit: int, out: int
) -> int:
    """Find known names outside the finds there are; writes (start, end, entry) triples."""
    text = i64(ctx + slot.TEXT)
    size = i64(ctx + slot.SIZE)
    words = i64(ctx + slot.ANCHORS)  # the sweep is over
    made = 0
    index = 0
    for first in range(0, size, TILE_BYTES):
        last = min(first + TILE_BYTES, size)
        for word in range(_candidates(text + first, text + last, prefixes, words)):
            here = i64(words + 8 * word)
            end = _word_end(ctx, here)
            if not _NAME_BYTES_MIN <= end - here <= NAME_BYTES_MAX or made >= limit:
                continue
            entry = _slot(names, here, end - here, _hash(here, end - here))
            if i64(entry) == 0:
                continue
            # Words and finds are both in order: `index` goes through the finds once.
            while index < count and text + i64(ends + 8 * index) <= here:
                index += 1
            if index < count and text + i64(starts + 8 * index) < end:
                continue
            # The value of a key that no rule knows: a word there is a setting more often.
            if i64(entry + 24) >> 8 == 1 and u8(here - 1) == char.EQUALS:
                continue
            put64(out + 24 * made, here - text)
            put64(out + 24 * made + 8, end - text)
            put64(out + 24 * made + 16, entry)
            put64(entry + 16, i64(entry + 16) + 1)
            made += 1
    return made


@kernel
def keep(made: int, out: int) -> int:
    """Drop the finds of names that were found too often to be accounts; returns how many stay."""
    kept = 0
    for k in range(made):
        entry = i64(out + 24 * k + 16)
        often = _OFTEN_PLAIN if i64(entry + 24) >> 8 == 1 else _OFTEN
        if i64(entry + 16) <= often * (i64(entry + 8) + 1):
            put64(out + 24 * kept, i64(out + 24 * k))
            put64(out + 24 * kept + 8, i64(out + 24 * k + 8))
            put64(out + 24 * kept + 16, entry)
            kept += 1
    return kept


@kernel
def clear_counts(made: int, out: int) -> int:
    """Set the counts of finds of these names to nothing, before the next block."""
    for k in range(made):
        put64(i64(out + 24 * k + 16) + 16, 0)
    return made


@dataclass(kw_only=True)
class KnownNames:
    """What one stream has shown so far."""

    table: npt.NDArray[np.uint8] = field(
        default_factory=lambda: np.zeros(ENTRY_BYTES * TABLE + 8, np.uint8)
    )
    starts: npt.NDArray[np.uint8] = field(
        default_factory=lambda: np.zeros(START_BYTES + HEADS_BYTES, np.uint8)
    )
    """How the names begin: for `start_plane`, then the bitmap of their heads."""
    count: int = 0

    def grow(self, count: int) -> None:
        """Make the tables of beginnings anew when there are more names than before."""
        # Names are only added, so that their number tells whether the tables are still true.
        if count > self.count:
            rows = self.table[:-8].reshape(-1, ENTRY_BYTES)
            held = rows[rows[:, 24] > 0, 32 : 32 + _NAME_BYTES_MIN]
            self.starts[:START_BYTES] = start_tables(held)
            self.starts[START_BYTES:] = _heads(held)
            self.count = count


def _heads(held: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    factor = np.uint64(HEAD_FACTOR & ((1 << 64) - 1))
    first = np.ascontiguousarray(held).view("<u4").reshape(-1).astype(np.uint64)
    marks = np.zeros(1 << _HEAD_BITS, np.uint8)
    marks[(first * factor) >> np.uint64(64 - _HEAD_BITS)] = 1
    return np.packbits(marks, bitorder="little")
