"""Telling a version from an address by what is written before it.

Only numbers that may be a version come here (`address._grade`), so that most addresses never pay
for it: `libfoo (>= 1.2.3.4)`, `app:1.2.3.4` of a registry, `upgraded from 1.2.3.4 to 1.2.4.0`.
"""

from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import piece, u8, u16
from bailee.scan.vm.words import word_bits

DIGIT, ALPHA, HOST, WORD = slot.DIGIT, slot.ALPHA, slot.HOST, slot.WORD
IS_VERSION, IS_PRODUCT = slot.IS_VERSION, slot.IS_PRODUCT
IS_LINK, IS_UPDATED, IS_PLACE = slot.IS_LINK, slot.IS_UPDATED, slot.IS_PLACE
RUN_BYTES_MAX = 32
HOPS_MAX = 5


@piece
def _capital(byte: int) -> bool:
    return 65 <= byte <= 90


@piece
def run_bits(ctx: int, end: int) -> int:
    """Return what is known of the word that ends here: without its number, or of its last hump.

    `php8` is php, `appBuild` is build, and whatever begins with lib is a program.
    """
    start = end
    while end - start < RUN_BYTES_MAX and isa(ctx, start - 1, WORD):
        start -= 1
    bits = word_bits(ctx, start, end)
    if bits & (IS_VERSION | IS_PRODUCT | IS_LINK | IS_UPDATED) or start == end:
        return bits
    while end > start and isa(ctx, end - 1, DIGIT):
        end -= 1
    if end - start > 3 and u16(start) | 0x2020 == 0x696C and u8(start + 2) | 32 == 98:
        return IS_PRODUCT
    hump = end - 1
    while hump > start and not (_capital(u8(hump)) and not _capital(u8(hump - 1))):
        hump -= 1
    return word_bits(ctx, hump, end) if hump > start else word_bits(ctx, start, end)


@piece
def _is_required(at: int) -> bool:
    """Tell `>= `, `<< ` and `(= ` before a version, but not the arrow `=> `."""
    if u8(at - 1) != 32:
        return False
    sign = u8(at - 2)
    before = u8(at - 3)
    return (sign == 61 and before in (33, 40, 60, 61, 62, 126)) or (
        sign in (60, 62) and before == sign
    )


@piece
def _is_tag(ctx: int, at: int) -> bool:
    """Tell `registry.example/app:1.2.3.4` and `org.example:core:1.2.3.4`."""
    slashes = 0
    colons = 0
    dots = 0
    back = at - 1
    while at - back < 128 and (isa(ctx, back - 1, HOST) or u8(back - 1) in (47, 58)):
        back -= 1
        slashes += u8(back) == 47
        colons += u8(back) == 58
        dots += u8(back) == 46
        if u16(back) == 0x2F2F:
            return False
    return slashes > 0 or (colons > 0 and dots > 0)


@piece
def _stuffing(at: int) -> int:
    """Go back over blanks, brackets and signs between a word and its number."""
    end = at
    while at - end < 6 and u8(end - 1) in (32, 58, 61, 34, 39, 40, 91, 44, 46):
        end -= 1
    return end


@piece
def _is_tiny(value: int) -> bool:
    """Tell four numbers under 40: one address in a thousand, and most versions.

    But 8.8.8.8, 8.8.4.4, 1.1.1.1, 9.9.9.9 answer names for everybody.
    """
    if value in (0x08080808, 0x08080404, 0x01010101, 0x09090909):
        return False
    return max(value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255) < 40


@piece
def _is_named(ctx: int, start: int) -> bool:
    """Tell whether a word stands before that nobody says of an address."""
    if u8(start - 1) not in (32, 61):
        return False
    end = start - 1
    at = end
    letters = 0
    while end - at < RUN_BYTES_MAX and isa(ctx, at - 1, WORD):
        at -= 1
        letters |= isa(ctx, at, ALPHA)
    return letters != 0 and not (word_bits(ctx, at, end) & IS_PLACE)


@piece
def is_release(ctx: int, start: int, end: int, value: int) -> bool:
    """Judge numbers that may be a version by the words before."""
    if _is_required(start):
        return True
    if u8(start - 1) == 58 and _is_tag(ctx, start):
        return True
    at = start
    linked = 0
    if _is_tiny(value) and u8(end) != 47 and _is_named(ctx, start):
        return True
    for _ in range(HOPS_MAX):
        end = _stuffing(at)
        at = end
        while end - at < 16 and (isa(ctx, at - 1, DIGIT) or u8(at - 1) == 46):
            at -= 1
        if at < end and not isa(ctx, at - 1, WORD):
            linked = 0
            continue  # the number before, of two
        found = run_bits(ctx, end)
        if found & IS_VERSION or (found & IS_UPDATED and linked):
            return True
        if found & IS_PRODUCT and not linked:
            return True
        if found & IS_LINK == 0:
            return False
        linked = 1
        at = end
        while end - at < RUN_BYTES_MAX and isa(ctx, at - 1, WORD):
            at -= 1
    return False
