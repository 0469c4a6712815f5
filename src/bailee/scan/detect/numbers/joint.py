"""Joints: what people put between the groups of a number.

The law of this module: it looks at bytes, and says nothing of what a number is.
"""

from bailee.scan.vm import char
from bailee.scan.vm.machine import piece, u8

# The bytes of a no-break space in UTF-8 after its lead, and of a narrow one after its two: what
# word processors and French spelling put between groups.
_NO_BREAK = 0xA0
_GENERAL, _NARROW = 0x80, 0xAF
# Of the same page: a thin space, a hyphen, one that does not break, an en dash.
_THIN, _HYPHEN, _NO_BREAK_HYPHEN, _EN_DASH = 0x89, 0x90, 0x91, 0x93
_GENERAL_GAPS = (_NARROW, _THIN, _HYPHEN, _NO_BREAK_HYPHEN, _EN_DASH)
# Digits in UTF-8: U+0660, U+06F0 and U+FF10 are zero.
_ARABIC, _ARABIC_ZERO, _PERSIAN, _PERSIAN_ZERO = 0xD9, 0xA0, 0xDB, 0xB0
_WIDE, _WIDE_NEXT, _WIDE_ZERO, _TEN = 0xEF, 0xBC, 0x90, 10
_GAPS = (char.SPACE, char.PLUS, char.DASH, char.DOT, char.SLASH)
# What people put between the groups of one number; a colon is left to times and addresses.
_JOINTS = (char.SPACE, char.PLUS, char.DASH, char.DOT, char.SLASH, char.UNDERSCORE)


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
def joint_bytes(at: int) -> int:
    """Measure what stands between two groups of a number: one sign, in UTF-8 too; 0 for none."""
    byte = u8(at)
    if byte in _JOINTS:
        return 1
    if byte == char.LATIN_LEAD and u8(at + 1) == _NO_BREAK:
        return 2
    general = byte == char.PUNCTUATION_LEAD and u8(at + 1) == _GENERAL
    return 3 if general and u8(at + 2) in _GENERAL_GAPS else 0


@piece
def digit_bytes(at: int) -> tuple[int, int]:
    """Read a digit of ASCII, of either Arabic script or as wide as a Han character: bytes, value.

    The bytes are 0 for anything else.
    """
    byte = u8(at)
    if char.ZERO <= byte <= char.NINE:
        return 1, byte - char.ZERO
    low = u8(at + 1)
    if byte == _ARABIC and 0 <= low - _ARABIC_ZERO < _TEN:
        return 2, low - _ARABIC_ZERO
    if byte == _PERSIAN and 0 <= low - _PERSIAN_ZERO < _TEN:
        return 2, low - _PERSIAN_ZERO
    if byte == _WIDE and low == _WIDE_NEXT and 0 <= u8(at + 2) - _WIDE_ZERO < _TEN:
        return 3, u8(at + 2) - _WIDE_ZERO
    return 0, 0


@piece
def same_joint(left: int, right: int, size: int) -> bool:
    """Tell whether two groups are parted by one and the same sign, as people keep to one."""
    for k in range(size):
        if u8(left + k) != u8(right + k):
            return False
    return True
