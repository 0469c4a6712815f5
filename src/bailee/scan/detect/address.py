"""Network addresses: verifiers of IPv4 and IPv6; each returns the end of what it wrote, or 0.

What is not an address: an octet over 255, a fifth part, a version (`Chrome/1.2.3.4`, `version
1.2.3.4`), a time, a C++ scope.
"""

from bailee.scan import kinds
from bailee.scan.detect.host import HOST_BYTES_MAX, OCTET_DIGITS_MAX, nibbles, reverse_name
from bailee.scan.detect.release import is_release, run_bits
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import i64, piece, put64, tiny, u8, u16, u32
from bailee.scan.vm.words import word_before, word_bits

DIGIT, ALPHA, ALNUM, HEX, HOST = slot.DIGIT, slot.ALPHA, slot.ALNUM, slot.HEX, slot.HOST
WORD = slot.INNER
FLOOR, NO_COLON = slot.FLOOR, slot.NO_COLON
IS_VERSION, IS_PRODUCT, IS_ENDING = slot.IS_VERSION, slot.IS_PRODUCT, slot.IS_ENDING
IPV4, IPV6 = int(kinds.Kind.IPV4), int(kinds.Kind.IPV6)
PRIVATE, LOOPBACK = int(kinds.Flag.PRIVATE), int(kinds.Flag.LOOPBACK)
RESERVED, DOCUMENTATION = int(kinds.Flag.RESERVED), int(kinds.Flag.DOCUMENTATION)

RULE_IPV4, RULE_IPV6 = 1, 2

OCTET_MAX = 255
# Eight groups of four and their colons are 39 bytes, with a dotted tail 45: 48 is the next bound
# that leaves room for a zone's sign.  A longer run of colons and digits is no address.
V6_BYTES_MAX = 48
V6_GROUPS, V6_GROUP_DIGITS_MAX = 8, 4
# Linux allows an interface 15 bytes; a zone in an address is the interface's name.
_ZONE_BYTES_MAX = 16
_PORT_DIGITS_MAX = 5
_ENDING_BYTES_MAX = 15
_TAIL_BYTES = 20
# A part of a version is rarely over 99 and hardly ever over 149; parts of addresses are anything.
_LARGE, _HUGE = 99, 149

# Escapes that `decode` leaves alone, because what they mean is no part of an identifier.
_BREAKS = (char.LOWER_N, char.LOWER_R, char.LOWER_T)
_PORT_SIGNS = (char.COLON, char.OPEN_PAREN)
_ARROWS = (char.LESS, char.GREATER)
# `==1.2.3.4`, `>=`, `~=`, `!=`: how a dependency is pinned.
_PINS = (char.LESS, *(char.EQUALS, char.GREATER, char.TILDE, char.EXCLAMATION))
# A Java package is a host name turned around; one that is no package ends in its domain.
_PACKAGES = (char.word(b"com."), char.word(b"org."), char.word(b"net."))
_IP = char.word(b"ip")
_DB = char.word(b"db")


@piece
def escaped_letter(at: int) -> bool:
    r"""Tell whether the letter before an address is the tail of \n, \r, \t or %2F."""
    if u8(at - 1) in _BREAKS and u8(at - 2) == char.BACKSLASH:
        return True
    return u8(at - 3) == char.PERCENT


@tiny
def read_v4(ctx: int, at: int) -> tuple[int, int]:
    """Read four octets; returns the end, or 0, and the 32 bits."""
    value = 0
    for part in range(4):
        octet = 0
        digits = 0
        # One digit more than an octet has, so that 1234 is seen to be none and not read as 123.
        while digits <= OCTET_DIGITS_MAX and isa(ctx, at, DIGIT):
            octet = octet * 10 + u8(at) - char.ZERO
            at += 1
            digits += 1
        if digits == 0 or digits > OCTET_DIGITS_MAX or octet > OCTET_MAX:
            return 0, 0
        value = value << 8 | octet
        if part < 3:
            if u8(at) != char.DOT:
                return 0, 0
            at += 1
    return at, value


@piece
def v4_flags(value: int) -> int:
    """Return the flags that the registry of special addresses gives (RFC 6890 and its kin)."""
    top = value >> 24
    if top == 127:
        return LOOPBACK
    # 10/8, 172.16/12, 192.168/16 of RFC 1918, and 100.64/10, behind which providers put customers.
    if top == 10 or value >> 20 == 0xAC1 or value >> 16 == 0xC0A8 or value >> 22 == 0x191:
        return PRIVATE
    # 192.0.2/24, 198.51.100/24, 203.0.113/24: RFC 5737 keeps them for examples.
    if value >> 8 in (0xC00002, 0xC63364, 0xCB0071):
        return DOCUMENTATION
    # "This network", multicast and above, link-local 169.254/16, benchmarks' 198.18/15.
    if top == 0 or top >= 224 or value >> 16 == 0xA9FE or value >> 17 == 0x6309:
        return RESERVED
    return 0


@piece
def _is_label(at: int) -> bool:
    """Recognise a label before a slash, capitals alone: `UDP/1.2.3.4`, `HIER_DIRECT/1.2.3.4`."""
    before = u8(at - 1)
    return char.UPPER_A <= u8(at) <= char.UPPER_Z and (
        char.UPPER_A <= before <= char.UPPER_Z or before == char.UNDERSCORE
    )


@piece
def _grade(value: int) -> int:
    """Grade how little four numbers look like a version: 2 hardly, 1 not much, 0 they may be one.

    The parts of versions are small, those of addresses are anything.
    """
    first = value >> 24
    large = int(first > _LARGE) + int(value >> 16 & 255 > _LARGE)
    large += int(value >> 8 & 255 > _LARGE) + int(value & 255 > _LARGE)
    # A first part over 149 is beyond any release but a browser's, which has a slash before it.
    if first > _HUGE or large > 2 or (first > _LARGE and large > 1):
        return 2
    return int(large > 1)


@piece
def _is_host_before(ctx: int, slash: int) -> bool:
    """Recognise the host of `api.example.org/1.2.3.4`; `org.example.app/1.2.3.4` is a package."""
    start = slash
    dots = 0
    while slash - start < HOST_BYTES_MAX and isa(ctx, start - 1, HOST):
        start -= 1
        dots += u8(start) == char.DOT
    if dots == 0 or u8(start - 1) == char.SLASH:
        return False
    last = slash
    while u8(last - 1) != char.DOT:
        last -= 1
    head = u32(start) | char.CASE_FOUR
    # `fr.example.app` is a package too: a country's code, and the name behind it.
    package = head in _PACKAGES or u8(start + 2) == char.DOT
    return slash - last > 1 and not package


@piece
def _worded_version(ctx: int, start: int, end: int, value: int) -> bool:
    """Recognise a version by words before it: the less it looks like one, the fewer count."""
    grade = _grade(value)
    # Most addresses end here: the look back at words is what costs in this file.
    if grade == 2:
        return False
    bits = word_before(ctx, start)
    if bits & IS_VERSION:
        return True
    # 10.x.y.z is the private network rather than a tenth version, and versions have no port.
    ten = value >> 24 == 10
    return grade == 0 and u8(end) != char.COLON and not ten and is_release(ctx, start, end, value)


@tiny
def _is_version(ctx: int, start: int, end: int, value: int) -> bool:
    """Distinguish a version from an address by the byte before, then by the words before."""
    before = u8(start - 1)
    if before == char.SLASH and isa(ctx, start - 2, ALPHA):
        # A port in brackets, `inside/192.0.2.7(443)`, is one of a zone's address.
        if u8(end) in _PORT_SIGNS or _grade(value):
            return False
        if _is_label(start - 2) and not _is_product(ctx, start):
            return False
        return not _is_host_before(ctx, start - 1)
    if before == char.DASH and isa(ctx, start - 2, ALPHA):
        # `ip-10-0-0-1` is how clouds name machines; `libfoo-1.2.3.4` is a file of a release.
        machine = u16(start - 3) | char.CASE_TWO == _IP
        return u8(end) != char.DASH and not machine and _grade(value) == 0
    if before == char.UNDERSCORE:
        return _grade(value) == 0
    if before in (char.TILDE, char.CARET):
        return True
    if before == char.EQUALS and u8(start - 2) in _PINS:
        return True
    return _worded_version(ctx, start, end, value)


@piece
def _is_product(ctx: int, start: int) -> bool:
    return run_bits(ctx, start - 1) & IS_PRODUCT != 0


@piece
def _has_ending(ctx: int, at: int) -> bool:
    """Recognise the ending of a version: `-SNAPSHOT`, `.Final`, `+dfsg`, `.jar`."""
    if u8(at) == char.PLUS:
        return True
    end = at + 1
    while end - at <= _ENDING_BYTES_MAX and isa(ctx, end, ALPHA):
        end += 1
    return word_bits(ctx, at + 1, end) & IS_ENDING != 0


@piece
def _is_package(ctx: int, at: int) -> bool:
    """Distinguish `1.2.3.4-5ubuntu1` from a range of addresses and from a name."""
    return isa(ctx, at, DIGIT) != 0 and read_v4(ctx, at)[0] == 0


@piece
def _is_dotted_port(ctx: int, start: int, dot: int) -> bool:
    """Recognise the port in `1.2.3.4.443 > 5.6.7.8.53:`, as tcpdump writes it."""
    end = dot + 1
    while end - dot <= _PORT_DIGITS_MAX + 1 and isa(ctx, end, DIGIT):
        end += 1
    # Without the arrow beside it, a fifth part makes it no address at all.
    if u8(end) == char.SPACE and u8(end + 1) in _ARROWS:
        return True
    behind = u8(start - 2) in _ARROWS and u8(start - 1) == char.SPACE
    return behind and u8(end) in (char.COLON, char.COMMA)


@piece
def _freed(ctx: int, at: int, start: int) -> int:
    """Return where an address may start, or 0 inside a word or behind a dot.

    After a percent sign two digits are the sign's own: %203.0.113.7 is a blank and an address.
    """
    before = u8(start - 1)
    if before == char.PERCENT and at - start > 1:
        return start + 2
    if u8(start - 2) == char.PERCENT and at - start == 3:
        return start + 1
    if before == char.DOT:
        return start if u8(start - 2) == char.DOT else 0
    inside = (
        isa(ctx, start - 1, WORD) != 0 and before != char.UNDERSCORE and not escaped_letter(start)
    )
    return 0 if inside else start


@piece
def _ipv4_beside(ctx: int, start: int, end: int, value: int) -> int:
    """Verify an address that neither a blank nor a colon follows."""
    after = u8(end)
    if isa(ctx, end, WORD) and (after != char.UNDERSCORE or _grade(value) == 0):
        return 0
    dotted = after == char.DOT and isa(ctx, end + 1, DIGIT) != 0
    if dotted and _is_dotted_port(ctx, start, end):
        return emit(ctx, start, end, IPV4, RULE_IPV4, v4_flags(value))
    if after in (char.DOT, char.DASH, char.PLUS) and isa(ctx, end + 1, ALNUM):
        made = nibbles(ctx, start) if dotted and u8(start + 1) == char.DOT else 0
        if made:
            return made
        made = reverse_name(ctx, start, end) if after != char.PLUS else 0
        # Five parts that are no host's name are no address: 1.2.3.4.5 is an object identifier.
        if made or dotted:
            return made
        if _grade(value) == 0 and value >> 24 != 10 and _has_ending(ctx, end):
            return 0
    if _is_version(ctx, start, end, value):
        return 0
    if after == char.DASH and _grade(value) == 0 and _is_package(ctx, end + 1):
        return 0
    return emit(ctx, start, end, IPV4, RULE_IPV4, v4_flags(value))


@tiny
def ipv4(ctx: int, at: int) -> int:
    """Verify an IPv4 address at a digit with a dot after it."""
    start = at
    while at - start < OCTET_DIGITS_MAX and isa(ctx, start - 1, DIGIT):
        start -= 1
    # Between blanks, or with a port behind, stand nearly all addresses of real logs: they skip
    # what follows for the others.
    blank = u8(start - 1) == char.SPACE
    if not blank:
        free = _freed(ctx, at, start)
        if free == 0:
            inner = u8(start - 1) == char.DOT and u8(start + 1) == char.DOT
            return nibbles(ctx, start) if inner else 0
        start = free
    end, value = read_v4(ctx, start)
    if end == 0:
        return 0
    if u8(end) not in (char.SPACE, char.COLON):
        return _ipv4_beside(ctx, start, end, value)
    if blank:
        if _grade(value) < 2 and _worded_version(ctx, start, end, value):
            return 0
    elif _is_version(ctx, start, end, value):
        return 0
    return emit(ctx, start, end, IPV4, RULE_IPV4, v4_flags(value))


@piece
def _is_port(ctx: int, at: int) -> bool:
    digits = 0
    while digits <= _PORT_DIGITS_MAX and isa(ctx, at + digits, DIGIT):
        digits += 1
    alone = not isa(ctx, at + digits, WORD) and u8(at + digits) != char.COLON
    return 0 < digits <= _PORT_DIGITS_MAX and alone


@piece
def read_v6(ctx: int, start: int, limit: int) -> tuple[int, int, int]:
    """Read groups, one `::`, perhaps a dotted tail; returns the end or 0, groups, and the first."""
    at = start
    groups = 0
    squeezed = 0
    first = 0
    if u8(at) == char.COLON:
        if u8(at + 1) != char.COLON:
            return 0, 0, 0
        squeezed = 1
        at += 2
    while at < limit:
        value = 0
        digits = 0
        while digits <= V6_GROUP_DIGITS_MAX and isa(ctx, at + digits, HEX):
            code = u8(at + digits)
            letter = (code | char.CASE) - char.LOWER_A + 10
            value = value << 4 | (code - char.ZERO if code <= char.NINE else letter)
            digits += 1
        if digits == 0:
            break
        # A dotted tail stands for the last two groups, so that at most six are before it.
        if u8(at + digits) == char.DOT and groups <= V6_GROUPS - 2:
            end, _value = read_v4(ctx, at)
            if end:
                groups += 2
                at = end
                break
        if digits > V6_GROUP_DIGITS_MAX or groups == V6_GROUPS:
            # Some servers write the port behind a bare address: a ninth group, or one too long.
            after_one = groups and u8(at - 1) == char.COLON and u8(at - 2) != char.COLON
            if after_one and _is_port(ctx, at):
                at -= 1
                break
            return 0, 0, 0
        if groups == 0:
            first = value
        groups += 1
        at += digits
        if u8(at) != char.COLON:
            break
        if u8(at + 1) == char.COLON:
            if squeezed:
                return 0, 0, 0
            squeezed = 1
            at += 2
        elif isa(ctx, at + 1, HEX):
            at += 1
        else:
            break
    # `::` alone is no find: it is C++'s scope far more often than the unspecified address.
    if (groups == V6_GROUPS and not squeezed) or (squeezed and 0 < groups < V6_GROUPS):
        return at, groups, first if start != at and u8(start) != char.COLON else 0
    return 0, 0, 0


@piece
def v6_flags(start: int, end: int, first: int) -> int:
    """Return the flags of an IPv6 address, by its first group (RFC 6890 and its kin)."""
    if first == 0 and end - start == 3 and u8(start + 2) == char.ONE:
        return LOOPBACK
    # fc00::/7 of RFC 4193 and fe80::/10, the addresses of a link.
    if first >> 9 == 0x7E or first >> 6 == 0x3FA:
        return PRIVATE
    if first >> 8 == 0xFF:
        return RESERVED
    # 2001:db8::/32 and 3fff::/20: RFC 3849 and RFC 9637 keep them for examples.
    if first == 0x2001 and u16(start + 5) | char.CASE_TWO == _DB:
        if u8(start + 7) == char.EIGHT and u8(start + 8) == char.COLON:
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
    """Verify an IPv6 address at a colon that has others near."""
    floor = max(i64(ctx + FLOOR), at - V6_BYTES_MAX)
    if at < i64(ctx + NO_COLON):
        return 0
    start = at
    while start > floor and (isa(ctx, start - 1, HEX) or u8(start - 1) == char.COLON):
        start -= 1
    if isa(ctx, start - 1, WORD) and start - 1 >= floor and not escaped_letter(start):
        while u8(start) != char.COLON:
            start += 1
        if u8(start + 1) == char.COLON:
            return 0
        # `ip6:2001:…`: a word ends in a letter that could begin an address; the colon parts them.
        # A double one is a scope, as in `one::two`, and was refused above.
        start += 1
    end, _groups, first = read_v6(ctx, start, start + V6_BYTES_MAX)
    if end == 0 or isa(ctx, end, WORD) or (u8(end) == char.COLON and u8(end + 1) == char.COLON):
        _skip_colons(ctx, at)
        return 0
    # `dead::beef` is as likely a name in a program; addresses without any digit are rare.
    if not _has_digit(ctx, start, end):
        return 0
    flags = v6_flags(start, end, first)
    if u8(end) == char.PERCENT and isa(ctx, end + 1, ALNUM):
        zone = end + 1
        while zone - end <= _ZONE_BYTES_MAX and isa(ctx, zone, ALNUM):
            zone += 1
        end = zone
    return emit(ctx, start, end, IPV6, RULE_IPV6, flags)


@piece
def _skip_colons(ctx: int, at: int) -> None:
    """Remember that no address is inside a long run, so that each colon is not tried again."""
    end = at
    while end - at < V6_BYTES_MAX and (isa(ctx, end, HEX) or u8(end) == char.COLON):
        end += 1
    # A short run costs little to try again.  Of a long one the tail stays open: an address may
    # begin in it and go on behind what was looked at.
    if end - at > V6_BYTES_MAX // 2:
        put64(ctx + NO_COLON, end - _TAIL_BYTES)
