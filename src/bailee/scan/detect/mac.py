"""Network cards' addresses: six pairs, EUI-64, the head of a frame, dotted.

What is none: a fingerprint, whose pairs go on, a serial, a list of numbers.  Anchors are the first
separator of pairs (`sweep` has seen that two more follow at the same distance) or the first of two
dots.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import escaped_letter
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import piece, put64, tiny, u8
from bailee.scan.vm.words import word_before

ALPHA, HEX, WORD = slot.ALPHA, slot.HEX, slot.INNER
DIGIT, IS_SERIAL = slot.DIGIT, slot.IS_SERIAL
MAC = int(kinds.Kind.MAC)
PRIVATE, RESERVED = int(kinds.Flag.PRIVATE), int(kinds.Flag.RESERVED)
RULE_MAC = 3

# Pairs of a card, of EUI-64, and of the fourteen bytes that an Ethernet frame begins with: two
# cards and a type, as netfilter writes them after `MAC=`.  Seven are a DHCP client's id: the type
# of its hardware and the card.
PAIRS, EUI_PAIRS, FRAME_PAIRS, CLIENT_PAIRS = 6, 8, 14, 7
# A fingerprint of SHA-1 has twenty pairs: one more is looked at to see that a chain goes on.
_PAIRS_MAX = 21
_PAIR_BYTES, _CARD_BYTES = 3, 17
# `0011.2233.4455`
_LIST_SIGNS = (char.COMMA, char.DASH)
_DOTTED_BYTES, _FIRST_DOT, _SECOND_DOT = 14, 4, 9


@piece
def _is_hex(ctx: int, at: int, count: int) -> bool:
    for k in range(count):
        if not isa(ctx, at + k, HEX):
            return False
    return True


@piece
def _pairs(ctx: int, at: int, separator: int) -> int:
    """Count pairs of hexadecimal digits, up to `_PAIRS_MAX`."""
    count = 0
    while count < _PAIRS_MAX and _is_hex(ctx, at, 2):
        count += 1
        if u8(at + 2) != separator:
            break
        at += _PAIR_BYTES
    return count


@piece
def _mac_flags(start: int) -> int:
    # IEEE 802: the lowest bit of the first byte is a group's address, the next one says that the
    # card's owner chose the address, as telephones do to hide their own.
    last = u8(start + 1) | char.CASE
    code = last - char.ZERO if char.ZERO <= last <= char.NINE else last - char.LOWER_A + 10
    if code & 1:
        return RESERVED
    return PRIVATE if code & 2 else 0


@piece
def _continues(ctx: int, at: int) -> bool:
    """Tell whether two digits stand here alone: the chain is longer, not `mac:00:1b:…`."""
    return _is_hex(ctx, at, 2) and not isa(ctx, at - 1, WORD)


@piece
def _counted(ctx: int, start: int, end: int) -> bool:
    """Recognise a list of numbers, `49195-49199-47-53`: ciphers and curves of a TLS hello.

    No pair of it begins with 0, and it goes on, or a comma parts it from the next list.
    """
    near = u8(start - 1) in _LIST_SIGNS or u8(end) in _LIST_SIGNS
    if not near or u8(start + 2) != char.DASH:
        return False
    if u8(start - 1) == char.DASH and isa(ctx, start - 2, DIGIT):
        return True
    for at in range(start, end):
        first = (at - start) % _PAIR_BYTES == 0
        if u8(at) != char.DASH and (not isa(ctx, at, DIGIT) or (first and u8(at) == char.ZERO)):
            return False
    return True


@tiny
def mac(ctx: int, at: int) -> int:
    """Verify a card at the first separator of pairs; a frame's head gives two finds."""
    start = at - 2
    separator = u8(at)
    if not _is_hex(ctx, start, 2) or (isa(ctx, start - 1, WORD) and not escaped_letter(start)):
        return 0
    if u8(start - 1) == separator and _continues(ctx, start - _PAIR_BYTES):
        return 0
    count = _pairs(ctx, start, separator)
    end = start + _PAIR_BYTES * count - 1
    # A separator and a blank are punctuation: `from 00:1b:…:5e: timeout`.
    if isa(ctx, end, WORD) or (u8(end) == separator and u8(end + 1) != char.SPACE):
        return 0
    if _counted(ctx, start, end) or word_before(ctx, start) & IS_SERIAL:
        # Eight pairs of a serial would be read as the groups of an IPv6 address.
        put64(ctx + slot.FLOOR, end)
        return 0
    if count == FRAME_PAIRS:
        emit(ctx, start, start + _CARD_BYTES, MAC, RULE_MAC, _mac_flags(start))
        source = start + PAIRS * _PAIR_BYTES
        return emit(ctx, source, source + _CARD_BYTES, MAC, RULE_MAC, _mac_flags(source))
    if count == CLIENT_PAIRS:
        card = start + _PAIR_BYTES
        return emit(ctx, card, end, MAC, RULE_MAC, _mac_flags(card))
    if count in (PAIRS, EUI_PAIRS):
        return emit(ctx, start, end, MAC, RULE_MAC, _mac_flags(start))
    return 0


@piece
def dotted_mac(ctx: int, at: int) -> int:
    """Verify `0011.2233.4455` at its first dot; one digit at least is a letter."""
    start = at - _FIRST_DOT
    if isa(ctx, start - 1, WORD) or u8(start - 1) == char.DOT:
        return 0
    if isa(ctx, start + _DOTTED_BYTES, WORD):
        return 0
    letters = 0
    for k in range(_DOTTED_BYTES):
        if k in (_FIRST_DOT, _SECOND_DOT):
            continue
        if not isa(ctx, start + k, HEX):
            return 0
        letters |= isa(ctx, start + k, ALPHA)
    # Digits alone are an amount or a date written in groups far more often than a card.
    if letters == 0 or u8(start + _SECOND_DOT) != char.DOT:
        return 0
    if u8(start + _DOTTED_BYTES) == char.DOT:
        return 0
    return emit(ctx, start, start + _DOTTED_BYTES, MAC, RULE_MAC, 0)
