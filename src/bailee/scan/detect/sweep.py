"""Sweep: from anchor to anchor over a block of whole lines, each verified once, in order.

Law: a find lies within one line, and what is found in a line depends on that line and on what
the stream taught before it, never on where a block begins.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import ipv4, ipv6
from bailee.scan.detect.decode import array_end, is_octal, percent_matters
from bailee.scan.detect.host import dashed
from bailee.scan.detect.label import is_custom, labelled
from bailee.scan.detect.mac import dotted_mac, mac
from bailee.scan.detect.mail import authority, email, read_mail
from bailee.scan.detect.numbers.bank import card, iban
from bailee.scan.detect.numbers.nir import nir
from bailee.scan.detect.numbers.phone import bracketed, grouped_phone, plus_phone, zeros_phone
from bailee.scan.detect.pair import is_below, is_plain, is_prose, value_span, value_start
from bailee.scan.detect.settle import (
    ADDRESS,
    CLIENT_HOST,
    LABELLED,
    MAC,
    MEMBER_ID,
    NAMED,
    NUMBER,
    OWNER,
    PEER,
    PERSON,
    PHONE,
    REPORTED,
    WHO,
    is_uuid,
    settle,
)
from bailee.scan.detect.structure.channel import channel, collection
from bailee.scan.detect.structure.columns import by_columns
from bailee.scan.detect.structure.listed import is_list, listed, named_value
from bailee.scan.detect.structure.members import of_person, open_person
from bailee.scan.detect.structure.option import option
from bailee.scan.detect.structure.sentence import civility, phrase, sid, topic
from bailee.scan.detect.template import read_line
from bailee.scan.detect.token import (
    agent_after,
    bearer,
    browser,
    home,
    is_armour,
    issuer_key,
    jwt,
    private_key,
    uuid,
)
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, flush_claims, isa, open_claims
from bailee.scan.vm.machine import ctz, i64, kernel, piece, plane, put64, tiny, u8, u32
from bailee.scan.vm.planes import STEP, find_anchors
from bailee.scan.vm.words import NOT_COLON, key_before, may_end

SIZE, TEXT, ANCHORS, FLOOR = slot.SIZE, slot.TEXT, slot.ANCHORS, slot.FLOOR
CLAIM_NEXT, LINE, LINE_START, LINE_END = (
    slot.CLAIM_NEXT,
    slot.LINE,
    slot.LINE_START,
    slot.LINE_END,
)
LINE_STARTS, OUT_COUNT, PHRASES = slot.LINE_STARTS, slot.OUT_COUNT, slot.PHRASES
LITERALS, SCRATCH, DECODED = slot.LITERALS, slot.SCRATCH, slot.DECODED
ESCAPED, ESCAPED_COUNT = slot.ESCAPED, slot.ESCAPED_COUNT
NO_TOKEN, NO_MAIL, NO_COLON = slot.NO_TOKEN, slot.NO_MAIL, slot.NO_COLON
NO_CLOSE, NO_HOST, SWEPT = slot.NO_CLOSE, slot.NO_HOST, slot.SWEPT
DIGIT, ALPHA, HEX, WORD = slot.DIGIT, slot.ALPHA, slot.HEX, slot.WORD
USER_ID, ACCOUNT = int(kinds.Kind.USER_ID), slot.ACCOUNT
SECRET, SUSPECTED = int(kinds.Kind.SECRET), int(kinds.Flag.SUSPECTED)
IS_SENTENCE = slot.IS_GRAMMAR | slot.IS_PROSE
# 24 KiB of text, and the list of its anchors: both are still in the second cache when the anchors
# are verified.  Larger tiles read the text from memory twice.
TILE_BYTES = 512 * STEP
RULE_PROSE = 25
_ACCOUNT_BYTES_MAX, _PARAMETER_BYTES_MAX = 64, 16
_MARK = char.word(b"\xef\xbb\xbf")
# Between a key and its sign: the quote that closes the key, its backslash, a bracket, blanks.
_STUFFING_MAX = 5
# From the first dash of a UUID to the byte behind it.
_UUID_TAIL = 28

_STUFFING = (char.SPACE, *char.QUOTES, char.BACKSLASH, char.CLOSE_BRACKET)
_AFTER_COLON = (
    *(char.SPACE, char.TAB, *char.QUOTES),
    *(char.BACKSLASH, char.OPEN_BRACKET, char.LESS),
)
_QUERY_SIGNS = (char.AMPERSAND, char.QUESTION)
_SIGNS = (char.COLON, char.EQUALS)
# A key of these that holds an object holds a person's; and what its members are.
OF_PERSONS = (
    PERSON,
    WHO,
    int(kinds.Kind.USERNAME),
    NUMBER,
    int(kinds.Kind.PERSON_NAME),
    NAMED,
    OWNER,
)
OF_MEMBERS = (USER_ID, NAMED, PERSON)
_MARKS = (char.DASH, char.DOT)
# First letters of the words that phrases and sentences are found by: user, logi, fail, pass; and of
# those that a key of an issuer may begin with as well: auth, ount, d by.
_PHRASE_LETTERS = (char.LOWER_U, char.LOWER_L, char.LOWER_F, char.LOWER_P)
_LATER_LETTERS = (char.LOWER_A, char.LOWER_O, char.LOWER_D, char.LOWER_G)
_ESCAPES = (char.ESCAPE, char.PERCENT, char.BACKSLASH, char.HASH)


@tiny
def _line_end(at: int) -> int:
    # Ends by itself: behind the text stands padding, which is newlines.
    while True:
        mask = plane(at, char.NEWLINE)
        if mask:
            return at + ctz(mask)
        at += 64


@tiny
def _begin_line(ctx: int, at: int) -> None:
    """Start a line: find its end, let its recipe claim."""
    end = _line_end(at)
    line = i64(ctx + LINE)
    put64(i64(ctx + LINE_STARTS) + 8 * line, at - i64(ctx + TEXT))
    # CR belongs to the line's end: no template's last field and no value may hold it.
    if u8(end - 1) == char.RETURN and end > at:
        end -= 1
    put64(ctx + LINE_START, at)
    put64(ctx + LINE_END, end)
    put64(ctx + FLOOR, at)
    # A mark of UTF-8 is no part of a line's first field, also where files that have one were put
    # together: no recipe would recognise the line.
    body = at + 3 if u32(at) & char.THREE_BYTES == _MARK else at
    if i64(ctx + DECODED):
        put64(ctx + slot.LAYOUT, i64(i64(ctx + slot.ESCAPED_LAYOUTS) + 8 * line))
    put64(ctx + slot.CLAIM_COUNT, 0)
    if not by_columns(ctx, body, end):
        read_line(ctx, body, end)
    open_claims(ctx)


@piece
def _set_aside(ctx: int) -> None:
    """Set a line with escapes aside until it is decoded; what was found in it so far is dropped."""
    count = i64(ctx + ESCAPED_COUNT)
    line = i64(ctx + LINE)
    # Once: a line that is decoded twice would have each of its finds twice.
    if count and i64(i64(ctx + ESCAPED) + 8 * count - 8) == line:
        return
    put64(i64(ctx + ESCAPED) + 8 * count, line)
    put64(i64(ctx + slot.ESCAPED_LAYOUTS) + 8 * count, i64(ctx + slot.LAYOUT))
    put64(ctx + ESCAPED_COUNT, count + 1)
    # The decoded line gives all of its finds again, these too: kept, they would be there twice.
    kept = i64(ctx + OUT_COUNT)
    lines = i64(ctx + slot.OUT_LINE)
    while kept > 0 and i64(lines + 8 * kept - 8) == line:
        kept -= 1
    put64(ctx + OUT_COUNT, kept)
    put64(ctx + FLOOR, i64(ctx + LINE_END))
    put64(ctx + CLAIM_NEXT, slot.FAR)


@tiny
def _parted(ctx: int, at: int, entry: int, kind: int) -> bool:
    """Recognise `"user":x` and `ip:1.2.3.4`, not `pam_unix(sshd:auth)`, `user:48213` or prose."""
    if u8(at - 1) in char.QUOTES:
        return True
    if entry & NOT_COLON:
        return False
    if u8(at + 1) in _AFTER_COLON:
        return True
    return kind in (ADDRESS, PEER, PHONE, NUMBER, MAC, USER_ID) and isa(ctx, at + 1, DIGIT) != 0


@tiny
def _pair(ctx: int, at: int, key_end: int) -> int:
    """Verify a value at the sign between it and a key, which ends at `key_end`."""
    while at - key_end < _STUFFING_MAX and u8(key_end - 1) in _STUFFING:
        key_end -= 1
    return _valued(ctx, at, key_end, key_before(ctx, key_end))


@tiny
def _valued(ctx: int, at: int, key_end: int, entry: int) -> int:
    kind = entry & 255
    # A key inside what is taken already is part of a value; at a line's start nothing is taken.
    if kind == 0 or key_end <= i64(ctx + FLOOR) != i64(ctx + LINE_START):
        return 0
    if u8(at) == char.COLON and not _parted(ctx, at, entry, kind):
        return 0
    if kind == SECRET and is_below(ctx, at):
        # A mark, one byte of what is no secret: `carried` reads the next lines and takes it off.
        return emit(ctx, at, at + 1, SECRET, entry >> 16, SUSPECTED)
    start = value_start(at)
    if start == 0:
        return 0
    if kind == LABELLED:
        entry = named_value(ctx, key_end)
        kind = entry & 255
        if kind == 0:
            return 0
    if kind >= MEMBER_ID:
        if not of_person(ctx, key_end):
            return 0
        kind = OF_MEMBERS[kind - MEMBER_ID]
    if u8(start) == char.OPEN_BRACE:
        if kind in OF_PERSONS:
            open_person(ctx, start)
        return 0
    # Its blanks end no key: `private_key=-----BEGIN PRIVATE KEY----- MII… -----END …`.
    body = _body(start)
    if is_armour(body + 4):
        made = private_key(ctx, body + 4)
        if made:
            return made
    if is_list(start, kind):
        return listed(ctx, start, kind, entry >> 16)
    reported = kind == REPORTED
    kind = SECRET if reported else kind
    left, right, quoted = value_span(ctx, start, kind)
    found, left, right, flags = settle(ctx, left, right, kind, quoted)
    if found == 0 or (kind == PEER and found == CLIENT_HOST and _in_query(ctx, key_end)):
        return 0
    if reported and (not is_plain(left, right) or is_uuid(ctx, left, right)):
        return 0
    if found == SECRET and u8(at) == char.COLON and not quoted and is_prose(ctx, at, left, right):
        return emit(ctx, left, right, SECRET, RULE_PROSE, SUSPECTED)
    made = emit(ctx, left, right, found, entry >> 16, flags | (SUSPECTED if reported else 0))
    if made and found == USER_ID and u8(right) == char.OPEN_PAREN:
        return _named_id(ctx, right + 1, entry >> 16)
    return made


@piece
def _body(start: int) -> int:
    """Step over what opens a string, in a string too: backslashes and a quote."""
    at = start
    while at - start < _STUFFING_MAX and (u8(at) == char.BACKSLASH or u8(at) in char.QUOTES):
        at += 1
    return at


@piece
def _in_query(ctx: int, key_end: int) -> bool:
    """Recognise a parameter of a URL, `&client=firefox-b-d`: what a browser says of itself."""
    at = key_end
    while key_end - at < _PARAMETER_BYTES_MAX and isa(ctx, at - 1, WORD):
        at -= 1
    return u8(at - 1) in _QUERY_SIGNS


@piece
def _named_id(ctx: int, start: int, rule: int) -> int:
    """Verify the name in `uid=1000(aline)`."""
    end = start
    while end - start <= _ACCOUNT_BYTES_MAX and isa(ctx, end, ACCOUNT):
        end += 1
    if u8(end) != char.CLOSE_PAREN:
        return 0
    found, left, right, flags = settle(ctx, start, end, WHO, 0)
    return emit(ctx, left, right, found, rule, flags) if found else 0


@tiny
def _quote(ctx: int, at: int) -> int:
    """Verify a value, or a browser's name, at the closing quote of what stands before it."""
    if u8(at + 1) == char.SPACE and u8(at + 2) != char.COLON:
        # A recipe that claims what is behind the next quote knows better what it is.
        return 0 if i64(ctx + CLAIM_NEXT) == at + 3 else agent_after(ctx, at)
    sign = at + 1 if u8(at + 1) == char.COLON else at + 2
    opened = sign + 1 if u8(sign + 1) != char.SPACE else sign + 2
    if u8(opened) == char.OPEN_BRACKET and not i64(ctx + DECODED) and array_end(opened):
        _set_aside(ctx)
        return 0
    return _pair(ctx, sign, at)


@tiny
def _colon(ctx: int, at: int) -> int:
    # Most particular first: `ab:cd:ef:…` would be read as groups of an IPv6 address, and both as
    # a key and its value.
    if u8(at + 1) == char.SLASH and u8(at + 2) == char.SLASH:
        return authority(ctx, at)
    if u8(at + 3) == char.COLON and u8(at + 6) == char.COLON and u8(at + 9) == char.COLON:
        made = mac(ctx, at)
        # A chain that was seen to be a serial is behind the floor, and nothing else either.
        if made or at < i64(ctx + FLOOR):
            return made
    if (isa(ctx, at - 1, HEX) and u8(at + 1) != char.SPACE) or u8(at + 1) == char.COLON:
        made = ipv6(ctx, at)
        if made:
            return made
    if isa(ctx, at - 1, ALPHA) and may_end(ctx, at):
        return _pair(ctx, at, at)
    return 0


@tiny
def _dash(ctx: int, at: int) -> int:
    if u8(at + 5) == char.DASH and u8(at + 10) == char.DASH:
        # A UUID left of an @ is an address whole; taken as a UUID, its domain would stay.
        sign = at + _UUID_TAIL
        mail = u8(sign) == char.AT_SIGN and read_mail(ctx, sign, i64(ctx + FLOOR))[1] > 0
        made = email(ctx, sign) if mail else uuid(ctx, at)
        if made:
            return made
    if u8(at + 3) == char.DASH and u8(at + 6) == char.DASH:
        return mac(ctx, at)
    return private_key(ctx, at)


@tiny
def _digit(ctx: int, at: int) -> int:
    after = u8(at + 1)
    if after == char.DOT:
        made = ipv4(ctx, at)
        if made:
            return made
    elif after == char.DASH:
        made = dashed(ctx, at)
        if made:
            return made
    # In an address an anchor may be any digit before a dot; all else begins with its first.
    if isa(ctx, at - 1, DIGIT):
        return 0
    if u8(at) == char.ZERO and after == char.ZERO:
        made = zeros_phone(ctx, at)
        if made:
            return made
    if isa(ctx, at + 3, DIGIT) and (isa(ctx, at + 7, DIGIT) or isa(ctx, at + 5, DIGIT)):
        made = card(ctx, at)
        made = made or nir(ctx, at)
        if made:
            return made
    elif isa(ctx, at + 2, DIGIT) and not isa(ctx, at + 1, DIGIT):
        made = nir(ctx, at)
        if made:
            return made
    return grouped_phone(ctx, at)


@tiny
def _letter(ctx: int, at: int, byte: int) -> int:
    small = byte | char.CASE
    if char.UPPER_A <= byte <= char.UPPER_Z and isa(ctx, at + 2, DIGIT):
        return sid(ctx, at) if u8(at + 1) == char.DASH else iban(ctx, at)
    if small == char.LOWER_M:
        made = browser(ctx, at)
        made = made or civility(ctx, at)
        return made or phrase(ctx, at)
    if small == char.LOWER_E:
        return jwt(ctx, at)
    if small == char.LOWER_B:
        return bearer(ctx, at)
    if small == char.LOWER_S:
        made = channel(ctx, at)
        return made or phrase(ctx, at)
    if small in _PHRASE_LETTERS:
        return topic(ctx, at)
    made = issuer_key(ctx, at)
    return made if made or small not in _LATER_LETTERS else topic(ctx, at)


@piece
def _escape(ctx: int, at: int, byte: int) -> int:
    if i64(ctx + DECODED) or (byte == char.PERCENT and not percent_matters(ctx, at)):
        return 0
    if byte != char.HASH or is_octal(at):
        _set_aside(ctx)
    return 0


@tiny
def _look(ctx: int, at: int, byte: int) -> int:
    """Hand one anchor to the verifiers of its byte; returns the end of what is found, or 0."""
    # By how often they are anchors in real logs: digits first, letters last.
    if char.ZERO <= byte <= char.NINE:
        return _digit(ctx, at)
    if byte in char.QUOTES:
        return _quote(ctx, at)
    if byte == char.EQUALS:
        if isa(ctx, at - 1, ALPHA) and not may_end(ctx, at):
            return 0
        if is_custom(ctx, at):
            return _valued(ctx, at, at, labelled(ctx, at))
        return _pair(ctx, at, at)
    if byte == char.COLON:
        return _colon(ctx, at)
    if byte == char.AT_SIGN:
        return email(ctx, at)
    # A word of `teddy` may be false, and so may the blank before it.
    if byte == char.SPACE:
        if u8(at + 1) == char.DASH:
            return option(ctx, at + 1)
        return _pair(ctx, at + 1, at) if u8(at + 1) in _SIGNS else 0
    if byte == char.DASH:
        return _dash(ctx, at)
    if byte == char.DOT:
        return dotted_mac(ctx, at)
    if byte == char.PLUS:
        return plus_phone(ctx, at)
    if byte == char.SLASH:
        made = collection(ctx, at)
        return made or home(ctx, at)
    if byte == char.BACKSLASH and u8(at + 2) != char.ZERO:
        return home(ctx, at)
    if byte == char.OPEN_PAREN:
        return bracketed(ctx, at)
    if byte in _ESCAPES:
        return _escape(ctx, at, byte)
    return _letter(ctx, at, byte)


@tiny
def _walk(ctx: int, count: int, end: int) -> None:
    """Go through the anchors of one tile."""
    anchors = i64(ctx + ANCHORS)
    for index in range(count):
        at = i64(anchors + 8 * index)
        byte = u8(at)
        if at < i64(ctx + FLOOR) or at >= end:
            # A value runs over an octal escape, which ended it before rsyslog wrote it as one: the
            # key and the value behind it would lie hidden in that find.
            if byte == char.HASH and at < end:
                _escape(ctx, at, byte)
            continue
        # Claims first: what a recipe says of this place keeps the verifiers from it.
        flush_claims(ctx, at + 1)
        if byte == char.NEWLINE:
            put64(ctx + LINE, i64(ctx + LINE) + 1)
            if at + 1 < end:
                _begin_line(ctx, at + 1)
        elif at >= i64(ctx + FLOOR):
            _look(ctx, at, byte)


@piece
def _clear(ctx: int) -> None:
    for number in (
        slot.PERSON,
        LINE,
        OUT_COUNT,
        ESCAPED_COUNT,
        NO_TOKEN,
        NO_MAIL,
        NO_COLON,
        NO_CLOSE,
        NO_HOST,
    ):
        put64(ctx + number, 0)


@kernel
def sweep(ctx: int) -> int:
    """Find everything from where the block was swept to its present size; returns how many finds.

    Both ends are starts of lines.
    """
    # Notes of what failed are addresses: in the next block they would be of other bytes.
    if i64(ctx + SWEPT) == 0:
        _clear(ctx)
    text = i64(ctx + TEXT)
    end = text + i64(ctx + SIZE)
    base = text + i64(ctx + SWEPT)
    put64(ctx + SWEPT, i64(ctx + SIZE))
    if base < end:
        _begin_line(ctx, base)
    while base < end:
        count = find_anchors(
            base, min(TILE_BYTES, end - base), i64(ctx + slot.PLANES), i64(ctx + ANCHORS)
        )
        _walk(ctx, count, end)
        base += TILE_BYTES
    return i64(ctx + OUT_COUNT)
