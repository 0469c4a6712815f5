"""Made-up personal data, every spelling in which it could leak, and a search that finds each.

A canary is a value that occurs nowhere else.  The search looks at eight bytes at a time for all
spellings of all canaries at once, then compares the whole; it opens gzip, zlib and zstandard where
it meets them, for a leak that is compressed is a leak.
"""

import base64
import gzip
import json
import random
import re
import unicodedata
import urllib.parse
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import zstandard

COUNT = 200
GRAM = 8
"""Bytes compared at once; no spelling is shorter."""

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_UNPACKED_MAX = 8 << 20
_DEPTH = 2

_FIRST = ("Éléonore", "Chloé", "Zoé", "Maëlle", "Françoise", "Théophile", "Ngô", "Björn")
_LAST = ("Mbarga-Ébodé", "Njikam-Nguéma", "Fôssi-Kamdém", "Müller-Łoś", "Tchuéhouan-Ñame")


def canaries(seed: int = 2) -> tuple[str, ...]:
    """Make them: names with accents, telephones in five writings, mail, secrets, numbers."""
    draw = random.Random(seed)  # noqa: S311  # test data, repeatable
    return tuple(islice((kind(draw) for kind in cycle(_KINDS)), COUNT))


def _letters(draw: random.Random, count: int) -> str:
    return "".join(draw.choices("bcdfghjkmnpqrstvwxz", k=count))


def _digits(draw: random.Random, count: int) -> str:
    return "".join(draw.choices("0123456789", k=count))


def _name(draw: random.Random) -> str:
    return f"{draw.choice(_FIRST)} {draw.choice(_LAST)}-{_letters(draw, 6)}"


def _small_name(draw: random.Random) -> str:
    return _name(draw).casefold()


def _mail(draw: random.Random) -> str:
    return f"{_letters(draw, 5)}.{_letters(draw, 7)}+{_digits(draw, 3)}@example.cm"


def _mobile(draw: random.Random) -> list[str]:
    d = _digits(draw, 8)
    return ["6" + d[0], d[1:4], d[4:], d]


def _phone_international(draw: random.Random) -> str:
    a, b, c, _ = _mobile(draw)
    return f"+237 {a} {b} {c[:2]} {c[2:]}"


def _phone_plain(draw: random.Random) -> str:
    return "+2376" + _mobile(draw)[3]


def _phone_zeros(draw: random.Random) -> str:
    return "002376" + _mobile(draw)[3]


def _phone_dashes(draw: random.Random) -> str:
    a, b, c, _ = _mobile(draw)
    return f"{a}-{b}-{c}"


def _phone_brackets(draw: random.Random) -> str:
    a, b, c, _ = _mobile(draw)
    return f"({a}) {b}.{c}"


def _password(draw: random.Random) -> str:
    return f"Pass!{_letters(draw, 4)}é{_digits(draw, 3)}?{_letters(draw, 3)}"


def _secret_key(draw: random.Random) -> str:
    return "AKIA" + _letters(draw, 16).upper()


def _token(draw: random.Random) -> str:
    return f"ghp_{_letters(draw, 10)}{_digits(draw, 6)}{_letters(draw, 10)}"


def _iban(draw: random.Random) -> str:
    return f"CM21 {_digits(draw, 4)} {_digits(draw, 4)} {_digits(draw, 4)} {_digits(draw, 4)}"


def _address(draw: random.Random) -> str:
    return f"2001:db8:{_hex(draw)}:{_hex(draw)}::{_hex(draw)}"


def _hex(draw: random.Random) -> str:
    return f"{draw.randrange(0x1000, 0x10000):x}"


def _login(draw: random.Random) -> str:
    return f"{_letters(draw, 4)}_{_letters(draw, 6)}{_digits(draw, 2)}"


_KINDS = (
    _name,
    _phone_international,
    _mail,
    _small_name,
    _phone_plain,
    _password,
    _phone_zeros,
    _secret_key,
    _phone_dashes,
    _token,
    _login,
    _phone_brackets,
    _iban,
    _address,
)


def spellings(text: str) -> dict[str, bytes]:
    """Write a canary in every way that a program might have written it down."""
    plain = text.encode()
    found = {
        "utf-8": plain,
        "utf-16le": text.encode("utf-16le"),
        "utf-16be": text.encode("utf-16be"),
        "latin-1": text.encode("latin-1", "replace"),
        "nfc": unicodedata.normalize("NFC", text).encode(),
        "nfd": unicodedata.normalize("NFD", text).encode(),
        "small": text.casefold().encode(),
        "capital": text.upper().encode(),
        "hex": plain.hex().encode(),
        "hex capital": plain.hex().upper().encode(),
        "url": urllib.parse.quote(text, safe="").encode(),
        "url plus": urllib.parse.quote_plus(text).encode(),
        "json": json.dumps(text)[1:-1].encode(),
        "python": text.encode("unicode_escape"),
        "backwards": text[::-1].encode(),
    }
    for offset in range(3):
        # What does not depend on the neighbours: whole groups of three bytes from an offset.
        part = plain[(3 - offset) % 3 :]
        part = part[: len(part) // 3 * 3]
        found[f"base64 at {offset}"] = base64.b64encode(part)
        found[f"base64url at {offset}"] = base64.urlsafe_b64encode(part)
    return {name: pattern for name, pattern in found.items() if len(pattern) >= GRAM}


@dataclass(frozen=True)
class Find:
    """One canary, found."""

    canary: str
    spelling: str
    where: str


@dataclass
class Search:
    """Looks for all spellings of some canaries."""

    wanted: Sequence[str]
    needles: dict[int, list[tuple[bytes, str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for canary in self.wanted:
            for spelling, pattern in spellings(canary).items():
                gram = int.from_bytes(pattern[:GRAM], "little")
                self.needles.setdefault(gram, []).append((pattern, canary, spelling))
        self._grams = np.array(sorted(self.needles), dtype=np.uint64)

    def files(self, root: Path) -> Iterator[Find]:
        """Look through everything under a folder, names of files included."""
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            yield from self.data(name.encode("utf-8", "surrogateescape"), f"the name {name}")
            if path.is_file() and not path.is_symlink():
                yield from self.data(path.read_bytes(), name)

    def data(self, data: bytes, where: str, depth: int = _DEPTH) -> Iterator[Find]:
        """Look through bytes, and through what is compressed in them."""
        for start in range(0, len(data), _BLOCK):
            block = data[start : start + _BLOCK + GRAM - 1]
            if block.count(0) != len(block):
                yield from self._block(data, start, block, where)
        if depth:
            for kind, unpacked in _unpacked(data):
                yield from self.data(unpacked, f"{where}, {kind}", depth - 1)

    def _block(self, data: bytes, start: int, block: bytes, where: str) -> Iterator[Find]:
        if len(block) < GRAM:
            return
        taken = np.frombuffer(block, dtype=np.uint8).astype(np.uint64)
        size = len(block) - GRAM + 1
        grams = np.zeros(size, dtype=np.uint64)
        for shift in range(GRAM):
            grams |= taken[shift : shift + size] << np.uint64(8 * shift)
        at = np.minimum(np.searchsorted(self._grams, grams), len(self._grams) - 1)
        for offset in np.flatnonzero(self._grams[at] == grams):
            begin = start + int(offset)
            for pattern, canary, spelling in self.needles[int(grams[offset])]:
                if data.startswith(pattern, begin):
                    yield Find(canary, spelling, where)


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    for kind, starts, unpack in (
        ("gzip", _all(data, _GZIP), lambda part: _inflated(part, zlib.MAX_WBITS | 16)),
        ("zstandard", _all(data, _ZSTD), _unzstandard),
        ("zlib", (found.start() for found in _ZLIB.finditer(data)), _inflated),
    ):
        for start in starts:
            unpacked = unpack(data[start : start + _UNPACKED_MAX])
            if len(unpacked) >= GRAM:
                yield kind, unpacked


def _all(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _inflated(part: bytes, window: int = zlib.MAX_WBITS) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(part, _UNPACKED_MAX)
    except zlib.error:
        return b""


def _unzstandard(part: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompressobj().decompress(part)
    except zstandard.ZstdError:
        return b""


def planted(canary: str) -> Mapping[str, bytes]:
    """Hide a canary in a file, once in each spelling and once in each compression."""
    around = b"\x00\x01 something before " + random.Random(3).randbytes(999)  # noqa: S311  # filler
    hidden = {name: around + pattern + around for name, pattern in spellings(canary).items()}
    packed = around + canary.encode() + around
    hidden["gzip"] = around + gzip.compress(packed) + around
    hidden["zlib"] = around + zlib.compress(packed) + around
    hidden["zstandard"] = around + zstandard.compress(packed) + around
    hidden["at the border of a block"] = bytes(_BLOCK - 5) + canary.encode() + around
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + canary.encode() + b"tail")
        hidden[f"in base64 text, {offset}"] = around + encoded + around
    return hidden
