r"""Keys and their values: `user=bob`, `"email": "…"`, `Utilisateur : bob`, `\"ip\":\"…\"`.

The table of keys says what a key's value is; the value still has to look like it.  A value
that is nothing (`-`, `null`, `unknown`, `[FILTERED]`) is no find.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import read_v4, read_v6, v4_flags, v6_flags
from bailee.scan.detect.mail import domain_end, mail_flags, read_mail
from bailee.scan.detect.number import gap_bytes, national_plan
from bailee.scan.detect.token import agent_end, quoted_end
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import i64, piece, tiny, u8, u16, u32
from bailee.scan.vm.words import word_bits

TOKEN = slot.TOKEN
DIGIT, ALPHA, ALNUM, HEX, STOP, HOST, ACCOUNT, WORD, BLANK = (
    slot.DIGIT,
    slot.ALPHA,
    slot.ALNUM,
    slot.HEX,
    slot.STOP,
    slot.HOST,
    slot.ACCOUNT,
    slot.WORD,
    slot.BLANK,
)
INFRA, INFRA_MASK = slot.INFRA, slot.INFRA_MASK
LINE_END, IS_PLACEHOLDER, IS_SYSTEM, IS_COMMON = (
    slot.LINE_END,
    slot.IS_PLACEHOLDER,
    slot.IS_SYSTEM,
    slot.IS_COMMON,
)
SYSTEM = int(kinds.Flag.SYSTEM)
_K = kinds.Kind
EMAIL, PHONE, PERSON_NAME, USERNAME = (
    int(_K.EMAIL),
    int(_K.PHONE),
    int(_K.PERSON_NAME),
    int(_K.USERNAME),
)
IPV4, IPV6, MAC, CLIENT_HOST = int(_K.IPV4), int(_K.IPV6), int(_K.MAC), int(_K.CLIENT_HOST)
IS_GRAMMAR, IS_FILE = slot.IS_GRAMMAR, slot.IS_FILE
DEVICE_ID, SESSION_ID, USER_ID = int(_K.DEVICE_ID), int(_K.SESSION_ID), int(_K.USER_ID)
USER_AGENT, SECRET, GEO = int(_K.USER_AGENT), int(_K.SECRET), int(_K.GEO)

ADDRESS = 32
"""A pseudo-kind: an address, or else the name of a client's host."""
WHO = 33
"""A pseudo-kind: an account, or the mail address or IP address that stands in its place."""
REPORTED = 34
"""A pseudo-kind: a secret by suspicion, which is reported and never replaced."""

NUMBER = 35
"""A pseudo-kind: a number under a vague key, a telephone only when its country's plan says so."""
BROWSER = 37
"""A pseudo-kind: captured headers parted by `|`, of which one is a browser's name."""
PEER = 36
"""A pseudo-kind: an address, or a host's name that no word of prose or program looks like."""

VALUE_BYTES_MAX = 1_024


@tiny
def value_start(at: int) -> int:
    """Step from a key's sign to the first byte of its value, or its quote; 0 for none."""
    start = at + 1
    if u8(at) == 61:
        if u8(start) == 32:
            if u8(at - 1) != 32:
                return 0
            start += 1
    else:
        for _ in range(3):
            if u8(start) in (32, 9):
                start += 1
    while u8(start) in (91, 60) and u8(start + 1) != 32:
        start += 1
    return 0 if u8(start) in (10, 13) else start


@tiny
def value_span(ctx: int, start: int, kind: int) -> tuple[int, int, int]:
    """Measure a value: returns its start, its end, and 1 when quotes enclose it."""
    limit = min(i64(ctx + LINE_END), start + VALUE_BYTES_MAX)
    opened = start
    while u8(opened) == 92 and opened - start < 4:
        opened += 1
    quote = u8(opened)
    if quote in (34, 39, 96):
        body = opened + 1
        end = quoted_end(body, limit, 92 if opened > start else quote)
        if end < limit:
            return body, end, 1
        return body, body, 0
    if kind == USER_AGENT:
        return start, agent_end(ctx, start, limit), 0
    end = start
    if kind == SECRET:
        while end < limit and not isa(ctx, end, BLANK) and u8(end) not in (38, 34, 39, 44, 59):
            end += 1
        if u8(end - 1) == 41 and not _find(start, end, 40):
            end -= 1
        return start, end, 0
    while end < limit and not isa(ctx, end, STOP):
        if u8(end) == 63 and kind == SESSION_ID:
            break
        if u8(end) == 61 and isa(ctx, end + 1, ALNUM):
            return start, start, 0  # `a=b=c`: no value, and the next sign is judged by itself
        end += 1
    if kind == PERSON_NAME and u8(end) == 32:
        end = _names_end(ctx, end, limit)
    while end > start and u8(end - 1) in (46, 58, 92, 33):
        end -= 1
    return start, end, 0


@piece
def _names_end(ctx: int, at: int, limit: int) -> int:
    """Follow further words of a name that is not quoted, when a sign closes them all."""
    end = at
    while end < limit and (isa(ctx, end, ALPHA) or u8(end) in (32, 39, 45)):
        end += 1
    return end if u8(end) in (59, 44, 124, 38) else at


@piece
def _all(ctx: int, start: int, end: int, wanted: int) -> bool:
    for at in range(start, end):
        if not isa(ctx, at, wanted):
            return False
    return True


@piece
def is_uuid(ctx: int, start: int, end: int) -> bool:
    """Tell a value that is a UUID and nothing else."""
    if end - start != 36 or u8(start + 8) != 45 or u8(start + 23) != 45:
        return False
    return _all(ctx, start, start + 8, HEX) and _all(ctx, start + 24, end, HEX)


@piece
def _is_mac(start: int, end: int) -> bool:
    """Tell a value that has a network card's shape."""
    if end - start != 17 or u8(start + 2) not in (45, 58):
        return False
    sign = u8(start + 2)
    return u8(start + 5) == sign and u8(start + 8) == sign and u8(start + 14) == sign


@piece
def _find(start: int, end: int, byte: int) -> int:
    for at in range(start, end):
        if u8(at) == byte:
            return at
    return 0


@tiny
def ip_at(ctx: int, start: int, end: int) -> tuple[int, int, int]:
    """Read an address that starts here; returns kind or 0, end, flags."""
    last, value = read_v4(ctx, start)
    if last and last <= end and not isa(ctx, last, WORD) and u8(last) != 46:
        return IPV4, last, v4_flags(value)
    last, _groups, first = read_v6(ctx, start, end)
    if last and last <= end and not isa(ctx, last, WORD):
        return IPV6, last, v6_flags(start, last, first)
    return 0, 0, 0


@tiny
def _host(ctx: int, start: int, end: int, wanted: int) -> tuple[int, int, int, int]:
    """Judge what should be an address or a host name."""
    if u8(start) == 47:
        start += 1
    kind, last, flags = ip_at(ctx, start, end)
    if kind:
        return kind, start, last, flags
    last = _host_end(ctx, start, end)
    whole = last == end or u8(last) in (91, 40, 93) or (u8(last) == 58 and u8(last + 1) != 47)
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
    while last > start and u8(last - 1) in (45, 46):
        last -= 1
    if not letters or is_uuid(ctx, start, end) or _is_mac(start, end) or u16(start) == 0x7830:
        return start
    return last


@piece
def _is_peer(ctx: int, start: int, end: int) -> bool:
    """Tell the names that a vague key may hold: those with a digit or joint, and no file's."""
    last = start
    joints = 0
    for at in range(start, end):
        joints |= 0 if isa(ctx, at, ALPHA) else 1
        last = at + 1 if u8(at) == 46 else last
    file = last > start and (end - last < 2 or word_bits(ctx, last, end) & IS_FILE)
    return joints != 0 and not file


@piece
def _numbered(start: int, end: int) -> tuple[int, int, int, int]:
    """Judge a number in an account's place; 4294967295 is none."""
    if end - start > 20 or (end - start == 10 and u8(start) == 52 and u8(start + 1) == 50):
        return 0, 0, 0, 0
    return USER_ID, start, end, SYSTEM if end - start < 4 else 0


@tiny
def _account(ctx: int, start: int, end: int, quoted: int) -> tuple[int, int, int, int]:
    """Judge what should be an account."""
    kind, last, flags = ip_at(ctx, start, end)
    if kind and last == end:
        return kind, start, last, flags
    sign = _find(start, end, 64)
    if sign:
        left, right = read_mail(ctx, sign, start)
        if right == end and left == start:
            return EMAIL, left, right, mail_flags(ctx, left, sign, right)
    if sign > start:
        end = sign  # `aline@stock`: what follows is a database or a machine
    back = _find(start, end, 92)
    if back == start:
        return 0, 0, 0, 0  # an escape, not the domain of an account
    while back and back + 1 < end:
        start = back + 1
        back = _find(start, end, 92)
    if end - start > 128 or not _any_account(ctx, start, end):
        return 0, 0, 0, 0
    if _all(ctx, start, end, DIGIT):
        return _numbered(start, end) if end - start > 2 else (0, 0, 0, 0)
    if not quoted and not _all(ctx, start, end, ACCOUNT):
        return 0, 0, 0, 0
    bits = word_bits(ctx, start, end)
    if bits & IS_PLACEHOLDER:
        return 0, 0, 0, 0
    return USERNAME, start, end, SYSTEM if bits & IS_SYSTEM else 0


@piece
def _any_account(ctx: int, start: int, end: int) -> bool:
    """Tell whether there is a letter or digit, and nothing that belongs to a structure."""
    found = 0
    for at in range(start, end):
        if u8(at) < 32 or u8(at) in (123, 125, 91, 93, 60, 62, 61, 59, 34, 40, 41):
            return False
        found |= isa(ctx, at, ALNUM)
    return found != 0


@piece
def _phone(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    if not isa(ctx, start, DIGIT) and u8(start) not in (43, 40, 58):
        return 0, 0, 0, 0
    kind, last, flags = ip_at(ctx, start, end)
    if kind and (last == end or u8(last) in (47, 58)):
        return kind, start, last, flags
    first = start + 1 if u8(start) == 43 else start
    digits = _count_digits(ctx, first, end)
    if not 8 <= digits <= 15 or (digits == 10 and u8(first) == 49 and u8(first + 1) > 52):
        return 0, 0, 0, 0  # and an epoch of these years
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
        if u8(at) == 40:
            at += 1
    return digits


@piece
def _number(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Judge what a vague key (`from`, `numero`) holds: a telephone only if a plan says so."""
    kind, left, right, flags = _phone(ctx, start, end)
    if kind != PHONE or u8(start) == 43:
        return kind, left, right, flags
    first = start + 2 if u8(start) == 48 and u8(start + 1) == 48 else start
    digits = _count_digits(ctx, first, end)
    head = 0
    at = first
    for _ in range(3):
        while at < end and not isa(ctx, at, DIGIT):
            at += 1
        head = head * 10 + u8(at) - 48
        at += 1
    plan = national_plan(ctx, head, digits)
    if plan and u16(plan + 4) > 255 and digits > 10:
        return kind, left, right, flags
    if digits == 9 and (620 <= head <= 699 or head // 10 in (70, 75, 76, 77, 78)):
        return kind, left, right, flags
    if digits in (9, 10) and head // 100 == 0 and head // 10 > 0:
        return kind, left, right, flags
    if digits == 8 and head // 10 in (1, 5, 6, 7, 65, 66, 70, 74, 76, 77, 90, 91, 92, 93, 96, 97):
        return kind, left, right, flags
    return 0, 0, 0, 0


@piece
def _card(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Judge a network card's address without separators, or with dots; with others it is found."""
    joints = 0
    for at in range(start, end):
        if u8(at) == 46 and at - start in (4, 9):
            joints += 1
        elif not isa(ctx, at, HEX):
            return 0, 0, 0, 0
    fits = end - start == 12 + joints and joints != 1
    return (MAC, start, end, 0) if fits else (0, 0, 0, 0)


@piece
def _name(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Judge what should be a person's name: letters, marks, at most six words."""
    letters = 0
    at = start
    while at < end:
        byte = u8(at)
        if isa(ctx, at, ALPHA):
            letters += 1
        elif byte == 92 and u8(at + 1) == 117:
            letters += 1
            at += 5  # an accent written as \u00e9
        elif byte not in (32, 39, 45, 46, 44):
            return 0, 0, 0, 0
        at += 1
    if letters < 2 or end - start > 80 or word_bits(ctx, start, end) & IS_PLACEHOLDER:
        return 0, 0, 0, 0
    return PERSON_NAME, start, end, 0


@piece
def _hidden(start: int, end: int) -> bool:
    """Tell a value that somebody has blanked already: `***`, `[FILTERED]`, `<redacted>`, `xxxx`."""
    first = u8(start)
    if first in (91, 60, 42, 40, 37, 36, 123, 47, 126):  # and a folder: PWD=/srv
        return True
    if u8(start - 1) in (91, 60) and u8(end - 1) in (93, 62):
        return True
    for at in range(start, end):
        if u8(at) | 32 not in (120, 42, 46, 42 | 32):
            return False
    return True


@piece
def _secret(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    if end - start < 3 or _hidden(start, end) or word_bits(ctx, start, end) & IS_PLACEHOLDER:
        return 0, 0, 0, 0
    if end - start == 3 and _all(ctx, start, end, DIGIT):
        return 0, 0, 0, 0
    return SECRET, start, end, 0


@piece
def _escaped(at: int) -> bool:
    """Tell the percent signs of a signed cookie: %3A, %2B, %2F, %3D."""
    folded = u16(at + 1) | 0x2000
    return u8(at) == 37 and folded in (0x6133, 0x6232, 0x6632, 0x6433)


@piece
def _opaque(ctx: int, start: int, end: int, kind: int, least: int) -> tuple[int, int, int, int]:
    """Judge what should be an id: one word, long enough, with a digit when it is short."""
    classes = 0
    last = start
    if u32(start) == 0x2D312D53:  # S-1-5-21-…, as Windows names an account
        return USER_ID, start, end, 0 if end - start > 12 else SYSTEM
    while last < end and (isa(ctx, last, TOKEN) or _escaped(last)):
        if isa(ctx, last, DIGIT):
            classes |= 1
        elif isa(ctx, last, ALPHA):
            classes |= 2 if u8(last) & 32 else 4
        last += 1
    if (last < end and u8(last) not in (63, 37, 58, 44, 64)) or last - start < least:
        return 0, 0, 0, 0
    if (classes in (2, 4) and last - start < 20) or (classes == 1 and kind == SESSION_ID):
        return 0, 0, 0, 0
    return kind, start, last, 0


@piece
def _user_id(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Judge a number of an account: below 1000 it is the system's."""
    if not _all(ctx, start, end, DIGIT):
        return _account(ctx, start, end, 0)
    return _numbered(start, end)


@piece
def _unquoted(start: int, end: int) -> tuple[int, int]:
    """Take guillemets and curved quotation marks off."""
    if u16(start) == 0xABC2:
        start += 2
    elif u16(start) == 0x80E2:
        start += 3
    if u16(end - 2) == 0xBBC2:
        end -= 2
    elif u16(end - 3) == 0x80E2:
        end -= 3
    return start, max(start, end)


@tiny
def settle(ctx: int, start: int, end: int, kind: int, quoted: int) -> tuple[int, int, int, int]:
    """Judge a value by the kind its key or field promises; returns kind or 0, start, end, flags."""
    while start < end and (isa(ctx, start, BLANK) or u8(start) in (34, 39)):
        start += 1
    while end > start and (isa(ctx, end - 1, BLANK) or u8(end - 1) in (34, 39)):
        end -= 1
    if u8(start) > 127 or u8(end - 1) > 127:
        start, end = _unquoted(start, end)
    if end <= start or (end == start + 1 and not isa(ctx, start, ALNUM)):
        return 0, 0, 0, 0
    if kind in (ADDRESS, PEER, IPV4, IPV6, CLIENT_HOST):
        return _host(ctx, start, end, kind)
    if kind not in (SECRET, SESSION_ID) and (is_uuid(ctx, start, end) or _is_mac(start, end)):
        return 0, 0, 0, 0  # their own verifiers come by
    if kind in (WHO, USERNAME):
        return _account(ctx, start, end, quoted)
    if kind == PHONE:
        return _phone(ctx, start, end)
    if kind == NUMBER:
        return _number(ctx, start, end)
    if kind == PERSON_NAME:
        if isa(ctx, start, DIGIT) or u8(start) == 43:
            return _number(ctx, start, end)
        return _name(ctx, start, end)
    if kind == SECRET:
        return _secret(ctx, start, end)
    if kind == SESSION_ID:
        return _opaque(ctx, start, end, kind, 8)
    if kind == DEVICE_ID:
        return _opaque(ctx, start, end, kind, 6)
    if kind == USER_ID:
        return _user_id(ctx, start, end)
    if kind == EMAIL:
        return _mailbox(ctx, start, end)
    if kind == MAC:
        return _card(ctx, start, end)
    if kind == BROWSER:
        return _captured(ctx, start, end)
    if kind == USER_AGENT:
        return (kind, start, end, 0) if end - start > 3 else (0, 0, 0, 0)
    return 0, 0, 0, 0


@piece
def _captured(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    """Find the header that is `Name/1.2 …`."""
    while start < end:
        stop = start
        slash = 0
        while stop < end and u8(stop) != 124:
            slash = stop if u8(stop) == 47 and slash == 0 else slash
            stop += 1
        if slash > start and isa(ctx, slash + 1, DIGIT) and isa(ctx, slash - 1, ALNUM):
            return USER_AGENT, start, stop, 0
        start = stop + 1
    return 0, 0, 0, 0


@piece
def _mailbox(ctx: int, start: int, end: int) -> tuple[int, int, int, int]:
    sign = _find(start, end, 64)
    if not sign:
        return 0, 0, 0, 0
    left, right = read_mail(ctx, sign, start)
    if right == 0 or right > end or domain_end(ctx, sign + 1) == 0:
        return 0, 0, 0, 0
    return EMAIL, left, right, mail_flags(ctx, left, sign, right)
