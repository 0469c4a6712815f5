"""Epochs: seconds since 1970 as numbers, and the keys that a time of its own is written under.

Law: a number is a time where something says so: its key, brackets or a fraction at the start of
the line.  Ten digits alone are as well an id, a size or a telephone number.  spec/times.md
"""

from bailee.logs.ingest.kernels.calendar import SECOND, digits, is_digit, is_letter, number
from bailee.logs.ingest.kernels.clock import fraction
from bailee.scan.vm import char
from bailee.scan.vm.machine import i64, piece, u8, u32
from bailee.scan.vm.table import HASH_FACTOR, HASH_SEED

EPOCH_FROM, EPOCH_UNTIL = 1_000_000_000, 4_102_444_800
"""Unix seconds from 2001, when they became ten digits, to 2100."""
NO_KEY, WEAK, SURE = 0, 1, 2
"""No key of a time; one that may be of another moment; one of the line's own."""

# Seconds, and those with three, six and nine more digits.
_EPOCH_DIGITS, _EPOCH_SIZES = 10, (10, 13, 16, 19)
_FRACTION_DIGITS = 3
"""Of a fraction that tells a time from an amount: 1234567890.50 is one of money."""
_ALERT = (char.word(b"** A"), char.word(b"lert"))
"""What an alert of OSSEC's begins with; behind its seconds stands where in the file it lies."""
_ALERT_BYTES = 9
_TAI_DIGITS, _TAI_HALF, _TAI_FIRST = 24, 16, 0x4000_0000_0000_0000 + 10
"""TAI64N labels count from 2^62, and begin ten seconds later than Unix does."""
_KEY_MAX, _BLANKS_MAX = 40, 4
_OPENING = (char.QUOTE, char.APOSTROPHE, char.OPEN_BRACKET, char.BACKSLASH)
_SIGNS = (char.COLON, char.EQUALS, char.GREATER, char.OPEN_PAREN)
_IN_KEY = (char.UNDERSCORE, char.DASH, char.DOT, char.AT_SIGN, char.DOLLAR)
_JOINTS = (char.UNDERSCORE, char.DASH, char.DOT)
# A parameter of a request is of whoever asked, not of the line.
_BEFORE_PARAMETER = (char.QUESTION, char.AMPERSAND, char.PERCENT)
_AFTER = (
    *(char.SPACE, char.TAB, char.COLON, char.COMMA, char.BAR, char.SEMICOLON),
    *(char.NEWLINE, char.RETURN),
)
_STAMP = char.word(b"stamp")


@piece
def epoch_of(at: int) -> tuple[int, int]:
    """Read Unix seconds, with a fraction or as milli-, micro- or nanoseconds; -1 for none."""
    count = digits(at, 20)
    if count not in _EPOCH_SIZES:
        return -1, at
    seconds = number(at, _EPOCH_DIGITS)
    if not EPOCH_FROM <= seconds < EPOCH_UNTIL:
        return -1, at
    more, unit, end = 0, SECOND, at + count
    if count == _EPOCH_DIGITS:
        more, end = fraction(at + _EPOCH_DIGITS)
    for index in range(_EPOCH_DIGITS, count):
        unit //= 10
        more += (u8(at + index) - char.ZERO) * unit
    return seconds * SECOND + more, end


@piece
def _hex(at: int, count: int) -> int:
    """Read as many hexadecimal digits; -1 when they are none."""
    value = 0
    for index in range(count):
        byte = u8(at + index)
        letter = (byte | char.CASE) - char.LOWER_A
        if char.ZERO <= byte <= char.NINE:
            value = value * 16 + byte - char.ZERO
        elif 0 <= letter <= 5:
            value = value * 16 + letter + 10
        else:
            return -1
    return value


@piece
def _label(at: int) -> int:
    """Read a TAI64N label as multilog writes it, or -1."""
    seconds = _hex(at, _TAI_HALF) - _TAI_FIRST
    nanoseconds = _hex(at + _TAI_HALF, _TAI_DIGITS - _TAI_HALF)
    if not (EPOCH_FROM <= seconds < EPOCH_UNTIL and 0 <= nanoseconds < SECOND):
        return -1
    return seconds * SECOND + nanoseconds


@piece
def epoch_in_front(start: int, stop: int, latest: int) -> int:
    """Read the epoch that a line begins with, where its form says that it is one; else -1."""
    first = u8(start)
    if first == char.AT_SIGN:
        return _label(start + 1)
    if first == char.STAR:
        at = start + _ALERT_BYTES
        if u32(start) != _ALERT[0] or u32(start + 4) != _ALERT[1] or u8(at - 1) != char.SPACE:
            return -1
        if at + _EPOCH_DIGITS >= stop or digits(at, 20) != _EPOCH_DIGITS:
            return -1
        found = number(at, _EPOCH_DIGITS)
        behind = u8(at + _EPOCH_DIGITS)
        if behind != char.DOT or not EPOCH_FROM <= found < EPOCH_UNTIL:
            return -1
        return found * SECOND
    at = start + 1 if first in (char.OPEN_BRACKET, char.HASH) else start
    if not is_digit(at):
        return -1
    found, end = epoch_of(at)
    # Later than the receipt no line is dated by a number alone.
    if found < 0 or found > latest or end > stop:
        return -1
    if first == char.OPEN_BRACKET:
        return found if u8(end) == char.CLOSE_BRACKET else -1
    # The history of a shell: the number is the whole line.
    if first == char.HASH:
        return found if end == stop or u8(end) in (char.NEWLINE, char.RETURN) else -1
    if end - at - _EPOCH_DIGITS - 1 < _FRACTION_DIGITS or digits(at, 20) != _EPOCH_DIGITS:
        return -1
    return found if end == stop or u8(end) in _AFTER else -1


@piece
def _looked_up(hashed: int, keys: int, mask: int) -> int:
    slot = (hashed ^ (hashed >> 32)) & mask
    while True:
        held = i64(keys + 16 * slot)
        if held == hashed:
            return i64(keys + 16 * slot + 8)
        if held == 0:
            return NO_KEY
        slot = (slot + 1) & mask


@piece
def _key_ending(end: int, start: int, keys: int, mask: int) -> int:
    """Rank the key that ends here."""
    hashed, at, plain, tail = HASH_SEED, end, 0, 0
    while at > start and end - at < _KEY_MAX:
        byte = u8(at - 1)
        letter = byte | char.CASE
        if not (is_letter(at - 1) or is_digit(at - 1) or byte in _IN_KEY):
            break
        if byte not in _JOINTS:
            small = letter if is_letter(at - 1) else byte
            hashed = (hashed ^ small) * HASH_FACTOR
            if plain < 5:
                tail = (tail << 8) | small
            plain += 1
        at -= 1
    if plain == 0 or (at > start and u8(at - 1) in _BEFORE_PARAMETER):
        return NO_KEY
    found = _looked_up(hashed, keys, mask)
    if found == NO_KEY and tail == _STAMP and plain > 5:
        return WEAK
    return found


@piece
def key_before(begin: int, start: int, keys: int, mask: int) -> tuple[int, int]:
    """Rank the key under which a value that begins here stands; and where its sign stands."""
    at = begin
    while at > start and begin - at < _BLANKS_MAX and u8(at - 1) in _OPENING:
        at -= 1
    count = 0
    while at > start and count < _BLANKS_MAX and u8(at - 1) == char.SPACE:
        at -= 1
        count += 1
    if at - 1 <= start or u8(at - 1) not in _SIGNS:
        return NO_KEY, at
    at -= 1
    sign = at
    count = 0
    while at > start and count < _BLANKS_MAX and u8(at - 1) == char.SPACE:
        at -= 1
        count += 1
    quoted = at > start and u8(at - 1) in (char.QUOTE, char.APOSTROPHE)
    if quoted:
        at -= 1
        # Text in text: JSON that was logged as a message, whose time is of another moment.
        if at > start and u8(at - 1) == char.BACKSLASH:
            return min(_key_ending(at - 1, start, keys, mask), WEAK), sign
    return _key_ending(at, start, keys, mask), sign
