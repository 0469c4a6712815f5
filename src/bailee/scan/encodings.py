"""Encodings: UTF-16 and UTF-32, as Windows writes logs, become UTF-8 before anything looks at them.

Everything else is scanned as the bytes it is: UTF-8, Latin-1 and broken text alike, for identifiers
are ASCII and a byte above it is a letter to the kernels.
"""

import codecs
import re
import unicodedata
from typing import Final

import numpy as np

PROBE_BYTES = 4_096
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Of ASCII in UTF-16 every second byte is zero; two in five leave room for other letters.  The
# other half may have an eighth of that: a file with zeros on both sides is binary.
_SHARE = 0.4
_OTHER_SHARE = _SHARE / 8
_WIDE, _PAIR = 4, 2
_BLANKS = frozenset("\t\n\r ")
_STRANGE = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Categories of characters that no log is written in: control, unassigned, private, surrogate."""


_WIDE_RUN: Final = re.compile(rb"(?:[\t\r\n\x20-\x7e]\x00{1,3}){8,}")
"""Letters of UTF-16 or 32 among bytes: nothing else has zeros after each of eight."""
_NARROW_RUN: Final = re.compile(rb"[\t\r\n\x20-\x7e]{32,}")
"""ASCII among UTF-16: of characters of another alphabet, one byte in three at most looks so."""


def foreign_lines(raw: bytes | memoryview, *, wide: bool) -> int:
    """Count lines that are in another encoding than their input; `wide` says that is UTF-16 or 32.

    So a file is left to which PowerShell appended: no rule reads what those lines hold.
    """
    # Looked at before the expression runs: hardly any log has a zero, and a block is 8 MB.
    if not wide and (not len(raw) or np.frombuffer(raw, np.uint8).min()):
        return 0
    count = 0
    for found in (_NARROW_RUN if wide else _WIDE_RUN).finditer(raw):
        start, end = found.span()
        if wide:
            # Half of a wide character on either side is a letter or a newline of the others.
            start += start > 0 and raw[start - 1] == 0
            end -= end < len(raw) and raw[end] == 0
        text = bytes(raw[start:end]).replace(b"\0", b"")
        if not wide:
            # The newline before a high byte that comes first is of the others.
            text = text.removeprefix(b"\n")
        count += text.count(b"\n") + (not text.endswith(b"\n"))
    return count


def encoding_of(first: bytes) -> str:
    """Name the UTF-16 or UTF-32 that a text's first bytes are in, or "".

    By its mark, by its zeros, or by being good text in one of them alone.
    """
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name
    half = len(first) // _PAIR
    if half < len("ab") or 0 not in first:
        return ""
    if len(first) >= 2 * _WIDE and (wide := _wide(first)):
        return wide
    even, odd = first[: 2 * half : 2].count(0), first[1 : 2 * half : 2].count(0)
    if odd > _SHARE * half and even < _OTHER_SHARE * half:
        return "utf-16-le"
    if even > _SHARE * half and odd < _OTHER_SHARE * half:
        return "utf-16-be"
    # Of other alphabets only blanks, digits and newlines have a zero byte.
    good = [name for name in ("utf-16-le", "utf-16-be") if _is_text(first, name)]
    return good[0] if len(good) == 1 else ""


def _wide(first: bytes) -> str:
    """Name the UTF-32: no character needs the highest byte, and few the second highest."""
    whole = len(first) // _WIDE * _WIDE
    zeros = [first[place:whole:_WIDE].count(0) for place in range(_WIDE)]
    units = whole // _WIDE
    if zeros[3] == units and zeros[2] > (1 - _SHARE) * units and zeros[0] < _SHARE * units:
        return "utf-32-le"
    if zeros[0] == units and zeros[1] > (1 - _SHARE) * units and zeros[3] < _SHARE * units:
        return "utf-32-be"
    return ""


def _is_text(first: bytes, name: str) -> bool:
    """Tell whether bytes are characters that a text is written in, blanks among them."""
    try:
        # The last unit may be half a character, whose rest lies beyond the probe.
        text = first[: len(first) // _PAIR * _PAIR].decode(name)
    except UnicodeDecodeError as error:
        if error.end < len(first) // _PAIR * _PAIR or error.start == 0:
            return False
        text = first[: error.start].decode(name)
    found = [char for char in text if char not in _BLANKS]
    strange = any(unicodedata.category(char) in _STRANGE for char in found)
    return not strange and 0 < len(found) < len(text)


class ScanTranscoder:
    """Turns chunks of UTF-16 or UTF-32 into UTF-8; what is no character becomes U+FFFD."""

    def __init__(self, encoding: str) -> None:
        # Incremental, for a chunk may end in the middle of a character; replacing, for a broken
        # one must not stop a stream.
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._begun = False

    def feed(self, chunk: bytes, *, last: bool = False) -> bytes:
        """Take a chunk; its byte order mark, if it is the first, is dropped."""
        text = self._decoder.decode(chunk, last)
        if text and not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        return text.encode("utf-8", "replace")
