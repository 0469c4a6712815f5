"""Numbers of people: verifiers of telephones, payment cards and IBANs.

A number without context is a counter, a time or an id far more often than a telephone; so one
needs +, 00, a national grouping or a key, and its country's plan.  Cards need their issuer's range
and Luhn, IBAN its country's length and mod 97.
"""

from bailee.scan import kinds
from bailee.scan.detect.address import read_v4
from bailee.scan.vm import char
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

# A national number in groups: eight to ten digits, groups of up to four.
_NATIONAL_MIN, _NATIONAL_MAX, _GROUP_MAX = 8, 10, 4
_CARD_DIGITS_MIN, _CARD_DIGITS_MAX, _ISSUER_DIGITS = 13, 19, 6
# ISO 13616: check digits by a remainder of 97.  Below this bound two more digits fit 64 bits.
_IBAN_MODULUS, _REMAINDER_MAX = 97, 1_000_000_000_000
_IBAN_HEAD, _IBAN_GROUP = 4, 4
_LETTERS = 26

# The bytes of a no-break space in UTF-8 after its lead, and of a narrow one after its two: what
# word processors and French spelling put between groups.
_NO_BREAK = 0xA0
_GENERAL, _NARROW = 0x80, 0xAF
# Of the same page: a thin space, a hyphen, one that does not break, an en dash.
_THIN, _HYPHEN, _NO_BREAK_HYPHEN, _EN_DASH = 0x89, 0x90, 0x91, 0x93
_GENERAL_GAPS = (_NARROW, _THIN, _HYPHEN, _NO_BREAK_HYPHEN, _EN_DASH)
_GAPS = (char.SPACE, char.PLUS, char.DASH, char.DOT, char.SLASH)
_GROUP_GAPS = (char.SPACE, char.PLUS, char.DASH, char.DOT)
_CARD_GAPS = (char.SPACE, char.PLUS, char.DASH)
# Behind these a number is part of a longer one: a sum, a version, a time, a date, a path.
_PARTS = (char.PLUS, char.DASH, char.DOT, char.COLON, char.SLASH, char.COMMA)
# And behind these an order, a price, a count in brackets, a name.
_NO_NATIONAL = (*_PARTS, char.HASH, char.DOLLAR, char.OPEN_PAREN, char.UNDERSCORE)
_NO_CARD = (char.PLUS, char.DASH, char.DOT, char.COMMA)
_GO_ON = (char.DOT, char.COLON, char.SLASH)
_CARD_GO_ON = (char.DOT, char.DASH, char.COMMA)
_LIST_SIGNS = (char.SPACE, char.COMMA)
# Groupings that amounts do not have: a value in quotes may be taken by its grouping alone.
_QUOTED_SHAPES = (2222, 3322, 3232)


@piece
def gap_bytes(at: int) -> int:
    """Measure one separator: a sign, a no-break space in UTF-8, `(0)`, or an opening bracket.

    A plus is the blank of a form in a URL.
    """
    byte = u8(at)
    if byte in _GAPS:
        after = u8(at + 1)
        return 1 if char.ZERO <= after <= char.NINE or after == char.OPEN_PAREN else 0
    if byte == char.LATIN_LEAD and u8(at + 1) == _NO_BREAK:
        return 2
    if byte == char.PUNCTUATION_LEAD and u8(at + 1) == _GENERAL and u8(at + 2) in _GENERAL_GAPS:
        return 3
    if byte == char.CLOSE_PAREN:
        return 2 if u8(at + 1) == char.SPACE else 1
    if byte == char.OPEN_PAREN:
        return 1 if char.ZERO <= u8(at + 1) <= char.NINE else 0
    return 0


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
        byte = u8(end)
        if byte not in _GROUP_GAPS or not isa(ctx, end + 1, DIGIT):
            break
        # People keep to one separator; tables and coordinates mix them.
        if separator and byte != separator:
            return 0, 0, 0, 0
        separator = byte
        at = end + 1
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
    # DR Congo: 0dd ddd dddd, or without the 0.
    if shape in (334, 234) and 80 <= first <= 99:
        return 2
    # Eight and nine digits that many countries write so, and that much else looks like.
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


@piece
def _luhn_step(total: int, digit: int, double: int) -> int:
    # ISO/IEC 7812: of a doubled digit the sum of its own digits counts, which is 9 less.
    if double:
        digit *= 2
        if digit > 9:
            digit -= 9
    return total + digit


@piece
def _issuer(first6: int, digits: int) -> bool:
    """Tell whether an issuer numbers its cards so: ISO/IEC 7812 ranges of the large networks.

    Luhn alone lets one number in ten through, and logs are full of long ids.
    """
    four = first6 // 100
    two = first6 // 10000
    # Visa.
    if two // 10 == 4:
        return digits in (13, 16, 19)
    # Mastercard, and its range of 2017.
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return digits == 16
    # American Express.
    if two in (34, 37):
        return digits == 15
    # Diners Club.
    if two in (36, 38, 39) or 300 <= four // 10 <= 305:
        return digits == 14
    # Discover.
    if four == 6011 or two == 65 or 644 <= four // 10 <= 649:
        return digits in (16, 19)
    # JCB.
    if 3528 <= four <= 3589:
        return digits == 16
    # UnionPay.
    if two == 62:
        return 16 <= digits <= 19
    # Maestro.
    return two in (50, 56, 57, 58, 63, 67) and digits == 16


@tiny
def card(ctx: int, at: int) -> int:
    """Verify a card: 13 to 19 digits in a run, in groups of four or in 4-6-5, one separator."""
    # Behind a sign it is the rest of a number, unless a blank shows that the sign is a dash.
    if isa(ctx, at - 1, WORD) or (u8(at - 1) in _NO_CARD and u8(at - 2) != char.SPACE):
        return 0
    separator = u8(at + 4) if u8(at + 4) in _CARD_GAPS else 0
    digits = 0
    first = 0
    end = at
    while digits <= _CARD_DIGITS_MAX:
        byte = u8(end)
        if char.ZERO <= byte <= char.NINE:
            if digits < _ISSUER_DIGITS:
                first = first * 10 + byte - char.ZERO
            digits += 1
        elif not (separator and byte == separator and _card_break(digits)):
            break
        end += 1
    if separator and u8(end - 1) == separator:
        end -= 1
    if digits < _CARD_DIGITS_MIN or digits > _CARD_DIGITS_MAX or isa(ctx, end, WORD):
        return 0
    if not _issuer(first, digits):
        return 0
    if (u8(end) in _CARD_GO_ON and isa(ctx, end + 1, DIGIT)) or not _luhn(at, end):
        return 0
    return emit(ctx, at, end, CARD, RULE_CARD, _card_flags(at, end, first))


@piece
def _card_break(digits: int) -> bool:
    # Groups of four; American Express and Diners print 4-6-5 and 4-6-4.
    return digits in (4, 8, 10, 12, 16)


@piece
def _luhn(start: int, end: int) -> bool:
    """Tell whether the check digit is right, and the digits are not all one: Luhn allows zeros."""
    total = 0
    double = 0
    same = 1
    at = end
    while at > start:
        at -= 1
        byte = u8(at)
        if byte < char.ZERO:
            continue
        same &= 1 if byte == u8(start) else 0
        total = _luhn_step(total, byte - char.ZERO, double)
        double ^= 1
    return total % 10 == 0 and not same


@piece
def _card_flags(start: int, end: int, first: int) -> int:
    """Return the flag of numbers published for tests, by their first and last digits."""
    last = 0
    for at in range(start, end):
        if u8(at) >= char.ZERO:
            last = (last * 10 + u8(at) - char.ZERO) % 10_000_000_000
    # Of Visa, of Stripe, of Mastercard, of American Express.
    if (first == 411111 and last == 1111111111) or (first == 424242 and last == 4242424242):
        return DOCUMENTATION
    if (first == 555555 and last == 5555554444) or (first == 510510 and last == 5105105100):
        return DOCUMENTATION
    if (first == 378282 and last == 2246310005) or (first == 371449 and last == 9635398431):
        return DOCUMENTATION
    return 0


@piece
def iban(ctx: int, at: int) -> int:
    """Verify an IBAN at a capital with a digit after next: its country's length, and mod 97."""
    # Whoever calls looked at the first: with any byte as the second the table would be read beyond
    # its end.
    if not char.UPPER_A <= u8(at + 1) <= char.UPPER_Z:
        return 0
    code = (u8(at) - char.UPPER_A) * _LETTERS + u8(at + 1) - char.UPPER_A
    wanted = u8(i64(ctx + IBANS) + code)
    if wanted == 0 or isa(ctx, at - 1, ALNUM):
        return 0
    end = at
    count = 0
    remainder = 0
    head = 0
    while count < wanted:
        byte = u8(end)
        # One separator after each group of four, as on paper; two would be columns of a table.
        grouped = count and count % _IBAN_GROUP == 0 and u8(end - 1) != byte
        if byte in _CARD_GAPS and grouped:
            end += 1
            continue
        capital = byte & ~char.CASE
        if char.ZERO <= byte <= char.NINE:
            value = byte - char.ZERO
        elif char.UPPER_A <= capital <= char.UPPER_Z:
            value = capital - char.UPPER_A + 10
        else:
            return 0
        # A letter is two digits, A is 10.  The first four characters count after all others: they
        # are kept apart instead of the text being turned around.
        if count < _IBAN_HEAD:
            head = head * (100 if value > 9 else 10) + value
        else:
            remainder = remainder * (100 if value > 9 else 10) + value
            if remainder > _REMAINDER_MAX:
                remainder %= _IBAN_MODULUS
        count += 1
        end += 1
    # The head is two letters and two digits: six digits.
    whole = remainder % _IBAN_MODULUS * 1_000_000 + head
    if isa(ctx, end, ALNUM) or whole % _IBAN_MODULUS != 1:
        return 0
    return emit(ctx, at, end, IBAN, RULE_IBAN, 0)
