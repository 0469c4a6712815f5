"""The sweep: from anchor to anchor over a block of whole lines, each judged once, in order.

Law: a find lies within one line, and what is found in a line depends on that line and on what
the stream taught before it, never on where a block begins.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import dashed, ipv4, ipv6
from bailee.scan.detect.mac import dotted_mac, mac
from bailee.scan.detect.mail import authority, email, read_mail
from bailee.scan.detect.number import card, grouped_phone, iban, plus_phone, zeros_phone
from bailee.scan.detect.pair import (
    ADDRESS,
    CLIENT_HOST,
    MAC,
    NUMBER,
    PEER,
    PHONE,
    REPORTED,
    WHO,
    is_uuid,
    settle,
    value_span,
    value_start,
)
from bailee.scan.detect.template import read_line, run_plain, same, settle_all
from bailee.scan.detect.token import (
    agent_after,
    bearer,
    browser,
    home,
    issuer_key,
    jwt,
    private_key,
    uuid,
)
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import CLAIM_BYTES, emit, flush_claims, isa, open_claims
from bailee.scan.vm.machine import ctz, i64, kernel, piece, plane, put64, tiny, u8, u32
from bailee.scan.vm.planes import STEP, find_anchors
from bailee.scan.vm.words import GRAM_FACTOR, GRAM_SLOTS, NOT_COLON, key_before, may_end, word_bits

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
IS_GRAMMAR = slot.IS_GRAMMAR
NEWLINE = 10
TILE_BYTES = 512 * STEP
RULE_SAID = 25
MARKED = 2
CLAIMED_BYTES = 16
"""A recipe's claim this near after a phrase's word says what the phrase would."""


@tiny
def _line_end(at: int) -> int:
    while True:
        mask = plane(at, NEWLINE)
        if mask:
            return at + ctz(mask)
        at += 64


@tiny
def _begin_line(ctx: int, at: int) -> None:
    """Start a line: find its end, let its recipe claim."""
    end = _line_end(at)
    line = i64(ctx + LINE)
    put64(i64(ctx + LINE_STARTS) + 8 * line, at - i64(ctx + TEXT))
    if u8(end - 1) == 13 and end > at:
        end -= 1
    put64(ctx + LINE_START, at)
    put64(ctx + LINE_END, end)
    put64(ctx + FLOOR, at)
    read_line(ctx, at, end)
    open_claims(ctx)


@piece
def _set_aside(ctx: int) -> None:
    """Leave a line with escapes for after it is decoded; nothing found so far in it is kept."""
    count = i64(ctx + ESCAPED_COUNT)
    line = i64(ctx + LINE)
    put64(i64(ctx + ESCAPED) + 8 * count, line)
    put64(ctx + ESCAPED_COUNT, count + 1)
    kept = i64(ctx + OUT_COUNT)
    lines = i64(ctx + slot.OUT_LINE)
    while kept > 0 and i64(lines + 8 * kept - 8) == line:
        kept -= 1
    put64(ctx + OUT_COUNT, kept)
    put64(ctx + FLOOR, i64(ctx + LINE_END))
    put64(ctx + CLAIM_NEXT, slot.FAR)


@tiny
def _parted(ctx: int, at: int, entry: int, kind: int) -> bool:
    """Tell `"user":x` and `ip:1.2.3.4` from `pam_unix(sshd:auth)`, `user:48213` and prose."""
    if u8(at - 1) in (34, 39):
        return True
    if entry & NOT_COLON:
        return False
    if u8(at + 1) in (32, 9, 34, 39, 92, 91, 60):
        return True
    return kind in (ADDRESS, PEER, PHONE, NUMBER, MAC, USER_ID) and isa(ctx, at + 1, DIGIT) != 0


@tiny
def _pair(ctx: int, at: int, key_end: int) -> int:
    """Judge a sign between a key, which ends at `key_end`, and a value."""
    while u8(key_end - 1) in (32, 34, 39, 92, 93) and at - key_end < 5:
        key_end -= 1
    entry = key_before(ctx, key_end)
    kind = entry & 255
    if kind == 0 or key_end <= i64(ctx + FLOOR) != i64(ctx + LINE_START):
        return 0
    if u8(at) == 58 and not _parted(ctx, at, entry, kind):
        return 0
    start = value_start(at)
    if start == 0:
        return 0
    reported = kind == REPORTED
    kind = SECRET if reported else kind
    left, right, quoted = value_span(ctx, start, kind)
    found, left, right, flags = settle(ctx, left, right, kind, quoted)
    if found == 0 or (kind == PEER and found == CLIENT_HOST and _in_query(ctx, key_end)):
        return 0
    if reported and (not _plain(left, right) or is_uuid(ctx, left, right)):
        return 0
    if found == SECRET and u8(at) == 58 and not quoted and _is_said(ctx, at, left, right):
        return emit(ctx, left, right, SECRET, RULE_SAID, SUSPECTED)
    made = emit(ctx, left, right, found, entry >> 16, flags | (SUSPECTED if reported else 0))
    if made and found == USER_ID and u8(right) == 40:
        return _named_id(ctx, right + 1, entry >> 16)
    return made


@piece
def _in_query(ctx: int, key_end: int) -> bool:
    """Tell a parameter of a URL, `&client=firefox-b-d`: what a browser says of itself."""
    at = key_end
    while key_end - at < 16 and isa(ctx, at - 1, WORD):
        at -= 1
    return u8(at - 1) in (38, 63)


@piece
def _is_said(ctx: int, at: int, start: int, end: int) -> bool:
    """Tell prose, `password: changed by …`, from a value: a blank, and letters alone."""
    if u8(at + 1) != 32:
        return False
    for k in range(start, end):
        if not isa(ctx, k, ALPHA):
            return False
    return True


@piece
def _plain(start: int, end: int) -> bool:
    """Tell whether a suspected value holds nothing that could hold a certain one."""
    for at in range(start, end):
        if u8(at) in (32, 61, 59, 58, 64):
            return False
    return True


@piece
def _named_id(ctx: int, start: int, rule: int) -> int:
    """Judge the name in `uid=1000(aline)`."""
    end = start
    while end - start < 65 and isa(ctx, end, ACCOUNT):
        end += 1
    if u8(end) != 41:
        return 0
    found, left, right, flags = settle(ctx, start, end, WHO, 0)
    return emit(ctx, left, right, found, rule, flags) if found else 0


@tiny
def _quote(ctx: int, at: int) -> int:
    """Judge the closing quote of a key, or of what stands before a browser's name."""
    if u8(at + 1) == 32 and u8(at + 2) != 58:
        return 0 if i64(ctx + CLAIM_NEXT) == at + 3 else agent_after(ctx, at)
    sign = at + 1 if u8(at + 1) == 58 else at + 2
    return _pair(ctx, sign, at)


@tiny
def _colon(ctx: int, at: int) -> int:
    if u8(at + 1) == 47 and u8(at + 2) == 47:
        return authority(ctx, at)
    if u8(at + 3) == 58 and u8(at + 6) == 58 and u8(at + 9) == 58:
        made = mac(ctx, at)
        if made:
            return made
    if (isa(ctx, at - 1, HEX) and u8(at + 1) != 32) or u8(at + 1) == 58:
        made = ipv6(ctx, at)
        if made:
            return made
    if isa(ctx, at - 1, ALPHA) and may_end(ctx, at):
        return _pair(ctx, at, at)
    return 0


@tiny
def _dash(ctx: int, at: int) -> int:
    if u8(at + 5) == 45 and u8(at + 10) == 45:
        mail = u8(at + 28) == 64 and read_mail(ctx, at + 28, i64(ctx + FLOOR))[1] > 0
        made = email(ctx, at + 28) if mail else uuid(ctx, at)
        if made:
            return made
    if u8(at + 3) == 45 and u8(at + 6) == 45:
        return mac(ctx, at)
    return private_key(ctx, at)


@tiny
def _digit(ctx: int, at: int) -> int:
    after = u8(at + 1)
    if after == 46:
        made = ipv4(ctx, at)
        if made:
            return made
    elif after == 45:
        made = dashed(ctx, at)
        if made:
            return made
    if isa(ctx, at - 1, DIGIT):
        return 0
    if u8(at) == 48 and after == 48:
        made = zeros_phone(ctx, at)
        if made:
            return made
    if isa(ctx, at + 3, DIGIT) and (isa(ctx, at + 7, DIGIT) or isa(ctx, at + 5, DIGIT)):
        made = card(ctx, at)
        if made:
            return made
    return grouped_phone(ctx, at)


@tiny
def _phrase(ctx: int, at: int) -> int:
    """Judge a word such as `user` by the phrases around it."""
    if i64(ctx + CLAIM_NEXT) < at + CLAIMED_BYTES:
        return 0
    gram = u32(at) | 0x20202020
    row = i64(ctx + PHRASES) + u32(
        i64(ctx + PHRASES) + 4 * (gram * GRAM_FACTOR >> 24 & (GRAM_SLOTS - 1))
    )
    while u32(row) == gram:
        start = at - u32(row + 12)
        length = u32(row + 8)
        literal = i64(ctx + LITERALS) + u32(row + 4)
        last = u8(start + length - 1) | 32 == u8(literal + length - 1) | 32
        if last and u8(start) | 32 == u8(literal) | 32:
            fits = same(start, literal, length, 32)
            if fits and not isa(ctx, start - 1, WORD):
                word = u32(row + 20)
                made = _run_phrase(ctx, u32(row + 16), start + length, word & 0xFFFF, word >> 16)
                if made:
                    return made
        row += 24
    return 0


@piece
def _is_marked(ctx: int, start: int, end: int) -> bool:
    """Tell a name that no word of prose looks like: a letter first, and a digit or `_`."""
    marks = 0
    for at in range(start, end):
        marks |= int(u8(at) == 95) | isa(ctx, at, DIGIT)
        if not isa(ctx, at, WORD) and u8(at) not in (45, 46):
            return False
    return marks != 0 and isa(ctx, start, ALPHA) != 0


@piece
def _run_phrase(ctx: int, op: int, at: int, rule: int, guess: int) -> int:
    store = i64(ctx + SCRATCH)
    count = run_plain(ctx, op, at, i64(ctx + LINE_END), store, 0, rule)
    made = 0
    for k in range(settle_all(ctx, store, count)):
        row = store + CLAIM_BYTES * k
        if guess and word_bits(ctx, i64(row), i64(row + 8)) & IS_GRAMMAR:
            return 0
        if guess == MARKED and not _is_marked(ctx, i64(row), i64(row + 8)):
            return 0
        made = emit(ctx, i64(row), i64(row + 8), i64(row + 16), i64(row + 24), i64(row + 32))
    return made


@tiny
def _letter(ctx: int, at: int, byte: int) -> int:
    folded = byte | 32
    if 65 <= byte <= 90 and isa(ctx, at + 2, DIGIT):
        return iban(ctx, at)
    if folded == 109:
        return browser(ctx, at)
    if folded == 101:
        return jwt(ctx, at)
    if folded == 98:
        return bearer(ctx, at)
    if folded in (117, 108, 102, 112, 115):
        return _phrase(ctx, at)
    made = issuer_key(ctx, at)
    return made if made or folded != 97 else _phrase(ctx, at)


@piece
def _percent_matters(ctx: int, at: int) -> bool:
    """Tell whether a percent sign hides what a verifier wants: @ + : = and quotes, in place."""
    high = u8(at + 1)
    low = u8(at + 2) | 32
    if high == 52:  # %40
        return low == 48
    if high == 51:
        if low == 97:  # %3A, between the digits of an address
            return isa(ctx, at - 1, HEX) != 0 and (isa(ctx, at + 3, HEX) != 0 or u8(at + 3) == 37)
        return low == 100 and isa(ctx, at - 1, ALPHA) != 0 and isa(ctx, at + 3, WORD) != 0  # %3D
    if high == 50:
        if low == 98:  # %2B
            return isa(ctx, at + 3, DIGIT) != 0
        if low == 53:  # %25
            return u8(at + 3) in (50, 51, 52)
        if low in (48, 101):  # a blank or a dot, between the digits of a number
            return isa(ctx, at - 1, DIGIT) != 0 and isa(ctx, at + 3, DIGIT) != 0
        return low in (50, 55)  # %22, %27
    return False


@piece
def _escape(ctx: int, at: int, byte: int) -> int:
    if i64(ctx + DECODED) or (byte == 37 and not _percent_matters(ctx, at)):
        return 0
    _set_aside(ctx)
    return 0


@tiny
def _look(ctx: int, at: int, byte: int) -> int:
    """Judge one anchor."""
    if 48 <= byte < 58:
        return _digit(ctx, at)
    if byte in (34, 39):
        return _quote(ctx, at)
    if byte == 61:
        if isa(ctx, at - 1, ALPHA) and not may_end(ctx, at):
            return 0
        return _pair(ctx, at, at)
    if byte == 58:
        return _colon(ctx, at)
    if byte == 64:
        return email(ctx, at)
    if byte == 32:
        return _pair(ctx, at + 1, at)
    if byte == 45:
        return _dash(ctx, at)
    if byte == 46:
        return dotted_mac(ctx, at)
    if byte == 43:
        return plus_phone(ctx, at)
    if byte == 47:
        return home(ctx, at)
    if byte == 92 and u8(at + 2) != 48:
        return home(ctx, at)
    if byte in (27, 37, 92):
        return _escape(ctx, at, byte)
    return _letter(ctx, at, byte)


@tiny
def _walk(ctx: int, count: int, end: int) -> None:
    """Go through the anchors of one tile."""
    anchors = i64(ctx + ANCHORS)
    for index in range(count):
        at = i64(anchors + 8 * index)
        if at < i64(ctx + FLOOR) or at >= end:
            continue
        byte = u8(at)
        flush_claims(ctx, at + 1)
        if byte == NEWLINE:
            put64(ctx + LINE, i64(ctx + LINE) + 1)
            if at + 1 < end:
                _begin_line(ctx, at + 1)
        elif at >= i64(ctx + FLOOR):
            _look(ctx, at, byte)


@piece
def _forget(ctx: int) -> None:
    for number in (LINE, OUT_COUNT, ESCAPED_COUNT, NO_TOKEN, NO_MAIL, NO_COLON, NO_CLOSE, NO_HOST):
        put64(ctx + number, 0)


@kernel
def sweep(ctx: int) -> int:
    """Find everything from where the block was swept to its present size; returns how many finds.

    Both ends are starts of lines.  Anchors are marked a tile at a time, so that the text is still
    near when they are judged.
    """
    if i64(ctx + SWEPT) == 0:
        _forget(ctx)
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
