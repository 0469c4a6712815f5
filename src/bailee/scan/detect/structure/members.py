"""Members of a person's object: `"actor":{"id":"00u1…","name":"Aline Diallo"}`.

The law of this module: `id` and `name` say nothing by themselves; within the object of a key that
names a person they do.  An object is followed once, from brace to brace, however many members ask.
"""

from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.machine import i64, piece, put64, tiny, u8

PERSON, PERSON_AT, PERSON_DEPTH = slot.PERSON, slot.PERSON_AT, slot.PERSON_DEPTH
# An object of a person in an audit record; what is further away is another's.
_OBJECT_BYTES_MAX = 4_096
_BLANKS_MAX = 4


@tiny
def open_person(ctx: int, at: int) -> None:
    """Note the object of a person, at its brace."""
    put64(ctx + PERSON, at)
    put64(ctx + PERSON_AT, at + 1)
    put64(ctx + PERSON_DEPTH, 1)


@piece
def _goes_on(at: int) -> bool:
    """Tell whether another object of the same array follows a closing brace."""
    at += 1
    if u8(at) != char.COMMA:
        return False
    at += 1
    blanks = 0
    while blanks < _BLANKS_MAX and u8(at) == char.SPACE:
        at += 1
        blanks += 1
    return u8(at) == char.OPEN_BRACE


@piece
def of_person(ctx: int, at: int) -> bool:
    """Tell whether a key, which ends here, is a member of the object that was noted."""
    begun = i64(ctx + PERSON)
    if begun < i64(ctx + slot.LINE_START) or at - begun > _OBJECT_BYTES_MAX:
        return False
    here = i64(ctx + PERSON_AT)
    depth = i64(ctx + PERSON_DEPTH)
    while here < at:
        byte = u8(here)
        if byte == char.OPEN_BRACE:
            depth += 1
        elif byte == char.CLOSE_BRACE:
            depth -= 1
            if depth == 0 and not _goes_on(here):
                put64(ctx + PERSON, 0)
                return False
        here += 1
    put64(ctx + PERSON_AT, here)
    put64(ctx + PERSON_DEPTH, depth)
    return depth == 1
