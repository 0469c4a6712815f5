r"""Pairs of key and value: `user=bob`, `"email": "…"`, `Utilisateur : bob`, `\"ip\":\"…\"`.

Here is where a value begins and ends; `settle` says whether it is what its key promises.
"""

from bailee.scan import kinds
from bailee.scan.detect.account import find_byte
from bailee.scan.detect.numbers.phone import PHONE_DIGITS_MIN, written_end
from bailee.scan.detect.settle import NAMED, NUMBER
from bailee.scan.detect.token import agent_end, quoted_end
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import i64, piece, tiny, u8, u16

ALPHA, ALNUM, STOP, BLANK, LINE_END = (
    *(slot.ALPHA, slot.ALNUM, slot.STOP, slot.BLANK),
    slot.LINE_END,
)
PERSON_NAME, SESSION_ID = int(kinds.Kind.PERSON_NAME), int(kinds.Kind.SESSION_ID)
USER_AGENT, SECRET = int(kinds.Kind.USER_AGENT), int(kinds.Kind.SECRET)
PHONE = int(kinds.Kind.PHONE)

# A cookie or a token fits; a value without end, as an attacker writes it, is looked at no further.
VALUE_BYTES_MAX = 1_024
# Two levels of quoting, and one more than any log showed.
_BACKSLASHES_MAX = 4
# `Account Name:\t\tbob`: Windows pads its columns.
_BLANKS_MAX = 3

_BLANKS = (char.SPACE, char.TAB)
# `from=<bob@…>`, `client=[192.0.2.7]`: brackets around a value are not of it.
_OPENING = (char.OPEN_BRACKET, char.LESS)
_LINE_ENDS = (char.NEWLINE, char.RETURN)
_OPENING_QUOTES = (*char.QUOTES, char.BACKTICK)
# What parts a secret from the next key; it may hold nearly any other byte.
_SECRET_ENDS = (char.AMPERSAND, *char.QUOTES, char.COMMA, char.SEMICOLON)
# Punctuation of the sentence around a value, not of the value.
_CLOSING = (char.DOT, char.COLON, char.BACKSLASH, char.EXCLAMATION)
# `|` and `>` open a block scalar of YAML; `>-2` is the longest.
_SCALARS, _SCALAR_BYTES_MAX = (char.BAR, char.GREATER), 3
# A suspected value that holds one of these may hold a key and its value, which are certain.
_HOLDING = (char.SPACE, char.EQUALS, char.SEMICOLON, char.COLON, char.AT_SIGN)
_SLASH_CODE = char.word(b"2f")
# The longest name of a header that holds a browser's: `X-Original-User-Agent: `.
_HEADER_BYTES_MAX = 24
_WORDS_MAX = 4
_NAME_SIGNS = (char.SPACE, char.APOSTROPHE, char.DASH)
_NAME_ENDS = (char.SEMICOLON, char.COMMA, char.BAR, char.AMPERSAND)


@tiny
def value_start(at: int) -> int:
    """Step from a key's sign to the first byte of its value, or its quote; 0 for none."""
    start = at + 1
    if u8(at) == char.EQUALS:
        # `:user=>"bob"`, `'user' => 'bob'`: a hash of Ruby or PHP.
        if u8(start) == char.GREATER:
            start += 1 if u8(start + 1) != char.SPACE else 2
        # `user= next=…` has no value; `user = bob` has blanks on both sides.
        if u8(start) == char.SPACE:
            if u8(at - 1) != char.SPACE:
                return 0
            start += 1
    else:
        # `password := "x"`.
        start += 1 if u8(start) == char.EQUALS and u8(start - 2) == char.SPACE else 0
        for _ in range(_BLANKS_MAX):
            if u8(start) in _BLANKS:
                start += 1
            # A tab that a string escapes.
            elif u8(start) == char.BACKSLASH and u8(start + 1) == char.LOWER_T:
                start += 2
    while u8(start) in _OPENING and u8(start + 1) != char.SPACE:
        start += 1
    return 0 if u8(start) in _LINE_ENDS else start


@tiny
def value_span(ctx: int, start: int, kind: int) -> tuple[int, int, int]:
    """Measure a value: returns its start, its end, and 1 when quotes enclose it."""
    limit = min(i64(ctx + LINE_END), start + VALUE_BYTES_MAX)
    opened = start
    while u8(opened) == char.BACKSLASH and opened - start < _BACKSLASHES_MAX:
        opened += 1
    quote = u8(opened)
    if quote in _OPENING_QUOTES:
        body = opened + 1
        end = quoted_end(body, limit, char.BACKSLASH if opened > start else quote)
        # A quote that nothing closes: where the value ends is not known, so that none is found.
        if end < limit:
            return body, end, 1
        return body, body, 0
    if kind == USER_AGENT:
        return start, _agent_end(ctx, start, limit), 0
    if kind in (PHONE, NUMBER):
        written, digits = written_end(start, limit)
        if digits >= PHONE_DIGITS_MIN:
            return start, written, 0
    end = start
    tabbed = u8(start - 2) == char.BACKSLASH and u8(start - 1) == char.LOWER_T
    if kind == SECRET:
        while end < limit and not isa(ctx, end, BLANK) and u8(end) not in _SECRET_ENDS:
            end += 1
        # `(password=x)`: a bracket that the secret does not open is of the text around.
        if u8(end - 1) == char.CLOSE_PAREN and not find_byte(start, end, char.OPEN_PAREN):
            end -= 1
        return start, end, 0
    while end < limit and not isa(ctx, end, STOP):
        if u8(end) == char.QUESTION and kind == SESSION_ID:
            break
        # In a string whose tabs are escaped, its line's end is too; LEEF parts fields by a caret.
        if u8(end) == char.CARET or (tabbed and u8(end) == char.BACKSLASH):
            break
        # `a=b=c`: no value, and the next sign is an anchor of its own.
        if u8(end) == char.EQUALS and isa(ctx, end + 1, ALNUM):
            return start, start, 0
        end += 1
    if kind in (PERSON_NAME, NAMED) and u8(end) == char.SPACE:
        after = _names_end(ctx, end, limit)
        # A name of several words that a sign or the line's end closes is as good as quoted.
        if after > end:
            return start, after, 1
    while end > start and u8(end - 1) in _CLOSING:
        end -= 1
    return start, end, 0


@piece
def _agent_end(ctx: int, start: int, limit: int) -> int:
    """Follow a browser's name that is not quoted: by its grammar, escaped, or as a header."""
    end = agent_end(ctx, start, limit)
    if end > start:
        return end
    escaped = 0
    end = start
    while end < limit and not isa(ctx, end, BLANK) and u8(end) not in _SECRET_ENDS:
        # `%2F`, the slash before a version.
        escaped |= u8(end) == char.PERCENT and u16(end + 1) | char.CASE << 8 == _SLASH_CODE
        end += 1
    if escaped:
        return end
    # `User-Agent: Phone Model 1.2` is a header's line, and all of it the name.
    line = i64(ctx + slot.LINE_START)
    header = u8(start - 2) == char.COLON and start - line <= _HEADER_BYTES_MAX
    return limit if header and isa(ctx, line, ALPHA) and not _has_blank(line, start - 2) else start


@piece
def _has_blank(start: int, end: int) -> bool:
    return find_byte(start, end, char.SPACE) != 0


@piece
def is_below(ctx: int, at: int) -> bool:
    """Tell whether a key's value is on the next line: `>-`, a backslash, half a string.

    `at` is the key's sign.
    """
    limit = i64(ctx + LINE_END)
    start = at + 1
    while start < limit and u8(start) in _BLANKS:
        start += 1
    # `PASSWORD= ` is an empty value, and `password:` in a sentence no key: only a quoted one.
    if start == limit:
        before = at - 1 if u8(at - 1) != char.SPACE else at - 2
        return u8(at) == char.COLON and u8(before) in char.QUOTES
    if u8(start) in _SCALARS and u8(at) == char.COLON:
        return limit - start <= _SCALAR_BYTES_MAX
    if u8(start) == char.BACKSLASH:
        return start + 1 == limit
    quote = u8(start)
    return quote in char.QUOTES and quoted_end(start + 1, limit, quote) >= limit


@piece
def _all_capital(start: int, end: int) -> bool:
    """Tell whether each of a few words begins with a capital, as names in a record do."""
    words = 0
    for at in range(start, end):
        if u8(at) == char.SPACE:
            first = u8(at + 1)
            words += 1
            if not (char.UPPER_A <= first <= char.UPPER_Z or first >= char.HIGH):
                return False
    return words <= _WORDS_MAX


@piece
def _names_end(ctx: int, at: int, limit: int) -> int:
    """Follow further words of a name that is not quoted, when a sign closes them all."""
    end = at
    while end < limit and (isa(ctx, end, ALPHA) or u8(end) in _NAME_SIGNS):
        end += 1
    if end >= limit and _all_capital(at, end):
        return end
    # Without a sign at the end, the words that follow may be the rest of a sentence.
    return end if u8(end) in _NAME_ENDS else at


@piece
def is_prose(ctx: int, at: int, start: int, end: int) -> bool:
    """Distinguish prose, `password: changed by …`, from a value: a blank, and letters alone."""
    if u8(at + 1) != char.SPACE:
        return False
    for k in range(start, end):
        if not isa(ctx, k, ALPHA):
            return False
    return True


@piece
def is_plain(start: int, end: int) -> bool:
    """Tell whether a suspected value holds nothing that could hold a certain one."""
    for at in range(start, end):
        if u8(at) in _HOLDING:
            return False
    return True
