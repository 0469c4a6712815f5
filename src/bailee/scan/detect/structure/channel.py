"""Channels of a telephone exchange, `SIP/aline-00000012`, and paths of collections, `/dav/…/`.

The law of this module: the place in the path says what the word is, and a number must be long.
"""

from bailee.scan import kinds
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import piece, u8, u32
from bailee.scan.vm.words import word_bits

ACCOUNT, ALPHA, DIGIT, HEX, PLAIN = slot.ACCOUNT, slot.ALPHA, slot.DIGIT, slot.HEX, slot.PLAIN
USERNAME, PHONE = int(kinds.Kind.USERNAME), int(kinds.Kind.PHONE)
SYSTEM = int(kinds.Flag.SYSTEM)

RULE_CHANNEL = 32
_NAME_BYTES_MAX = 64
# A channel's number in hexadecimal; a dialled number; the collections between /dav/ and a person.
_SERIAL_BYTES, _DIGITS_MIN, _DIGITS_MAX, _FOLDERS_MAX = 8, 9, 15, 3
_SIP, _DAV = char.word(b"sip/"), char.word(b"dav/")
_ENDS = (char.COMMA, char.AT_SIGN, char.QUOTE, char.AMPERSAND, char.CLOSE_PAREN, char.SPACE)
_NOBODY = slot.IS_COMMON | slot.IS_PROSE
_SIGNS = (char.UNDERSCORE, char.DOT)


@piece
def _digits_end(ctx: int, at: int) -> int:
    end = at
    while end - at <= _DIGITS_MAX and isa(ctx, end, DIGIT):
        end += 1
    return end


@piece
def _dialled(ctx: int, at: int) -> int:
    """Verify a number that a channel dials, behind a slash."""
    start = at
    end = _digits_end(ctx, start + 1 if u8(start) == char.PLUS else start)
    fits = _DIGITS_MIN <= end - start <= _DIGITS_MAX + 1 and u8(end) in _ENDS
    return emit(ctx, start, end, PHONE, RULE_CHANNEL, 0) if fits else 0


@piece
def channel(ctx: int, at: int) -> int:
    """Verify the account or number of `SIP/…` and `PJSIP/…`, at the name of the protocol."""
    if u32(at) | char.CASE_FOUR != _SIP:
        return 0
    start = at + 4
    made = _dialled(ctx, start)
    if made:
        return made
    end = start
    letters = 0
    while end - start < _NAME_BYTES_MAX and (isa(ctx, end, PLAIN) or u8(end) in _SIGNS):
        letters |= isa(ctx, end, ALPHA)
        end += 1
    if u8(end) == char.SLASH and letters:
        return _dialled(ctx, end + 1)
    if u8(end) != char.DASH or not letters:
        return 0
    for k in range(1, _SERIAL_BYTES + 1):
        if not isa(ctx, end + k, HEX):
            return 0
    if isa(ctx, end + _SERIAL_BYTES + 1, PLAIN) or word_bits(ctx, start, end) & _NOBODY:
        return 0
    return emit(ctx, start, end, USERNAME, RULE_CHANNEL, 0)


@piece
def collection(ctx: int, at: int) -> int:
    """Verify the account of `/dav/files/aline/…`, at the slash (RFC 4918's usual layout)."""
    if u32(at + 1) | char.CASE_FOUR != _DAV:
        return 0
    start = at + 5
    for step in range(_FOLDERS_MAX):
        end = start
        while end - start < _NAME_BYTES_MAX and isa(ctx, end, ACCOUNT):
            end += 1
        if end == start:
            return 0
        bits = word_bits(ctx, start, end)
        if not bits & slot.IS_FOLDER:
            if step == 0 or bits & slot.IS_PLACEHOLDER:
                return 0
            sign = start
            while sign < end and u8(sign) != char.AT_SIGN:
                sign += 1
            # An address in its place is one, and found as one.
            if sign < end:
                return 0
            return emit(
                ctx, start, end, USERNAME, RULE_CHANNEL, SYSTEM if bits & slot.IS_SYSTEM else 0
            )
        if u8(end) != char.SLASH:
            return 0
        start = end + 1
    return 0
