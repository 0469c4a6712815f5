"""Emission: finds are written leftmost first, never overlapping, in columns.

Law: `emit` is the only writer of finds and `FLOOR` the only memory of what is taken; a claim (what
the recipe of a line's format says) is written before anything that starts after it, and nothing
else may overlap it.
"""

from bailee.scan.vm import context as slot
from bailee.scan.vm.machine import i64, put8, put16, put64, tiny, u8, u16

TEXT, CLASSES, FLOOR = slot.TEXT, slot.CLASSES, slot.FLOOR
OUT_START, OUT_END, OUT_KIND, OUT_RULE = (
    slot.OUT_START,
    slot.OUT_END,
    slot.OUT_KIND,
    slot.OUT_RULE,
)
OUT_FLAGS, OUT_LINE, OUT_COUNT, LINE = slot.OUT_FLAGS, slot.OUT_LINE, slot.OUT_COUNT, slot.LINE
CLAIMS, CLAIM_AT, CLAIM_COUNT, CLAIM_NEXT = (
    slot.CLAIMS,
    slot.CLAIM_AT,
    slot.CLAIM_COUNT,
    slot.CLAIM_NEXT,
)
FAR = slot.FAR

# Start, end, kind, rule and flags, each a word of 64 bits.
CLAIM_BYTES = 40
# Recipes have a dozen fields; the bound is the room that `buffers` makes, and what is beyond it is
# left to the verifiers.
CLAIMS_MAX = 64


@tiny
def isa(ctx: int, at: int, wanted: int) -> int:
    """Return the wanted classes of the byte at an address, 0 for none."""
    return u16(i64(ctx + CLASSES) + 2 * u8(at)) & wanted


@tiny
def write(ctx: int, start: int, end: int, kind: int, rule: int, flags: int) -> None:
    """Append to the columns."""
    count = i64(ctx + OUT_COUNT)
    text = i64(ctx + TEXT)
    put64(i64(ctx + OUT_START) + 8 * count, start - text)
    put64(i64(ctx + OUT_END) + 8 * count, end - text)
    put64(i64(ctx + OUT_LINE) + 8 * count, i64(ctx + LINE))
    put8(i64(ctx + OUT_KIND) + count, kind)
    put16(i64(ctx + OUT_RULE) + 2 * count, rule)
    put16(i64(ctx + OUT_FLAGS) + 2 * count, flags)
    put64(ctx + OUT_COUNT, count + 1)
    # With this, nothing that is written later can overlap what is written now.
    put64(ctx + FLOOR, end)


@tiny
def emit(ctx: int, start: int, end: int, kind: int, rule: int, flags: int) -> int:
    """Write a find when its place is free; returns its end, or 0."""
    # Free of what was taken before it, and of the claim that comes next: a recipe knows its line,
    # and a find that reaches into a claim would push it out.
    if start < i64(ctx + FLOOR) or end <= start or i64(ctx + CLAIM_NEXT) < end:
        return 0
    write(ctx, start, end, kind, rule, flags)
    return end


@tiny
def open_claims(ctx: int) -> None:
    """Make the first claim of a line the next."""
    # FAR, where nothing ever starts, stands for "no claim": one comparison serves for both.
    put64(ctx + CLAIM_AT, 0)
    put64(ctx + CLAIM_NEXT, FAR)
    if i64(ctx + CLAIM_COUNT) > 0:
        put64(ctx + CLAIM_NEXT, i64(i64(ctx + CLAIMS)))


@tiny
def flush_claims(ctx: int, until: int) -> None:
    """Write the claims that start before this address."""
    while i64(ctx + CLAIM_NEXT) < until:
        index = i64(ctx + CLAIM_AT)
        at = i64(ctx + CLAIMS) + CLAIM_BYTES * index
        # What is written stays: a claim that begins within it is dropped.
        if i64(at) >= i64(ctx + FLOOR):
            write(ctx, i64(at), i64(at + 8), i64(at + 16), i64(at + 24), i64(at + 32))
        index += 1
        put64(ctx + CLAIM_AT, index)
        put64(ctx + CLAIM_NEXT, FAR)
        if index < i64(ctx + CLAIM_COUNT):
            put64(ctx + CLAIM_NEXT, i64(at + CLAIM_BYTES))
