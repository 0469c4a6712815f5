"""Distinct values of a batch and of each of its blocks, numbered, their bytes compared.

A value is a kind and its exact bytes.  The table is keyed with a secret drawn for the batch, so a
hostile line cannot fill one bucket; two values are the same only when every byte is.
"""

from bailee.logs.kernels.hashing import copy, same, siphash
from bailee.scan.vm.machine import i64, kernel, piece, put8, put32, put64, u8

WITH_ORDINAL = 1
"""A find that becomes a placeholder with an ordinal."""
SLOT_BYTES = 16
"""A slot of the table: the hash, and the value's number plus one."""

TABLE, MASK, ARENA, OFFSETS, KINDS, SEEN, KNOWN, KEY0, KEY1 = range(0, 72, 8)
"""Places in the context: addresses of columns, and how many values are known."""
CONTEXT_BYTES = 72


@piece
def _find(ctx: int, at: int, size: int, kind: int) -> int:
    """Return a value's number, giving it the next one when it is new."""
    # The kind is part of the key: one spelling as two kinds is two values.
    digest = siphash(i64(ctx + KEY0), i64(ctx + KEY1) ^ kind, at, size)
    mask = i64(ctx + MASK)
    offsets = i64(ctx + OFFSETS)
    place = digest & mask
    while True:
        slot = i64(ctx + TABLE) + SLOT_BYTES * place
        number = i64(slot + 8) - 1
        # An entry holds the number plus one, so that a table of zeros is empty.
        if number < 0:
            break
        # The hash only finds candidates: with 64 bits, two values of a large batch may share one,
        # and one person's token would go to another.
        if i64(slot) == digest and u8(i64(ctx + KINDS) + number) == kind:
            start = i64(offsets + 8 * number)
            known = i64(offsets + 8 * number + 8) - start
            if known == size and same(i64(ctx + ARENA) + start, at, size):
                return number
        place = (place + 1) & mask
    # Appended behind the last value; `ingest.values` has made room for all of a block's before.
    number = i64(ctx + KNOWN)
    start = i64(offsets + 8 * number)
    copy(i64(ctx + ARENA) + start, at, size)
    put64(offsets + 8 * number + 8, start + size)
    put8(i64(ctx + KINDS) + number, kind)
    put64(i64(ctx + SEEN) + 8 * number, 0)
    put64(slot, digest)
    put64(slot + 8, number + 1)
    put64(ctx + KNOWN, number + 1)
    return number


@kernel
def number_values(
    ctx: int,
    text: int,
    starts: int,
    ends: int,
    kinds: int,
    uses: int,
    count: int,
    stamp: int,
    out_ordinals: int,
    out_values: int,
) -> int:
    """Number the values of a block; returns how many distinct ones it has.

    Each find with an ordinal puts it to `out_ordinals` (u32), each value that is new in the block
    its number in the batch to `out_values` (u32).  `stamp` is another for each block, above 0.
    """
    made = 0
    used = 0
    for find in range(count):
        if u8(uses + find) != WITH_ORDINAL:
            continue
        start = i64(starts + 8 * find)
        number = _find(ctx, text + start, i64(ends + 8 * find) - start, u8(kinds + find))
        seen = i64(ctx + SEEN) + 8 * number
        # The block's stamp above the number in it: nothing has to be cleared between blocks.
        if i64(seen) >> 32 != stamp:
            put64(seen, (stamp << 32) | made)
            put32(out_values + 4 * made, number)
            made += 1
        put32(out_ordinals + 4 * used, i64(seen))
        used += 1
    return made


@kernel
def spread(ctx: int, old: int, slots: int) -> int:
    """Enter the slots of a smaller table into the present one."""
    # By the hashes that are kept: the values themselves are not read again.
    mask = i64(ctx + MASK)
    for index in range(slots):
        slot = old + SLOT_BYTES * index
        if i64(slot + 8) == 0:
            continue
        place = i64(slot) & mask
        while i64(i64(ctx + TABLE) + SLOT_BYTES * place + 8) != 0:
            place = (place + 1) & mask
        put64(i64(ctx + TABLE) + SLOT_BYTES * place, i64(slot))
        put64(i64(ctx + TABLE) + SLOT_BYTES * place + 8, i64(slot + 8))
    return slots
