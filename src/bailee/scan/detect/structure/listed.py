"""Lists, and pairs of a name and a value: where the key does not stand right before it.

The law of this module: the name beside a value, `"name":"Phone","value":…`, is a key as others are,
and what a key says of a list it says of each value in it.
"""

from bailee.scan import kinds
from bailee.scan.detect import settle as promise
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import i64, piece, u8, u32
from bailee.scan.vm.words import key_before

ALNUM, STOP, LINE_END = slot.ALNUM, slot.STOP, slot.LINE_END
EMAIL, PHONE = int(kinds.Kind.EMAIL), int(kinds.Kind.PHONE)

_NAME_BYTES_MAX, _VALUE_BYTES_MAX = 48, 256
_LISTED_MAX = 64
_BLANKS_MAX = 4
_PARTING = (char.COMMA, char.SPACE, *char.QUOTES, char.BACKSLASH)
_SIGNS = (char.COLON, char.EQUALS)
_NAME, _KEY, _TYPE = char.word(b"name"), char.word(b"key\0"), char.word(b"type")
_WHOLE = (promise.WHO, EMAIL, PHONE, promise.PERSON, promise.NUMBER)


@piece
def named_value(ctx: int, at: int) -> int:
    """Return what the key is that the name right before `"value":` gives; `at` ends that word."""
    end = at
    while at - end < _NAME_BYTES_MAX and isa(ctx, end - 1, ALNUM):
        end -= 1
    here = end
    while end - here < _BLANKS_MAX and u8(here - 1) in _PARTING:
        here -= 1
        # The quote that closes the name.
        if u8(here) in char.QUOTES and u8(here + 1) != u8(end):
            break
    name = here
    while name > end - 8 and u8(name - 1) in _PARTING:
        name -= 1
    start = name
    while name - start < _NAME_BYTES_MAX and u8(start - 1) not in char.QUOTES:
        start -= 1
        if u8(start) == char.NEWLINE:
            return 0
    key = start - 1
    while start - key < _BLANKS_MAX + 2 and (u8(key - 1) in _PARTING or u8(key - 1) in _SIGNS):
        key -= 1
    head = u32(key - 4) | char.CASE_FOUR
    named = head in (_NAME, _TYPE) or head >> 8 == _KEY
    return key_before(ctx, name) if named else 0


@piece
def listed(ctx: int, at: int, kind: int, rule: int) -> int:
    """Verify each value of `["aline","bruno"]` or `[aline, bruno]`, from the first on."""
    made = 0
    limit = min(i64(ctx + LINE_END), at + _LISTED_MAX * _VALUE_BYTES_MAX)
    wanted = promise.WHO if kind == promise.PERSON else kind
    for _ in range(_LISTED_MAX):
        while at < limit and u8(at) in _PARTING:
            at += 1
        start = at
        quoted = u8(at - 1) in char.QUOTES
        while at < limit and u8(at) not in char.QUOTES and (quoted or not isa(ctx, at, STOP)):
            at += 1
        if at == start or at >= limit:
            return made
        found, left, right, flags = promise.settle(ctx, start, at, wanted, int(quoted))
        if found:
            done = emit(ctx, left, right, found, rule, flags)
            made = done or made
        after = at
        while u8(after) in char.QUOTES or u8(after) == char.BACKSLASH:
            after += 1
        if u8(after) != char.COMMA:
            return made
    return made


@piece
def is_list(start: int, kind: int) -> bool:
    """Tell whether a value is a list of what its key names."""
    return u8(start - 1) == char.OPEN_BRACKET and kind in _WHOLE
