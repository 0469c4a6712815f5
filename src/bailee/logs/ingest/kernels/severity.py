"""Recognises how severe a line says it is, as a number of OpenTelemetry's log data model.

Law: the first word within the first 128 bytes that stands where a level stands wins: whole and in
capitals, in brackets, after a key such as `level=`, or before the colon with which a message
begins.  The number before a syslog line (its PRI) and the letter of glog and logcat come first.
A word in the middle of a sentence is none; nothing recognised is 0.  spec/segment.md
"""

from bailee.scan.vm.machine import ctz, i64, kernel, piece, plane, plane_alpha, put8, srl, u8, u32

SEARCHED_BYTES = 128
_STEP = 64

TRACE, DEBUG, INFO, NOTICE, WARN, ERROR, CRITICAL, ALERT, FATAL = 1, 5, 9, 10, 13, 17, 18, 19, 21

_BY_PRI = sum(
    number << (8 * code)
    for code, number in enumerate((FATAL, ALERT, CRITICAL, ERROR, WARN, NOTICE, INFO))
)
"""By the severity of syslog, which counts the other way; 7 is DEBUG."""
_MIX = 0x3F6E6927
_FRONTS = (
    *("inf", "war", "wrn", "err", "deb", "dbg", "not", "tra", "cri", "fat", "ftl", "eme"),
    *("pan", "sev", "ale", "ver", "vrb", "lev", "lvl"),
)
"""How all words begin that are looked at: most words of a line are not, and cost no more."""
_QUOTE, _OPEN, _CLOSE = 34, 60, 62


def _bit(front: str) -> int:
    folded = int.from_bytes(front.encode(), "little") & 0x1F1F1F
    return ((folded * _MIX) & 0xFFFFFFFF) >> 26


_LIKELY = sum(1 << bit for bit in {_bit(front) for front in _FRONTS})


@piece
def _length(at: int) -> int:
    """Count the letters of a word, up to 12."""
    size = 1
    while size < 12 and 97 <= (u8(at + size) | 32) <= 122:
        size += 1
    return size


@piece
def _named(word: int, size: int) -> int:
    """Read a level by the first four letters, in lower case, of a word of so many; 0 for none."""
    if size == 3:
        return _named_shortly(word & 0xFFFFFF)
    if word == 0x6F666E69 and size in (4, 11):  # info, information
        return INFO
    if word == 0x6E726177 and size in (4, 7):  # warn, warning
        return WARN
    if word == 0x6F727265 and size == 5:  # error
        return ERROR
    if word == 0x75626564 and size == 5:  # debug
        return DEBUG
    if (word == 0x69746F6E and size == 6) or (word == 0x65746F6E and size == 4):  # notice, note
        return NOTICE
    if word == 0x63617274 and size == 5:  # trace
        return TRACE
    return _named_rarely(word, size)


@piece
def _named_shortly(word: int) -> int:
    if word == 0x666E69:  # inf
        return INFO
    if word == 0x6E7277:  # wrn
        return WARN
    if word == 0x727265:  # err
        return ERROR
    if word == 0x676264:  # dbg
        return DEBUG
    if word == 0x6C7466:  # ftl
        return FATAL
    return TRACE if word == 0x627276 else 0  # vrb


@piece
def _named_rarely(word: int, size: int) -> int:
    if word == 0x74697263 and size in (4, 8):  # crit, critical
        return CRITICAL
    if word == 0x61746166 and size == 5:  # fatal
        return FATAL
    if word == 0x72656D65 and size in (5, 9):  # emerg, emergency
        return FATAL
    if word == 0x696E6170 and size == 5:  # panic
        return FATAL
    if word == 0x65766573 and size == 6:  # severe
        return ERROR
    if word == 0x72656C61 and size == 5:  # alert
        return ALERT
    if word == 0x62726576 and size == 7:  # verbose
        return TRACE
    return 0


@piece
def _is_key(word: int, size: int) -> bool:
    """Tell whether a word is one that names a level: level, severity, levelname, lvl."""
    if size == 3:
        return word & 0xFFFFFF == 0x6C766C
    return (word == 0x6576656C and size in (5, 9)) or (word == 0x65766573 and size == 8)


@piece
def _opens(byte: int) -> bool:
    """Tell whether a key may follow a byte; it does not in an address that is asked for."""
    return byte <= 32 or byte in {_QUOTE, 40, 44, 46, 59, 91, 123}  # ( , . ; [ {


@piece
def _keyed(at: int) -> int:
    """Read the level after a key that ends here: a word, or a number of ten as pino writes it."""
    at += u8(at) == _QUOTE
    if u8(at) != 58 and u8(at) != 61:
        return 0
    at += 1
    while u8(at) == 32:
        at += 1
    at += u8(at) == _QUOTE
    if 97 <= (u8(at) | 32) <= 122:
        return _named(u32(at) | 0x20202020, _length(at))
    tens = u8(at) - 48
    if 1 <= tens <= 6 and u8(at + 1) == 48 and not 48 <= u8(at + 2) <= 57:
        return 4 * tens - 3
    return 0


@piece
def _is_between(byte: int) -> bool:
    """Tell whether a byte may stand on either side of a level in capitals."""
    if byte <= 32 or byte == 124:  # spaces and ends of lines; |
        return True
    return byte in {40, 41, 44, 46, 58, 60, 62, 91, 93, 123, 125}  # ( ) , . : < > [ ] { }


@piece
def _stands(start: int, at: int, size: int) -> bool:
    """Tell whether a word stands where a level does."""
    before = u8(at - 1) if at > start else 10
    after = u8(at + size)
    if u8(at + 1) & 32 == 0:
        # Three letters alone are as often something else: INF is a kind of file.
        return _is_between(before) and _is_between(after) and (size > 3 or before != 32)
    if after in {93, 41, _CLOSE, 124}:
        return before in {91, 40, _OPEN, 58, 124}
    if after != 58:
        return False
    return at == start or (before == 32 and u8(at - 2) in {58, 93, 45})


@piece
def _lettered(letter: int) -> int:
    if letter == 73:
        return INFO
    if letter == 87:
        return WARN
    if letter == 69:
        return ERROR
    return FATAL if letter == 70 else 0


@piece
def _logcat(at: int) -> int:
    """Read the letter of Android's own form, which stands in its 32nd column."""
    if u8(at - 1) != 32 or u8(at + 1) != 32:
        return 0
    letter = u8(at)
    if letter == 68:
        return DEBUG
    return TRACE if letter == 86 else _lettered(letter)


@piece
def _before(start: int, stop: int) -> int:
    """Read what some lines begin with: `<PRI>`, or the letter and date of glog; 0 for none."""
    first = u8(start)
    if first == _OPEN:
        number, at = 0, start + 1
        while at < start + 4 and 48 <= u8(at) <= 57:
            number = 10 * number + u8(at) - 48
            at += 1
        if u8(at) == _CLOSE and at > start + 1 and number < 192:
            return DEBUG if number & 7 == 7 else srl(_BY_PRI, 8 * (number & 7)) & 255
        return 0
    if u8(start + 2) == 45 and u8(start + 14) == 46 and stop - start > 33:
        return _logcat(start + 31)
    # Four digits and a space: I0507 12:04:17
    if u8(start + 5) == 32 and u32(start + 1) & 0xF0F0F0F0 == 0x30303030:
        return _lettered(first)
    return 0


@piece
def _is_access(start: int, stop: int) -> bool:
    """Tell whether a line is an access log's, which says nothing of severity: `[date] "`."""
    opening = plane(start, 91)
    if opening == 0 or opening & 1 != 0:
        return False
    at = start + ctz(opening)
    return at + 30 < stop and u8(at + 3) == 47 and u8(at + 27) == 93 and u8(at + 29) == _QUOTE


@piece
def _severity(start: int, stop: int) -> int:
    found = _before(start, stop)
    if found != 0 or _is_access(start, stop):
        return found
    limit = min(stop - start, SEARCHED_BYTES)
    carried = 0
    for base in range(0, limit, _STEP):
        letters = plane_alpha(start + base)
        words = letters & ~((letters << 1) | carried)
        carried = srl(letters, 63)
        if limit - base < _STEP:
            words &= (1 << (limit - base)) - 1
        while words != 0:
            at = start + base + ctz(words)
            words &= words - 1
            mixed = (u32(at) & 0x1F1F1F) * _MIX
            if srl(_LIKELY, srl(mixed, 26) & 63) & 1 == 0:
                continue
            word = u32(at) | 0x20202020
            size = _length(at)
            found = _named(word, size)
            if found != 0 and _stands(start, at, size):
                return found
            if _is_key(word, size) and (at == start or _opens(u8(at - 1))):
                found = _keyed(at + size)
                if found != 0:
                    return found
    return 0


@kernel
def recognise(text: int, line_starts: int, lines: int, size: int, out: int) -> int:
    """Write each line's severity as a byte; returns how many lines gave one."""
    given = 0
    for line in range(lines):
        start = text + i64(line_starts + 8 * line)
        stop = text + (i64(line_starts + 8 * line + 8) if line + 1 < lines else size)
        found = _severity(start, stop)
        put8(out + line, found)
        given += found != 0
    return given
