"""Encodings: UTF-16, as Windows writes logs, becomes UTF-8 before anything looks at it.

Everything else is scanned as the bytes it is: UTF-8, Latin-1 and broken text alike, for identifiers
are ASCII and a byte above it is a letter to the kernels.
"""

import codecs

PROBE_BYTES = 4_096
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Of ASCII in UTF-16 every second byte is zero; two in five leave room for other letters.  The
# other half may have an eighth of that: a file with zeros on both sides is binary.
_SHARE = 0.4
_OTHER_SHARE = _SHARE / 8


def encoding_of(first: bytes) -> str:
    """Name the UTF-16 that a text's first bytes are in, or "": by its mark, or by its zeros."""
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name
    half = len(first) // 2
    if half < len("ab"):
        return ""
    even, odd = first[: 2 * half : 2].count(0), first[1 : 2 * half : 2].count(0)
    if odd > _SHARE * half and even < _OTHER_SHARE * half:
        return "utf-16-le"
    if even > _SHARE * half and odd < _OTHER_SHARE * half:
        return "utf-16-be"
    return ""


class ScanTranscoder:
    """Turns chunks of UTF-16 into UTF-8; what is no character becomes U+FFFD."""

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
