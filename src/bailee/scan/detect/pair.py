r"""Pairs of key and value: `user=bob`, `"email": "…"`, `Utilisateur : bob`, `\"ip\":\"…\"`.

Here is where a value begins and ends; `settle` says whether it is what its key promises.
"""

from bailee.scan import kinds
from bailee.scan.detect.account import find_byte
from bailee.scan.detect.settle import NAMED
from bailee.scan.detect.token import agent_end, quoted_end
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import i64, piece, tiny, u8

ALPHA, ALNUM, STOP, BLANK, LINE_END = (
    *(slot.ALPHA, slot.ALNUM, slot.STOP, slot.BLANK),
    slot.LINE_END,
)
PERSON_NAME, SESSION_ID = int(kinds.Kind.PERSON_NAME), int(kinds.Kind.SESSION_ID)
USER_AGENT, SECRET = int(kinds.Kind.USER_AGENT), int(kinds.Kind.SECRET)

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
        for _ in range(_BLANKS_MAX):
            if u8(start) in _BLANKS:
                start += 1
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
        return start, agent_end(ctx, start, limit), 0
    end = start
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
        # `a=b=c`: no value, and the next sign is an anchor of its own.
        if u8(end) == char.EQUALS and isa(ctx, end + 1, ALNUM):
            return start, start, 0
        end += 1
    if kind in (PERSON_NAME, NAMED) and u8(end) == char.SPACE:
        end = _names_end(ctx, end, limit)
    while end > start and u8(end - 1) in _CLOSING:
        end -= 1
    return start, end, 0


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
def _names_end(ctx: int, at: int, limit: int) -> int:
    """Follow further words of a name that is not quoted, when a sign closes them all."""
    end = at
    while end < limit and (isa(ctx, end, ALPHA) or u8(end) in _NAME_SIGNS):
        end += 1
    # Without a sign at the end, the words that follow may be the rest of a sentence.
    return end if u8(end) in _NAME_ENDS else at
