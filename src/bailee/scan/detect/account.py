"""Accounts and names, promised by a key or a field of a recipe: what stands there is looked at.

An account's place may hold its number, a mail address, an address of a machine, a telephone or an
id that a program drew; a common name is a person in a directory and an account elsewhere.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import read_v4, read_v6, v4_flags, v6_flags
from bailee.scan.detect.mail import mail_flags, read_mail
from bailee.scan.detect.numbers.phone import EXACT, national_plan
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import piece, tiny, u8, u16, u32
from bailee.scan.vm.words import word_bits

DIGIT, ALPHA, ALNUM = slot.DIGIT, slot.ALPHA, slot.ALNUM
TOKEN, ACCOUNT, WORD = slot.TOKEN, slot.ACCOUNT, slot.WORD
IS_PLACEHOLDER, IS_SYSTEM, IS_GRAMMAR = slot.IS_PLACEHOLDER, slot.IS_SYSTEM, slot.IS_GRAMMAR
IS_COMMON, IS_PRODUCT = slot.IS_COMMON, slot.IS_PRODUCT
SYSTEM = int(kinds.Flag.SYSTEM)
EMAIL, PHONE = int(kinds.Kind.EMAIL), int(kinds.Kind.PHONE)
PERSON_NAME, USERNAME = int(kinds.Kind.PERSON_NAME), int(kinds.Kind.USERNAME)
IPV4, IPV6, USER_ID = int(kinds.Kind.IPV4), int(kinds.Kind.IPV6), int(kinds.Kind.USER_ID)

# What a register gives out.
ACCOUNT_BYTES_MAX, NAME_BYTES_MAX, NUMBER_BYTES_MAX = 128, 80, 20
# Below 1000, Unix numbers accounts of the system; Windows' short SIDs are its own (S-1-5-18).
SYSTEM_DIGITS, SYSTEM_SID_BYTES = 3, 12
# One or two digits are an index or a status; one letter is nobody's name.
_INDEX_BYTES, _NAME_LETTERS_MIN = 2, 2
# 4294967295 is -1 as an unsigned number: "nobody", not an account.
UNSIGNED_DIGITS = 10
# Windows names accounts S-1-5-21-…: the authority and the domain, then the account.
SID = char.word(b"S-1-")
_NAME_SIGNS = (char.SPACE, char.APOSTROPHE, char.DASH, char.DOT, char.COMMA)
# An id that a program drew: two capitals and two digits at least, or many of both.
_DRAWN_BYTES_MIN, _DRAWN_LONG, _DRAWN_MARKS, _DRAWN_DIGITS = 8, 16, 2, 4
# Twelve digits are an account of a cloud, unless a country numbers its telephones so.
_CLOUD_DIGITS, _CODED_DIGITS = 12, 11
# An account holds none of these, and what a structure is made of does.
_STRUCTURE = (
    *(char.OPEN_BRACE, char.CLOSE_BRACE, char.OPEN_BRACKET, char.CLOSE_BRACKET),
    *(char.LESS, char.GREATER, char.EQUALS, char.SEMICOLON, char.QUOTE),
    *(char.OPEN_PAREN, char.CLOSE_PAREN),
)
# A name of Amazon's, whose last part is who acts.
_ARN = char.word(b"arn:")
# What follows a person's name in a directory: OU=, DC=, CN=; a certificate goes on with O=, C=.
_UNIT, _PART, _ENTRY = (char.word(text) for text in (b"ou", b"dc", b"cn"))


@piece
def all_of(ctx: int, start: int, end: int, wanted: int) -> bool:
    """Tell whether every byte of a value is of a class."""
    for at in range(start, end):
        if not isa(ctx, at, wanted):
            return False
    return True


@piece
def find_byte(start: int, end: int, byte: int) -> int:
    """Return where a byte is first, or 0."""
    for at in range(start, end):
        if u8(at) == byte:
            return at
    return 0


@tiny
def ip_at(ctx: int, start: int, end: int) -> tuple[int, int, int]:
    """Read an address that starts here; returns kind or 0, end, flags."""
    last, value = read_v4(ctx, start)
    if last and last <= end and not isa(ctx, last, WORD) and u8(last) != char.DOT:
        return IPV4, last, v4_flags(value)
    last, _groups, first = read_v6(ctx, start, end)
    if last and last <= end and not isa(ctx, last, WORD):
        return IPV6, last, v6_flags(start, last, first)
    return 0, 0, 0


@piece
def _numbered(start: int, end: int) -> tuple[int, int, int, int]:
    """Verify a number in an account's place; 4294967295 is none."""
    nobody = u8(start) == char.FOUR and u8(start + 1) == char.TWO
    if end - start > NUMBER_BYTES_MAX or (end - start == UNSIGNED_DIGITS and nobody):
        return 0, 0, 0, 0
    return USER_ID, start, end, SYSTEM if end - start <= SYSTEM_DIGITS else 0


@piece
def _last_slash(start: int, end: int) -> int:
    """Return where the last slash is, or 0."""
    at = end
    while at > start:
        at -= 1
        if u8(at) == char.SLASH:
            return at
    return 0


@piece
def _numbered_account(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Verify a number in an account's place: a telephone with its country's code, or an id."""
    digits = end - start
    head = (u8(start) - char.ZERO) * 100 + (u8(start + 1) - char.ZERO) * 10
    head += u8(start + 2) - char.ZERO
    plan = national_plan(ctx, head, digits) if digits >= _CODED_DIGITS else 0
    if plan and u16(plan + 4) >= EXACT:
        return PHONE, start, end, 0
    return _numbered(start, end) if _INDEX_BYTES < digits != _CLOUD_DIGITS else (0, 0, 0, 0)


@tiny
def account(ctx: int, start: int, end: int, quoted: int) -> tuple[int, int, int, int]:
    """Verify what should be an account."""
    kind, last, flags = ip_at(ctx, start, end)
    if kind and (last == end or u8(last) == char.COLON):
        return kind, start, last, flags
    if u32(start) == SID:
        return USER_ID, start, end, 0 if end - start > SYSTEM_SID_BYTES else SYSTEM
    # A path names what a program has, not who acts; of an ARN the last part does.
    last = _last_slash(start, end)
    if u32(start) == _ARN:
        start = last + 1 if last else end
    elif (last and find_byte(start, end, char.SLASH) != last) or u8(start) == char.SLASH:
        return 0, 0, 0, 0
    sign = find_byte(start, end, char.AT_SIGN)
    if sign:
        left, right = read_mail(ctx, sign, start)
        if right == end and left == start:
            return EMAIL, left, right, mail_flags(ctx, left, sign, right)
    # `aline@stock`: what follows is a database or a machine.
    if sign > start:
        end = sign
    back = find_byte(start, end, char.BACKSLASH)
    # An escape, not the domain of an account.
    if back == start:
        return 0, 0, 0, 0
    while back and back + 1 < end:
        start = back + 1
        back = find_byte(start, end, char.BACKSLASH)
    if end - start > ACCOUNT_BYTES_MAX or not _any_account(ctx, start, end):
        return 0, 0, 0, 0
    if all_of(ctx, start, end, DIGIT):
        return _numbered_account(ctx, start, end)
    if not quoted and not all_of(ctx, start, end, ACCOUNT):
        return 0, 0, 0, 0
    bits = word_bits(ctx, start, end)
    if bits & IS_PLACEHOLDER:
        return 0, 0, 0, 0
    # What a program drew is long; shorter it may be an account's name with digits.
    if end - start >= _DRAWN_LONG and _drawn(ctx, start, end):
        return USER_ID, start, end, 0
    return USERNAME, start, end, SYSTEM if bits & IS_SYSTEM else 0


@piece
def _any_account(ctx: int, start: int, end: int) -> bool:
    """Tell whether there is a letter or digit, and nothing that belongs to a structure."""
    found = 0
    for at in range(start, end):
        if u8(at) < char.SPACE or u8(at) in _STRUCTURE:
            return False
        found |= isa(ctx, at, ALNUM)
    return found != 0


@piece
def user_id(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Verify a number of an account: below 1000 it is the system's."""
    if all_of(ctx, start, end, DIGIT):
        return _numbered(start, end)
    return (USER_ID, start, end, 0) if _drawn(ctx, start, end) else account(ctx, start, end, 0)


@piece
def drawn_id(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Verify an id that a program drew, and take nothing else for one."""
    if all_of(ctx, start, end, DIGIT) and end - start > SYSTEM_DIGITS:
        return _numbered(start, end)
    return (USER_ID, start, end, 0) if _drawn(ctx, start, end) else (0, 0, 0, 0)


@piece
def _drawn(ctx: int, start: int, end: int) -> bool:
    """Recognise an id that a program drew, `00u1abQ9xZ`, `auth0|5f7c…`: no person chose it."""
    digits = 0
    capitals = 0
    joined = 0
    inner = 0
    for at in range(start, end):
        digits += 1 if isa(ctx, at, DIGIT) else 0
        # A person's own digits stand last, `aline42`; `usr_9f8a2b` has letters behind some.
        letter = at + 1 < end and isa(ctx, at + 1, ALNUM) and not isa(ctx, at + 1, DIGIT)
        inner += 1 if letter and isa(ctx, at, DIGIT) else 0
        capitals += 1 if char.UPPER_A <= u8(at) <= char.UPPER_Z else 0
        joined += 1 if u8(at) == char.BAR else 0
        if not isa(ctx, at, TOKEN) and u8(at) != char.BAR:
            return False
    size = end - start
    if u32(start) == SID or size < _DRAWN_BYTES_MIN:
        return False
    if joined == 1 and digits:
        return True
    mixed = digits >= _DRAWN_MARKS and (capitals >= _DRAWN_MARKS or inner >= _DRAWN_MARKS)
    return mixed or (size >= _DRAWN_LONG and digits >= _DRAWN_DIGITS)


@piece
def name(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Verify what should be a person's name: letters and the marks between them."""
    letters = 0
    at = start
    # `Aline Diallo,,,`: the empty fields of a system's record.
    while end > start and u8(end - 1) == char.COMMA:
        end -= 1
    while at < end:
        byte = u8(at)
        if isa(ctx, at, ALPHA):
            letters += 1
        elif byte == char.BACKSLASH and u8(at + 1) == char.LOWER_U:
            # An accent written as \u00e9: five more bytes.
            letters += 1
            at += 5
        elif byte not in _NAME_SIGNS:
            return 0, 0, 0, 0
        at += 1
    if (
        letters < _NAME_LETTERS_MIN
        or end - start > NAME_BYTES_MAX
        or word_bits(ctx, start, end) & IS_PLACEHOLDER
    ):
        return 0, 0, 0, 0
    return PERSON_NAME, start, end, 0


@piece
def named(ctx: int, start: int, end: int, quoted: int) -> tuple[int, int, int, int]:
    """Verify a common name: a person's when blanks part it, else an account's."""
    last = start
    for at in range(start, end):
        last = at + 1 if u8(at) == char.SPACE else last
    after = end + 1 if u8(end) == char.COMMA else 0
    if after and u8(after) == char.SPACE:
        after += 1
    held = after and (u16(after) | char.CASE_TWO) in (_UNIT, _PART, _ENTRY)
    # What goes on with an organisation or a country names a certificate's owner, a machine.
    if after and not held and u8(after + 1) == char.EQUALS:
        return 0, 0, 0, 0
    if last == start:
        return account(ctx, start, end, quoted)
    group = word_bits(ctx, last, end) & (IS_COMMON | IS_GRAMMAR | IS_PLACEHOLDER | IS_PRODUCT)
    return name(ctx, start, end) if (held or quoted) and not group else (0, 0, 0, 0)
