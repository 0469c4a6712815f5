"""Cards and accounts of banks: verifiers by issuer's range and Luhn, by length and mod 97."""

from bailee.scan import kinds
from bailee.scan.detect.numbers.joint import joint_bytes, same_joint
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import i64, piece, tiny, u8

DIGIT, ALNUM, WORD, IBANS = slot.DIGIT, slot.PLAIN, slot.INNER, slot.IBANS
CARD, IBAN = int(kinds.Kind.CARD), int(kinds.Kind.IBAN)
DOCUMENTATION = int(kinds.Flag.DOCUMENTATION)

RULE_CARD, RULE_IBAN = 11, 12
_CARD_DIGITS_MIN, _CARD_DIGITS_MAX, _ISSUER_DIGITS = 13, 19, 6
_CARD_GROUP = 4
# ISO 13616: check digits by a remainder of 97.  Below this bound two more digits fit 64 bits.
_IBAN_MODULUS, _REMAINDER_MAX = 97, 1_000_000_000_000
_IBAN_HEAD, _IBAN_GROUP = 4, 4
# The country's two, and as many in an account's number.
_RAGGED_LETTERS_MAX = 4
_LETTERS = 26

_NO_CARD = (char.PLUS, char.DASH, char.DOT, char.COMMA)
_CARD_GO_ON = (char.DOT, char.DASH, char.COMMA)


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
    size = joint_bytes(at + _CARD_GROUP)
    digits = 0
    first = 0
    end = at
    while digits <= _CARD_DIGITS_MAX:
        byte = u8(end)
        if char.ZERO <= byte <= char.NINE:
            if digits < _ISSUER_DIGITS:
                first = first * 10 + byte - char.ZERO
            digits += 1
            end += 1
        elif size and _card_break(digits) and same_joint(end, at + _CARD_GROUP, size):
            end += size
        else:
            break
    if size and end - at > size and not isa(ctx, end - 1, DIGIT):
        end -= size
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
def read_iban(ctx: int, at: int) -> int:
    """Read an IBAN: its country's length, and mod 97; returns the end, or 0."""
    # With any other bytes the table would be read beyond its end.
    first = u8(at) & ~char.CASE
    second = u8(at + 1) & ~char.CASE
    letter = char.UPPER_A <= first <= char.UPPER_Z and char.UPPER_A <= second <= char.UPPER_Z
    if not letter or (u8(at) ^ u8(at + 1)) & char.CASE:
        return 0
    code = (first - char.UPPER_A) * _LETTERS + second - char.UPPER_A
    wanted = u8(i64(ctx + IBANS) + code)
    if wanted == 0 or isa(ctx, at - 1, ALNUM):
        return 0
    end = at
    count = 0
    remainder = 0
    head = 0
    letters = 0
    ragged = 0
    separator = 0
    parted = 0
    while count < wanted:
        byte = u8(end)
        # One separator between two groups, as on paper; two would be columns of a table.
        size = joint_bytes(end) if count >= _IBAN_HEAD else 0
        if size:
            if separator and (end == parted or not same_joint(end, separator, size)):
                return 0
            ragged |= count % _IBAN_GROUP != 0
            separator = end
            end += size
            parted = end
            continue
        capital = byte & ~char.CASE
        if char.ZERO <= byte <= char.NINE:
            value = byte - char.ZERO
        elif char.UPPER_A <= capital <= char.UPPER_Z:
            value = capital - char.UPPER_A + 10
            letters += 1
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
    # Words of prose have no groups of four; banks that group by their own parts write digits.
    return 0 if ragged and letters > _RAGGED_LETTERS_MAX else end


@piece
def iban(ctx: int, at: int) -> int:
    """Verify an IBAN at a capital with a digit after next."""
    end = read_iban(ctx, at)
    return emit(ctx, at, end, IBAN, RULE_IBAN, 0) if end else 0
