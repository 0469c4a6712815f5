"""Telephones: verifiers of numbers that begin with + or 00, or are grouped as a country does.

A number without context is a counter, a time or an id far more often than a telephone; so one
needs +, 00, a national grouping or a key, and its country's plan.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import read_v4
from bailee.scan.detect.numbers.joint import digit_bytes, gap_bytes, joint_bytes, same_joint
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import i64, piece, tiny, u8, u16
from bailee.scan.vm.words import word_bits

DIGIT, ALPHA, ALNUM, WORD = slot.DIGIT, slot.ALPHA, slot.PLAIN, slot.INNER
PLANS, IS_CALL, LINE_START = slot.PLANS, slot.IS_CALL, slot.LINE_START
PHONE = int(kinds.Kind.PHONE)

RULE_PHONE_PLUS, RULE_PHONE_ZEROS, RULE_PHONE_GROUPS, RULE_PHONE_NEAR = 8, 9, 10, 13
# E.164 allows fifteen digits with the country's; below eight a number has no country's and is a
# counter far more often than a telephone.
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 8, 15
# Bit of a plan's third word: `plans` knows this country's numbering, the others only E.164's.
EXACT = 256
# Plans that are not exact accept nearly any number: they need ten digits in all, as has every
# number that a country of more than a few people gives out.
_DIGITS_MIN_INEXACT = 10
# A word such as `tel` further away speaks of something else.
CALL_BYTES = 32

# `(212) 555-0123`: from bracket to bracket, all digits, and what follows the bracket.
_AREA, _AMERICAN, _EXCHANGE = 4, 10, 8
_WITH_ZERO = (9, 10, 11)
_WRITTEN_BYTES_MAX = 40
# A national number in groups: eight to ten digits, groups of up to four.
_NATIONAL_MIN, _NATIONAL_MAX, _GROUP_MAX = 8, 10, 4

# Behind these a number is part of a longer one: a sum, a version, a time, a date, a path.
_PARTS = (char.PLUS, char.DASH, char.DOT, char.COLON, char.SLASH, char.COMMA)
# And behind these an order, a price, a count in brackets, a name.
_NO_NATIONAL = (*_PARTS, char.HASH, char.DOLLAR, char.OPEN_PAREN, char.UNDERSCORE)
_GO_ON = (char.DOT, char.COLON, char.SLASH)
_LIST_SIGNS = (char.SPACE, char.COMMA)
# Groupings that amounts do not have: a value in quotes may be taken by its grouping alone.
_QUOTED_SHAPES = (2222, 3322, 3232)


@piece
def _ends_number(ctx: int, end: int) -> bool:
    if isa(ctx, end, WORD):
        return False
    # A sign and a digit go on; a sign and a blank are punctuation.
    if u8(end) in _GO_ON and isa(ctx, end + 1, DIGIT):
        return False
    return u8(end) != char.DASH or not isa(ctx, end + 1, ALNUM)


@piece
def national_plan(ctx: int, head: int, digits: int) -> int:
    """Return the row of the plan that a number fits, by its first three digits, or 0.

    A row is three words of 16 bits: least and most national digits, and the code's own digits,
    plus 256 when the plan is exact.
    """
    plans = i64(ctx + PLANS)
    code = head
    for length in range(3, 0, -1):
        row = plans + 6 * code
        if u16(row) and u16(row + 4) & 255 == length:
            return row if u16(row) <= digits - length <= u16(row + 2) else 0
        code //= 10
    return 0


@piece
def plus_phone(ctx: int, at: int) -> int:
    """Verify a telephone number that begins with +, at the +."""
    # `0/0/7/14/+33 200 2750`: a proxy's timers.
    timer = u8(at - 1) == char.SLASH and isa(ctx, at - 2, DIGIT)
    if isa(ctx, at - 1, WORD) or u8(at - 1) == char.PLUS or timer:
        return 0
    end, digits, _plan = _with_code(ctx, at + 1)
    if end == 0 or digits < PHONE_DIGITS_MIN or not _ends_number(ctx, end):
        return 0
    # `(+237) 6 71 …`: the bracket closes inside the number, so that it belongs to it.
    if u8(at - 1) == char.OPEN_PAREN and u8(end) != char.CLOSE_PAREN:
        at -= 1
    return emit(ctx, at, end, PHONE, RULE_PHONE_PLUS, 0)


@piece
def _with_code(ctx: int, at: int) -> tuple[int, int, int]:
    """Read the longest number that fits its country's plan; returns end, digits, plan."""
    best = 0
    best_digits = 0
    best_plan = 0
    digits = 0
    head = 0
    wrapping = 0
    while digits < PHONE_DIGITS_MAX:
        group = 0
        while group < PHONE_DIGITS_MAX + 1 and isa(ctx, at + group, DIGIT):
            if digits + group < 3:
                head = head * 10 + u8(at + group) - char.ZERO
            group += 1
        if group == 0 or digits + group > PHONE_DIGITS_MAX:
            break
        digits += group
        if wrapping == 0 and u8(at - 1) == char.OPEN_PAREN and group == 1 and u8(at) == char.ZERO:
            # The national 0 in `+33 (0)6 …` is not dialled and no digit of the number.
            if digits <= 3:
                head //= 10
            digits -= 1
            wrapping = 1
        at += group
        plan = national_plan(ctx, head, digits) if digits >= PHONE_DIGITS_MIN else 0
        # The longest that fits stays: what follows after a gap may be another number.
        if plan and (digits >= _DIGITS_MIN_INEXACT or u16(plan + 4) >= EXACT):
            best, best_digits, best_plan = at, digits, plan
        gap = gap_bytes(at)
        if gap == 0:
            break
        at += gap + (1 if u8(at + gap) == char.OPEN_PAREN else 0)
    return best, best_digits, best_plan


@piece
def zeros_phone(ctx: int, at: int) -> int:
    """Verify a telephone number that begins with 00: only countries whose plan is exact.

    Numbers of machines are padded with zeros: without a plan, `0000012345678` would be one.
    """
    if isa(ctx, at - 1, WORD) or u8(at - 1) in _PARTS:
        return 0
    end, digits, plan = _with_code(ctx, at + 2)
    if end == 0 or not _ends_number(ctx, end):
        return 0
    if u16(plan + 4) < EXACT or digits < _DIGITS_MIN_INEXACT:
        return 0
    return emit(ctx, at, end, PHONE, RULE_PHONE_ZEROS, 0)


@piece
def _shape(ctx: int, at: int) -> tuple[int, int, int, int]:
    """Read groups as a decimal of their lengths: `06 12 34 56 78` is 22222; end, digits, first."""
    shape = 0
    digits = 0
    first = 0
    end = at
    separator = 0
    while digits <= _NATIONAL_MAX:
        group = 0
        while group <= _GROUP_MAX and isa(ctx, at + group, DIGIT):
            if digits + group < 3:
                first = first * 10 + u8(at + group) - char.ZERO
            group += 1
        if group == 0 or group > _GROUP_MAX:
            return 0, 0, 0, 0
        shape = shape * 10 + group
        digits += group
        end = at + group
        size = joint_bytes(end)
        if size == 0 or u8(end) == char.UNDERSCORE or not isa(ctx, end + size, DIGIT):
            break
        # Tables and coordinates mix separators.
        if separator and not same_joint(end, separator, size):
            return 0, 0, 0, 0
        separator = end
        at = end + size
    return shape, digits, first, end


@piece
def _national(shape: int, first: int) -> int:
    """Match a grouping to a national plan: 2 by itself, 1 with a word such as `tel` near, 0 no."""
    # France, Côte d'Ivoire and Benin write ten digits in pairs, the first 01 to 09.
    if shape == 22222:
        return 2 if first // 100 == 0 and first % 100 // 10 > 0 else 0
    # Cameroon: mobiles 6xx xx xx xx, fixed lines 2xx …, which are as often an amount.
    if shape in (3222, 1332, 12222):
        if 620 <= first <= 699:
            return 2
        if 222 <= first <= 243:
            return 2 if shape == 3222 else 1
        # Gabon: 0dd dd dd dd, with the prefixes of its operators.
        if shape == 3222 and first in (60, 62, 65, 66, 74, 76, 77):
            return 2
    # Senegal's 7x and 33, Congo's 04 to 06.
    if shape == 2322 and (first // 10 in (70, 75, 76, 77, 78, 33) or first // 10 in (4, 5, 6)):
        return 2
    # North America's groups, without the code: an area and an exchange begin with 2 to 9.
    if shape == 334 and first >= 200:
        return 1
    # DR Congo: 0dd ddd dddd, or without the 0.
    if shape in (334, 234) and 80 <= first <= 99:
        return 2
    # Eight and nine digits that many countries write so, and that much else looks like.
    return 1 if shape in (2222, 3322, 3232, 323, 333) else 0


@piece
def written_end(at: int, limit: int) -> tuple[int, int]:
    """Follow a number as people write it, in any script: end and digits, or 0, 0.

    For a value that a key promises: what stands behind the number's last group is left.
    """
    end = 0
    digits = 0
    group = 0
    if u8(at) == char.PLUS or u8(at) == char.OPEN_PAREN:
        at += 2 if u8(at) == char.OPEN_PAREN and u8(at + 1) == char.PLUS else 1
    while at < limit:
        size, _value = digit_bytes(at)
        if size:
            digits += 1
            group += 1
            at += size
            end = at
            if digits > PHONE_DIGITS_MAX:
                return 0, 0
            continue
        # A number in one piece has ended; what follows a blank is another.
        whole = digits == group and digits >= PHONE_DIGITS_MIN
        gap = gap_bytes(at)
        if gap == 0:
            gap = joint_bytes(at)
            gap = gap if digit_bytes(at + gap)[0] else 0
        opened = u8(at + gap) == char.OPEN_PAREN
        if gap == 0 or (whole and gap) or (opened and not _closes(at + gap)):
            break
        at += gap + (1 if opened else 0)
        group = 0
        if digit_bytes(at)[0] == 0:
            break
    return end, digits


@piece
def _closes(at: int) -> bool:
    """Tell whether a bracket holds an area's digits and nothing else: `(0)`, `(212)`."""
    end = at + 1
    while end - at <= _GROUP_MAX and char.ZERO <= u8(end) <= char.NINE:
        end += 1
    return end > at + 1 and u8(end) == char.CLOSE_PAREN


@piece
def bracketed(ctx: int, at: int) -> int:
    """Verify `(212) 555-0123` and `(06) 12 34 56 78` at the bracket."""
    if isa(ctx, at - 1, WORD) or not _closes(at):
        return 0
    end, digits = written_end(at, at + _WRITTEN_BYTES_MAX)
    if end == 0 or not _ends_number(ctx, end) or u8(end) == char.CLOSE_PAREN:
        return 0
    first = u8(at + 1)
    inside = at + 1
    while u8(inside) != char.CLOSE_PAREN:
        inside += 1
    # North America: an area of three, an exchange that begins with 2 to 9, and four digits.
    after = inside + 1 if u8(inside + 1) != char.SPACE else inside + 2
    joint = u8(after + 3) in (char.DASH, char.DOT, char.SPACE)
    american = inside - at == _AREA and digits == _AMERICAN and u8(after) >= char.TWO
    if american and first >= char.TWO and joint and end - after == _EXCHANGE:
        return emit(ctx, at, end, PHONE, RULE_PHONE_GROUPS, 0)
    # An area's 0 in brackets, as the plan of its country has it.
    if first == char.ZERO and digits in _WITH_ZERO and _called(ctx, at):
        return emit(ctx, at, end, PHONE, RULE_PHONE_NEAR, 0)
    return 0


@piece
def _called(ctx: int, at: int) -> bool:
    """Tell whether a word such as `tel` or `appel` stands shortly before, on the same line."""
    floor = max(i64(ctx + LINE_START), at - CALL_BYTES)
    end = at
    while end > floor:
        while end > floor and not isa(ctx, end - 1, ALPHA):
            end -= 1
        start = end
        while start > floor and isa(ctx, start - 1, ALPHA):
            start -= 1
        if end > start and word_bits(ctx, start, end) & IS_CALL:
            return True
        end = start
    return False


@piece
def _quoted_alone(at: int, end: int, shape: int) -> bool:
    """Recognise a number alone in quotes, in a grouping that amounts do not have."""
    return u8(at - 1) in char.QUOTES and u8(end) == u8(at - 1) and shape in _QUOTED_SHAPES


@tiny
def grouped_phone(ctx: int, at: int) -> int:
    """Verify a national telephone number written in groups, at its first digit."""
    if isa(ctx, at - 1, WORD) or u8(at - 1) in _NO_NATIONAL:
        return 0
    shape, digits, first, end = _shape(ctx, at)
    if digits < _NATIONAL_MIN or digits > _NATIONAL_MAX or not _ends_number(ctx, end):
        return 0
    # In the middle of a row of numbers, as a table or a list of counters has them, or an address.
    if (u8(at - 1) == char.SPACE and isa(ctx, at - 2, DIGIT)) or read_v4(ctx, at)[0] == end:
        return 0
    if u8(end) in _LIST_SIGNS and isa(ctx, end + 1, DIGIT):
        return 0
    sure = _national(shape, first)
    if sure == 2:
        return emit(ctx, at, end, PHONE, RULE_PHONE_GROUPS, 0)
    if sure == 1 and (_called(ctx, at) or _quoted_alone(at, end, shape)):
        return emit(ctx, at, end, PHONE, RULE_PHONE_NEAR, 0)
    return 0
