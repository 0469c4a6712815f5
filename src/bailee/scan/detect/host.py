"""Host names of clients that embed an address: `ppp-203-0-113-7.isp.example`.

Providers name each line by its address, so that such a name leads to a person as the address
does.  Other host names are found by keys and templates alone (`settle`).
"""

from bailee.scan import kinds
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import i64, piece, put64, u8, u32
from bailee.scan.vm.words import word_bits

DIGIT, ALPHA, HOST, HEX = slot.DIGIT, slot.ALPHA, slot.HOST, slot.HEX
FLOOR, NO_HOST, IS_FILE = slot.FLOOR, slot.NO_HOST, slot.IS_FILE
IPV6 = int(kinds.Kind.IPV6)
CLIENT_HOST = int(kinds.Kind.CLIENT_HOST)

RULE_REVERSE, RULE_NIBBLES = 4, 26
OCTET_DIGITS_MAX = 3
# What RFC 1035 allows a domain name, and the most that is looked back for one: without it, each
# anchor of a line without blanks would walk to the line's beginning.
HOST_BYTES_MAX = 255

# No top-level domain has one letter, and none that may be registered stands below the root.
TOP_LEVEL_BYTES_MIN, _LABELS_MIN = 2, 2
_PARTS = 4

_JOINTS = (char.DASH, char.DOT, char.UNDERSCORE)
_ARPA, _IP6 = char.word(b"arpa"), char.word(b"ip6.")
# 32 digits and the dots between them.
_NIBBLES_BYTES = 63


@piece
def host_end(ctx: int, at: int) -> int:
    """Follow the characters of a host name; returns its end without a last dot or dash."""
    limit = at + HOST_BYTES_MAX
    while at < limit and isa(ctx, at, HOST):
        at += 1
    while u8(at - 1) in _JOINTS:
        at -= 1
    return at


@piece
def host_start(ctx: int, at: int) -> int:
    """Go back to where a host name starts, not before what is taken."""
    limit = max(at - HOST_BYTES_MAX, i64(ctx + FLOOR))
    while at > limit and isa(ctx, at - 1, HOST):
        at -= 1
    while u8(at) in _JOINTS:
        at += 1
    return at


@piece
def _labels(ctx: int, start: int, end: int) -> bool:
    """Tell whether what follows an embedded address is a domain: two labels, letters last."""
    dots = 0
    last = start
    for at in range(start, end):
        if u8(at) == char.DOT:
            dots += 1
            last = at + 1
    if dots < _LABELS_MIN or end - last < TOP_LEVEL_BYTES_MIN:
        return False
    for at in range(last, end):
        if not isa(ctx, at, ALPHA):
            return False
    return not (word_bits(ctx, last, end) & IS_FILE)


@piece
def reverse_name(ctx: int, start: int, end: int) -> int:
    """Write a host name that embeds an address, `ppp-1-2-3-4.isp.tld`; the address is given."""
    if end < i64(ctx + NO_HOST):
        return 0
    last = host_end(ctx, end)
    # in-addr.arpa turns an address around; it is the question about a host, not its name.
    if not _labels(ctx, end, last) or u32(last - 4) | char.CASE_FOUR == _ARPA:
        # Further on in this name there are only fewer labels: without this note, `1.1.1.1.…`
        # would be followed to its end from each of its digits.
        put64(ctx + NO_HOST, last)
        return 0
    return emit(ctx, host_start(ctx, start), last, CLIENT_HOST, RULE_REVERSE, 0)


@piece
def nibbles(ctx: int, at: int) -> int:
    """Verify an IPv6 address turned around before `.ip6.arpa`, at one of its digits (RFC 3596)."""
    if at < i64(ctx + NO_HOST):
        return 0
    start = at
    while u8(start - 1) == char.DOT and isa(ctx, start - 2, HEX) and start - 2 >= i64(ctx + FLOOR):
        start -= 2
    end = at + 1
    while u8(end) == char.DOT and isa(ctx, end + 1, HEX) and end - start < _NIBBLES_BYTES:
        end += 2
    # A label before is part of it: `b` of `_dns-sd._udp` is no digit of an address.
    whole = end - start == _NIBBLES_BYTES and not isa(ctx, start - 1, HOST)
    named = u32(end + 1) | char.CASE_FOUR == _IP6 and u32(end + 5) | char.CASE_FOUR == _ARPA
    if not whole or not named:
        # An object identifier is long: it is not followed again from each of its digits.
        if end - start > _NIBBLES_BYTES // 3:
            put64(ctx + NO_HOST, end)
        return 0
    return emit(ctx, start, end, IPV6, RULE_NIBBLES, 0)


@piece
def dashed(ctx: int, at: int) -> int:
    """Verify a host name that embeds an address, at a digit with a dash after it."""
    start = at
    while at - start < OCTET_DIGITS_MAX and isa(ctx, start - 1, DIGIT):
        start -= 1
    end = start
    for part in range(_PARTS):
        digits = 0
        while digits <= OCTET_DIGITS_MAX and isa(ctx, end, DIGIT):
            end += 1
            digits += 1
        last = part == _PARTS - 1
        if digits == 0 or digits > OCTET_DIGITS_MAX or (not last and u8(end) != char.DASH):
            return 0
        end += 1
    end -= 1
    # Alone, `1-2-3-4` is a date, a range or a count: only a name around it makes it a host.
    if u8(end) not in (char.DOT, char.DASH):
        return 0
    return reverse_name(ctx, start, end)
