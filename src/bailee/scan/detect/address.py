"""Verifiers of network addresses: IPv4, IPv6.  Each returns the end of what it wrote, or 0.

What is not an address: an octet over 255, a fifth part, a version (`Chrome/1.2.3.4`, `version
1.2.3.4`), a time, a C++ scope.
"""

from bailee.scan import kinds
from bailee.scan.detect.release import is_release, run_bits
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import i64, piece, put64, tiny, u8, u16, u32
from bailee.scan.vm.words import word_before, word_bits

DIGIT, ALPHA, ALNUM, HEX, HOST = (
    slot.DIGIT,
    slot.ALPHA,
    slot.ALNUM,
    slot.HEX,
    slot.HOST,
)
WORD = slot.INNER
NO_HOST = slot.NO_HOST
FLOOR, NO_COLON = slot.FLOOR, slot.NO_COLON
IS_VERSION, IS_PRODUCT, IS_FILE = slot.IS_VERSION, slot.IS_PRODUCT, slot.IS_FILE
IS_ENDING = slot.IS_ENDING
IPV4, IPV6 = int(kinds.Kind.IPV4), int(kinds.Kind.IPV6)
CLIENT_HOST = int(kinds.Kind.CLIENT_HOST)
PRIVATE, LOOPBACK = int(kinds.Flag.PRIVATE), int(kinds.Flag.LOOPBACK)
RESERVED, DOCUMENTATION = int(kinds.Flag.RESERVED), int(kinds.Flag.DOCUMENTATION)

RULE_IPV4, RULE_IPV6, RULE_REVERSE = 1, 2, 4
V6_BYTES_MAX = 48
HOST_BYTES_MAX = 255


@piece
def escaped_letter(at: int) -> bool:
    r"""Tell whether the letter before an address is the tail of \n, \r, \t or %2F."""
    return (u8(at - 1) in (110, 114, 116) and u8(at - 2) == 92) or u8(at - 3) == 37


@tiny
def read_v4(ctx: int, at: int) -> tuple[int, int]:
    """Read four octets; returns the end, or 0, and the 32 bits."""
    value = 0
    for part in range(4):
        octet = 0
        digits = 0
        while digits < 4 and isa(ctx, at, DIGIT):
            octet = octet * 10 + u8(at) - 48
            at += 1
            digits += 1
        if digits == 0 or digits > 3 or octet > 255:
            return 0, 0
        value = value << 8 | octet
        if part < 3:
            if u8(at) != 46:
                return 0, 0
            at += 1
    return at, value


@piece
def v4_flags(value: int) -> int:
    """Tell what the registries of special addresses (RFC 6890 and its kin) say."""
    top = value >> 24
    if top == 127:
        return LOOPBACK
    if top == 10 or value >> 20 == 0xAC1 or value >> 16 == 0xC0A8 or value >> 22 == 0x191:
        return PRIVATE
    if value >> 8 in (0xC00002, 0xC63364, 0xCB0071):
        return DOCUMENTATION
    if top == 0 or top >= 224 or value >> 16 == 0xA9FE or value >> 17 == 0x6309:
        return RESERVED
    return 0


@piece
def _is_label(at: int) -> bool:
    """Tell a label before a slash, as in `UDP/1.2.3.4` or `HIER_DIRECT/1.2.3.4`: capitals alone."""
    return 65 <= u8(at) <= 90 and (65 <= u8(at - 1) <= 90 or u8(at - 1) == 95)


@piece
def _grade(value: int) -> int:
    """Tell how little four numbers look like a version: 2 hardly, 1 not much, 0 they may be one.

    The parts of versions are small, those of addresses are anything.
    """
    first = value >> 24
    large = int(first > 99) + int(value >> 16 & 255 > 99)
    large += int(value >> 8 & 255 > 99) + int(value & 255 > 99)
    if first > 149 or large > 2 or (first > 99 and large > 1):
        return 2
    return int(large > 1)


@piece
def _is_host_before(ctx: int, slash: int) -> bool:
    """Tell the host in `api.example.org/1.2.3.4` from the package in `org.example.app/1.2.3.4`."""
    start = slash
    dots = 0
    while slash - start < HOST_BYTES_MAX and isa(ctx, start - 1, HOST):
        start -= 1
        dots += u8(start) == 46
    if dots == 0 or u8(start - 1) == 47:
        return False
    last = slash
    while u8(last - 1) != 46:
        last -= 1
    head = u32(start) | 0x20202020
    package = head in (0x2E6D6F63, 0x2E67726F, 0x2E74656E) or u8(start + 2) == 46
    return slash - last > 1 and not package


@piece
def _worded_version(ctx: int, start: int, end: int, value: int) -> bool:
    """Judge by the words before: the less the numbers look like a version, the fewer count."""
    grade = _grade(value)
    if grade == 2:
        return False
    bits = word_before(ctx, start)
    if bits & IS_VERSION:
        return True
    ten = value >> 24 == 10  # rather the private network
    return grade == 0 and u8(end) != 58 and not ten and is_release(ctx, start, end, value)


@tiny
def _is_version(ctx: int, start: int, end: int, value: int) -> bool:
    before = u8(start - 1)
    if before == 47 and isa(ctx, start - 2, ALPHA):
        if u8(end) == 58 or _grade(value) or (_is_label(start - 2) and not _is_product(ctx, start)):
            return False
        return not _is_host_before(ctx, start - 1)
    if before == 45 and isa(ctx, start - 2, ALPHA):
        return u8(end) != 45 and u16(start - 3) | 0x2020 != 0x7069 and _grade(value) == 0
    if before == 95:
        return _grade(value) == 0
    if before in (126, 94) or (before == 61 and u8(start - 2) in (60, 61, 62, 126, 33)):
        return True
    return _worded_version(ctx, start, end, value)


@piece
def _is_product(ctx: int, start: int) -> bool:
    return run_bits(ctx, start - 1) & IS_PRODUCT != 0


@piece
def _has_ending(ctx: int, at: int) -> bool:
    """Tell the ending of a version: `-SNAPSHOT`, `.Final`, `+dfsg`, `.jar`."""
    if u8(at) == 43:
        return True
    end = at + 1
    while end - at < 16 and isa(ctx, end, ALPHA):
        end += 1
    return word_bits(ctx, at + 1, end) & IS_ENDING != 0


@piece
def _is_package(ctx: int, at: int) -> bool:
    """Tell `1.2.3.4-5ubuntu1` from a range of addresses and from a name."""
    return isa(ctx, at, DIGIT) != 0 and read_v4(ctx, at)[0] == 0


@piece
def host_end(ctx: int, at: int) -> int:
    """Follow the characters of a host name; returns its end without a last dot or dash."""
    limit = at + HOST_BYTES_MAX
    while at < limit and isa(ctx, at, HOST):
        at += 1
    while u8(at - 1) in (45, 46, 95):
        at -= 1
    return at


@piece
def host_start(ctx: int, at: int) -> int:
    """Go back to where a host name starts, not before what is taken."""
    limit = max(at - HOST_BYTES_MAX, i64(ctx + FLOOR))
    while at > limit and isa(ctx, at - 1, HOST):
        at -= 1
    while u8(at) in (45, 46, 95):
        at += 1
    return at


@piece
def _labels(ctx: int, start: int, end: int) -> bool:
    """Tell whether what follows an embedded address is a domain: two labels, letters last."""
    dots = 0
    last = start
    for at in range(start, end):
        if u8(at) == 46:
            dots += 1
            last = at + 1
    if dots < 2 or end - last < 2:
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
    if not _labels(ctx, end, last) or u32(last - 4) | 0x20202020 == 0x61707261:  # arpa
        put64(ctx + NO_HOST, last)  # further on in this name there are only fewer labels
        return 0
    return emit(ctx, host_start(ctx, start), last, CLIENT_HOST, RULE_REVERSE, 0)


@piece
def _is_dotted_port(ctx: int, start: int, dot: int) -> bool:
    """Tell the port in `1.2.3.4.443 > 5.6.7.8.53:`, as tcpdump writes it."""
    end = dot + 1
    while end - dot < 7 and isa(ctx, end, DIGIT):
        end += 1
    if u8(end) == 32 and u8(end + 1) in (60, 62):
        return True
    return u8(start - 2) in (60, 62) and u8(start - 1) == 32 and u8(end) in (58, 44)


@piece
def _freed(ctx: int, at: int, start: int) -> int:
    """Return where an address may start, or 0 inside a word or behind a dot.

    After a percent sign two digits are the sign's own: %203.0.113.7 is a blank and an address.
    """
    before = u8(start - 1)
    if before == 37 and at - start > 1:
        return start + 2
    if u8(start - 2) == 37 and at - start == 3:
        return start + 1
    if before == 46:
        return start if u8(start - 2) == 46 else 0
    inside = isa(ctx, start - 1, WORD) != 0 and before != 95 and not escaped_letter(start)
    return 0 if inside else start


@piece
def _ipv4_beside(ctx: int, start: int, end: int, value: int) -> int:
    """Judge an address that neither a blank nor a colon follows."""
    after = u8(end)
    if isa(ctx, end, WORD) and (after != 95 or _grade(value) == 0):
        return 0
    dotted = after == 46 and isa(ctx, end + 1, DIGIT) != 0
    if dotted and _is_dotted_port(ctx, start, end):
        return emit(ctx, start, end, IPV4, RULE_IPV4, v4_flags(value))
    if after in (46, 45, 43) and isa(ctx, end + 1, ALNUM):
        made = reverse_name(ctx, start, end) if after != 43 else 0
        if made or dotted:
            return made
        if _grade(value) == 0 and value >> 24 != 10 and _has_ending(ctx, end):
            return 0
    if _is_version(ctx, start, end, value):
        return 0
    if after == 45 and _grade(value) == 0 and _is_package(ctx, end + 1):
        return 0
    return emit(ctx, start, end, IPV4, RULE_IPV4, v4_flags(value))


@tiny
def ipv4(ctx: int, at: int) -> int:
    """Judge a digit with a dot after it."""
    start = at
    while at - start < 3 and isa(ctx, start - 1, DIGIT):
        start -= 1
    blank = u8(start - 1) == 32
    if not blank:
        start = _freed(ctx, at, start)
        if start == 0:
            return 0
    end, value = read_v4(ctx, start)
    if end == 0:
        return 0
    if u8(end) not in (32, 58):
        return _ipv4_beside(ctx, start, end, value)
    if blank:
        if _grade(value) < 2 and _worded_version(ctx, start, end, value):
            return 0
    elif _is_version(ctx, start, end, value):
        return 0
    return emit(ctx, start, end, IPV4, RULE_IPV4, v4_flags(value))


@piece
def dashed(ctx: int, at: int) -> int:
    """Judge a digit with a dash after it: an address embedded in a host name."""
    start = at
    while at - start < 3 and isa(ctx, start - 1, DIGIT):
        start -= 1
    end = start
    for part in range(4):
        digits = 0
        while digits < 4 and isa(ctx, end, DIGIT):
            end += 1
            digits += 1
        if digits == 0 or digits > 3 or (part < 3 and u8(end) != 45):
            return 0
        end += 1
    end -= 1
    if u8(end) not in (46, 45):
        return 0
    return reverse_name(ctx, start, end)


@piece
def _is_port(ctx: int, at: int) -> bool:
    digits = 0
    while digits < 6 and isa(ctx, at + digits, DIGIT):
        digits += 1
    return 0 < digits < 6 and not isa(ctx, at + digits, WORD) and u8(at + digits) != 58


@piece
def read_v6(ctx: int, start: int, limit: int) -> tuple[int, int, int]:
    """Read groups, one `::`, perhaps a dotted tail; returns the end or 0, groups, and the first."""
    at = start
    groups = 0
    squeezed = 0
    first = 0
    if u8(at) == 58:
        if u8(at + 1) != 58:
            return 0, 0, 0
        squeezed = 1
        at += 2
    while at < limit:
        value = 0
        digits = 0
        while digits < 5 and isa(ctx, at + digits, HEX):
            code = u8(at + digits)
            value = value << 4 | (code - 48 if code < 58 else (code | 32) - 87)
            digits += 1
        if digits == 0:
            break
        if u8(at + digits) == 46 and groups <= 6:
            end, _value = read_v4(ctx, at)
            if end:
                groups += 2
                at = end
                break
        if digits > 4 or groups == 8:
            if groups and u8(at - 1) == 58 and u8(at - 2) != 58 and _is_port(ctx, at):
                at -= 1
                break
            return 0, 0, 0
        if groups == 0:
            first = value
        groups += 1
        at += digits
        if u8(at) != 58:
            break
        if u8(at + 1) == 58:
            if squeezed:
                return 0, 0, 0
            squeezed = 1
            at += 2
        elif isa(ctx, at + 1, HEX):
            at += 1
        else:
            break
    if (groups == 8 and not squeezed) or (squeezed and 0 < groups < 8):
        return at, groups, first if start != at and u8(start) != 58 else 0
    return 0, 0, 0


@piece
def v6_flags(start: int, end: int, first: int) -> int:
    """Tell what is known from the first group."""
    if first == 0 and end - start == 3 and u8(start + 2) == 49:
        return LOOPBACK
    if first >> 9 == 0x7E or first >> 6 == 0x3FA:
        return PRIVATE
    if first >> 8 == 0xFF:
        return RESERVED
    if first == 0x2001 and (u8(start + 5) | 32) == 100 and (u8(start + 6) | 32) == 98:
        if u8(start + 7) == 56 and u8(start + 8) == 58:
            return DOCUMENTATION
    return DOCUMENTATION if first == 0x3FFF else 0


@piece
def _has_digit(ctx: int, start: int, end: int) -> bool:
    for at in range(start, end):
        if isa(ctx, at, DIGIT):
            return True
    return False


@tiny
def ipv6(ctx: int, at: int) -> int:
    """Judge a colon that has others near."""
    floor = max(i64(ctx + FLOOR), at - V6_BYTES_MAX)
    if at < i64(ctx + NO_COLON):
        return 0
    start = at
    while start > floor and (isa(ctx, start - 1, HEX) or u8(start - 1) == 58):
        start -= 1
    if isa(ctx, start - 1, WORD) and start - 1 >= floor and not escaped_letter(start):
        while u8(start) != 58:
            start += 1
        if u8(start + 1) == 58:
            return 0
        start += 1  # `ip6:2001:…`, but not the scope in `one::two`
    end, _groups, first = read_v6(ctx, start, start + V6_BYTES_MAX)
    if end == 0 or isa(ctx, end, WORD) or (u8(end) == 58 and u8(end + 1) == 58):
        _skip_colons(ctx, at)
        return 0
    if not _has_digit(ctx, start, end):
        return 0
    flags = v6_flags(start, end, first)
    if u8(end) == 37 and isa(ctx, end + 1, ALNUM):
        zone = end + 1
        while zone - end < 17 and isa(ctx, zone, ALNUM):
            zone += 1
        end = zone
    return emit(ctx, start, end, IPV6, RULE_IPV6, flags)


@piece
def _skip_colons(ctx: int, at: int) -> None:
    """Remember that no address is inside a long run, so that each colon is not tried again."""
    end = at
    while end - at < V6_BYTES_MAX and (isa(ctx, end, HEX) or u8(end) == 58):
        end += 1
    if end - at > V6_BYTES_MAX // 2:
        put64(ctx + NO_COLON, end - 20)
