"""Verifiers of opaque words: UUID, secrets known by their shape, browsers, home folders.

A secret is certain only in an exact context: the prefix of a known issuer, the three parts of a
JWT, `Bearer` and `Basic` with credentials behind.  Look-aheads are bounded, and a failed one is
remembered, so that `eyJeyJeyJ…` costs its length once.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import escaped_letter
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import ctz, i64, piece, plane, put64, tiny, u8, u32
from bailee.scan.vm.words import word_bits

ALNUM, HEX, WORD, TOKEN, ACCOUNT = slot.ALNUM, slot.HEX, slot.WORD, slot.TOKEN, slot.ACCOUNT
ALPHA, DIGIT, NO_CLOSE = slot.ALPHA, slot.DIGIT, slot.NO_CLOSE
PLAIN = slot.PLAIN
IS_SHARED = slot.IS_SHARED
NO_TOKEN, LINE_END, IS_SYSTEM, IS_PLACEHOLDER = (
    slot.NO_TOKEN,
    slot.LINE_END,
    slot.IS_SYSTEM,
    slot.IS_PLACEHOLDER,
)
UUID, SECRET = int(kinds.Kind.UUID), int(kinds.Kind.SECRET)
USER_AGENT, USERNAME = int(kinds.Kind.USER_AGENT), int(kinds.Kind.USERNAME)
RESERVED, SYSTEM = int(kinds.Flag.RESERVED), int(kinds.Flag.SYSTEM)

RULE_UUID, RULE_JWT, RULE_ISSUER_KEY, RULE_BEARER, RULE_BASIC = 14, 15, 16, 17, 18
RULE_PRIVATE_KEY, RULE_BROWSER, RULE_HOME = 19, 20, 21
TOKEN_BYTES_MAX = 3_072
AGENT_BYTES_MAX = 1_024


@piece
def _prefixed(ctx: int, start: int) -> bool:
    r"""Tell what may stand right before a UUID: `\\n`, `%7B`, or a word such as `pod`."""
    if escaped_letter(start) or u8(start - 3) == 37:
        return True
    at = start - 1
    while start - at < 9 and isa(ctx, at, PLAIN):
        if not isa(ctx, at, HEX):
            return True
        at -= 1
    return False


@piece
def uuid(ctx: int, at: int) -> int:
    """Judge the first of four dashes."""
    start = at - 8
    zeros = 1
    for k in range(36):
        byte = u8(start + k)
        if k in (8, 13, 18, 23):
            if byte != 45:
                return 0
        elif not isa(ctx, start + k, HEX):
            return 0
        elif byte != 48:
            zeros = 0
    if isa(ctx, start + 36, PLAIN) or (isa(ctx, start - 1, PLAIN) and not _prefixed(ctx, start)):
        return 0
    return emit(ctx, start, start + 36, UUID, RULE_UUID, RESERVED if zeros else 0)


@piece
def token_end(ctx: int, at: int, most: int) -> int:
    """Follow the characters of base64, base64url and the like."""
    end = at
    while end - at < most and isa(ctx, end, TOKEN):
        end += 1
    return end


@piece
def _word_end(ctx: int, at: int, most: int) -> int:
    end = at
    while end - at < most and (isa(ctx, end, WORD) or u8(end) == 45) and u8(end) < 128:
        end += 1
    return end


@piece
def jwt(ctx: int, at: int) -> int:
    """Judge `eyJ`: two parts that are JSON objects in base64url, and a signature."""
    if at < i64(ctx + NO_TOKEN) or u32(at) & 0xFFFFFF != 0x4A7965 or isa(ctx, at - 1, WORD):
        return 0
    end = at
    for part in range(3):
        start = end
        end = _word_end(ctx, start, TOKEN_BYTES_MAX)
        short = end - start < (0 if part == 2 else 8)
        if short or (part == 1 and u32(start) & 0xFFFFFF != 0x4A7965):
            put64(ctx + NO_TOKEN, start)
            return 0
        if part < 2:
            if u8(end) != 46:
                put64(ctx + NO_TOKEN, end)
                return 0
            end += 1
    return emit(ctx, at, end, SECRET, RULE_JWT, 0)


@piece
def _sized(ctx: int, start: int, body: int, least: int, most: int) -> int:
    """Write a key of an issuer when its body is long enough."""
    if isa(ctx, start - 1, WORD):
        return 0
    end = _word_end(ctx, body, most + 1)
    if end - body < least or end - body > most:
        return 0
    return emit(ctx, start, end, SECRET, RULE_ISSUER_KEY, 0)


@piece
def issuer_key(ctx: int, at: int) -> int:
    """Judge the prefixes that issuers publish so that leaked keys are found."""
    head = u32(at)
    if head in (0x41494B41, 0x41495341):  # AKIA, ASIA
        return _sized(ctx, at, at + 4, 16, 16)
    if head == 0x61_7A_49_41:  # AIza
        return _sized(ctx, at, at + 4, 35, 35)
    if head & 0xFF00FFFF == 0x5F006867:  # gh?_
        return _sized(ctx, at, at + 4, 30, 255)
    if head == 0x7461705F and u32(at - 6) == 0x68746967 and u8(at + 4) == 95:  # github_pat_
        return _sized(ctx, at - 6, at + 5, 22, 255)
    if head == 0x61706C67 and u8(at + 4) == 116 and u8(at + 5) == 45:  # glpat-
        return _sized(ctx, at, at + 6, 20, 64)
    if head & 0xFFFFFF == 0x786F78 and u8(at + 4) == 45:  # xox?-
        return _sized(ctx, at, at + 5, 10, 255)
    if head == 0x5F6D706E:  # npm_
        return _sized(ctx, at, at + 4, 30, 64)
    if head == 0x696C5F6B and u8(at + 4) == 118 and u8(at + 6) == 95:  # sk_live_, rk_live_
        return _sized(ctx, at - 1, at + 7, 16, 255) if u8(at - 1) in (114, 115) else 0
    return 0


@piece
def _decoded(byte: int) -> int:
    if 65 <= byte <= 90:
        return byte - 65
    if 97 <= byte <= 122:
        return byte - 71
    if 48 <= byte <= 57:
        return byte + 4
    return 62 if byte == 43 else 63


@piece
def _holds_colon(start: int, end: int) -> bool:
    """Tell whether base64 decodes to printable bytes with a colon, as `user:password` does."""
    bits = 0
    count = 0
    colon = False
    for at in range(start, end):
        if u8(at) == 61:
            break
        bits = (bits << 6 | _decoded(u8(at))) & 0xFFFFFF
        count += 6
        if count >= 8:
            count -= 8
            byte = bits >> count & 255
            if byte < 32 or byte == 127:
                return False
            colon = colon or byte == 58
    return colon


@piece
def bearer(ctx: int, at: int) -> int:
    """Judge `Bearer` and `Basic`, in either case, with credentials behind."""
    if isa(ctx, at - 1, ALNUM):
        return 0
    basic = (u8(at + 2) | 32) == 115
    start = at + (5 if basic else 6)
    if (u8(start - 1) | 32) != (99 if basic else 114):
        return 0
    if u8(start) != 32 and not (u8(start) == 58 and u8(start + 1) == 32):
        return 0
    start += 1 if u8(start) == 32 else 2
    end = token_end(ctx, start, TOKEN_BYTES_MAX)
    if basic:
        if end - start < 6 or not (_header(at) or _holds_colon(start, end)):
            return 0
        return emit(ctx, start, end, SECRET, RULE_BASIC, 0)
    if end - start < (8 if _header(at) else 16) or not (_header(at) or _mixed(ctx, start, end)):
        return 0
    return emit(ctx, start, end, SECRET, RULE_BEARER, 0)


@piece
def _header(at: int) -> bool:
    """Tell whether a header's sign stands before, as in `Authorization: Bearer …`."""
    back = at
    while at - back < 6 and u8(back - 1) in (32, 34, 39, 92):
        back -= 1
    return u8(back - 1) in (58, 61)


@piece
def _mixed(ctx: int, start: int, end: int) -> bool:
    """Tell a token from a word of prose: it has a digit."""
    for at in range(start, min(end, start + 200)):
        if isa(ctx, at, DIGIT):
            return True
    return False


@piece
def private_key(ctx: int, at: int) -> int:
    """Judge `-----BEGIN … PRIVATE KEY-----` with its body on the same line."""
    if u32(at - 4) != 0x2D2D2D2D or u8(at + 5) | 32 != 110:
        return 0
    end = at
    limit = min(i64(ctx + LINE_END), at + TOKEN_BYTES_MAX)
    while end < limit and not (u32(end) == 0x56495250 and u32(end + 4) == 0x20455441):  # PRIVATE
        end += 1
        if end - at > 40:
            return 0
    if end >= limit:
        return 0
    while end < limit and u8(end) not in (34, 39):
        end += 1
    return emit(ctx, at - 4, end, SECRET, RULE_PRIVATE_KEY, 0)


@tiny
def quoted_end(start: int, limit: int, quote: int) -> int:
    """Find the closing quote that is not escaped; returns `limit` when there is none."""
    at = start
    while at < limit:
        events = plane(at, quote) | plane(at, 92)
        if events == 0:
            at += 64
            continue
        at += ctz(events)
        if at >= limit:
            break
        if u8(at) == quote:
            return at
        at += 2
    return limit


@piece
def _leads_on(ctx: int, at: int) -> bool:
    """Tell whether a product comes after a word without a version: `Mobile Safari/537.36`."""
    if u8(at) != 32:
        return False
    start = at + 1
    at = start
    while at - start < 24 and isa(ctx, at, PLAIN):
        at += 1
    return at > start and u8(at) == 47 and isa(ctx, at + 1, DIGIT) != 0


@piece
def agent_end(ctx: int, start: int, limit: int) -> int:
    """Follow products and comments of an unquoted browser's name (RFC 9110)."""
    at = start
    end = start
    while at < limit:
        if u8(at) == 40:
            if at < i64(ctx + NO_CLOSE):
                return end
            depth = 0
            while at < limit:
                depth += 1 if u8(at) == 40 else -1 if u8(at) == 41 else 0
                at += 1
                if depth == 0:
                    break
            if depth:
                put64(ctx + NO_CLOSE, limit - 16)
                return end
        else:
            slash = 0
            while at < limit and (isa(ctx, at, TOKEN) or u8(at) in (58, 64, 33)):
                slash |= u8(at) == 47
                at += 1
            if not slash and (end == start or not _leads_on(ctx, at)):
                return end
            if u8(at - 1) in (44, 59, 46):
                return at - 1
        end = at
        if u8(at) != 32:
            break
        at += 1
    return end


@piece
def agent_span(ctx: int, start: int) -> int:
    """Find where a browser's name ends: at the quote that encloses it, or by its grammar."""
    limit = min(i64(ctx + LINE_END), start + AGENT_BYTES_MAX)
    before = u8(start - 1)
    if before in (34, 39):
        stop = 92 if u8(start - 2) == 92 else before
        end = quoted_end(start, limit, stop)
        if end < limit:
            return end
    if before == 91:
        end = quoted_end(start, limit, 93)
        if end < limit:
            return end
    return agent_end(ctx, start, limit)


@piece
def agent_after(ctx: int, at: int) -> int:
    """Judge `"-" "curl/8.1"`: a browser's name follows a referer, also in a string in a string."""
    start = at + 3
    stop = u8(at + 2)
    if stop == 92:
        if u8(at - 1) != 92 or u8(at + 3) != u8(at):
            return 0
        start += 1
    elif stop != u8(at):
        return 0
    slash = start
    while slash - start < 40 and isa(ctx, slash, WORD | TOKEN) and u8(slash) != 47:
        slash += 1
    if u8(slash) != 47 or slash == start or not isa(ctx, slash + 1, DIGIT):
        return 0
    limit = min(i64(ctx + LINE_END), start + AGENT_BYTES_MAX)
    end = quoted_end(start, limit, stop)
    if end >= limit:
        return 0
    return emit(ctx, start, end, USER_AGENT, RULE_BROWSER, 0)


@piece
def browser(ctx: int, at: int) -> int:
    """Judge `Mozilla/` and `Opera/` and a version."""
    slash = at + 7 if (u8(at) | 32) == 109 else at + 5
    if u8(slash) != 47 or not isa(ctx, slash + 1, DIGIT) or isa(ctx, at - 1, WORD):
        return 0
    end = agent_span(ctx, at)
    return emit(ctx, at, end, USER_AGENT, RULE_BROWSER, 0)


@piece
def home(ctx: int, at: int) -> int:
    """Judge `/home/`, `/Users/` and their like on Windows."""
    slash = u8(at)
    start = at + 5 if (u8(at + 1) | 32) == 104 else at + 6
    if u8(start) not in (47, 92) or (isa(ctx, at - 1, ALNUM) and slash == 47):
        return 0
    if u8(at + 1) == 117 and slash == 47:  # /users/ is a route of many services
        return 0
    start += 1
    if u8(start) == 92:
        start += 1
    end = start
    while end - start < 65 and isa(ctx, end, ACCOUNT) and u8(end) not in (92, 58, 64):
        end += 1
    if u8(end - 1) == 46:
        end -= 1
    if end == start or end - start > 64:
        return 0
    bits = word_bits(ctx, start, end)
    if bits & (IS_PLACEHOLDER | IS_SHARED):
        return 0
    return emit(ctx, start, end, USERNAME, RULE_HOME, SYSTEM if bits & IS_SYSTEM else 0)
