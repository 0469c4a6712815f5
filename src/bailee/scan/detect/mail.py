"""Mail addresses, accounts at machines, and accounts in URLs: their verifiers.

What is not an address: `image@2x.png`, `user@1000.service`, `pkg@1.2.3`.  In `key=a@b.c` the
address starts after the sign; a bounce address `<bounce+a=b.c@d.e>` keeps it.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import read_v4
from bailee.scan.detect.host import TOP_LEVEL_BYTES_MIN
from bailee.scan.detect.token import issuer_key
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import ctz, i64, piece, plane, plane_range, put64, u8, u16, u32
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
PHONE, PERSON_NAME = int(kinds.Kind.PHONE), int(kinds.Kind.PERSON_NAME)
EMAIL, USERNAME = int(kinds.Kind.EMAIL), int(kinds.Kind.USERNAME)
SECRET, SYSTEM = int(kinds.Kind.SECRET), int(kinds.Flag.SYSTEM)
DOCUMENTATION = int(kinds.Flag.DOCUMENTATION)
IS_SYSTEM, IS_FILE = slot.IS_SYSTEM, slot.IS_FILE

RULE_DISPLAY_NAME = 33
RULE_EMAIL, RULE_URL_USER, RULE_URL_PASSWORD, RULE_ACCOUNT_AT = 5, 6, 7, 22
# RFC 5321: 64 bytes left of the @, labels of 63, a domain of 253 (255 in DNS, without the root's
# dot and the length before it).  They are also how far a verifier may look from an anchor.
LOCAL_BYTES_MAX = 64
LABEL_BYTES_MAX = 63
DOMAIN_BYTES_MAX = 253
# A bounce address holds the recipient's whole address in its local part, which senders let grow
# over the 64 that the standard allows.
BOUNCE_BYTES_MAX = 192
# An account, a password and their colon; a longer one is the path of a URL that has an @ in it.
AUTHORITY_BYTES_MAX = 256
# Linux allows 32 and Windows 20; accounts of directories are longer.
ACCOUNT_BYTES_MAX = 64
_MACHINE_BYTES_MAX = 64
# A run of @ is looked over once and noted: as much as is padded beside the text.
_RUN_BYTES_MAX = 4_096
_CALL_BYTES_MIN = 12
_SCHEME_END_BYTES = len("://")
_GIT_BYTES = len("git")

# Of the signs that begin with E2, the quarters that hold quotation marks, blanks and arrows.
_MARK_QUARTERS = (0x80, 0x86)
_BREAKS = (char.LOWER_N, char.LOWER_R, char.LOWER_T)
_JOINTS = (char.DASH, char.UNDERSCORE)
_PATH_SIGNS = (char.SLASH, char.DOT)
_PATH_OPENS = (char.LESS, char.SPACE, char.COLON, char.EQUALS, char.COMMA, char.NEWLINE)
_LITERAL_SIGNS = (char.OPEN_BRACKET, char.CLOSE_BRACKET, char.COLON)
_NAME_SIGNS = (char.SPACE, char.APOSTROPHE, char.DASH, char.DOT)
# Between a key and its bracket, `to=<…>`, `RCPT TO:<…>`, and how such keys end.
_KEY_SIGNS = (char.COLON, char.EQUALS)
_TO, _KEY_BYTES_MAX = char.word(b"to"), 6
_MAIL_KEYS = tuple(char.word(end) for end in (b"from", b"rcpt", b"nder", b"ient", b"path"))
_SIP_BYTES = len("sip:")
_SIP, _SIPS = char.word(b"sip:"), char.word(b"sips")
# Extensions are shorter, and no number of a country is longer.
_NUMBER_DIGITS_MIN, _NUMBER_DIGITS_MAX = 8, 16
_DISPLAY_BYTES_MAX, _BLANKS_MAX, _WORDS_MIN = 80, 2, 2
_XN = char.word(b"xn--")
_GIT = char.word(b"git@")
_ZLIB = char.word(b"zlib")
# Domains of RFC 2606, as bytes in reading order: what is read is shifted in from the right.
_EXAMPLES = (int.from_bytes(b"example"), int.from_bytes(b"invalid"))
_TEST = int.from_bytes(b".test")
_TOP_LEVELS = tuple(int.from_bytes(top) for top in (b".com", b".org", b".net"))
_EXAMPLE_BYTES = len("example.com")
_EXAM, _MPLE = char.word(b"exam"), char.word(b"mple")
_SEVEN_BYTES, _FIVE_BYTES, _FOUR_BYTES = (1 << 56) - 1, (1 << 40) - 1, (1 << 32) - 1


@piece
def _mark(at: int) -> bool:
    """Recognise a quotation mark, a blank, dots or another sign in UTF-8: no letter.

    The classes take each byte above ASCII for a letter, for names have accents; without this, the
    curved quote before an address would be part of it.
    """
    lead = u8(at)
    punctuation = lead == char.PUNCTUATION_LEAD and u8(at + 1) in _MARK_QUARTERS
    return lead == char.LATIN_LEAD or punctuation


@piece
def _after_marks(start: int, end: int) -> int:
    """Return what comes after the last such sign."""
    at = end - 1
    # One comparison of 64 bytes spares the loop for nearly every address: they are ASCII.
    if plane_range(end - LOCAL_BYTES_MAX, char.HIGH, char.HIGH) == 0:
        return start
    while at >= start:
        if _mark(at):
            return at + (2 if u8(at) == char.LATIN_LEAD else 3)
        at -= 1
    return start


@piece
def domain_end(ctx: int, at: int) -> int:
    """Read a mail domain: labels up to a top-level domain of letters; returns the end, or 0."""
    end = at
    label = at
    dots = 0
    while end - at < DOMAIN_BYTES_MAX:
        while (isa(ctx, end, ALNUM) and not _mark(end)) or u8(end) in _JOINTS:
            end += 1
            if end - label > LABEL_BYTES_MAX:
                return 0
        if end == label:
            break
        if u8(end) != char.DOT or not isa(ctx, end + 1, ALNUM):
            break
        dots += 1
        end += 1
        label = end
    while end > label and u8(end - 1) in _JOINTS:
        end -= 1
    # Behind a joint that was taken off, `a@b.example_`, it is a name in a program.
    if dots == 0 or end - label < TOP_LEVEL_BYTES_MIN or isa(ctx, end, INNER):
        return 0
    return end if _top_level(ctx, label, end) else 0


@piece
def _top_level(ctx: int, start: int, end: int) -> bool:
    # A top-level domain of another script has digits and dashes in its ASCII form.
    if u32(start) == _XN:
        return True
    for at in range(start, end):
        if not isa(ctx, at, ALPHA):
            return False
    return not (word_bits(ctx, start, end) & IS_FILE)


@piece
def _is_example(start: int, end: int) -> bool:
    """Recognise a domain of RFC 2606: example.com, .org, .net, and .example, .test, .invalid."""
    last = 0
    for at in range(start, end):
        last = (last << 8 | u8(at) | char.CASE) & _SEVEN_BYTES
    if last in _EXAMPLES:
        return True
    if last & _FIVE_BYTES == _TEST:
        return True
    if last & _FOUR_BYTES not in _TOP_LEVELS or end - start < _EXAMPLE_BYTES:
        return False
    at = end - _EXAMPLE_BYTES
    return (
        u32(at) | char.CASE_FOUR == _EXAM
        and u32(at + 3) | char.CASE_FOUR == _MPLE
        and (at == start or u8(at - 1) == char.DOT)
    )


@piece
def _local_start(ctx: int, at: int, floor: int) -> int:
    start = at
    limit = max(floor, at - LOCAL_BYTES_MAX)
    while start > limit and isa(ctx, start - 1, LOCAL):
        start -= 1
    start = _after_marks(start, at)
    if u8(start - 1) == char.EQUALS and start > limit:
        start = _bounce_start(ctx, start, floor)
    # Longer than a local part may be: the tail of it would be an address that nobody has.
    if isa(ctx, start - 1, LOCAL) and start == limit and start > floor:
        return at
    # Signs that RFC 5321 allows anywhere, but that begin no address that anybody was given.
    while start < at and not (isa(ctx, start, WORD)):
        start += 1
    # The tail of \n in an escaped string.
    if start > floor and u8(start - 1) == char.BACKSLASH and u8(start) in _BREAKS:
        start += 1
    return start


@piece
def _bounce_start(ctx: int, at: int, floor: int) -> int:
    """Extend over `=` when an angle bracket encloses all of it."""
    start = at
    limit = max(floor, at - BOUNCE_BYTES_MAX)
    while start > limit and (isa(ctx, start - 1, LOCAL) or u8(start - 1) == char.EQUALS):
        start -= 1
    return start if u8(start - 1) == char.LESS else at


@piece
def read_mail(ctx: int, at: int, floor: int) -> tuple[int, int]:
    """Read the address around an @; returns its start and end, or 0, 0."""
    start = _local_start(ctx, at, floor)
    if start >= at or u8(at - 1) == char.DOT:
        return 0, 0
    end = domain_end(ctx, at + 1)
    if end == 0 or u8(end) == char.AT_SIGN:
        return 0, 0
    return start, end


@piece
def mail_flags(ctx: int, start: int, at: int, end: int) -> int:
    """Return the flags of a mail address: a system's mailbox, a domain of examples."""
    flags = DOCUMENTATION if _is_example(at + 1, end) else 0
    return flags | (SYSTEM if word_bits(ctx, start, at) & IS_SYSTEM else 0)


@piece
def email(ctx: int, at: int) -> int:
    """Verify a mail address, or an account at a machine, at an @."""
    if at < i64(ctx + NO_MAIL):
        return 0
    before = u8(at - 1)
    if before == char.QUOTE:
        return _quoted_local(ctx, at)
    start, end = read_mail(ctx, at, i64(ctx + FLOOR))
    if _is_sip(ctx, at):
        return _sip_user(ctx, at)
    if end == 0:
        # In a run of @ each would look back over those before it: noted, the run costs its length.
        if u8(at + 1) == char.AT_SIGN:
            put64(ctx + NO_MAIL, _run_end(at))
        made = _in_path(ctx, at)
        return made or account_at(ctx, at)
    if u8(start - 1) == char.LESS:
        display_name(ctx, start - 1)
    if _is_login(start, at, end):
        flags = SYSTEM if word_bits(ctx, start, at) & IS_SYSTEM else 0
        return emit(ctx, start, at, USERNAME, RULE_ACCOUNT_AT, flags)
    if _is_algorithm(ctx, start, at, end):
        return 0
    return emit(ctx, start, end, EMAIL, RULE_EMAIL, mail_flags(ctx, start, at, end))


@piece
def _quoted_local(ctx: int, at: int) -> int:
    """Verify `"aline d"@example.org` (RFC 5321, 4.1.2) at its @."""
    start = at - 2
    floor = max(i64(ctx + FLOOR), at - LOCAL_BYTES_MAX - 2)
    while start > floor and u8(start) != char.QUOTE and u8(start) != char.NEWLINE:
        start -= 1
    end = domain_end(ctx, at + 1)
    opened = u8(start) == char.QUOTE and start < at - 2 and u8(start - 1) in _PATH_OPENS
    if end == 0 or not opened or start < i64(ctx + FLOOR):
        return 0
    return emit(ctx, start, end, EMAIL, RULE_EMAIL, mail_flags(ctx, start + 1, at, end))


@piece
def _in_path(ctx: int, at: int) -> int:
    """Verify an address in angle brackets whose domain has no dot, or is an address literal."""
    start = _local_start(ctx, at, i64(ctx + FLOOR))
    if start >= at or u8(start - 1) != char.LESS:
        return 0
    # A message's own id, and an account at a machine, stand in brackets too.
    back = start - 2
    while start - back < _KEY_BYTES_MAX and (u8(back) == char.SPACE or u8(back) in _KEY_SIGNS):
        back -= 1
    key = u32(back - 3) | char.CASE_FOUR
    if key not in _MAIL_KEYS and u16(back - 1) | char.CASE_TWO != _TO:
        return 0
    end = at + 1
    while end - at < LABEL_BYTES_MAX and (isa(ctx, end, HOST) or u8(end) in _LITERAL_SIGNS):
        end += 1
    if u8(end) != char.GREATER or end == at + 1:
        return 0
    return emit(ctx, start, end, EMAIL, RULE_EMAIL, mail_flags(ctx, start, at, end))


@piece
def _is_sip(ctx: int, at: int) -> bool:
    """Tell whether what stands left of an @ is the user of a SIP URI (RFC 3261)."""
    start = at
    while at - start < ACCOUNT_BYTES_MAX and (isa(ctx, start - 1, ACCOUNT)):
        start -= 1
    return u8(start - 1) == char.COLON and (
        u32(start - 4) | char.CASE_FOUR == _SIP or u32(start - 5) | char.CASE_FOUR == _SIPS
    )


@piece
def _sip_user(ctx: int, at: int) -> int:
    """Verify the user of a SIP URI: a telephone's number, or an account; a short number is none."""
    start = at
    digits = 1
    while isa(ctx, start - 1, ACCOUNT):
        start -= 1
        digits &= 1 if isa(ctx, start, DIGIT) or u8(start) == char.PLUS else 0
    plain = u32(start - 4) | char.CASE_FOUR == _SIP
    scheme = start - _SIP_BYTES if plain else start - _SIP_BYTES - 1
    if u8(scheme - 1) == char.LESS:
        display_name(ctx, scheme - 1)
    if digits:
        fits = _NUMBER_DIGITS_MIN <= at - start <= _NUMBER_DIGITS_MAX
        return emit(ctx, start, at, PHONE, RULE_ACCOUNT_AT, 0) if fits else 0
    bits = word_bits(ctx, start, at)
    if bits & slot.IS_PLACEHOLDER:
        return 0
    return emit(ctx, start, at, USERNAME, RULE_ACCOUNT_AT, SYSTEM if bits & IS_SYSTEM else 0)


@piece
def display_name(ctx: int, at: int) -> int:
    """Verify the name before an address in angle brackets, `From: "Aline Diallo" <…>`."""
    end = at
    while at - end < _BLANKS_MAX and u8(end - 1) == char.SPACE:
        end -= 1
    quoted = u8(end - 1) == char.QUOTE
    end -= 1 if quoted else 0
    # A quote in a string is escaped; the string is the name's own then.
    end -= 1 if quoted and u8(end - 1) == char.BACKSLASH else 0
    start = end
    words = 1
    floor = max(i64(ctx + FLOOR), at - _DISPLAY_BYTES_MAX)
    while start > floor and (isa(ctx, start - 1, ALPHA) or u8(start - 1) in _NAME_SIGNS):
        start -= 1
        words += 1 if u8(start) == char.SPACE else 0
    while start < end and u8(start) == char.SPACE:
        start += 1
        words -= 1
    opened = (
        u8(start - 1) == char.QUOTE
        if quoted
        else u8(start - 1) == char.COLON or u8(start - 2) == char.COLON
    )
    last = end
    while last > start and u8(last - 1) != char.SPACE:
        last -= 1
    vague = slot.IS_COMMON | slot.IS_GRAMMAR | slot.IS_PROSE | slot.IS_PRODUCT
    first = start
    while first < end and u8(first) != char.SPACE:
        first += 1
    # Two words at least, none of which a service is called by: `Service Paie`, `Mail Delivery`.
    if (
        words < _WORDS_MIN
        or not opened
        or (word_bits(ctx, start, first) | word_bits(ctx, last, end)) & vague
    ):
        return 0
    capital = char.UPPER_A <= u8(start) <= char.UPPER_Z or u8(start) >= char.HIGH
    return emit(ctx, start, end, PERSON_NAME, RULE_DISPLAY_NAME, 0) if capital else 0


@piece
def _is_algorithm(ctx: int, start: int, at: int, end: int) -> bool:
    """Recognise `aes256-gcm@openssh.com`, the name of an algorithm: its domain, and a mark."""
    if not word_bits(ctx, at + 1, end) & slot.IS_PROTOCOL:
        return False
    # People write there too, under names of letters; of the algorithms only zlib has such a one.
    marks = u32(start) == _ZLIB
    for byte in range(start, at):
        marks |= u8(byte) == char.DASH or isa(ctx, byte, DIGIT) != 0
    return bool(marks)


@piece
def _is_path(at: int) -> bool:
    return u8(at) == char.TILDE or (u8(at) == char.SLASH and u8(at + 1) != char.SLASH)


@piece
def _is_login(start: int, at: int, end: int) -> bool:
    """Recognise `aline@srv.example.org:/data`, as scp writes it, and `git@…:`."""
    if u8(end) != char.COLON:
        return False
    # Behind git@…: stands a path without a slash: `git@host:group/repository`.
    git = at - start == _GIT_BYTES and u32(start) == _GIT
    return _is_path(end + 1) or git


@piece
def _is_folder(ctx: int, at: int) -> bool:
    """Recognise a machine's name before `:/` or `:~`."""
    end = at
    while end - at < _MACHINE_BYTES_MAX and isa(ctx, end, HOST) and u8(end) < char.HIGH:
        end += 1
    return end > at and u8(end) == char.COLON and _is_path(end + 1)


@piece
def _is_opaque(ctx: int, start: int, end: int) -> bool:
    """Recognise the id of a SIP call, hexadecimal and dashes, or a Java object's class."""
    # Shorter ones are accounts that happen to be of the letters a to f.
    hexed = end - start >= _CALL_BYTES_MIN
    for at in range(start, end - 1):
        if u8(at) == char.DOLLAR:
            return True
        hexed = hexed and (isa(ctx, at, HEX) != 0 or u8(at) == char.DASH)
    return hexed


@piece
def account_at(ctx: int, at: int) -> int:
    """Verify `aline@192.0.2.7` and `aline@srv:/data`: an account at a machine."""
    here = at + 1
    if u8(here) == char.OPEN_BRACKET:
        here += 1
    if isa(ctx, here, DIGIT):
        if read_v4(ctx, here)[0] == 0:
            return 0
    elif not _is_folder(ctx, here):
        return 0
    floor = i64(ctx + FLOOR)
    start = at
    digits = 1
    # One byte more than an account has: a longer word is seen to be none, instead of its tail.
    while start > floor and at - start <= ACCOUNT_BYTES_MAX:
        if not isa(ctx, start - 1, ACCOUNT) or u8(start - 1) == char.AT_SIGN:
            break
        start -= 1
        digits &= 1 if isa(ctx, start, DIGIT) else 0
    # Behind a slash or dot it is a part of a path or of a version, `lib.so@1.2.3.4`.
    if digits or at - start > ACCOUNT_BYTES_MAX or u8(start - 1) in _PATH_SIGNS:
        return 0
    if _is_opaque(ctx, start, at):
        return 0
    flags = SYSTEM if word_bits(ctx, start, at) & IS_SYSTEM else 0
    return emit(ctx, start, at, USERNAME, RULE_ACCOUNT_AT, flags)


@piece
def _run_end(at: int) -> int:
    end = at
    while end - at < _RUN_BYTES_MAX and u8(end) == char.AT_SIGN:
        end += 1
    return end


@piece
def authority(ctx: int, at: int) -> int:
    """Verify an account, and perhaps a password, between `://` and the host of a URL."""
    start = at + _SCHEME_END_BYTES
    limit = start + AUTHORITY_BYTES_MAX
    end = start
    while end < limit:
        # All up to `#`: blanks and quotes, and what begins a fragment, end a URL's authority.
        stops = plane_range(end, 0, char.HASH + 1) | plane(end, char.APOSTROPHE)
        stops |= plane(end, char.SLASH) | plane(end, char.AT_SIGN) | plane(end, char.QUESTION)
        stops |= plane(end, char.LESS) | plane(end, char.GREATER) | plane(end, char.BACKSLASH)
        if stops:
            end += ctz(stops)
            break
        end += 64
    if u8(end) != char.AT_SIGN:
        return 0
    parted = start
    while parted < end and u8(parted) != char.COLON:
        parted += 1
    if end >= limit or end == start:
        return 0
    # `https://ghp_…@github.com`: a token in the account's place is a secret, not a name.
    if parted == end:
        made = issuer_key(ctx, start)
        if made:
            return made
    flags = SYSTEM if word_bits(ctx, start, parted) & IS_SYSTEM else 0
    made = emit(ctx, start, parted, USERNAME, RULE_URL_USER, flags)
    if parted < end:
        made = emit(ctx, parted + 1, end, SECRET, RULE_URL_PASSWORD, 0)
    return made
