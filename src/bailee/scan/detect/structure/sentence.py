"""Sentences: an account that a daemon's own words name, by phrases and by the shape of a sentence.

The law of this module: a word that no one would say of a thing must lead to the name, and a word
of prose in its place shows that it was prose.
"""

from bailee.scan import kinds
from bailee.scan.detect import settle as promise
from bailee.scan.detect.template import run_plain, same, settle_all
from bailee.scan.vm import char
from bailee.scan.vm import context as slot
from bailee.scan.vm.emit import CLAIM_BYTES, emit, isa
from bailee.scan.vm.machine import i64, piece, tiny, u8, u16, u32
from bailee.scan.vm.words import GRAM_FACTOR, GRAM_SLOTS, word_bits

CLAIM_NEXT, LINE_END, PHRASES = slot.CLAIM_NEXT, slot.LINE_END, slot.PHRASES
LITERALS, SCRATCH = slot.LITERALS, slot.SCRATCH
DIGIT, ALPHA, WORD, ACCOUNT = slot.DIGIT, slot.ALPHA, slot.WORD, slot.ACCOUNT
IS_SENTENCE = slot.IS_GRAMMAR | slot.IS_PROSE
IS_VAGUE = IS_SENTENCE | slot.IS_COMMON | slot.IS_PRODUCT | slot.IS_PLACEHOLDER
IS_FOLLOWING = IS_VAGUE | slot.IS_PLACE
PERSON_NAME = int(kinds.Kind.PERSON_NAME)
USER_ID, SYSTEM = int(kinds.Kind.USER_ID), int(kinds.Flag.SYSTEM)

RULE_SENTENCE, RULE_CIVILITY = 31, 36
# As `build._phrases` writes it: only names that have a digit or `_` count behind this phrase.
MARKED = 2
CLAIMED_BYTES = 16
"""A recipe's claim this near after a phrase's word says what the phrase would."""
# Between a word such as `authentication` and the `for` that leads to a name, and of one word.
_WORDS_MAX, _LETTERS_MAX, _NAME_BYTES_MAX = 7, 20, 64
_NAME_LETTERS_MIN = 2
_MARKS = (char.DASH, char.DOT)
_ENDS = (char.DOT, char.COLON, char.COMMA, char.SEMICOLON)
_AFTER_NAME = (*_ENDS, char.OPEN_PAREN, char.OPEN_BRACKET, char.NEWLINE, char.RETURN)
_OPENS = (*char.QUOTES, char.OPEN_BRACKET, char.LESS, char.OPEN_PAREN, char.BACKTICK)

_FOR, _BY, _AS, _OF, _TO, _DE, _PAR, _POUR = (
    char.word(text) for text in (b"for ", b"by ", b"as ", b"of ", b"to ", b"de ", b"par ", b"pour")
)
_USER, _ACCO, _THE, _COMP, _UTIL, _LOGI = (
    char.word(text) for text in (b"user", b"acco", b"the ", b"comp", b"util", b"logi")
)
_LOGG, _ED = char.word(b"logg"), char.word(b"ed ")
_IN, _ON, _OUT, _OFF = (char.word(text) for text in (b"in", b"on", b"ou", b"of"))
# Of `failed`, `is`, `was`, `been`, `failure`, `successful`, `attempt`, `success`, `error`.
_TELLING = tuple(
    char.word(end) for end in (b"ed", b"is", b"as", b"en", b"re", b"ul", b"pt", b"ss", b"or", b"ut")
)
_DOMAIN_SID, _DOMAIN_SID_NEXT = char.word(b"S-1-"), char.word(b"5-21")


@tiny
def phrase(ctx: int, at: int) -> int:
    """Run the phrases that a word such as `user` is part of; returns the end of a find, or 0."""
    if i64(ctx + CLAIM_NEXT) < at + CLAIMED_BYTES:
        return 0
    gram = u32(at) | char.CASE_FOUR
    phrases = i64(ctx + PHRASES)
    row = phrases + u32(phrases + 4 * (gram * GRAM_FACTOR >> 24 & (GRAM_SLOTS - 1)))
    while u32(row) == gram:
        start = at - u32(row + 12)
        length = u32(row + 8)
        literal = i64(ctx + LITERALS) + u32(row + 4)
        last = u8(start + length - 1) | char.CASE == u8(literal + length - 1) | char.CASE
        if last and u8(start) | char.CASE == u8(literal) | char.CASE:
            fits = same(start, literal, length, char.CASE)
            if fits and not isa(ctx, start - 1, WORD):
                word = u32(row + 20)
                made = _run_phrase(ctx, u32(row + 16), start + length, word & 0xFFFF, word >> 16)
                if made:
                    return made
        row += 24
    return 0


@piece
def is_marked(ctx: int, start: int, end: int) -> bool:
    """Recognise a name that no word of prose looks like: a letter first, and a digit or `_`."""
    marks = 0
    for at in range(start, end):
        marks |= int(u8(at) == char.UNDERSCORE) | isa(ctx, at, DIGIT)
        if not isa(ctx, at, WORD) and u8(at) not in _MARKS:
            return False
    return marks != 0 and isa(ctx, start, ALPHA) != 0


@piece
def _run_phrase(ctx: int, op: int, at: int, rule: int, guess: int) -> int:
    store = i64(ctx + SCRATCH)
    count = run_plain(ctx, op, at, i64(ctx + LINE_END), store, 0, rule)
    made = 0
    for k in range(settle_all(ctx, store, count)):
        row = store + CLAIM_BYTES * k
        # Behind a phrase that is a guess, a word of grammar shows that it was prose.
        if guess and word_bits(ctx, i64(row), i64(row + 8)) & IS_SENTENCE:
            return 0
        if guess == MARKED and not is_marked(ctx, i64(row), i64(row + 8)):
            return 0
        made = emit(ctx, i64(row), i64(row + 8), i64(row + 16), i64(row + 24), i64(row + 32))
    return made


@piece
def _word_end(ctx: int, at: int) -> int:
    end = at
    while end - at <= _LETTERS_MAX and isa(ctx, end, ALPHA):
        end += 1
    return end


@piece
def _link(at: int) -> tuple[int, int]:
    """Read a word that leads to a name: bytes with its blank, and 1 where only a marked one counts.

    The bytes are 0 for another word.
    """
    head = u32(at) | char.CASE_FOUR
    short = head & char.THREE_BYTES
    if head in (_FOR, _PAR):
        return 4, 0
    if head == _POUR and u8(at + 4) == char.SPACE:
        return 5, 0
    if short == _AS:
        return 3, 0
    return (3, 1) if short in (_BY, _OF, _TO, _DE) else (0, 0)


@piece
def _filler(ctx: int, at: int) -> int:
    """Step over `account` and `the` before a name; behind `user` stand phrases of its own."""
    for _ in range(2):
        head = u32(at) | char.CASE_FOUR
        if head in (_ACCO, _THE, _COMP, _LOGI):
            end = _word_end(ctx, at)
            at = end + 1 if u8(end) == char.SPACE else at
    return at


@piece
def _named(ctx: int, at: int, strict: int) -> int:
    """Verify the name that a sentence leads to; `strict` asks for one that is marked."""
    opened = u8(at) in _OPENS
    start = at + 1 if opened else at
    end = start
    while end - start <= _NAME_BYTES_MAX and isa(ctx, end, ACCOUNT):
        end += 1
    # `for fe80::1`: what goes on behind a colon is no account.
    if u8(end) == char.COLON and not isa(ctx, end + 1, slot.BLANK):
        return 0
    while end > start and u8(end - 1) in _ENDS:
        end -= 1
    if end - start < _NAME_LETTERS_MIN or not isa(ctx, start, ALPHA):
        return 0
    if word_bits(ctx, start, end) & IS_VAGUE:
        return 0
    if not is_marked(ctx, start, end) and not opened:
        after = end + 1 if u8(end) == char.SPACE else end
        # A name of letters alone: what follows must not make it a noun's first word.
        going = word_bits(ctx, after, _word_end(ctx, after)) & IS_FOLLOWING
        if strict or not (u8(end) in _AFTER_NAME or u8(after) in _AFTER_NAME or going):
            return 0
        # Abbreviations, `for SMTP`, are no accounts.
        if not isa(ctx, start, ALPHA) or char.UPPER_A <= u8(start + 1) <= char.UPPER_Z:
            return 0
    found, left, right, flags = promise.settle(ctx, start, end, promise.WHO, int(opened))
    return emit(ctx, left, right, found, RULE_SENTENCE, flags) if found else 0


@piece
def sentence(ctx: int, at: int) -> int:
    """Verify the name in `Authentication is rejected for mkone (…)`, at a word of its topic."""
    start = at
    while at - start <= _LETTERS_MAX and isa(ctx, start - 1, ALPHA):
        start -= 1
    end = _word_end(ctx, at)
    if not word_bits(ctx, start, end) & slot.IS_TOPIC:
        return 0
    if isa(ctx, start - 1, WORD) or u8(start - 1) in _MARKS or u8(end) != char.SPACE:
        return 0
    here = end + 1
    vague = 0
    for step in range(_WORDS_MAX):
        size, strict = _link(here)
        if size:
            name = _filler(ctx, here + size)
            if u32(name) | char.CASE_FOUR in (_USER, _UTIL):
                return 0
            return _named(ctx, name, int((strict and name == here + size) or vague))
        stop = _word_end(ctx, here)
        # `account mkone_2 is locked`: the name itself.
        if step == 0 and u32(start) | char.CASE_FOUR in (_ACCO, _COMP):
            made = _named(ctx, here, 1)
            if made:
                return made
        if stop == here or u8(stop) != char.SPACE:
            return 0
        vague |= not _tells(here, stop)
        here = stop + 1
    return 0


@piece
def _tells(start: int, end: int) -> bool:
    """Recognise a word of what was done, `is rejected`, `failure`: a noun leads elsewhere."""
    last = u16(end - 2) | char.CASE_TWO
    return end - start > 1 and (u8(end - 1) >= char.HIGH or last in _TELLING)


@piece
def before_logged(ctx: int, at: int) -> int:
    """Verify the name in `mkone_2 logged in`, at the verb."""
    if u32(at) | char.CASE_FOUR != _LOGG or u32(at + 4) & char.THREE_BYTES != _ED:
        return 0
    if u8(at - 1) != char.SPACE or u16(at + 7) not in (_IN, _ON, _OUT, _OFF):
        return 0
    start = at - 1
    while at - start <= _NAME_BYTES_MAX and isa(ctx, start - 1, ACCOUNT):
        start -= 1
    if not is_marked(ctx, start, at - 1) or word_bits(ctx, start, at - 1) & IS_VAGUE:
        return 0
    found, left, right, flags = promise.settle(ctx, start, at - 1, promise.WHO, 0)
    return emit(ctx, left, right, found, RULE_SENTENCE, flags) if found else 0


@piece
def sid(ctx: int, at: int) -> int:
    """Verify a security identifier of a Windows domain's account, `S-1-5-21-…-1105`."""
    if u32(at) != _DOMAIN_SID or u32(at + 4) != _DOMAIN_SID_NEXT or isa(ctx, at - 1, WORD):
        return 0
    end = at + 8
    dashes = 0
    last = end
    while isa(ctx, end, DIGIT) or (u8(end) == char.DASH and isa(ctx, end + 1, DIGIT)):
        dashes += u8(end) == char.DASH
        last = end + 1 if u8(end) == char.DASH else last
        end += 1
    # Three parts are a domain's, the fourth an account's.
    if dashes != _SID_PARTS:
        return 0
    system = SYSTEM if end - last < _OWN_DIGITS else 0
    return emit(ctx, at, end, USER_ID, RULE_SENTENCE, system)


_SID_PARTS, _OWN_DIGITS = 4, 4


@piece
def civility(ctx: int, at: int) -> int:
    """Verify the name behind `Mme`, `M.`, `Mr.`: words that begin with a capital."""
    if isa(ctx, at - 1, WORD) or not char.UPPER_A <= u8(at) <= char.UPPER_Z:
        return 0
    start = at
    while start - at <= _CIVILITY_BYTES and (isa(ctx, start, ALPHA) or u8(start) == char.DOT):
        start += 1
    title = u32(at) | char.CASE_FOUR
    short = title & char.THREE_BYTES
    known = title in (_MME, _MRS, _MLLE, _MR) or short == _M
    if not known or u8(start) != char.SPACE or (short == _M and u8(at + 1) != char.DOT):
        return 0
    start += 1
    end = 0
    here = start
    for _ in range(_NAMES_MAX):
        capital = char.UPPER_A <= u8(here) <= char.UPPER_Z or u8(here) == _ACCENT
        stop = here
        while stop - here < _LETTERS_MAX and (isa(ctx, stop, ALPHA) or u8(stop) in _NAME_SIGNS):
            stop += 1
        if not capital or stop - here < _NAME_LETTERS_MIN:
            break
        end = stop
        if u8(stop) != char.SPACE:
            break
        here = stop + 1
    return emit(ctx, start, end, PERSON_NAME, RULE_CIVILITY, 0) if end else 0


# The lead of a capital with an accent in UTF-8: `É`.
_ACCENT = 0xC3
_CIVILITY_BYTES, _NAMES_MAX = 5, 4
_NAME_SIGNS = (char.DASH, char.APOSTROPHE)
_MME, _MRS, _MLLE, _MR, _M = (
    char.word(text) for text in (b"mme ", b"mrs ", b"mlle", b"mr. ", b"m. ")
)


@tiny
def topic(ctx: int, at: int) -> int:
    """Run what a word such as `user` or `password` may begin: phrases first, for they say more."""
    made = phrase(ctx, at)
    if made or i64(ctx + CLAIM_NEXT) < at + CLAIMED_BYTES:
        return made
    made = before_logged(ctx, at)
    return made or sentence(ctx, at)
