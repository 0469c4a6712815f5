"""Severity: how severe a line says it is, as a number of OpenTelemetry's log data model.

Law: the first word within the first 128 bytes that stands where a level stands wins: whole and in
capitals, in brackets, after a key such as `level=`, or before the colon with which a message
begins.  The number before a syslog line (its PRI) and the letter of glog and logcat come first.
A word in the middle of a sentence is none; nothing recognised is 0.  spec/segment.md
"""

from bailee.scan.vm import char
from bailee.scan.vm.machine import ctz, i64, kernel, piece, plane, plane_alpha, put8, srl, u8, u32

# Where real lines have their level: further on stands the message, whose words are not levels.
SEARCHED_BYTES = 128
_STEP = 64

TRACE, DEBUG, INFO, NOTICE, WARN, ERROR, CRITICAL, ALERT, FATAL = 1, 5, 9, 10, 13, 17, 18, 19, 21

_BY_PRI = sum(
    number << (8 * code)
    for code, number in enumerate((FATAL, ALERT, CRITICAL, ERROR, WARN, NOTICE, INFO))
)
"""By the severity of syslog, which counts the other way; 7 is DEBUG."""
_PRI_DEBUG, _PRI_MASK = 7, 7
# RFC 5424: 24 facilities of eight severities; three digits at most.
_PRI_MAX, _PRI_DIGITS_MAX = 191, 3
# Found by trial: the nineteen fronts below share twelve of 64 places, so that four words in five
# that name no level are passed over by a look at one number.
_MIX = 0x3F6E6927
# Letters differ in their lower five bits, whatever their case.
_LETTER_BITS = 0x1F1F1F
_FRONT_BITS = 6
_FRONTS = (
    *("inf", "war", "wrn", "err", "deb", "dbg", "not", "tra", "cri", "fat", "ftl", "eme"),
    *("pan", "sev", "ale", "ver", "vrb", "lev", "lvl"),
)
"""How all words begin that are looked at: most words of a line are not, and cost no more."""
# First letters of the words that name a level, in one load.  With the word's length they nearly
# say the word: what else begins so (`track`, `notion`) does not stand where a level does.
_INFO, _WARN, _ERRO, _DEBU = (char.word(text) for text in (b"info", b"warn", b"erro", b"debu"))
_NOTI, _NOTE, _TRAC, _CRIT = (char.word(text) for text in (b"noti", b"note", b"trac", b"crit"))
_FATA, _EMER, _PANI, _SEVE = (char.word(text) for text in (b"fata", b"emer", b"pani", b"seve"))
_ALER, _VERB, _LEVE = (char.word(text) for text in (b"aler", b"verb", b"leve"))
_INF, _WRN, _ERR, _DBG = (char.word(text) for text in (b"inf", b"wrn", b"err", b"dbg"))
_FTL, _VRB, _LVL = (char.word(text) for text in (b"ftl", b"vrb", b"lvl"))
# One more than `information` has: a longer word is none of them.
_WORD_BYTES_MAX = 12

_KEY_OPENS = (
    *(char.QUOTE, char.OPEN_PAREN, char.COMMA, char.DOT, char.SEMICOLON),
    *(char.OPEN_BRACKET, char.OPEN_BRACE),
)
_BETWEEN = (
    *(char.OPEN_PAREN, char.CLOSE_PAREN, char.COMMA, char.DOT, char.COLON),
    *(char.LESS, char.GREATER, char.OPEN_BRACKET, char.CLOSE_BRACKET),
    *(char.OPEN_BRACE, char.CLOSE_BRACE, char.BAR),
)
# A word in small letters is a level only in brackets or bars, or before a message's colon.
_OPENING = (char.OPEN_BRACKET, char.OPEN_PAREN, char.LESS, char.COLON, char.BAR)
_CLOSING = (char.CLOSE_BRACKET, char.CLOSE_PAREN, char.GREATER, char.BAR)
_MESSAGE_OPENS = (char.COLON, char.CLOSE_BRACKET, char.DASH)
# glog begins a line with a letter and four digits, `I0507`: the upper halves of digits are 3.
_HIGH_HALVES, _DIGITS = 0xF0F0F0F0, 0x30303030
# Android's own form: `05-07 12:04:17.123  1234  1234 I tag`, a letter in the 32nd column.
_LOGCAT_DOT, _LOGCAT_LETTER = 14, 31
# An access log's date, `[07/May/2025:12:04:17 +0200] "`, counted from its bracket.
_DATE_SLASH, _DATE_CLOSE, _DATE_QUOTE = 3, 27, 29


def _bit(front: str) -> int:
    """Place a front in the bitmap, as the kernel does with a word of the text."""
    letters = char.word(front.encode()) & _LETTER_BITS
    return ((letters * _MIX) & 0xFFFFFFFF) >> (32 - _FRONT_BITS)


_LIKELY = sum(1 << bit for bit in {_bit(front) for front in _FRONTS})


@piece
def _length(at: int) -> int:
    """Count the letters of a word, up to `_WORD_BYTES_MAX`."""
    size = 1
    while size < _WORD_BYTES_MAX and char.LOWER_A <= (u8(at + size) | char.CASE) <= char.LOWER_Z:
        size += 1
    return size


@piece
def _named(word: int, size: int) -> int:
    """Read a level by the first four letters, in lower case, of a word of so many; 0 for none."""
    if size == 3:
        return _named_shortly(word & char.THREE_BYTES)
    if word == _INFO and size in (4, 11):
        return INFO
    if word == _WARN and size in (4, 7):
        return WARN
    if word == _ERRO and size == 5:
        return ERROR
    if word == _DEBU and size == 5:
        return DEBUG
    if (word == _NOTI and size == 6) or (word == _NOTE and size == 4):
        return NOTICE
    if word == _TRAC and size == 5:
        return TRACE
    return _named_rarely(word, size)


@piece
def _named_shortly(word: int) -> int:
    if word == _INF:
        return INFO
    if word == _WRN:
        return WARN
    if word == _ERR:
        return ERROR
    if word == _DBG:
        return DEBUG
    if word == _FTL:
        return FATAL
    return TRACE if word == _VRB else 0


@piece
def _named_rarely(word: int, size: int) -> int:
    if word == _CRIT and size in (4, 8):
        return CRITICAL
    if word == _FATA and size == 5:
        return FATAL
    if word == _EMER and size in (5, 9):
        return FATAL
    if word == _PANI and size == 5:
        return FATAL
    if word == _SEVE and size == 6:
        return ERROR
    if word == _ALER and size == 5:
        return ALERT
    if word == _VERB and size == 7:
        return TRACE
    return 0


@piece
def _is_key(word: int, size: int) -> bool:
    """Tell whether a word is one that names a level: level, severity, levelname, lvl."""
    if size == 3:
        return word & char.THREE_BYTES == _LVL
    return (word == _LEVE and size in (5, 9)) or (word == _SEVE and size == 8)


@piece
def _opens(byte: int) -> bool:
    """Tell whether a key may follow a byte; it does not in an address that is asked for."""
    return byte <= char.SPACE or byte in _KEY_OPENS


@piece
def _keyed(at: int) -> int:
    """Read the level after a key that ends here: a word, or a number of ten as pino writes it."""
    at += u8(at) == char.QUOTE
    if u8(at) != char.COLON and u8(at) != char.EQUALS:
        return 0
    at += 1
    while u8(at) == char.SPACE:
        at += 1
    at += u8(at) == char.QUOTE
    if char.LOWER_A <= (u8(at) | char.CASE) <= char.LOWER_Z:
        return _named(u32(at) | char.CASE_FOUR, _length(at))
    # bunyan and pino count from 10, trace, to 60, fatal; OpenTelemetry in steps of four from 1.
    tens = u8(at) - char.ZERO
    if 1 <= tens <= 6 and u8(at + 1) == char.ZERO and not char.ZERO <= u8(at + 2) <= char.NINE:
        return 4 * tens - 3
    return 0


@piece
def _is_between(byte: int) -> bool:
    """Tell whether a byte may stand on either side of a level in capitals."""
    return byte <= char.SPACE or byte in _BETWEEN


@piece
def _stands(start: int, at: int, size: int) -> bool:
    """Tell whether a word stands where a level does."""
    # The byte before a line's first is of the line before, whatever that was.
    before = u8(at - 1) if at > start else char.NEWLINE
    after = u8(at + size)
    if u8(at + 1) & char.CASE == 0:
        # Three letters alone are as often something else: INF is a kind of file.
        return _is_between(before) and _is_between(after) and (size > 3 or before != char.SPACE)
    if after in _CLOSING:
        return before in _OPENING
    if after != char.COLON:
        return False
    return at == start or (before == char.SPACE and u8(at - 2) in _MESSAGE_OPENS)


@piece
def _lettered(letter: int) -> int:
    if letter == char.UPPER_I:
        return INFO
    if letter == char.UPPER_W:
        return WARN
    if letter == char.UPPER_E:
        return ERROR
    return FATAL if letter == char.UPPER_F else 0


@piece
def _logcat(at: int) -> int:
    """Read the letter of Android's own form, which stands in its 32nd column."""
    if u8(at - 1) != char.SPACE or u8(at + 1) != char.SPACE:
        return 0
    letter = u8(at)
    if letter == char.UPPER_D:
        return DEBUG
    return TRACE if letter == char.UPPER_V else _lettered(letter)


@piece
def _before(start: int, stop: int) -> int:
    """Read what some lines begin with: `<PRI>`, or the letter and date of glog; 0 for none."""
    first = u8(start)
    if first == char.LESS:
        number, at = 0, start + 1
        while at <= start + _PRI_DIGITS_MAX and char.ZERO <= u8(at) <= char.NINE:
            number = 10 * number + u8(at) - char.ZERO
            at += 1
        if u8(at) == char.GREATER and at > start + 1 and number <= _PRI_MAX:
            code = number & _PRI_MASK
            return DEBUG if code == _PRI_DEBUG else srl(_BY_PRI, 8 * code) & 255
        return 0
    logcat = u8(start + 2) == char.DASH and u8(start + _LOGCAT_DOT) == char.DOT
    if logcat and stop - start > _LOGCAT_LETTER + 2:
        return _logcat(start + _LOGCAT_LETTER)
    if u8(start + 5) == char.SPACE and u32(start + 1) & _HIGH_HALVES == _DIGITS:
        return _lettered(first)
    return 0


@piece
def _is_access(start: int, stop: int) -> bool:
    """Tell whether a line is an access log's, which says nothing of severity: `[date] "`."""
    # Spared the search: access logs are most of what is taken in, and a word in a path or an agent
    # would be taken for a level.
    opening = plane(start, char.OPEN_BRACKET)
    if opening == 0 or opening & 1 != 0:
        return False
    at = start + ctz(opening)
    if at + _DATE_QUOTE + 1 >= stop:
        return False
    date = u8(at + _DATE_SLASH) == char.SLASH and u8(at + _DATE_CLOSE) == char.CLOSE_BRACKET
    return date and u8(at + _DATE_QUOTE) == char.QUOTE


@piece
def _severity(start: int, stop: int) -> int:
    found = _before(start, stop)
    if found != 0 or _is_access(start, stop):
        return found
    limit = min(stop - start, SEARCHED_BYTES)
    carried = 0
    for base in range(0, limit, _STEP):
        # A word starts at a letter that none stands before; the last letter of these 64 bytes is
        # carried, so that a word across them is not looked at twice.
        letters = plane_alpha(start + base)
        words = letters & ~((letters << 1) | carried)
        carried = srl(letters, _STEP - 1)
        if limit - base < _STEP:
            words &= (1 << (limit - base)) - 1
        while words != 0:
            at = start + base + ctz(words)
            words &= words - 1
            mixed = (u32(at) & _LETTER_BITS) * _MIX
            front = srl(mixed, 32 - _FRONT_BITS) & ((1 << _FRONT_BITS) - 1)
            if srl(_LIKELY, front) & 1 == 0:
                continue
            word = u32(at) | char.CASE_FOUR
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
