"""Labelled fields of CEF and LEEF: `cs1Label=Session ID cs1=8f3a…`, in either order.

A custom field says nothing by its own name; the label beside it on the line is its key.
"""

from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import isa
from bailee.scan.vm.machine import ctz, i64, piece, plane, tiny, u8, u16, u32
from bailee.scan.vm.words import key_before

DIGIT, KEY, LINE_START, LINE_END = (
    *(slot.DIGIT, slot.KEY),
    *(slot.LINE_START, slot.LINE_END),
)
_STRING, _NUMBER = char.word(b"cs"), char.word(b"cn")
_LABEL = char.word(b"Labe")
# `Label=`
_LABEL_BYTES = 6
# Real events are shorter.  A line made of nothing but custom fields is looked over once for each.
_LINE_BYTES_MAX = 2_048


@piece
def is_custom(ctx: int, at: int) -> bool:
    """Recognise `cs1=` to `cs6=` and `cn1=` to `cn3=` at the sign."""
    name = u16(at - 3)
    return isa(ctx, at - 1, DIGIT) != 0 and name in (_STRING, _NUMBER) and not isa(ctx, at - 4, KEY)


@tiny
def labelled(ctx: int, at: int) -> int:
    """Return what the key is that a custom field's label gives, or 0; `at` is its sign."""
    custom = u32(at - 3) & 0xFFFFFF
    here = i64(ctx + LINE_START)
    end = min(i64(ctx + LINE_END), here + _LINE_BYTES_MAX)
    while here < end:
        signs = plane(here, char.EQUALS)
        while signs:
            sign = here + ctz(signs)
            signs &= signs - 1
            label = sign - _LABEL_BYTES + 1
            fits = sign < end and u32(label) == _LABEL and u8(sign - 1) == char.LOWER_L
            if fits and u32(label - 3) & 0xFFFFFF == custom:
                return key_before(ctx, _label_end(sign + 1, end))
        here += 64
    return 0


@piece
def _label_end(start: int, end: int) -> int:
    """Find where a label ends: before the blank of the next key, or with the line."""
    at = start
    last = 0
    while at < end and u8(at) not in (char.EQUALS, char.TAB, char.BAR):
        last = at if u8(at) == char.SPACE else last
        at += 1
    return last if last and u8(at) == char.EQUALS else at
