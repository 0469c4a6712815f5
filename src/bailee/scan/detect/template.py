"""Templates, run on a line: `Failed {-} for invalid user {username} from {address} port`.

A template is a row of instructions: a literal that must stand here, or a field that reaches to the
next literal.  Each field moves forward only and at most `FIELD_BYTES_MAX`, so that a template costs
at most a few passes over its line.  Nothing is kept of a template that does not match whole.
"""

from bailee.scan.detect.settle import settle
from bailee.scan.detect.token import quoted_end
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import CLAIM_BYTES, CLAIMS_MAX, isa
from bailee.scan.vm.machine import ctz, i64, plane, plane_range, put64, tiny, u8, u32
from bailee.scan.vm.table import HASH_SEED
from bailee.scan.vm.words import hash_step, look_up

OPS, LITERALS, TEMPLATES = slot.OPS, slot.LITERALS, slot.TEMPLATES
PROGRAMS, PROGRAMS_MASK = slot.PROGRAMS, slot.PROGRAMS_MASK
PROGRAM_NOW, PROGRAM_STARTS = slot.PROGRAM, slot.PROGRAM_STARTS
LINE_FORMS, FORM_FITS = slot.LINE_FORMS, slot.FORM_FITS
PROGRAM_ROWS = slot.PROGRAM_ROWS
CLAIMS, CLAIM_COUNT, MESSAGE_AT = slot.CLAIMS, slot.CLAIM_COUNT, slot.MESSAGE_AT
BLANK, WORD, DIGIT, STOP = slot.BLANK, slot.WORD, slot.DIGIT, slot.STOP

OP_END, OP_LITERAL, OP_FIELD, OP_BLANKS, OP_EOL, OP_PROGRAM = 0, 1, 2, 3, 4, 5
REACH_WORD, REACH_TEXT, REACH_QUOTED, REACH_LAST, REACH_STAMP, REACH_DIGITS = 0, 1, 2, 3, 4, 5
REACH_DATE, REACH_MOMENT = 6, 7
PROGRAM, MESSAGE = 40, 41
"""Pseudo-kinds: the name of a syslog program, and the message that its templates read."""
# A field is looked over once from its start: without a bound, a line that never has the literal
# would be looked over whole by each template.
FIELD_BYTES_MAX = 2_048
# A program's message may hold another's (`then`): no real log nests deeper, and a message that
# held itself must end.
NESTED_MAX = 3
# Eight words of 32 bits: see `context.TEMPLATES`.
ROW_BYTES = 32
SPACES, SPACES_MAX = slot.SPACES, slot.SPACES_MAX
OFFSET_BIAS = 8
"""Added to an offset that may be negative: rows are of unsigned words."""
OPENS_OTHER, OPENS_DATE, OPENS_STAMP, OPENS_MOMENT, OPENS_EPOCH = 0, 1, 2, 3, 4
# As long as syslog allows a program's name in practice; longer words are in no table.
PROGRAM_BYTES_MAX = 32
# Shorter lines hold no date and nothing behind it.
_LINE_BYTES_MIN = 8
# Widths of the times that have one: `Jun 14 15:16:01`, `2025-06-14`, `14/Jun/2025:15:16:01 +0200`.
_STAMP_BYTES, _DATE_BYTES, _MOMENT_BYTES = 15, 10, 26

_DATE_SIGNS = (char.DASH, char.SLASH)
_VALUE_ENDS = (char.DOT, char.COLON)
_FIXED_REACHES = (REACH_STAMP, REACH_DATE, REACH_MOMENT)


@tiny
def same(at: int, literal: int, length: int, case: int) -> bool:
    """Compare text with a literal; with `case` = `char.CASE` that of letters is ignored."""
    for k in range(length):
        here = u8(at + k)
        wanted = u8(literal + k)
        if here != wanted and (here | case) != (wanted | case):
            return False
        # Only of letters is that bit the case: `@` and a backtick differ by it too.
        if here != wanted and case and not char.LOWER_A <= wanted | char.CASE <= char.LOWER_Z:
            return False
    return True


@tiny
def _forward(ctx: int, at: int, limit: int, literal: int, length: int, reach: int) -> int:
    """Find the literal that ends a field; returns its place, or 0."""
    head = u8(literal)
    base = at
    while base < limit:
        heads = plane(base, head)
        # A field of one word ends at a blank: none of its text may hold one.
        stops = plane_range(base, 0, char.SPACE + 1) if reach != REACH_TEXT else 0
        events = heads | stops
        while events:
            here = base + ctz(events)
            events &= events - 1
            if here >= limit:
                return 0
            if u8(here) == head and same(here, literal, length, 0):
                return here if reach != REACH_DIGITS or _digits(ctx, at, here) else 0
            if stops and u8(here) <= char.SPACE:
                return 0
        base += 64
    return 0


@tiny
def _digits(ctx: int, start: int, end: int) -> bool:
    for at in range(start, end):
        if not isa(ctx, at, DIGIT):
            return False
    return end > start


@tiny
def _backward(at: int, limit: int, literal: int, length: int) -> int:
    """Find the last place of the literal: what an attacker types may hold it too."""
    # From the right: `for user x from y port` ends where the program wrote `from`, not where a
    # name that holds the word does.
    back = limit - length
    while back >= at:
        if u8(back) == u8(literal) and same(back, literal, length, 0):
            return back
        back -= 1
    return 0


@tiny
def _fixed_end(at: int, reach: int) -> int:
    """Measure a time of fixed width, or return 0."""
    if reach == REACH_STAMP:
        return at + _STAMP_BYTES if _stamp(at) else 0
    if reach == REACH_DATE:
        return at + _DATE_BYTES if _date(at) else 0
    slashes = u8(at + 2) == char.SLASH and u8(at + 6) == char.SLASH
    return at + _MOMENT_BYTES if slashes and u8(at + 11) == char.COLON else 0


@tiny
def _stamp(at: int) -> bool:
    """Recognise a date of 15 characters, `Jun 14 15:16:01`."""
    # By its four signs alone: a line that has these and is none fits no recipe's literals.
    spaces = u8(at + 3) == char.SPACE and u8(at + 6) == char.SPACE
    return spaces and u8(at + 9) == char.COLON and u8(at + 12) == char.COLON


@tiny
def _date(at: int) -> bool:
    """Recognise a date of 10 characters, `2025-06-14` or `2025/06/14`."""
    return (
        u8(at + 4) in _DATE_SIGNS
        and u8(at + 7) == u8(at + 4)
        and char.ZERO <= u8(at) <= char.NINE
        and char.ZERO <= u8(at + 3) <= char.NINE
        and char.ZERO <= u8(at + 9) <= char.NINE
    )


@tiny
def _value_end(ctx: int, start: int, limit: int) -> int:
    at = start
    while at < limit and not isa(ctx, at, STOP):
        at += 1
    while at > start and u8(at - 1) in _VALUE_ENDS:
        at -= 1
    return at


@tiny
def field_end(ctx: int, at: int, end: int, reach: int, literal: int, length: int) -> int:
    """Find where a field ends, or 0."""
    limit = min(end, at + FIELD_BYTES_MAX)
    # Most fields are a word before a blank, and end within 64 bytes: one comparison.
    if reach == REACH_WORD and length == 1:
        stops = plane_range(at, 0, char.SPACE + 1)
        stop = at + ctz(stops)
        if stops and stop < limit and u8(stop) == char.SPACE and u8(literal) == char.SPACE:
            return stop
    elif reach == REACH_QUOTED:
        stop = quoted_end(at, limit, u8(literal))
        return stop if stop <= end - length and same(stop, literal, length, 0) else 0
    elif reach in _FIXED_REACHES:
        stop = _fixed_end(at, reach)
        return stop if 0 < stop <= end - length and same(stop, literal, length, 0) else 0
    if length == 0:
        return end if reach in (REACH_TEXT, REACH_LAST) else _value_end(ctx, at, limit)
    if reach == REACH_LAST:
        return _backward(at, limit, literal, length)
    return _forward(ctx, at, limit, literal, length, reach)


@tiny
def _store(store: int, count: int, start: int, end: int, kind: int, rule: int) -> int:
    """Keep a field until the template has matched whole; returns the new count."""
    # `-` is how formats write that there is nothing.
    if count >= CLAIMS_MAX or (end - start == 1 and u8(start) == char.DASH):
        return count
    at = store + CLAIM_BYTES * count
    put64(at, start)
    put64(at + 8, end)
    put64(at + 16, kind)
    put64(at + 24, rule)
    return count + 1


@tiny
def settle_all(ctx: int, store: int, count: int) -> int:
    """Verify the kept fields, now that they count; returns how many are what they should be."""
    made = 0
    for index in range(count):
        at = store + CLAIM_BYTES * index
        found, left, right, flags = settle(ctx, i64(at), i64(at + 8), i64(at + 16), 1)
        if found:
            to = store + CLAIM_BYTES * made
            put64(to, left)
            put64(to + 8, right)
            put64(to + 16, found)
            put64(to + 24, i64(at + 24))
            put64(to + 32, flags)
            made += 1
    return made


@tiny
def _find_program(ctx: int, start: int, end: int) -> None:
    """Look the program up by its name, without path or `(module)`."""
    last = start
    while last < end and last - start < PROGRAM_BYTES_MAX:
        if not isa(ctx, last, WORD) and u8(last) != char.DASH:
            break
        last += 1
    hashed = HASH_SEED
    while last > start:
        last -= 1
        hashed = hash_step(hashed, u8(last))
    found = look_up(i64(ctx + PROGRAMS), i64(ctx + PROGRAMS_MASK), hashed)
    put64(ctx + PROGRAM_NOW, found)


@tiny
def run_plain(ctx: int, op: int, at: int, end: int, store: int, count: int, rule: int) -> int:
    """Run one template; returns how many values are stored by now, or -1 when it does not match."""
    ops = i64(ctx + OPS)
    literals = i64(ctx + LITERALS)
    # Forward only: each step moves `at` on or ends the template, so that no text makes it go back
    # and try again, as a regular expression may.
    while True:
        here = ops + 16 * op
        code = u32(here)
        if code == OP_END:
            return count
        if code == OP_LITERAL:
            length = u32(here + 8)
            if at + length > end or not same(at, literals + u32(here + 4), length, 0):
                return -1
            at += length
        elif code == OP_BLANKS:
            while at < end and isa(ctx, at, BLANK):
                at += 1
        elif code == OP_EOL:
            if at < end:
                return -1
        elif code == OP_PROGRAM:
            put64(ctx + PROGRAM_NOW, u32(here + 4))
        else:
            kind = u32(here + 4) & 255
            literal = literals + u32(here + 8)
            length = u32(here + 12)
            stop = field_end(ctx, at, end, u32(here + 4) >> 8, literal, length)
            if stop == 0:
                return -1
            # The message's own templates know better where its fields are.
            if kind == MESSAGE:
                put64(ctx + MESSAGE_AT, at)
                return count
            if kind == PROGRAM:
                _find_program(ctx, at, stop)
            elif kind:
                count = _store(store, count, at, stop, kind, rule)
            at = stop + length
        op += 1


@tiny
def _find_spaces(ctx: int, at: int) -> None:
    """Note where the first four spaces of the next 128 bytes are; 0 for those that are not."""
    # Every template of a line looks beside one of them before it runs: they are found once.
    mask = plane(at, char.SPACE)
    base = at
    found = 1
    while found <= SPACES_MAX:
        if mask == 0 and base == at:
            base += 64
            mask = plane(base, char.SPACE)
        put64(ctx + SPACES + 8 * found, base + ctz(mask) if mask else 0)
        mask &= mask - 1
        found += 1


@tiny
def _fits(ctx: int, template: int, at: int) -> bool:
    """Compare the first bytes, and those after a certain space, before anything is run."""
    if u32(at) & u32(template + 8) != u32(template + 4):
        return False
    space = u32(template + 16)
    if space == 0:
        return True
    place = i64(ctx + SPACES + 8 * space)
    if place == 0:
        return False
    return u32(place + u32(template + 28) - OFFSET_BIAS) & u32(template + 24) == u32(template + 20)


@tiny
def _message(ctx: int, at: int, end: int, store: int, count: int) -> int:
    """Run the templates of the program whose message this is, until one matches; one may nest."""
    for _ in range(NESTED_MAX):
        program = i64(ctx + PROGRAM_NOW)
        templates = i64(i64(ctx + PROGRAM_STARTS) + 8 * (256 * program + u8(at)))
        first = i64(ctx + TEMPLATES) + ROW_BYTES * i64(i64(ctx + PROGRAM_ROWS) + 8 * program)
        # A word of bits, the templates that may begin so: the others are not even looked at.
        if templates == 0:
            return count
        _find_spaces(ctx, at)
        put64(ctx + MESSAGE_AT, 0)
        made = -1
        while templates and made < 0:
            template = first + ROW_BYTES * ctz(templates)
            templates &= templates - 1
            if _fits(ctx, template, at):
                made = run_plain(ctx, u32(template), at, end, store, count, u32(template + 12))
        if made >= 0:
            count = made
        at = i64(ctx + MESSAGE_AT)
        if made < 0 or at == 0:
            return count
    return count


@tiny
def _line_form(ctx: int, index: int, at: int, end: int) -> bool:
    template = i64(ctx + TEMPLATES) + ROW_BYTES * index
    # What the line form tried before may have left there.
    put64(ctx + MESSAGE_AT, 0)
    put64(ctx + PROGRAM_NOW, 0)
    store = i64(ctx + CLAIMS)
    count = run_plain(ctx, u32(template), at, end, store, 0, u32(template + 12))
    if count < 0:
        return False
    if i64(ctx + MESSAGE_AT):
        count = _message(ctx, i64(ctx + MESSAGE_AT), end, store, count)
    put64(ctx + CLAIM_COUNT, settle_all(ctx, store, count))
    fits = i64(ctx + FORM_FITS) + 8 * index
    put64(fits, i64(fits) + 1)
    return True


@tiny
def read_line(ctx: int, at: int, end: int) -> None:
    """Claim the fields of a line by the line template that fits it, if one does."""
    put64(ctx + CLAIM_COUNT, 0)
    opening = OPENS_STAMP if _stamp(at) else OPENS_OTHER
    if _date(at):
        opening = OPENS_DATE if u8(at + 10) != char.UPPER_T else OPENS_MOMENT
    elif u8(at + 10) == char.DOT and char.ZERO <= u8(at + 9) <= char.NINE:
        opening = OPENS_EPOCH
    forms = i64(i64(ctx + LINE_FORMS) + 8 * (256 * opening + u8(at)))
    if forms == 0 or end - at < _LINE_BYTES_MIN:
        return
    _find_spaces(ctx, at)
    while forms:
        index = ctz(forms)
        forms &= forms - 1
        template = i64(ctx + TEMPLATES) + ROW_BYTES * index
        if _fits(ctx, template, at) and _line_form(ctx, index, at, end):
            return
