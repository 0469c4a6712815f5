"""Opaque words: verifiers of UUIDs, secrets by their shape, browsers, home folders.

A secret is certain only in an exact context: the prefix of a known issuer, the three parts of a
JWT, `Bearer` and `Basic` with credentials behind.  Look-aheads are bounded, and a failed one is
remembered, so that `eyJeyJeyJ…` costs its length once.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import escaped_letter
from bailee.scan.vm import char
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
# Below what is padded beside a text, with room for a prefix: a look-ahead never leaves it.  Real
# JSON web tokens are a few hundred bytes to two kilobytes.
TOKEN_BYTES_MAX = 3_072
# An RSA key of 16,384 bits has 12,700 bytes; each of its 200 newlines may be an escape of four.
KEY_BYTES_MAX = 16_384
# Browsers send up to some 500 bytes; what attackers put there is cut, and its start still found.
AGENT_BYTES_MAX = 1_024
# Linux allows 32 and Windows 20; accounts of directories are longer.
ACCOUNT_BYTES_MAX = 64
_UUID_BYTES = 36
_UUID_DASHES = (8, 13, 18, 23)
_WORD_BYTES_MAX = 8
_PRODUCT_BYTES_MAX, _AGENT_NAME_BYTES_MAX = 24, 40
# `-----BEGIN ENCRYPTED PRIVATE KEY-----`: the longest label before the word that makes it a key.
_LABEL_BYTES_MAX = 40
# A JWT's head and body are JSON objects with a member at least, which eight characters are too
# few for.  The signature may be empty (`alg: none`), and the token is a secret all the same.
_JWT_PART_MIN = 8
_SIGNATURE = 2
"""Of a JWT's three parts the last."""
_BASE64_BITS, _BYTE_BITS = 6, 8
# Behind `Authorization:` a short token is one; in a sentence, "bearer" is followed by words.
_BEARER_MIN, _BEARER_ALONE_MIN, _BASIC_MIN = 8, 16, 6
_STUFFING_MAX = 6
_SEARCHED_DIGIT_BYTES = 200
_TAIL_BYTES = 16

_HOME, _USER = char.word(b"home"), char.word(b"user")
_ROOTS = tuple(char.word(end) for end in (b"port", b"/var", b"/srv", b"/mnt", b"data", b"/nfs"))
_EYJ = char.word(b"eyJ")
# The prefixes are public: each issuer prints them so that leaked keys are found and revoked.
_AKIA, _ASIA, _AIZA = char.word(b"AKIA"), char.word(b"ASIA"), char.word(b"AIza")
# GitHub's third letter tells the sort of token: p, o, u, s, r.
_GH, _GH_MASK = char.word(b"gh\0_"), char.word(b"\xff\xff\0\xff")
_PAT, _GITH = char.word(b"_pat"), char.word(b"gith")
_GLPA, _XOX, _NPM, _K_LI = (char.word(text) for text in (b"glpa", b"xox", b"npm_", b"k_li"))
_KEY_MODES = (char.LOWER_R, char.LOWER_S)
_DASHES, _PRIV, _ATE = char.word(b"----"), char.word(b"PRIV"), char.word(b"ATE ")
_BEGI, _END = char.word(b"BEGI"), char.word(b"END ")

_SIGNS = (char.COLON, char.EQUALS)
_STUFFING = (char.SPACE, *char.QUOTES, char.BACKSLASH)
_SLASHES = (char.SLASH, char.BACKSLASH)
_AGENT_SIGNS = (char.COLON, char.AT_SIGN, char.EXCLAMATION)
# Punctuation of the sentence around, not of the browser's name.
_CLOSING = (char.COMMA, char.SEMICOLON, char.DOT)
_NO_HOME = (char.BACKSLASH, char.COLON, char.AT_SIGN)


@piece
def _prefixed(ctx: int, start: int) -> bool:
    r"""Recognise what may stand right before a UUID: `\\n`, `%7B`, or a word such as `pod`."""
    if escaped_letter(start) or u8(start - 3) == char.PERCENT:
        return True
    at = start - 1
    # Hexadecimal digits before would make it part of a longer number.
    while start - at <= _WORD_BYTES_MAX and isa(ctx, at, PLAIN):
        if not isa(ctx, at, HEX):
            return True
        at -= 1
    return False


@piece
def uuid(ctx: int, at: int) -> int:
    """Verify a UUID at the first of its four dashes."""
    start = at - _UUID_DASHES[0]
    zeros = 1
    for k in range(_UUID_BYTES):
        byte = u8(start + k)
        if k in _UUID_DASHES:
            if byte != char.DASH:
                return 0
        elif not isa(ctx, start + k, HEX):
            return 0
        elif byte != char.ZERO:
            zeros = 0
    end = start + _UUID_BYTES
    if isa(ctx, end, PLAIN) or (isa(ctx, start - 1, PLAIN) and not _prefixed(ctx, start)):
        return 0
    return emit(ctx, start, end, UUID, RULE_UUID, RESERVED if zeros else 0)


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
    while end - at < most and (isa(ctx, end, WORD) or u8(end) == char.DASH) and u8(end) < char.HIGH:
        end += 1
    return end


@piece
def jwt(ctx: int, at: int) -> int:
    """Verify a JSON web token at `eyJ`, which is `{"` in base64url: two objects, a signature."""
    if at < i64(ctx + NO_TOKEN) or u32(at) & char.THREE_BYTES != _EYJ:
        return 0
    if isa(ctx, at - 1, WORD):
        return 0
    end = at
    for part in range(_SIGNATURE + 1):
        start = end
        end = _word_end(ctx, start, TOKEN_BYTES_MAX)
        short = end - start < (0 if part == _SIGNATURE else _JWT_PART_MIN)
        # What failed is noted: without it, `eyJeyJeyJ…` is looked over again from each of its
        # heads (0.7 MB/s in the first design, where nothing was noted).
        if short or (part == 1 and u32(start) & char.THREE_BYTES != _EYJ):
            put64(ctx + NO_TOKEN, start)
            return 0
        if part < _SIGNATURE:
            if u8(end) != char.DOT:
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
    """Verify a key by the prefix that its issuer publishes, and by how long its body is.

    Lengths are the issuers' own where they are fixed (AWS, Google); where they grow, the least is
    what was given out so far, and the most keeps a word of prose from being followed for ever.
    """
    head = u32(at)
    if head in (_AKIA, _ASIA):
        return _sized(ctx, at, at + 4, 16, 16)
    if head == _AIZA:
        return _sized(ctx, at, at + 4, 35, 35)
    if head & _GH_MASK == _GH:
        return _sized(ctx, at, at + 4, 30, 255)
    # github_pat_: the anchor is in the middle, for a prefix of another word begins as it does.
    if head == _PAT and u32(at - 6) == _GITH and u8(at + 4) == char.UNDERSCORE:
        return _sized(ctx, at - 6, at + 5, 22, 255)
    # glpat-
    if head == _GLPA and u8(at + 4) == char.LOWER_T and u8(at + 5) == char.DASH:
        return _sized(ctx, at, at + 6, 20, 64)
    # Slack's fourth letter tells the sort: xoxb-, xoxp-.
    if head & char.THREE_BYTES == _XOX and u8(at + 4) == char.DASH:
        return _sized(ctx, at, at + 5, 10, 255)
    if head == _NPM:
        return _sized(ctx, at, at + 4, 30, 64)
    # sk_live_ and rk_live_, never sk_test_, which opens nothing.
    if head == _K_LI and u8(at + 4) == char.LOWER_V and u8(at + 6) == char.UNDERSCORE:
        return _sized(ctx, at - 1, at + 7, 16, 255) if u8(at - 1) in _KEY_MODES else 0
    return 0


@piece
def _decoded(byte: int) -> int:
    """Return the six bits of a character of base64; both its alphabets are taken."""
    if char.UPPER_A <= byte <= char.UPPER_Z:
        return byte - char.UPPER_A
    if char.LOWER_A <= byte <= char.LOWER_Z:
        return byte - char.LOWER_A + 26
    if char.ZERO <= byte <= char.NINE:
        return byte - char.ZERO + 52
    return 62 if byte == char.PLUS else 63


@piece
def _holds_colon(start: int, end: int) -> bool:
    """Tell whether base64 decodes to printable bytes with a colon, as `user:password` does."""
    bits = 0
    count = 0
    colon = False
    for at in range(start, end):
        if u8(at) == char.EQUALS:
            break
        # Twelve bits wait at most: three bytes are room enough, and the number does not grow.
        bits = (bits << _BASE64_BITS | _decoded(u8(at))) & char.THREE_BYTES
        count += _BASE64_BITS
        if count >= _BYTE_BITS:
            count -= _BYTE_BITS
            byte = bits >> count & 255
            if byte < char.SPACE or byte == char.DELETE:
                return False
            colon = colon or byte == char.COLON
    return colon


@piece
def bearer(ctx: int, at: int) -> int:
    """Verify credentials behind `Bearer` and `Basic`, in either case (RFC 6750, RFC 7617)."""
    if isa(ctx, at - 1, ALNUM):
        return 0
    basic = (u8(at + 2) | char.CASE) == char.LOWER_S
    start = at + (5 if basic else 6)
    # The anchor has seen four letters; the last one tells the word from `bearing` and `basis`.
    if (u8(start - 1) | char.CASE) != (char.LOWER_C if basic else char.LOWER_R):
        return 0
    if u8(start) != char.SPACE and not (u8(start) == char.COLON and u8(start + 1) == char.SPACE):
        return 0
    start += 1 if u8(start) == char.SPACE else 2
    end = token_end(ctx, start, TOKEN_BYTES_MAX)
    if basic:
        if end - start < _BASIC_MIN or not (_header(at) or _holds_colon(start, end)):
            return 0
        return emit(ctx, start, end, SECRET, RULE_BASIC, 0)
    header = _header(at)
    if end - start < (_BEARER_MIN if header else _BEARER_ALONE_MIN):
        return 0
    if not (header or _mixed(ctx, start, end)):
        return 0
    return emit(ctx, start, end, SECRET, RULE_BEARER, 0)


@piece
def _header(at: int) -> bool:
    """Tell whether a header's sign stands before, as in `Authorization: Bearer …`."""
    back = at
    while at - back < _STUFFING_MAX and u8(back - 1) in _STUFFING:
        back -= 1
    return u8(back - 1) in _SIGNS


@piece
def _mixed(ctx: int, start: int, end: int) -> bool:
    """Distinguish a token from a word of prose: it has a digit."""
    for at in range(start, min(end, start + _SEARCHED_DIGIT_BYTES)):
        if isa(ctx, at, DIGIT):
            return True
    return False


@piece
def is_armour(at: int) -> bool:
    """Recognise the last dash before a key's `BEGIN`; the label is read by `private_key`."""
    return u32(at - 4) == _DASHES and u8(at) == char.DASH and u32(at + 1) == _BEGI


@piece
def _armour_end(at: int, limit: int) -> int:
    """Find the end of `-----END … -----` at its first dash, or 0 when none stands here."""
    if u32(at) != _DASHES or u32(at + 5) != _END:
        return 0
    end = at + 9
    while end < limit and end - at <= _LABEL_BYTES_MAX:
        if u32(end) == _DASHES and u8(end + 4) == char.DASH:
            return end + 5
        end += 1
    return 0


@piece
def private_key(ctx: int, at: int) -> int:
    """Verify a key at the last dash of `-----BEGIN … PRIVATE KEY-----`, its body in the line.

    Over several lines nothing is found: a find lies within one line.
    """
    if u32(at - 4) != _DASHES or u8(at + 5) | char.CASE != char.LOWER_N:
        return 0
    end = at
    limit = min(i64(ctx + LINE_END), at + KEY_BYTES_MAX)
    while end < limit and not (u32(end) == _PRIV and u32(end + 4) == _ATE):
        end += 1
        if end - at > _LABEL_BYTES_MAX:
            return 0
    if end >= limit:
        return 0
    while end < limit and u8(end) not in char.QUOTES:
        # What stands behind its end is of the line again: `key=-----BEGIN … -----, user=anna`.
        closed = _armour_end(end, limit)
        if closed:
            end = closed
            break
        end += 1
    return emit(ctx, at - 4, end, SECRET, RULE_PRIVATE_KEY, 0)


@tiny
def quoted_end(start: int, limit: int, quote: int) -> int:
    """Find the closing quote that is not escaped; returns `limit` when there is none."""
    at = start
    while at < limit:
        events = plane(at, quote) | plane(at, char.BACKSLASH)
        if events == 0:
            at += 64
            continue
        at += ctz(events)
        if at >= limit:
            break
        if u8(at) == quote:
            return at
        # A backslash and what it escapes.
        at += 2
    return limit


@piece
def _leads_on(ctx: int, at: int) -> bool:
    """Tell whether a product comes after a word without a version: `Mobile Safari/537.36`."""
    if u8(at) != char.SPACE:
        return False
    start = at + 1
    at = start
    while at - start < _PRODUCT_BYTES_MAX and isa(ctx, at, PLAIN):
        at += 1
    return at > start and u8(at) == char.SLASH and isa(ctx, at + 1, DIGIT) != 0


@piece
def agent_end(ctx: int, start: int, limit: int) -> int:
    """Follow products and comments of an unquoted browser's name (RFC 9110)."""
    at = start
    end = start
    while at < limit:
        if u8(at) == char.OPEN_PAREN:
            if at < i64(ctx + NO_CLOSE):
                return end
            depth = 0
            while at < limit:
                depth += 1 if u8(at) == char.OPEN_PAREN else -1 if u8(at) == char.CLOSE_PAREN else 0
                at += 1
                if depth == 0:
                    break
            # A comment that nothing closes is noted, so that `(((…` is walked once; the last
            # bytes stay open, for what was looked at may end before the line does.
            if depth:
                put64(ctx + NO_CLOSE, limit - _TAIL_BYTES)
                return end
        else:
            slash = 0
            while at < limit and (isa(ctx, at, TOKEN) or u8(at) in _AGENT_SIGNS):
                slash |= u8(at) == char.SLASH
                at += 1
            if not slash and (end == start or not _leads_on(ctx, at)):
                return end
            if u8(at - 1) in _CLOSING:
                return at - 1
        end = at
        # `Mozilla/5.0+(X11;+Linux)+Gecko/20`: a server that parts columns by blanks writes a plus.
        if u8(at) == char.PLUS or (u8(at) == char.OPEN_PAREN and u8(at - 1) == char.PLUS):
            continue
        if u8(at) != char.SPACE:
            break
        at += 1
    return end


@piece
def agent_span(ctx: int, start: int) -> int:
    """Find where a browser's name ends: at the quote that encloses it, or by its grammar."""
    limit = min(i64(ctx + LINE_END), start + AGENT_BYTES_MAX)
    before = u8(start - 1)
    if before in char.QUOTES:
        # In a string within a string each quote has a backslash before it: that one ends it.
        stop = char.BACKSLASH if u8(start - 2) == char.BACKSLASH else before
        end = quoted_end(start, limit, stop)
        if end < limit:
            return end
    if before == char.OPEN_BRACKET:
        end = quoted_end(start, limit, char.CLOSE_BRACKET)
        if end < limit:
            return end
    return agent_end(ctx, start, limit)


@piece
def agent_after(ctx: int, at: int) -> int:
    """Verify a browser's name behind a referer, `"-" "curl/8.1"`, also in a string in a string."""
    start = at + 3
    stop = u8(at + 2)
    if stop == char.BACKSLASH:
        if u8(at - 1) != char.BACKSLASH or u8(at + 3) != u8(at):
            return 0
        start += 1
    elif stop != u8(at):
        return 0
    slash = start
    while slash - start < _AGENT_NAME_BYTES_MAX and u8(slash) != char.SLASH:
        if not isa(ctx, slash, WORD | TOKEN):
            break
        slash += 1
    if u8(slash) != char.SLASH or slash == start or not isa(ctx, slash + 1, DIGIT):
        return 0
    limit = min(i64(ctx + LINE_END), start + AGENT_BYTES_MAX)
    end = quoted_end(start, limit, stop)
    if end >= limit:
        return 0
    return emit(ctx, start, end, USER_AGENT, RULE_BROWSER, 0)


@piece
def browser(ctx: int, at: int) -> int:
    """Verify a browser's name at `Mozilla/` or `Opera/` and a version."""
    slash = at + 7 if (u8(at) | char.CASE) == char.LOWER_M else at + 5
    if u8(slash) != char.SLASH or not isa(ctx, slash + 1, DIGIT) or isa(ctx, at - 1, WORD):
        return 0
    end = agent_span(ctx, at)
    return emit(ctx, at, end, USER_AGENT, RULE_BROWSER, 0)


@piece
def home(ctx: int, at: int) -> int:
    """Verify an account in `/home/…`, `/Users/…` and their like on Windows."""
    slash = u8(at)
    # Words that share a bucket of `teddy` make candidates of others, such as `/2025/`.
    word = u32(at + 1) | char.CASE_FOUR
    if word not in (_HOME, _USER):
        return 0
    start = at + 5 if word == _HOME else at + 6
    # Behind a letter it is the middle of a path or a URL, `/var/home/`; Windows has a drive's.
    inner = isa(ctx, at - 1, ALNUM) and slash == char.SLASH and u32(at - 4) not in _ROOTS
    if u8(start) not in _SLASHES or inner:
        return 0
    # /users/ in small letters is a route of many services.
    if u8(at + 1) == char.LOWER_U and slash == char.SLASH:
        return 0
    start += 1
    if u8(start) == char.BACKSLASH:
        start += 1
    end = start
    while end - start <= ACCOUNT_BYTES_MAX and isa(ctx, end, ACCOUNT) and u8(end) not in _NO_HOME:
        end += 1
    if u8(end - 1) == char.DOT:
        end -= 1
    if end == start or end - start > ACCOUNT_BYTES_MAX:
        return 0
    bits = word_bits(ctx, start, end)
    if bits & (IS_PLACEHOLDER | IS_SHARED):
        return 0
    return emit(ctx, start, end, USERNAME, RULE_HOME, SYSTEM if bits & IS_SYSTEM else 0)
