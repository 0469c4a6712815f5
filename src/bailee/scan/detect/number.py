"""Verifiers of numbers: telephones, payment cards, IBAN.

A number without context is a counter, a time or an id far more often than a telephone; so one
needs +, 00, a national grouping or a key, and its country's plan.  Cards need their issuer's range
and Luhn, IBAN its country's length and mod 97.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import read_v4
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import i64, piece, tiny, u8, u16
from bailee.scan.vm.words import word_bits

DIGIT, ALPHA, ALNUM, WORD = slot.DIGIT, slot.ALPHA, slot.PLAIN, slot.INNER
FLOOR, PLANS, IBANS, IS_CALL = slot.FLOOR, slot.PLANS, slot.IBANS, slot.IS_CALL
LINE_START = slot.LINE_START
PHONE, CARD, IBAN = int(kinds.Kind.PHONE), int(kinds.Kind.CARD), int(kinds.Kind.IBAN)
DOCUMENTATION = int(kinds.Flag.DOCUMENTATION)

RULE_PHONE_PLUS, RULE_PHONE_ZEROS, RULE_PHONE_GROUPS, RULE_CARD, RULE_IBAN = 8, 9, 10, 11, 12
RULE_PHONE_NEAR = 13
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 8, 15
CALL_BYTES = 32


@piece
def gap_bytes(at: int) -> int:
    """Measure one separator: a sign, a no-break space in UTF-8, `(0)`, or an opening bracket.

    A plus is the blank of a form in a URL.
    """
    byte = u8(at)
    if byte in (32, 43, 45, 46, 47):
        return 1 if 48 <= u8(at + 1) < 58 or u8(at + 1) == 40 else 0
    if byte == 0xC2 and u8(at + 1) == 0xA0:
        return 2
    if byte == 0xE2 and u8(at + 1) == 0x80 and u8(at + 2) == 0xAF:
        return 3
    if byte == 41:
        return 2 if u8(at + 1) == 32 else 1
    if byte == 40:
        return 1 if 48 <= u8(at + 1) < 58 else 0
    return 0


@piece
def _ends_number(ctx: int, end: int) -> bool:
    if isa(ctx, end, WORD):
        return False
    if u8(end) in (46, 58, 47) and isa(ctx, end + 1, DIGIT):
        return False
    return u8(end) != 45 or not isa(ctx, end + 1, ALNUM)


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
    """Judge a + before a digit."""
    if isa(ctx, at - 1, WORD) or u8(at - 1) == 43:
        return 0
    end, digits, _plan = _with_code(ctx, at + 1)
    if end == 0 or digits < PHONE_DIGITS_MIN or not _ends_number(ctx, end):
        return 0
    if u8(at - 1) == 40 and u8(end) != 41:
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
                head = head * 10 + u8(at + group) - 48
            group += 1
        if group == 0 or digits + group > PHONE_DIGITS_MAX:
            break
        digits += group
        if wrapping == 0 and u8(at - 1) == 40 and group == 1 and u8(at) == 48:
            if digits <= 3:
                head //= 10  # the national 0 in `+33 (0)6 …`
            digits -= 1
            wrapping = 1
        at += group
        plan = national_plan(ctx, head, digits) if digits >= PHONE_DIGITS_MIN else 0
        if plan and (digits > 9 or u16(plan + 4) > 255):
            best, best_digits, best_plan = at, digits, plan
        gap = gap_bytes(at)
        if gap == 0:
            break
        at += gap + (1 if u8(at + gap) == 40 else 0)
    return best, best_digits, best_plan


@piece
def zeros_phone(ctx: int, at: int) -> int:
    """Judge 00 before a digit: only countries whose plan is known exactly."""
    if isa(ctx, at - 1, WORD) or u8(at - 1) in (43, 45, 46, 58, 47, 44):
        return 0
    end, digits, plan = _with_code(ctx, at + 2)
    if end == 0 or not _ends_number(ctx, end):
        return 0
    if u16(plan + 4) < 256 or digits < 10:
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
    while digits < 11:
        group = 0
        while group < 5 and isa(ctx, at + group, DIGIT):
            if digits + group < 3:
                first = first * 10 + u8(at + group) - 48
            group += 1
        if group == 0 or group > 4:
            return 0, 0, 0, 0
        shape = shape * 10 + group
        digits += group
        end = at + group
        byte = u8(end)
        if byte not in (32, 43, 45, 46) or not isa(ctx, end + 1, DIGIT):
            break
        if separator and byte != separator:
            return 0, 0, 0, 0
        separator = byte
        at = end + 1
    return shape, digits, first, end


@piece
def _national(shape: int, first: int) -> int:
    """Match a grouping to a national plan: 2 by itself, 1 with a word such as `tel` near, 0 no."""
    if shape == 22222:  # France, Côte d'Ivoire, Benin
        return 2 if first // 100 == 0 and first % 100 // 10 > 0 else 0
    if shape in (3222, 1332, 12222):  # Cameroon: 6xx xx xx xx, 2xx …
        if 620 <= first <= 699:
            return 2
        if 222 <= first <= 243:
            return 2 if shape == 3222 else 1
        if shape == 3222 and first in (60, 62, 65, 66, 74, 76, 77):  # Gabon 0dd dd dd dd
            return 2
    if shape == 2322 and (first // 10 in (70, 75, 76, 77, 78, 33) or first // 10 in (4, 5, 6)):
        return 2  # Senegal, Congo
    if shape in (334, 234) and 80 <= first <= 99:  # DR Congo 0dd ddd dddd
        return 2
    return 1 if shape in (2222, 3322, 3232, 323, 333) else 0


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
    """Tell a value in quotes that is nothing else, in the groupings that amounts do not have."""
    return u8(at - 1) in (34, 39) and u8(end) == u8(at - 1) and shape in (2222, 3322, 3232)


@tiny
def grouped_phone(ctx: int, at: int) -> int:
    """Judge a number written in groups."""
    if isa(ctx, at - 1, WORD) or u8(at - 1) in (43, 45, 46, 58, 47, 44, 35, 36, 40, 95):
        return 0
    shape, digits, first, end = _shape(ctx, at)
    if digits < 8 or digits > 10 or not _ends_number(ctx, end):
        return 0
    if (u8(at - 1) == 32 and isa(ctx, at - 2, DIGIT)) or read_v4(ctx, at)[0] == end:
        return 0
    if u8(end) in (32, 44) and isa(ctx, end + 1, DIGIT):
        return 0
    sure = _national(shape, first)
    if sure == 2:
        return emit(ctx, at, end, PHONE, RULE_PHONE_GROUPS, 0)
    if sure == 1 and (_called(ctx, at) or _quoted_alone(at, end, shape)):
        return emit(ctx, at, end, PHONE, RULE_PHONE_NEAR, 0)
    return 0


@piece
def _luhn_step(total: int, digit: int, double: int) -> int:
    if double:
        digit *= 2
        if digit > 9:
            digit -= 9
    return total + digit


@piece
def _issuer(first6: int, digits: int) -> bool:
    """Tell whether an issuer numbers its cards so: ISO/IEC 7812 ranges of the large networks."""
    four = first6 // 100
    two = first6 // 10000
    if two // 10 == 4:
        return digits in (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return digits == 16
    if two in (34, 37):
        return digits == 15
    if two in (36, 38, 39) or 300 <= four // 10 <= 305:
        return digits == 14
    if four == 6011 or two == 65 or 644 <= four // 10 <= 649:
        return digits in (16, 19)
    if 3528 <= four <= 3589:
        return digits == 16
    if two == 62:
        return 16 <= digits <= 19
    return two in (50, 56, 57, 58, 63, 67) and digits == 16


@tiny
def card(ctx: int, at: int) -> int:
    """Judge 13 to 19 digits, in one run or in groups of four (or 4-6-5) with one separator."""
    if isa(ctx, at - 1, WORD) or (u8(at - 1) in (43, 45, 46, 44) and u8(at - 2) != 32):
        return 0
    separator = u8(at + 4) if u8(at + 4) in (32, 43, 45) else 0
    digits = 0
    first = 0
    end = at
    while digits < 20:
        byte = u8(end)
        if 48 <= byte < 58:
            if digits < 6:
                first = first * 10 + byte - 48
            digits += 1
        elif not (separator and byte == separator and _card_break(digits)):
            break
        end += 1
    if separator and u8(end - 1) == separator:
        end -= 1
    if digits < 13 or digits > 19 or isa(ctx, end, WORD) or not _issuer(first, digits):
        return 0
    if (u8(end) in (46, 45, 44) and isa(ctx, end + 1, DIGIT)) or not _luhn(at, end):
        return 0
    return emit(ctx, at, end, CARD, RULE_CARD, _card_flags(at, end, first))


@piece
def _card_break(digits: int) -> bool:
    return digits in (4, 8, 10, 12, 16)


@piece
def _luhn(start: int, end: int) -> bool:
    total = 0
    double = 0
    same = 1
    at = end
    while at > start:
        at -= 1
        byte = u8(at)
        if byte < 48:
            continue
        same &= 1 if byte == u8(start) else 0
        total = _luhn_step(total, byte - 48, double)
        double ^= 1
    return total % 10 == 0 and not same


@piece
def _card_flags(start: int, end: int, first: int) -> int:
    """Tell the numbers that payment networks publish for tests."""
    last = 0
    for at in range(start, end):
        if u8(at) >= 48:
            last = (last * 10 + u8(at) - 48) % 10_000_000_000
    if (first == 411111 and last == 1111111111) or (first == 424242 and last == 4242424242):
        return DOCUMENTATION
    if (first == 555555 and last == 5555554444) or (
        first == 378282 and last == 6310005 + 24 * 10**7
    ):
        return DOCUMENTATION
    return 0


@piece
def iban(ctx: int, at: int) -> int:
    """Judge two capitals and two digits."""
    code = (u8(at) - 65) * 26 + u8(at + 1) - 65
    wanted = u8(i64(ctx + IBANS) + code)
    if wanted == 0 or isa(ctx, at - 1, ALNUM):
        return 0
    end = at
    count = 0
    remainder = 0
    head = 0
    while count < wanted:
        byte = u8(end)
        if byte in (32, 43, 45) and count and count % 4 == 0 and u8(end - 1) != byte:
            end += 1
            continue
        if 48 <= byte < 58:
            value = byte - 48
        elif 65 <= (byte & 0xDF) <= 90:
            value = (byte & 0xDF) - 55
        else:
            return 0
        if count < 4:
            head = head * (100 if value > 9 else 10) + value
        else:
            remainder = remainder * (100 if value > 9 else 10) + value
            if remainder > 1_000_000_000_000:
                remainder %= 97
        count += 1
        end += 1
    if isa(ctx, end, ALNUM) or (remainder % 97 * 1_000_000 + head) % 97 != 1:
        return 0
    return emit(ctx, at, end, IBAN, RULE_IBAN, 0)
