"""Versions: what is written before numbers tells them from an address.

Only numbers that may be a version come here (`address._grade`), so that most addresses never pay
for it: `libfoo (>= 1.2.3.4)`, `app:1.2.3.4` of a registry, `upgraded from 1.2.3.4 to 1.2.4.0`.
"""

from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import piece, u8, u16, u32
from bailee.scan.vm.words import word_bits

DIGIT, ALPHA, HOST, WORD = slot.DIGIT, slot.ALPHA, slot.HOST, slot.WORD
IS_VERSION, IS_PRODUCT = slot.IS_VERSION, slot.IS_PRODUCT
IS_LINK, IS_UPDATED, IS_PLACE = slot.IS_LINK, slot.IS_UPDATED, slot.IS_PLACE
# How far is looked back: a word, how many words, a registry's path, the number before of two.
# An address pays for all of them, so that each is as short as the samples of real logs allow.
RUN_BYTES_MAX = 32
HOPS_MAX = 5
_TAG_BYTES_MAX = 128
_NUMBER_BYTES_MAX = 16
_STUFFING_MAX = 6
# Four random bytes are all below 40 once in 1,700; those of most releases are.
_TINY = 40

_IP, _ADDR = char.word(b"ip"), char.word(b"addr")
_LI, _LIB_BYTES = char.word(b"li"), len("lib")
_SLASHES = char.word(b"//")
_SPACE_EQUALS = (char.SPACE, char.EQUALS)
_TAG_SIGNS = (char.SLASH, char.COLON)
_ARROWS = (char.LESS, char.GREATER)
# `!=`, `(=`, `<=`, `==`, `>=`, `~=` and a blank: packages write what they depend on so.
_BEFORE_EQUALS = (char.EXCLAMATION, char.OPEN_PAREN, *_ARROWS, char.EQUALS, char.TILDE)
_STUFFING = (
    *(char.SPACE, char.COLON, char.EQUALS, *char.QUOTES),
    *(char.OPEN_PAREN, char.OPEN_BRACKET, char.COMMA, char.DOT),
)
# Name servers that answer everybody, and that no release is numbered like: 8.8.8.8, 8.8.4.4,
# 1.1.1.1, 9.9.9.9.
_RESOLVERS = (0x08080808, 0x08080404, 0x01010101, 0x09090909)


@piece
def _capital(byte: int) -> bool:
    return char.UPPER_A <= byte <= char.UPPER_Z


@piece
def run_bits(ctx: int, end: int) -> int:
    """Return what is known of the word that ends here, without its number, or of its last part.

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
    library = u16(start) | char.CASE_TWO == _LI and u8(start + 2) | char.CASE == char.LOWER_B
    if end - start > _LIB_BYTES and library:
        return IS_PRODUCT
    hump = end - 1
    while hump > start and not (_capital(u8(hump)) and not _capital(u8(hump - 1))):
        hump -= 1
    return word_bits(ctx, hump, end) if hump > start else word_bits(ctx, start, end)


@piece
def _is_required(at: int) -> bool:
    """Recognise `>= `, `<< ` and `(= ` before a version, but not the arrow `=> `."""
    if u8(at - 1) != char.SPACE:
        return False
    sign = u8(at - 2)
    before = u8(at - 3)
    if sign == char.EQUALS and before in _BEFORE_EQUALS:
        return True
    return sign in _ARROWS and before == sign


@piece
def _is_tag(ctx: int, at: int) -> bool:
    """Recognise `registry.example/app:1.2.3.4` and `org.example:core:1.2.3.4`."""
    slashes = 0
    colons = 0
    dots = 0
    back = at - 1
    while at - back < _TAG_BYTES_MAX and (isa(ctx, back - 1, HOST) or u8(back - 1) in _TAG_SIGNS):
        back -= 1
        slashes += u8(back) == char.SLASH
        colons += u8(back) == char.COLON
        dots += u8(back) == char.DOT
        # A URL: what stands behind its colon is a port or a host.
        if u16(back) == _SLASHES:
            return False
    return slashes > 0 or (colons > 0 and dots > 0)


@piece
def _stuffing(at: int) -> int:
    """Go back over blanks, brackets and signs between a word and its number."""
    end = at
    while at - end < _STUFFING_MAX and u8(end - 1) in _STUFFING:
        end -= 1
    return end


@piece
def _is_tiny(value: int) -> bool:
    """Recognise four numbers under 40: one address in a thousand, and most versions."""
    if value in _RESOLVERS:
        return False
    return max(value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255) < _TINY


@piece
def _is_named(ctx: int, start: int) -> bool:
    """Tell whether a word stands before that nobody says of an address."""
    if u8(start - 1) not in _SPACE_EQUALS:
        return False
    end = start - 1
    at = end
    letters = 0
    part = 0
    while end - at < RUN_BYTES_MAX and isa(ctx, at - 1, WORD):
        at -= 1
        letters |= isa(ctx, at, ALPHA)
        part = at + 1 if part == 0 and u8(at) == char.UNDERSCORE else part
    if letters == 0 or word_bits(ctx, at, end) & IS_PLACE or _is_place(end):
        return False
    # Of `peer_address` and `local_ip` the last part says what stands behind.
    return part == 0 or not (word_bits(ctx, part, end) & IS_PLACE)


@piece
def _is_place(end: int) -> bool:
    """Recognise `srcip`, `natip`, `saddr`: a word that ends as words before addresses do."""
    return u16(end - 2) | char.CASE_TWO == _IP or u32(end - 4) | char.CASE_FOUR == _ADDR


@piece
def is_release(ctx: int, start: int, end: int, value: int) -> bool:
    """Distinguish a version from an address by at most `HOPS_MAX` words before it."""
    if _is_required(start):
        return True
    if u8(start - 1) == char.COLON and _is_tag(ctx, start):
        return True
    at = start
    linked = 0
    if _is_tiny(value) and u8(end) != char.SLASH and _is_named(ctx, start):
        return True
    for _ in range(HOPS_MAX):
        end = _stuffing(at)
        at = end
        while end - at < _NUMBER_BYTES_MAX and (isa(ctx, at - 1, DIGIT) or u8(at - 1) == char.DOT):
            at -= 1
        # The number before of two, `from 1.2.3.4 to 1.2.4.0`: the words before it speak of both.
        if at < end and not isa(ctx, at - 1, WORD):
            linked = 0
            continue
        found = run_bits(ctx, end)
        if found & IS_VERSION or (found & IS_UPDATED and linked):
            return True
        # `nginx 1.2.3.4` is a release, `nginx from 1.2.3.4` speaks of a peer.
        if found & IS_PRODUCT and not linked:
            return True
        if found & IS_LINK == 0:
            return False
        linked = 1
        at = end
        while end - at < RUN_BYTES_MAX and isa(ctx, at - 1, WORD):
            at -= 1
    return False
