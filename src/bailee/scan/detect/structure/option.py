"""Options of a command line, whose value stands behind a blank or right behind the letter.

The law of this module: an option is a key by its long name; a letter means something of a known
program alone.
"""

from bailee.scan import kinds
from bailee.scan.detect import settle as promise
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import i64, piece, u8, u32
from bailee.scan.vm.words import key_before

ALNUM, ALPHA, BLANK = slot.ALNUM, slot.ALPHA, slot.BLANK
LINE_START, LINE_END = slot.LINE_START, slot.LINE_END
SECRET = int(kinds.Kind.SECRET)

RULE_OPTION = 30
_NAME_BYTES_MAX, _VALUE_BYTES_MAX = 32, 256
# From a program to its options: most command lines are shorter.
_PROGRAM_BYTES_MAX = 160
_SECRETS = (SECRET, promise.REPORTED)
_CURL, _MYSQ, _SSHP = (char.word(text) for text in (b"curl", b"mysq", b"sshp"))
_VALUE_ENDS = (*char.QUOTES, char.SEMICOLON, char.BAR, char.CLOSE_PAREN, char.BACKTICK)


@piece
def _value_end(ctx: int, start: int) -> int:
    limit = min(i64(ctx + LINE_END), start + _VALUE_BYTES_MAX)
    end = start
    while end < limit and not isa(ctx, end, BLANK) and u8(end) not in _VALUE_ENDS:
        end += 1
    return end


@piece
def _account(ctx: int, start: int, end: int, rule: int) -> int:
    """Verify `aline` or `aline:password`."""
    sign = start
    while sign < end and u8(sign) != char.COLON:
        sign += 1
    found, left, right, flags = promise.settle(ctx, start, sign, promise.WHO, 0)
    made = emit(ctx, left, right, found, rule, flags) if found else 0
    if made and sign < end:
        found, left, right, flags = promise.settle(ctx, sign + 1, end, SECRET, 0)
        return emit(ctx, left, right, found, rule, flags) if found else made
    return made


@piece
def _program(ctx: int, at: int, wanted: int) -> bool:
    """Tell whether a program stands before its options."""
    floor = max(i64(ctx + LINE_START), at - _PROGRAM_BYTES_MAX)
    here = at - 4
    while here >= floor:
        if u32(here) == wanted and not isa(ctx, here - 1, ALNUM):
            return True
        here -= 1
    return False


@piece
def _letter(ctx: int, at: int) -> int:
    """Verify `-u aline:…` of curl, `-ualine -p…` of mysql and `-p …` of sshpass."""
    letter = u8(at + 1)
    start = at + 2
    apart = u8(start) == char.SPACE
    start += 1 if apart else 0
    end = _value_end(ctx, start)
    if end == start or u8(start) == char.DASH:
        return 0
    mysql = _program(ctx, at, _MYSQ)
    if letter == char.LOWER_U:
        known = mysql or (apart and _program(ctx, at, _CURL))
        return _account(ctx, start, end, RULE_OPTION) if known else 0
    if mysql != apart and (mysql or _program(ctx, at, _SSHP)):
        found, left, right, flags = promise.settle(ctx, start, end, SECRET, 0)
        return emit(ctx, left, right, found, RULE_OPTION, flags) if found else 0
    return 0


@piece
def option(ctx: int, at: int) -> int:
    """Verify the value of an option at its first dash."""
    if u8(at + 1) != char.DASH:
        return _letter(ctx, at) if u8(at + 1) in (char.LOWER_U, char.LOWER_P) else 0
    end = at + 2
    while end - at < _NAME_BYTES_MAX and (isa(ctx, end, ALPHA) or u8(end) == char.DASH):
        end += 1
    if u8(end) != char.SPACE:
        return 0
    entry = key_before(ctx, end)
    kind = entry & 255
    start = end + 1
    opened = u8(start) in char.QUOTES
    start += 1 if opened else 0
    stop = _value_end(ctx, start)
    if kind == 0 or stop == start or u8(start) == char.DASH:
        return 0
    if kind == promise.WHO:
        return _account(ctx, start, stop, entry >> 16)
    kind = SECRET if kind in _SECRETS else kind
    if kind not in (SECRET, promise.CODE, promise.PHONE, promise.EMAIL):
        return 0
    found, left, right, flags = promise.settle(ctx, start, stop, kind, 0)
    return emit(ctx, left, right, found, entry >> 16, flags) if found else 0
