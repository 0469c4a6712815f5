"""The verifier of mail addresses, and of accounts in URLs.

What is not an address: `image@2x.png`, `user@1000.service`, `pkg@1.2.3`.  In `key=a@b.c` the
address starts after the sign; a bounce address `<bounce+a=b.c@d.e>` keeps it.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import read_v4
from bailee.scan.detect.token import issuer_key
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import ctz, i64, piece, plane, plane_range, put64, u8, u32
from bailee.scan.vm.words import word_bits

ALPHA, ALNUM, LOCAL, WORD, HOST, DIGIT = (
    slot.ALPHA,
    slot.ALNUM,
    slot.LOCAL,
    slot.WORD,
    slot.HOST,
    slot.DIGIT,
)
FLOOR, NO_MAIL, ACCOUNT = slot.FLOOR, slot.NO_MAIL, slot.ACCOUNT
INNER, HEX = slot.INNER, slot.HEX
EMAIL, USERNAME = int(kinds.Kind.EMAIL), int(kinds.Kind.USERNAME)
SECRET, SYSTEM = int(kinds.Kind.SECRET), int(kinds.Flag.SYSTEM)
DOCUMENTATION = int(kinds.Flag.DOCUMENTATION)
IS_SYSTEM, IS_FILE = slot.IS_SYSTEM, slot.IS_FILE

RULE_EMAIL, RULE_URL_USER, RULE_URL_PASSWORD, RULE_ACCOUNT_AT = 5, 6, 7, 22
LOCAL_BYTES_MAX = 64
BOUNCE_BYTES_MAX = 192
DOMAIN_BYTES_MAX = 253
AUTHORITY_BYTES_MAX = 256


@piece
def _mark(at: int) -> bool:
    """Tell a quotation mark, a blank, dots or another sign in UTF-8: no letter."""
    return u8(at) == 0xC2 or (u8(at) == 0xE2 and u8(at + 1) in (0x80, 0x86))


@piece
def _after_marks(start: int, end: int) -> int:
    """Return what comes after the last such sign."""
    at = end - 1
    if plane_range(end - LOCAL_BYTES_MAX, 128, 128) == 0:
        return start
    while at >= start:
        if _mark(at):
            return at + (2 if u8(at) == 0xC2 else 3)
        at -= 1
    return start


@piece
def domain_end(ctx: int, at: int) -> int:
    """Read labels up to a top-level domain of letters; returns the end, or 0."""
    end = at
    label = at
    dots = 0
    while end - at < DOMAIN_BYTES_MAX:
        while (isa(ctx, end, ALNUM) and not _mark(end)) or u8(end) in (45, 95):
            end += 1
            if end - label > 63:
                return 0
        if end == label:
            break
        if u8(end) != 46 or not isa(ctx, end + 1, ALNUM):
            break
        dots += 1
        end += 1
        label = end
    while end > label and u8(end - 1) in (45, 95):
        end -= 1
    if dots == 0 or end - label < 2 or isa(ctx, end, INNER):
        return 0
    return end if _top_level(ctx, label, end) else 0


@piece
def _top_level(ctx: int, start: int, end: int) -> bool:
    if u32(start) == 0x2D2D6E78:  # xn--
        return True
    for at in range(start, end):
        if not isa(ctx, at, ALPHA):
            return False
    return not (word_bits(ctx, start, end) & IS_FILE)


@piece
def _is_example(start: int, end: int) -> bool:
    """Tell the domains of RFC 2606: example.com, .org, .net, and .example, .test, .invalid."""
    last = 0
    for at in range(start, end):
        last = (last << 8 | u8(at) | 32) & 0xFFFFFFFFFFFFFF
    if last in (0x6578616D706C65, 0x696E76616C6964):
        return True
    if last & 0xFFFFFFFFFF == 0x2E74657374:
        return True
    if last & 0xFFFFFFFF not in (0x2E636F6D, 0x2E6F7267, 0x2E6E6574) or end - start < 11:
        return False
    at = end - 11
    return (
        u32(at) | 0x20202020 == 0x6D617865
        and u32(at + 3) | 0x20202020 == 0x656C706D
        and (at == start or u8(at - 1) == 46)
    )


@piece
def _local_start(ctx: int, at: int, floor: int) -> int:
    start = at
    limit = max(floor, at - LOCAL_BYTES_MAX)
    while start > limit and isa(ctx, start - 1, LOCAL):
        start -= 1
    start = _after_marks(start, at)
    if u8(start - 1) == 61 and start > limit:
        start = _bounce_start(ctx, start, floor)
    if isa(ctx, start - 1, LOCAL) and start == limit and start > floor:
        return at  # longer than a local part may be
    while start < at and not (isa(ctx, start, WORD)):
        start += 1
    if start > floor and u8(start - 1) == 92 and u8(start) in (110, 114, 116):
        start += 1  # the tail of \n in an escaped string
    return start


@piece
def _bounce_start(ctx: int, at: int, floor: int) -> int:
    """Extend over `=` when an angle bracket encloses all of it."""
    start = at
    limit = max(floor, at - BOUNCE_BYTES_MAX)
    while start > limit and (isa(ctx, start - 1, LOCAL) or u8(start - 1) == 61):
        start -= 1
    return start if u8(start - 1) == 60 else at


@piece
def read_mail(ctx: int, at: int, floor: int) -> tuple[int, int]:
    """Read the address around an @; returns its start and end, or 0, 0."""
    start = _local_start(ctx, at, floor)
    if start >= at or u8(at - 1) == 46:
        return 0, 0
    end = domain_end(ctx, at + 1)
    if end == 0 or u8(end) == 64:
        return 0, 0
    return start, end


@piece
def mail_flags(ctx: int, start: int, at: int, end: int) -> int:
    """Tell a system's mailbox and a domain of examples."""
    flags = DOCUMENTATION if _is_example(at + 1, end) else 0
    return flags | (SYSTEM if word_bits(ctx, start, at) & IS_SYSTEM else 0)


@piece
def email(ctx: int, at: int) -> int:
    """Judge an @."""
    if at < i64(ctx + NO_MAIL):
        return 0
    start, end = read_mail(ctx, at, i64(ctx + FLOOR))
    if end == 0:
        if u8(at + 1) == 64:
            put64(ctx + NO_MAIL, _run_end(at))
        return account_at(ctx, at)
    if _is_login(start, at, end):
        flags = SYSTEM if word_bits(ctx, start, at) & IS_SYSTEM else 0
        return emit(ctx, start, at, USERNAME, RULE_ACCOUNT_AT, flags)
    return emit(ctx, start, end, EMAIL, RULE_EMAIL, mail_flags(ctx, start, at, end))


@piece
def _is_path(at: int) -> bool:
    return u8(at) == 126 or (u8(at) == 47 and u8(at + 1) != 47)


@piece
def _is_login(start: int, at: int, end: int) -> bool:
    """Tell `aline@srv.example.org:/data`, as scp writes it, and `git@…:`."""
    if u8(end) != 58:
        return False
    git = at - start == 3 and u32(start) == 0x40746967
    return _is_path(end + 1) or git


@piece
def _is_folder(ctx: int, at: int) -> bool:
    """Tell a machine's name before `:/` or `:~`."""
    end = at
    while end - at < 64 and isa(ctx, end, HOST) and u8(end) < 128:
        end += 1
    return end > at and u8(end) == 58 and _is_path(end + 1)


@piece
def _is_opaque(ctx: int, start: int, end: int) -> bool:
    """Tell the id of a call, hexadecimal digits and dashes, and the class of an object."""
    hexed = end - start > 11
    for at in range(start, end - 1):
        if u8(at) == 36:
            return True
        hexed = hexed and (isa(ctx, at, HEX) != 0 or u8(at) == 45)
    return hexed


@piece
def account_at(ctx: int, at: int) -> int:
    """Judge `aline@192.0.2.7` and `aline@srv:/data`: an account at a machine."""
    here = at + 1
    if u8(here) == 91:
        here += 1
    if isa(ctx, here, DIGIT):
        if read_v4(ctx, here)[0] == 0:
            return 0
    elif not _is_folder(ctx, here):
        return 0
    floor = i64(ctx + FLOOR)
    start = at
    digits = 1
    while (
        start > floor and at - start < 65 and isa(ctx, start - 1, ACCOUNT) and u8(start - 1) != 64
    ):
        start -= 1
        digits &= 1 if isa(ctx, start, DIGIT) else 0
    if digits or at - start > 64 or u8(start - 1) in (47, 46) or _is_opaque(ctx, start, at):
        return 0
    flags = SYSTEM if word_bits(ctx, start, at) & IS_SYSTEM else 0
    return emit(ctx, start, at, USERNAME, RULE_ACCOUNT_AT, flags)


@piece
def _run_end(at: int) -> int:
    end = at
    while end - at < 4096 and u8(end) == 64:
        end += 1
    return end


@piece
def authority(ctx: int, at: int) -> int:
    """Judge `://`: an account, and perhaps a password, before the host."""
    start = at + 3
    limit = start + AUTHORITY_BYTES_MAX
    end = start
    while end < limit:
        stops = plane_range(end, 0, 36) | plane(end, 47) | plane(end, 64) | plane(end, 39)
        stops |= plane(end, 63) | plane(end, 60) | plane(end, 62) | plane(end, 92)
        if stops:
            end += ctz(stops)
            break
        end += 64
    if u8(end) != 64:
        return 0
    parted = start
    while parted < end and u8(parted) != 58:
        parted += 1
    if end >= limit or end == start:
        return 0
    if parted == end:
        made = issuer_key(ctx, start)
        if made:
            return made
    flags = SYSTEM if word_bits(ctx, start, parted) & IS_SYSTEM else 0
    made = emit(ctx, start, parted, USERNAME, RULE_URL_USER, flags)
    if parted < end:
        made = emit(ctx, parted + 1, end, SECRET, RULE_URL_PASSWORD, 0)
    return made
