"""Mutations by the grammars of the pages: each knows what it stands on, and breaks one rule of it.

Bytes in, bytes out, all from the given source of chance.  What cannot be taken apart is changed as
plain bytes, so that everything can be mutated.
"""

import base64
import random
import re
from collections.abc import Callable, Sequence

Chance = random.Random
Mutation = Callable[[Chance, bytes], bytes]

_TOKEN = re.compile(
    rb"[A-Za-z0-9+/]{14,}={0,2}|[a-z]{2}-[a-z2-7]{26}|[0-9a-f]{64}|[0-9]+|[A-Za-z_-]+|\n|."
    rb"",
    re.DOTALL,
)
_NUMBERS = (
    *(b"0", b"00", b"-0", b"-1", b"+1", b"1.0", b"1e0", b"0x1", b"", b" 1", b"1 ", b"1_0"),
    *(b"9223372036854775807", b"9223372036854775808", b"18446744073709551616", b"1" * 40),
    *("\N{ARABIC-INDIC DIGIT THREE}".encode(), b"true", b"null", b'"1"'),
)
_ODD_TEXTS = (
    *(b"", b" ", b"\0", b"\n", b"\r\n", b"\x7f", b"\x80", b"\xff", b"\xc1\xa6", b"\xed\xa0\x80"),
    *("\u2028é\ufeff\U0001f511".encode(), b"+", b"\\u0041", b"\\/", b"\\n", b'\\"', b"\\ud800"),
    *(b"log:key-change", b"log:batch", b"statement", b"a:b:c", b"-", b"x" * 33, b"placeholders-2"),
)
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WORDS = (8, 16, 32)


def pick(chance: Chance, mutations: Sequence[Mutation], blob: bytes) -> bytes:
    """Apply one of some mutations."""
    return chance.choice(mutations)(chance, blob)


# --- plain bytes -----------------------------------------------------------------------------


def place(chance: Chance, blob: bytes) -> int:
    """Choose a place in it, its end included."""
    return chance.randint(0, len(blob))


def flip(chance: Chance, blob: bytes) -> bytes:
    """Flip one bit."""
    if not blob:
        return b"\1"
    at = chance.randrange(len(blob))
    return blob[:at] + bytes([blob[at] ^ 1 << chance.randrange(8)]) + blob[at + 1 :]


def insert(chance: Chance, blob: bytes) -> bytes:
    """Insert something odd."""
    at = place(chance, blob)
    return blob[:at] + chance.choice(_ODD_TEXTS) + blob[at:]


def cut(chance: Chance, blob: bytes) -> bytes:
    """Cut some bytes out, mostly one."""
    at, size = place(chance, blob), chance.choice((1, 1, 2, 32))
    return blob[:at] + blob[at + size :]


def truncate(chance: Chance, blob: bytes) -> bytes:
    """Cut the end off, or add one."""
    if chance.random() < 0.5:
        return blob[: place(chance, blob)]
    return blob + chance.choice(_ODD_TEXTS)


def resize(chance: Chance, blob: bytes) -> bytes:
    """Make it one byte longer or shorter, or of another usual length."""
    sizes = (len(blob) - 1, len(blob) + 1, 0, *_WORDS)
    return blob[: max(0, chance.choice(sizes))].ljust(chance.choice(sizes), b"\0")


BYTES: tuple[Mutation, ...] = (flip, flip, insert, cut, truncate, resize)


# --- tuples ----------------------------------------------------------------------------------


def untupled(blob: bytes) -> list[bytes] | None:
    """Take an encoded tuple apart, its label first; None when it is none."""
    parts, at = [], 8
    while at + 8 <= len(blob):
        size = int.from_bytes(blob[at : at + 8], "big")
        parts.append(blob[at + 8 : at + 8 + size])
        at += 8 + size
    whole = at == len(blob) and len(parts) == int.from_bytes(blob[:8], "big")
    return parts if whole and parts and parts[0].startswith(b"bailee/") else None


def tupled(parts: Sequence[bytes], count: int | None = None) -> bytes:
    """Put it together again, with another count where one is given."""
    out = [(len(parts) if count is None else count).to_bytes(8, "big")]
    out += [len(part).to_bytes(8, "big") + part for part in parts]
    return b"".join(out)


def mutate_tuple(chance: Chance, blob: bytes) -> bytes:
    """Change a part, the order, the number or a length of a tuple."""
    parts = untupled(blob)
    if parts is None:
        return pick(chance, BYTES, blob)
    at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    way = chance.random()
    if way < 0.6:
        parts[at] = mutate_part(chance, parts[at])
    elif way < 0.7:
        parts[at], parts[other] = parts[other], parts[at]
    elif way < 0.8:
        parts.insert(at, parts[other])
    elif way < 0.9:
        parts.pop(at)
    elif way < 0.95:
        return tupled(parts, len(parts) + chance.choice((-1, 1, 1 << 62)))
    else:
        return pick(chance, BYTES, blob)
    return tupled(parts)


def mutate_part(chance: Chance, part: bytes) -> bytes:
    """Change a part by what it looks like: a tuple within, a number, bytes or text."""
    if untupled(part) is not None:
        return mutate_tuple(chance, part)
    if len(part) == 8 and chance.random() < 0.8:
        number = int.from_bytes(part, "big")
        near = (number + 1, max(0, number - 1), 0, 1 << 63, (1 << 63) - 1, (1 << 64) - 1)
        return (chance.choice(near) % (1 << 64)).to_bytes(8, "big")
    if chance.random() < 0.3:
        return chance.choice((*_ODD_TEXTS, *_NUMBERS))
    return pick(chance, BYTES, part)


# --- leaves of lines -------------------------------------------------------------------------


def odd_text(chance: Chance) -> bytes:
    """Write stored text: mostly of the grammar, with a break now and then."""
    good = [b"a", b" ", b"x41", b"\xff", b"\x1a\x1a", b"\x1axe9", b"\x1axff"]
    good += [b"\x1aA", b"\x1aR", b"\x1aw"]
    broken = [b"\x1a", b"\x1ax", b"\x1ax41", b"\x1axE9", b"\x1a@", b"\x1ay", b"\x1ax8"]
    pieces = [chance.choice(good) for _ in range(chance.randrange(8))]
    if chance.random() < 0.3:
        pieces.insert(chance.randint(0, len(pieces)), chance.choice(broken))
    return b"".join(pieces)


def odd_leaf(chance: Chance) -> bytes:
    """Lay out a leaf: mostly with as many ordinals as its text has marks."""
    text = odd_text(chance)
    count = sum(text.count(mark) for mark in (b"\x1aA", b"\x1aw"))
    count = max(0, count + chance.choice((0, 0, 0, 0, 1, -1)))
    ordinals = [chance.randrange(4).to_bytes(4, "big") for _ in range(count)]
    stated = count if chance.random() < 0.95 else chance.choice((count + 1, 0, (1 << 32) - 1))
    return chance.randbytes(32) + stated.to_bytes(4, "big") + b"".join(ordinals) + text


# --- text ------------------------------------------------------------------------------------


def number(chance: Chance, token: bytes) -> bytes:
    """Spell a number otherwise, or change it by one."""
    if chance.random() < 0.4:
        return chance.choice(_NUMBERS)
    if chance.random() < 0.5:
        return b"%d" % max(0, int(token) + chance.choice((-1, 1, 256)))
    return chance.choice((b"0" + token, token + b"0", b"-" + token, token[:-1]))


def armoured(chance: Chance, token: bytes) -> bytes:
    """Change what is in base64, or how it is spelt."""
    try:
        raw = base64.b64decode(token, validate=True)
    except ValueError:
        return pick(chance, BYTES, token)
    if chance.random() < 0.6:
        return base64.b64encode(mutate_tuple(chance, raw))
    bare = token.rstrip(b"=")
    spare = bare[:-1] + bytes([_ALPHABET[(_ALPHABET.index(bare[-1:]) + 1) % 64]])
    at = place(chance, token)
    return chance.choice(
        (
            *(bare, token + b"=", spare + token[len(bare) :], token.replace(b"+", b"-")),
            *(token[:at] + b"\n" + token[at:], token[:at] + b" " + token[at:], b""),
        )
    )


def word(chance: Chance, token: bytes) -> bytes:
    """Change a word."""
    odd = chance.choice(_ODD_TEXTS)
    return chance.choice((token.upper(), token.swapcase(), token[1:], token + odd, odd, b""))


def end(chance: Chance, _: bytes) -> bytes:
    """End a line otherwise."""
    return chance.choice((b"", b"\n\n", b"\r\n", b" \n", b"\n ", b"\r", b"\0\n"))


def token(chance: Chance, blob: bytes) -> bytes:
    """Change one token by what it is."""
    found = [match.span() for match in _TOKEN.finditer(blob)]
    if not found:
        return insert(chance, blob)
    long = [span for span in found if span[1] - span[0] > 1]
    start, stop = chance.choice(long if long and chance.random() < 0.85 else found)
    return blob[:start] + changed(chance, blob[start:stop]) + blob[stop:]


def changed(chance: Chance, one: bytes) -> bytes:
    """Change a token."""
    if one == b"\n":
        return end(chance, one)
    if one.isdigit():
        return number(chance, one)
    if len(one) >= 14 and b"-" not in one:
        return armoured(chance, one)
    return word(chance, one)


def lines(chance: Chance, blob: bytes) -> bytes:
    """Leave a line out, repeat one, or let two change places."""
    rows = blob.split(b"\n")
    at, other = chance.randrange(len(rows)), chance.randrange(len(rows))
    way = chance.randrange(4)
    if way == 0:
        rows.pop(at)
    elif way == 1:
        rows.insert(other, rows[at])
    elif way == 2:
        rows[at], rows[other] = rows[other], rows[at]
    else:
        rows.insert(at, chance.choice((b"", b" ", b"x", "— a AAAAAAA=".encode())))
    return b"\n".join(rows)


def members(chance: Chance, blob: bytes) -> bytes:
    """Change the punctuation of JSON: a blank, a member twice, two that change places."""
    pieces = re.split(rb'(,(?="))', blob)
    at, other = chance.randrange(len(pieces)), chance.randrange(len(pieces))
    way = chance.randrange(4)
    if way == 0:
        pieces[at] += chance.choice((b" ", b"\t", b",", b'"', b"}"))
    elif way == 1:
        pieces.insert(at, b"," + pieces[other])
    elif way == 2:
        pieces[at], pieces[other] = pieces[other], pieces[at]
    else:
        pieces[at] = re.sub(rb'"([a-z])', lambda one: b'"\\u%04x' % one[1][0], pieces[at], count=1)
    return b"".join(pieces)


TEXT: tuple[Mutation, ...] = (*(token,) * 6, lines, lines, members, flip, cut, insert)
