"""Promised values: verified as the kind that a key or a field of a recipe promises.

The promise says what the value should be (`settle`); it still has to look like it, for keys are
used loosely.  A value that is nothing (`-`, `null`, `unknown`, `[FILTERED]`) is no find.
"""

from bailee.scan import kinds
from bailee.scan.detect.account import (
    SID,
    SYSTEM_SID_BYTES,
    UNSIGNED_DIGITS,
    account,
    all_of,
    drawn_id,
    find_byte,
    ip_at,
    name,
    named,
    user_id,
)
from bailee.scan.detect.mail import domain_end, mail_flags, read_mail
from bailee.scan.detect.numbers.bank import read_iban
from bailee.scan.detect.numbers.joint import digit_bytes, gap_bytes
from bailee.scan.detect.numbers.phone import EXACT, national_plan, written_end
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import piece, tiny, u8, u16, u32
from bailee.scan.vm.words import word_bits

DIGIT, ALPHA, ALNUM, HEX, HOST = slot.DIGIT, slot.ALPHA, slot.ALNUM, slot.HEX, slot.HOST
TOKEN, ACCOUNT, WORD, BLANK = slot.TOKEN, slot.ACCOUNT, slot.WORD, slot.BLANK
IS_PLACEHOLDER, IS_SYSTEM = slot.IS_PLACEHOLDER, slot.IS_SYSTEM
IS_GRAMMAR, IS_FILE = slot.IS_GRAMMAR, slot.IS_FILE
IS_COMMON, IS_PRODUCT = slot.IS_COMMON, slot.IS_PRODUCT
SYSTEM = int(kinds.Flag.SYSTEM)
EMAIL, PHONE = int(kinds.Kind.EMAIL), int(kinds.Kind.PHONE)
PERSON_NAME, USERNAME = int(kinds.Kind.PERSON_NAME), int(kinds.Kind.USERNAME)
IPV4, IPV6, MAC = int(kinds.Kind.IPV4), int(kinds.Kind.IPV6), int(kinds.Kind.MAC)
CLIENT_HOST, DEVICE_ID = int(kinds.Kind.CLIENT_HOST), int(kinds.Kind.DEVICE_ID)
NATIONAL_ID = int(kinds.Kind.NATIONAL_ID)
IBAN = int(kinds.Kind.IBAN)
SESSION_ID, USER_ID = int(kinds.Kind.SESSION_ID), int(kinds.Kind.USER_ID)
USER_AGENT, SECRET = int(kinds.Kind.USER_AGENT), int(kinds.Kind.SECRET)

# Pseudo-kinds, which only keys and templates use: above every kind, that none is taken for one.

ADDRESS = 32
"""An address, or else the name of a client's host."""
WHO = 33
"""An account, or the mail address or IP address that stands in its place."""
REPORTED = 34
"""A secret by suspicion, which is reported and never replaced."""
NUMBER = 35
"""A number under a vague key, a telephone only when its country's plan says so."""
BROWSER = 37
"""Captured headers parted by `|`, of which one is a browser's name."""
NAMED = 38
"""A person in a directory, an account elsewhere: `CN=Aline Diallo,OU=…`, `cn=aline`."""
CODE = 39
"""The digits that go with a card: a secret."""
PEER = 36
"""An address, or a host's name that no word of prose or program looks like."""

OWNER = 42
"""A client's name: a person's when blanks part it, else its machine's."""
DRAWN = 43
"""An id that a program drew for somebody, and nothing else: `sub` of a token."""

PERSON = 44
"""The object of a person, and nothing where there is none."""
MEMBER_ID, MEMBER_NAME, MEMBER_OBJECT = 45, 46, 47
"""What counts within the object of a person alone: `id`, `name`, `profile`."""

LABELLED = 48
"""A value whose key is the name beside it: `"name":"Phone","value":…`."""

# How long and how short values are: what a register gives out, or the shortest that logs showed
# to be ids and not counters.
SESSION_BYTES_MIN, DEVICE_BYTES_MIN, AGENT_BYTES_MIN, SECRET_BYTES_MIN = 8, 6, 4, 3
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 8, 15
# A word of letters of one case is a name sooner than an id, until it is longer than names are.
_WORD_BYTES_MAX = 20
_UUID_BYTES, _CARD_BYTES, _CARD_DIGITS = 36, 17, 12
_DOTS = (4, 9)
# Verification codes have three or four digits, personal numbers four to eight.
_CODE_BYTES_MIN, _CODE_BYTES_MAX = 3, 8
# From a passport's letter and digits to fifteen digits in groups.
_NATIONAL_DIGITS_MIN, _NATIONAL_BYTES_MAX = 5, 24
_SMALL, _CAPITAL, _DIGITS = 2, 4, 1

_CARD_SIGNS = (char.DASH, char.COLON)
_JOINTS = (char.DASH, char.DOT)
# Behind a host's name: `host[192.0.2.7]`, `host(192.0.2.7)`, `[host]`.
_HOST_ENDS = (char.OPEN_BRACKET, char.OPEN_PAREN, char.CLOSE_BRACKET)
_HEX = char.word(b"0x")
_DIALLED = (char.SPACE, char.SEMICOLON, char.COMMA, char.LOWER_X, char.HASH)
_PHONE_OPENS = (char.PLUS, char.OPEN_PAREN, char.COLON)
_ADDRESS_ENDS = (char.SLASH, char.COLON)
# A template's place, a variable, a folder (PWD=/srv): no secret begins like this.
_BLANKED = (
    *(char.OPEN_BRACKET, char.LESS, char.STAR, char.OPEN_PAREN, char.PERCENT),
    *(char.DOLLAR, char.OPEN_BRACE, char.SLASH, char.TILDE),
)
_OPENING = (char.OPEN_BRACKET, char.LESS)
_CLOSING = (char.CLOSE_BRACKET, char.GREATER)
_MASKS = (char.LOWER_X, char.STAR, char.DOT)
# The percent signs of a signed cookie, %3A, %2B, %2F, %3D: a session has them, and ends there
# otherwise.
_COOKIE_CODES = tuple(char.word(text) for text in (b"3a", b"2b", b"2f", b"3d"))
_NATIONAL_SIGNS = (char.SPACE, char.DASH, char.DOT, char.SLASH)
_ID_ENDS = (char.QUESTION, char.PERCENT, char.COLON, char.COMMA, char.AT_SIGN)
# Quotation marks of French and those that word processors make of straight ones, in UTF-8.
_GUILLEMET, _GUILLEMET_CLOSE = (char.word(mark.encode()) for mark in "«»")
_CURVED = char.word("“".encode()[:2])


@piece
def is_uuid(ctx: int, start: int, end: int) -> bool:
    """Recognise a value that is a UUID and nothing else."""
    if end - start != _UUID_BYTES or u8(start + 8) != char.DASH or u8(start + 23) != char.DASH:
        return False
    return all_of(ctx, start, start + 8, HEX) and all_of(ctx, start + 24, end, HEX)


@piece
def _is_mac(start: int, end: int) -> bool:
    """Recognise a value that has a network card's shape."""
    if end - start != _CARD_BYTES or u8(start + 2) not in _CARD_SIGNS:
        return False
    sign = u8(start + 2)
    return u8(start + 5) == sign and u8(start + 8) == sign and u8(start + 14) == sign


@tiny
def _host(ctx: int, start: int, end: int, wanted: int) -> tuple[int, int, int, int]:
    """Verify what should be an address or a host name."""
    if u8(start) == char.SLASH:
        start += 1
    kind, last, flags = ip_at(ctx, start, end)
    if kind:
        return kind, start, last, flags
    last = _host_end(ctx, start, end)
    # Behind the name stands a port or an address; a scheme, `http:/`, is no host.
    port = u8(last) == char.COLON and u8(last + 1) != char.SLASH
    whole = last == end or u8(last) in _HOST_ENDS or port
    if not whole or last - start < 2 or word_bits(ctx, start, last) & (IS_PLACEHOLDER | IS_GRAMMAR):
        return 0, 0, 0, 0
    if wanted == PEER and not _is_peer(ctx, start, last):
        return 0, 0, 0, 0
    return CLIENT_HOST, start, last, 0


@piece
def _host_end(ctx: int, start: int, end: int) -> int:
    """Follow a host's name; it has a letter.  A UUID, a card's address and `0x…` are none."""
    last = start
    letters = 0
    while last < end and isa(ctx, last, HOST):
        letters |= isa(ctx, last, ALPHA)
        last += 1
    while last > start and u8(last - 1) in _JOINTS:
        last -= 1
    if not letters or is_uuid(ctx, start, end) or _is_mac(start, end) or u16(start) == _HEX:
        return start
    return last


@piece
def _is_peer(ctx: int, start: int, end: int) -> bool:
    """Recognise a name that a vague key may hold: with a digit or joint, and no file's."""
    last = start
    joints = 0
    # An address in hexadecimal, as the kernel's audit writes one, is no name.
    if end - start > _CARD_DIGITS and all_of(ctx, start, end, HEX):
        return False
    for at in range(start, end):
        joints |= 0 if isa(ctx, at, ALPHA) else 1
        last = at + 1 if u8(at) == char.DOT else last
    file = last > start and (end - last < 2 or word_bits(ctx, last, end) & IS_FILE)
    return joints != 0 and not file


@piece
def _phone(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    if digit_bytes(start)[0] == 0 and u8(start) not in _PHONE_OPENS:
        return 0, 0, 0, 0
    # Keys such as `from` and `caller` hold addresses as often as numbers.
    kind, last, flags = ip_at(ctx, start, end)
    if kind and (last == end or u8(last) in _ADDRESS_ENDS):
        return kind, start, last, flags
    first = start + 1 if u8(start) == char.PLUS else start
    last, digits = written_end(start, end)
    # Behind the number stands what is dialled after it: `ext. 12`, `;ext=12`, `x12`, `,,12`.
    if last != end and not (last and u8(last) in _DIALLED):
        return 0, 0, 0, 0
    end = last
    # Ten digits from 15… to 19… are seconds since 1970 in these years (2017 to 2033).
    epoch = digits == UNSIGNED_DIGITS and u8(first) == char.ONE and u8(first + 1) > char.FOUR
    if not PHONE_DIGITS_MIN <= digits <= PHONE_DIGITS_MAX or epoch:
        return 0, 0, 0, 0
    return PHONE, start, end, 0


@piece
def _count_digits(ctx: int, start: int, end: int) -> int:
    """Count the digits of a value that holds nothing else but single separators, or return 0."""
    digits = 0
    at = start
    while at < end:
        if isa(ctx, at, DIGIT):
            digits += 1
            at += 1
            continue
        gap = gap_bytes(at)
        if gap == 0 or at + gap > end:
            return 0
        at += gap
        if u8(at) == char.OPEN_PAREN:
            at += 1
    return digits


@piece
def _number(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Verify what a vague key (`from`, `numero`) holds: a telephone only if a plan says so."""
    kind, left, right, flags = _phone(ctx, start, end)
    if kind != PHONE or u8(start) == char.PLUS:
        return kind, left, right, flags
    first = start + 2 if u8(start) == char.ZERO and u8(start + 1) == char.ZERO else start
    digits = _count_digits(ctx, first, end)
    head = 0
    at = first
    for _ in range(3):
        while at < end and not isa(ctx, at, DIGIT):
            at += 1
        head = head * 10 + u8(at) - char.ZERO
        at += 1
    plan = national_plan(ctx, head, digits)
    # With a country's code, shorter numbers are ids as often.
    if plan and u16(plan + 4) >= EXACT and digits > 10:
        return kind, left, right, flags
    # Mobiles of Cameroon and Senegal.
    if digits == 9 and (620 <= head <= 699 or head // 10 in (70, 75, 76, 77, 78)):
        return kind, left, right, flags
    # A national 0 and an area's or operator's digit: France, Côte d'Ivoire, Benin, Gabon.
    if digits in (9, 10) and head // 100 == 0 and head // 10 > 0:
        return kind, left, right, flags
    # Eight digits, by the operators' first two: Côte d'Ivoire before 2021, Gabon, Mali, Benin …
    if digits == 8 and head // 10 in (1, 5, 6, 7, 65, 66, 70, 74, 76, 77, 90, 91, 92, 93, 96, 97):
        return kind, left, right, flags
    return 0, 0, 0, 0


@piece
def _card(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Verify a network card's address without separators, or with dots; with others it is found."""
    joints = 0
    for at in range(start, end):
        if u8(at) == char.DOT and at - start in _DOTS:
            joints += 1
        elif not isa(ctx, at, HEX):
            return 0, 0, 0, 0
    fits = end - start == _CARD_DIGITS + joints and joints != 1
    return (MAC, start, end, 0) if fits else (0, 0, 0, 0)


@piece
def _hidden(start: int, end: int) -> bool:
    """Recognise a value that is blanked already: `***`, `[FILTERED]`, `<redacted>`, `xxxx`."""
    if u8(start) in _BLANKED:
        return True
    # `value_start` has stepped over an opening bracket.
    if u8(start - 1) in _OPENING and u8(end - 1) in _CLOSING:
        return True
    for at in range(start, end):
        if u8(at) | char.CASE not in _MASKS:
            return False
    return True


@piece
def _secret(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    if end - start < SECRET_BYTES_MIN or _hidden(start, end):
        return 0, 0, 0, 0
    if word_bits(ctx, start, end) & IS_PLACEHOLDER:
        return 0, 0, 0, 0
    # Three digits are a status or a count: `password: 401`.
    if end - start == SECRET_BYTES_MIN and all_of(ctx, start, end, DIGIT):
        return 0, 0, 0, 0
    return SECRET, start, end, 0


@piece
def _escaped(at: int) -> bool:
    """Recognise the percent signs of a signed cookie, in either case."""
    code = u16(at + 1) | char.CASE << 8
    return u8(at) == char.PERCENT and code in _COOKIE_CODES


@piece
def _opaque(ctx: int, start: int, end: int, kind: int, least: int) -> tuple[int, int, int, int]:
    """Verify what should be an id: one word, long enough, with a digit when it is short."""
    classes = 0
    last = start
    if u32(start) == SID:
        return USER_ID, start, end, 0 if end - start > SYSTEM_SID_BYTES else SYSTEM
    while last < end and (isa(ctx, last, TOKEN) or _escaped(last)):
        if isa(ctx, last, DIGIT):
            classes |= _DIGITS
        elif isa(ctx, last, ALPHA):
            classes |= _SMALL if u8(last) & char.CASE else _CAPITAL
        last += 1
    if (last < end and u8(last) not in _ID_ENDS) or last - start < least:
        return 0, 0, 0, 0
    # Digits alone under a session's key are a number of the connection, not what opens it.
    word = classes in (_SMALL, _CAPITAL) and last - start < _WORD_BYTES_MAX
    if word or (classes == _DIGITS and kind == SESSION_ID):
        return 0, 0, 0, 0
    return kind, start, last, 0


@piece
def _code(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Verify a card's verification code or personal number."""
    fits = _CODE_BYTES_MIN <= end - start <= _CODE_BYTES_MAX
    return (SECRET, start, end, 0) if fits and all_of(ctx, start, end, DIGIT) else (0, 0, 0, 0)


@piece
def _national_id(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Verify the number of a person's papers: digits, few letters, signs between groups."""
    digits = 0
    for at in range(start, end):
        digits += 1 if isa(ctx, at, DIGIT) else 0
        if not isa(ctx, at, slot.PLAIN) and u8(at) not in _NATIONAL_SIGNS:
            return 0, 0, 0, 0
    fits = digits >= _NATIONAL_DIGITS_MIN and end - start <= _NATIONAL_BYTES_MAX
    return (NATIONAL_ID, start, end, 0) if fits else (0, 0, 0, 0)


@piece
def _unquoted(start: int, end: int) -> tuple[int, int]:
    """Take guillemets and curved quotation marks off."""
    if u16(start) == _GUILLEMET:
        start += 2
    elif u16(start) == _CURVED:
        start += 3
    if u16(end - 2) == _GUILLEMET_CLOSE:
        end -= 2
    elif u16(end - 3) == _CURVED:
        end -= 3
    return start, max(start, end)


@tiny
def settle(ctx: int, start: int, end: int, kind: int, quoted: int) -> tuple[int, int, int, int]:
    """Verify a value by the kind that is promised; returns kind or 0, start, end, flags."""
    while start < end and (isa(ctx, start, BLANK) or u8(start) in char.QUOTES):
        start += 1
    while end > start and (isa(ctx, end - 1, BLANK) or u8(end - 1) in char.QUOTES):
        end -= 1
    if u8(start) >= char.HIGH or u8(end - 1) >= char.HIGH:
        start, end = _unquoted(start, end)
    if end <= start or (end == start + 1 and not isa(ctx, start, ALNUM)):
        return 0, 0, 0, 0
    if kind in (ADDRESS, PEER, IPV4, IPV6, CLIENT_HOST):
        found, left, right, flags = _host(ctx, start, end, kind)
        # A peer may be a telephone, in the records of a switch.
        if found or kind != PEER:
            return found, left, right, flags
        return _number(ctx, start, end)
    # These have verifiers of their own, whose anchors come later in the line: a find now would
    # keep them from it, under a kind that is only promised.
    if kind not in (SECRET, SESSION_ID) and (is_uuid(ctx, start, end) or _is_mac(start, end)):
        return 0, 0, 0, 0
    if kind == USERNAME and all_of(ctx, start, end, DIGIT):
        return 0, 0, 0, 0
    if kind in (WHO, USERNAME):
        return account(ctx, start, end, quoted)
    if kind == NAMED:
        return named(ctx, start, end, quoted)
    if kind == OWNER:
        parted = find_byte(start, end, char.SPACE)
        return name(ctx, start, end) if parted else _host(ctx, start, end, CLIENT_HOST)
    if kind == DRAWN:
        return drawn_id(ctx, start, end)
    if kind == CODE:
        return _code(ctx, start, end)
    if kind == NATIONAL_ID:
        return _national_id(ctx, start, end)
    if kind == PHONE:
        return _phone(ctx, start, end)
    if kind == NUMBER:
        return _number(ctx, start, end)
    if kind == PERSON_NAME:
        if isa(ctx, start, DIGIT) or u8(start) == char.PLUS:
            return _number(ctx, start, end)
        return name(ctx, start, end)
    if kind == SECRET:
        return _secret(ctx, start, end)
    if kind == SESSION_ID:
        return _opaque(ctx, start, end, kind, SESSION_BYTES_MIN)
    if kind == DEVICE_ID:
        return _opaque(ctx, start, end, kind, DEVICE_BYTES_MIN)
    if kind == USER_ID:
        return user_id(ctx, start, end)
    if kind == EMAIL:
        return _mailbox(ctx, start, end)
    if kind == IBAN:
        last = read_iban(ctx, start)
        return (kind, start, end, 0) if last == end else (0, 0, 0, 0)
    if kind == MAC:
        return _card(ctx, start, end)
    if kind == BROWSER:
        return _captured(ctx, start, end)
    if kind == USER_AGENT:
        return (kind, start, end, 0) if end - start >= AGENT_BYTES_MIN else (0, 0, 0, 0)
    return 0, 0, 0, 0


@piece
def _captured(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Find the header that is `Name/1.2 …`."""
    while start < end:
        stop = start
        slash = 0
        while stop < end and u8(stop) != char.BAR:
            slash = stop if u8(stop) == char.SLASH and slash == 0 else slash
            stop += 1
        if slash > start and isa(ctx, slash + 1, DIGIT) and isa(ctx, slash - 1, ALNUM):
            return USER_AGENT, start, stop, 0
        start = stop + 1
    return 0, 0, 0, 0


@piece
def _mailbox(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    sign = find_byte(start, end, char.AT_SIGN)
    if not sign:
        return 0, 0, 0, 0
    left, right = read_mail(ctx, sign, start)
    if right == 0 or right > end or domain_end(ctx, sign + 1) == 0:
        # Under a key for mail a machine's name will do: `aline@intranet`.
        bare = all_of(ctx, start, sign, slot.LOCAL) and all_of(ctx, sign + 1, end, HOST)
        if not bare or start == sign or end == sign + 1 or not isa(ctx, end - 1, ALNUM):
            return 0, 0, 0, 0
        left, right = start, end
    return EMAIL, left, right, mail_flags(ctx, left, sign, right)
