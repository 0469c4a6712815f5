"""The NIR, France's number of social security: thirteen digits and a key of two.

The law of this module: the key must be right (97 less the rest by 97, INSEE), and a number in one
piece is a suspicion only, for one in some thousand of other numbers passes too.
"""

from bailee.scan import kinds
from bailee.scan.detect.numbers.joint import joint_bytes, same_joint
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import emit, isa
from bailee.scan.vm.machine import piece, u8

DIGIT, WORD = slot.DIGIT, slot.INNER
NATIONAL_ID, SUSPECTED = int(kinds.Kind.NATIONAL_ID), int(kinds.Flag.SUSPECTED)

RULE_NIR, RULE_NIR_BARE = 34, 35
_MODULUS, _DIGITS, _NUMBER_DIGITS = 97, 15, 13
# Sex, year, month, department, commune, order, key: where a sign may stand.
_BREAKS = (1, 3, 5, 7, 10, 13)
_SEXES = (1, 2, 3, 4, 7, 8)
_MONTH_MAX, _OTHER_MONTH_MIN, _OTHER_MONTH_MAX = 12, 20, 42
_NO_START = (char.DASH, char.DOT, char.PLUS, char.SLASH)


@piece
def nir(ctx: int, at: int) -> int:
    """Verify a NIR at its first digit."""
    if isa(ctx, at - 1, WORD) or u8(at - 1) in _NO_START:
        return 0
    size = joint_bytes(at + 1) if not isa(ctx, at + 1, DIGIT) else 0
    number = 0
    key = 0
    month = 0
    digits = 0
    end = at
    while digits < _DIGITS:
        if size and digits in _BREAKS and same_joint(end, at + 1, size):
            end += size
        byte = u8(end)
        if not char.ZERO <= byte <= char.NINE:
            return 0
        value = byte - char.ZERO
        if digits < _NUMBER_DIGITS:
            number = number * 10 + value
        else:
            key = key * 10 + value
        month = month * 10 + value if digits in (3, 4) else month
        digits += 1
        end += 1
    calendar = 1 <= month <= _MONTH_MAX or _OTHER_MONTH_MIN <= month <= _OTHER_MONTH_MAX
    if isa(ctx, end, WORD) or not calendar or u8(at) - char.ZERO not in _SEXES:
        return 0
    if _MODULUS - number % _MODULUS != key:
        return 0
    if size:
        return emit(ctx, at, end, NATIONAL_ID, RULE_NIR, 0)
    return emit(ctx, at, end, NATIONAL_ID, RULE_NIR_BARE, SUSPECTED)
