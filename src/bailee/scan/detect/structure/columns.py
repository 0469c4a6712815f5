"""Columns: a header line names what the columns of the lines below it hold.

The law of this module: a layout is what a stream's own line said, by the names that keys have too;
a line whose columns are not as many as the header's is read as any other.  Sources: W3C extended
log format (`#Fields:`), Zeek's (`#fields`), CSV by RFC 4180 with the separators that people use.
"""

from bailee.scan import kinds
from bailee.scan.detect import settle as promise
from bailee.scan.detect.account import find_byte
from bailee.scan.detect.template import settle_all
from bailee.scan.detect.token import quoted_end
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import CLAIM_BYTES, CLAIMS_MAX, isa
from bailee.scan.vm.machine import ctz, i64, piece, plane, put64, tiny, u8, u32
from bailee.scan.vm.table import HASH_FACTOR, HASH_SEED
from bailee.scan.vm.words import (
    KEY_BYTES_MAX,
    KEYS,
    KEYS_MASK,
    SUFFIX,
    hash_step,
    is_camel,
    look_up,
)

ALPHA, ALNUM, BLANK, DIGIT = slot.ALPHA, slot.ALNUM, slot.BLANK, slot.DIGIT
LAYOUT, LAYOUTS, LAYOUT_COUNT, FRESH = slot.LAYOUT, slot.LAYOUTS, slot.LAYOUT_COUNT, slot.FRESH
MAC, CLIENT_HOST = int(kinds.Kind.MAC), int(kinds.Kind.CLIENT_HOST)
PHONE = int(kinds.Kind.PHONE)
PERSON_NAME, USER_AGENT = int(kinds.Kind.PERSON_NAME), int(kinds.Kind.USER_AGENT)

RULE_COLUMN = 27
# Streams of one program have one or a few; a stream of many headers is a test of somebody's.
LAYOUTS_MAX = 16
FRESH_LINES = 64
"""Lines of a stream among which a header without a mark is looked for."""
# Below other lines a header must name more of what is known.
_BELOW, _KNOWN_MIN = 2, 3
# Firewalls have a hundred and more.
COLUMNS_MAX = 256
# Separator, number of columns, the header's length and its hash, then a word a column.
_HEAD_WORDS = 4
LAYOUT_BYTES = 8 * (_HEAD_WORDS + COLUMNS_MAX)
# Beyond it a first line is no header, and is not looked over.
_HEADER_BYTES_MAX, _NAME_BYTES_MAX, _WORDS_MAX = 4_096, 48, 5
_COLUMNS_MIN = 3

_FIEL, _ELDS = char.word(b"fiel"), char.word(b"elds")
# What `name` and `host` mean is known when all columns are.
_PERSONS, _HOSTS = -1, -2
_SHORT, _LONG, _HOSTNAME = len("uid"), len("name"), len("host_name")
_UID, _HOST = char.word(b"uid"), char.word(b"host")
_NAME, _NOM = char.word(b"name"), char.word(b"nom")
_SEPARATORS = (char.TAB, char.SEMICOLON, char.COMMA, char.BAR)
_NAME_SIGNS = (
    *(char.SPACE, char.UNDERSCORE, char.DASH, char.DOT, char.SLASH, char.APOSTROPHE),
    *(char.OPEN_PAREN, char.CLOSE_PAREN, char.HASH, char.QUOTE, char.PERCENT),
)
_JOINTS = (char.UNDERSCORE, char.DASH, char.DOT, char.SPACE)
# A column of these holds people, so that one called `name` beside it holds their names.
_OF_PEOPLE = tuple(
    int(kind)
    for kind in (
        *(kinds.Kind.EMAIL, kinds.Kind.PHONE, kinds.Kind.PERSON_NAME, kinds.Kind.NATIONAL_ID),
        *(kinds.Kind.IBAN, kinds.Kind.USER_ID),
    )
)


@piece
def _column_key(ctx: int, start: int, end: int) -> int:
    """Return what the key is that a column's name ends in, or is; 0 for none."""
    # `cs(User-Agent)`: what the client sent, by its name.
    if u8(end - 1) == char.CLOSE_PAREN:
        end -= 1
        opened = find_byte(start, end, char.OPEN_PAREN)
        start = opened + 1 if opened else start
    hashed = HASH_SEED
    best = 0
    at = end
    while at > start and end - at < KEY_BYTES_MAX:
        at -= 1
        here = u8(at)
        # `Nom d'utilisateur` is the key that has a blank there.
        if here != char.APOSTROPHE:
            hashed = hash_step(hashed, here)
        found = look_up(i64(ctx + KEYS), i64(ctx + KEYS_MASK), hashed)
        if found and at == start:
            return found
        if found & SUFFIX and (u8(at - 1) in _JOINTS or is_camel(u8(at - 1), here)):
            best = found
    return best


@piece
def _is_name(ctx: int, start: int, end: int) -> bool:
    """Recognise the name of a column: letters first, few words, no sign that values have."""
    if end <= start or end - start > _NAME_BYTES_MAX:
        return False
    letters = 0
    words = 1
    for at in range(start, end):
        letters |= isa(ctx, at, ALPHA)
        words += 1 if u8(at) == char.SPACE else 0
        if not isa(ctx, at, ALNUM) and u8(at) not in _NAME_SIGNS:
            return False
    return letters != 0 and not isa(ctx, start, DIGIT) and words <= _WORDS_MAX


@piece
def _separator(at: int, end: int) -> int:
    """Return the sign that stands most often in a header, or 0."""
    best = 0
    most = _COLUMNS_MIN - 2
    for sign in _SEPARATORS:
        count = 0
        for here in range(at, end):
            count += 1 if u8(here) == sign else 0
        if count > most:
            best, most = sign, count
    return best


@piece
def _hash(at: int, end: int) -> int:
    value = HASH_SEED
    while at < end:
        value = (value ^ u8(at)) * HASH_FACTOR
        at += 1
    return value


@piece
def _learn(ctx: int, line: int, at: int, end: int, sign: int, strict: int) -> bool:
    """Make the layout that a header's names give the present one; False leaves none."""
    index = i64(ctx + LAYOUT_COUNT)
    row = i64(ctx + LAYOUTS) + LAYOUT_BYTES * index
    put64(ctx + LAYOUT, 0)
    # A program writes its header again each time it starts.
    hashed = _hash(line, end)
    for known_row in range(i64(ctx + LAYOUTS), row, LAYOUT_BYTES):
        if i64(known_row + 16) == end - line and i64(known_row + 24) == hashed:
            put64(ctx + LAYOUT, known_row)
            return True
    if index >= LAYOUTS_MAX:
        return False
    count = 0
    known = 0
    people = 0
    cards = 0
    while at < end and count < COLUMNS_MAX:
        stop = at
        while stop < end and u8(stop) != sign:
            stop += 1
        left, right = at, stop
        while left < right and (isa(ctx, left, BLANK) or u8(left) == char.QUOTE):
            left += 1
        while right > left and (isa(ctx, right - 1, BLANK) or u8(right - 1) == char.QUOTE):
            right -= 1
        if strict and not _is_name(ctx, left, right):
            return False
        entry = _column_key(ctx, left, right) if right > left else 0
        # A program's own number of a connection, in logs that have such a head.
        if not strict and right - left == _SHORT and u32(left) & char.THREE_BYTES == _UID:
            entry = 0
        cards |= entry & 255 == MAC
        known += 1 if entry & 255 else 0
        people |= 1 if entry & 255 in _OF_PEOPLE else 0
        size = right - left
        named = size == _LONG and u32(left) | char.CASE_FOUR == _NAME
        named |= size == _SHORT and u32(left) & char.THREE_BYTES | char.CASE_THREE == _NOM
        code = _PERSONS if named else entry & 255 | entry >> 16 << 16
        host = u32(left) | char.CASE_FOUR == _HOST and _LONG <= size <= _HOSTNAME
        put64(row + 8 * (_HEAD_WORDS + count), _HOSTS if host and entry & 255 == 0 else code)
        count += 1
        at = stop + 1
    for column in range(count):
        place = row + 8 * (_HEAD_WORDS + column)
        if i64(place) == _PERSONS:
            put64(place, PERSON_NAME | RULE_COLUMN << 16 if people else 0)
        elif i64(place) == _HOSTS:
            put64(place, CLIENT_HOST | RULE_COLUMN << 16 if cards else 0)
    fits = known > 0 and _COLUMNS_MIN <= count < COLUMNS_MAX
    if not fits or (strict == _BELOW and (known < _KNOWN_MIN or count <= _KNOWN_MIN)):
        return False
    # What is a header was found, and a row is no other.
    put64(ctx + FRESH, 0)
    put64(row, sign)
    put64(row + 8, count)
    put64(row + 16, end - line)
    put64(row + 24, hashed)
    put64(ctx + LAYOUT_COUNT, index + 1)
    put64(ctx + LAYOUT, row)
    return True


@piece
def _fields(ctx: int, line: int, end: int) -> bool:
    """Read `#Fields: date c-ip …` and `#fields<tab>ts<tab>uid …`."""
    at = line + 1
    at += 1 if u8(at) == char.SPACE else 0
    if u32(at) | char.CASE_FOUR != _FIEL or u32(at + 2) | char.CASE_FOUR != _ELDS:
        return False
    at += 6
    while at < end and (isa(ctx, at, BLANK) or u8(at) == char.COLON):
        at += 1
    while end > at and isa(ctx, end - 1, BLANK):
        end -= 1
    sign = char.SPACE
    if find_byte(at, end, char.TAB):
        sign = char.TAB
    elif find_byte(at, end, char.COMMA):
        sign = char.COMMA
    return _learn(ctx, line, at, end, sign, 0)


@piece
def _next(at: int, limit: int, sign: int) -> int:
    while at < limit:
        mask = plane(at, sign)
        if mask:
            return min(at + ctz(mask), limit)
        at += 64
    return limit


@piece
def _quoted(at: int, limit: int) -> int:
    """Find the closing quote of a column; a doubled one is of its text."""
    end = quoted_end(at, limit, char.QUOTE)
    while end < limit and u8(end + 1) == char.QUOTE:
        end = quoted_end(end + 2, limit, char.QUOTE)
    return end


@piece
def _is_claimed(start: int, end: int, kind: int) -> bool:
    """Tell whether a column's value may be what its name says, before it is verified."""
    # A column `agent` of a shop's tickets holds people.
    if kind == USER_AGENT:
        return find_byte(start, end, char.SLASH) != 0
    return kind not in (0, promise.REPORTED)


@piece
def _keep(store: int, made: int, start: int, end: int, kind: int, rule: int) -> int:
    place = store + CLAIM_BYTES * made
    put64(place, start)
    put64(place + 8, end)
    put64(place + 16, kind)
    put64(place + 24, rule)
    return made + 1


@piece
def _split(ctx: int, at: int, end: int) -> bool:
    """Claim the columns of a line by the present layout; False when they are not as many."""
    row = i64(ctx + LAYOUT)
    sign = i64(row)
    # `#Fields:` parts names by blanks also where a tab parts the values.
    if sign == char.SPACE and find_byte(at, end, char.TAB):
        sign = char.TAB
    count = i64(row + 8)
    store = i64(ctx + slot.CLAIMS)
    made = 0
    column = 0
    while at <= end and column < count:
        start = at
        if u8(at) == char.QUOTE:
            start += 1
            stop = _quoted(start, end)
            at = stop + 1
            # A text that goes on below, or a quote that is of the value.
            if stop >= end or (at < end and u8(at) != sign):
                return False
        else:
            stop = _next(at, end, sign)
            at = stop
        entry = i64(row + 8 * (_HEAD_WORDS + column))
        kind = entry & 255
        if kind in (PHONE, promise.NUMBER) and stop > start and u8(stop - 1) == char.GREATER:
            opened = find_byte(start, stop, char.LESS)
            name = opened
            while name > start and (u8(name - 1) == char.SPACE or u8(name - 1) == char.QUOTE):
                name -= 1
            while start < name and u8(start) == char.QUOTE:
                start += 1
            # `"Aline Diallo" <690112233>`: a name, and the number that is looked at below.
            if name > start and made < CLAIMS_MAX:
                made = _keep(store, made, start, name, PERSON_NAME, entry >> 16)
            start, stop = (opened + 1 if opened else start), stop - 1
        blank = stop - start == 1 and u8(start) == char.DASH
        if made < CLAIMS_MAX and stop > start and not blank and _is_claimed(start, stop, kind):
            made = _keep(store, made, start, stop, kind, entry >> 16)
        column += 1
        if at >= end:
            break
        at += 1
    if column != count or at < end:
        return False
    put64(ctx + slot.CLAIM_COUNT, settle_all(ctx, store, made))
    return True


@piece
def _header(ctx: int, at: int, end: int) -> bool:
    """Look at a line that may be a header: each that begins with #, and a stream's first."""
    if u8(at) == char.HASH:
        if _fields(ctx, at, end):
            return True
        if not i64(ctx + FRESH):
            return False
        body = at + 1
        while body < end and u8(body) == char.SPACE:
            body += 1
    else:
        body = at
    # Some programs say first what they are: a header may stand below a few such lines.
    left = i64(ctx + FRESH)
    if body == at and end > at:
        put64(ctx + FRESH, left - 1)
    strict = 1 if left == FRESH_LINES or u8(at) == char.HASH else 2
    if end - body > _HEADER_BYTES_MAX:
        return False
    sign = _separator(body, end)
    return sign != 0 and _learn(ctx, at, body, end, sign, strict)


@tiny
def by_columns(ctx: int, at: int, end: int) -> bool:
    """Claim a line's columns by the header above it, or learn it as one; False for other lines."""
    layout = i64(ctx + LAYOUT)
    if layout:
        # The header again, where files were put together, and no row.
        if end - at == i64(layout + 16) and _hash(at, end) == i64(layout + 24):
            return True
        if u8(at) != char.HASH:
            return _split(ctx, at, end)
    elif not i64(ctx + FRESH) and u8(at) != char.HASH:
        return False
    # A line that was decoded comes again, in another place: only its columns are read.
    return not i64(ctx + slot.DECODED) and _header(ctx, at, end)
