"""Verifiers of network cards' addresses: six pairs, EUI-64, the head of a frame, dotted.

What is none: a fingerprint, whose pairs go on.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import escaped_letter
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import piece, tiny, u8

ALPHA, HEX, WORD = slot.ALPHA, slot.HEX, slot.INNER
MAC = int(kinds.Kind.MAC)
PRIVATE, RESERVED = int(kinds.Flag.PRIVATE), int(kinds.Flag.RESERVED)
RULE_MAC = 3


@piece
def _is_hex(ctx: int, at: int, count: int) -> bool:
    for k in range(count):
        if not isa(ctx, at + k, HEX):
            return False
    return True


@piece
def _pairs(ctx: int, at: int, separator: int) -> int:
    """Count pairs of hexadecimal digits, up to 21."""
    count = 0
    while count < 21 and _is_hex(ctx, at, 2):
        count += 1
        if u8(at + 2) != separator:
            break
        at += 3
    return count


@piece
def _mac_flags(start: int) -> int:
    last = u8(start + 1) | 32
    code = last - 48 if 48 <= last < 58 else last - 87
    if code & 1:
        return RESERVED
    return PRIVATE if code & 2 else 0


@piece
def _continues(ctx: int, at: int) -> bool:
    """Tell whether two digits stand here alone: the chain is longer, not `mac:00:1b:…`."""
    return _is_hex(ctx, at, 2) and not isa(ctx, at - 1, WORD)


@tiny
def mac(ctx: int, at: int) -> int:
    """Judge the first separator of pairs: six are a card, eight EUI-64, fourteen a frame's head."""
    start = at - 2
    separator = u8(at)
    if not _is_hex(ctx, start, 2) or (isa(ctx, start - 1, WORD) and not escaped_letter(start)):
        return 0
    if u8(start - 1) == separator and _continues(ctx, start - 3):
        return 0
    count = _pairs(ctx, start, separator)
    end = start + 3 * count - 1
    if isa(ctx, end, WORD) or (u8(end) == separator and u8(end + 1) != 32):
        return 0
    if count == 14:
        emit(ctx, start, start + 17, MAC, RULE_MAC, _mac_flags(start))
        return emit(ctx, start + 18, start + 35, MAC, RULE_MAC, _mac_flags(start + 18))
    if count == 7:
        return emit(ctx, start + 3, end, MAC, RULE_MAC, _mac_flags(start + 3))
    if count in (6, 8):
        return emit(ctx, start, end, MAC, RULE_MAC, _mac_flags(start))
    return 0


@piece
def dotted_mac(ctx: int, at: int) -> int:
    """Judge `0011.2233.4455`, of which one digit at least is a letter."""
    start = at - 4
    if isa(ctx, start - 1, WORD) or u8(start - 1) == 46 or isa(ctx, start + 14, WORD):
        return 0
    letters = 0
    for k in range(14):
        if k in (4, 9):
            continue
        if not isa(ctx, start + k, HEX):
            return 0
        letters |= isa(ctx, start + k, ALPHA)
    if letters == 0 or u8(start + 9) != 46 or u8(start + 14) == 46:
        return 0
    return emit(ctx, start, start + 14, MAC, RULE_MAC, 0)
