"""Charset: how received bytes are written: UTF-8 or bytes as they are, UTF-16 or UTF-32.

Stored text is UTF-8.  A byte order mark is noted beside, not stored in the first line; UTF-16 and
UTF-32 are transcoded, lone surrogates too, so that the way back gives the same bytes.
"""

import codecs
from dataclasses import dataclass

from bailee.errors import Damaged
from bailee.scan.encodings import encoding_of

UTF8 = "utf-8"
_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    # The longer marks first: that of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KEEP = "surrogatepass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charset:
    """Charset: the encoding of a source, and the byte order mark that it starts with."""

    encoding: str = UTF8
    front: bytes = b""

    @property
    def transcoded(self) -> bool:
        """Whether stored text is not simply what was received."""
        return self.encoding != UTF8

    def raw(self, text: bytes) -> bytes:
        """Return the received bytes of stored text; the inverse of transcoding."""
        # Also when it is no UTF-8 at all: bytes that decode to nothing are stored as marks, and
        # come back.
        if not self.transcoded:
            return text
        return text.decode(UTF8, _KEEP).encode(self.encoding, _KEEP)


def sniff(head: bytes) -> Charset:
    """Read the mark at the start of a source, or see wide characters by their zeros."""
    # A mark before the zeros: it says which, while zeros are a guess by their share.
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return Charset(encoding=encoding, front=mark)
    return Charset(encoding=encoding_of(head) or UTF8)


class SourceTranscoder:
    """Turns chunks of a source into stored text; UTF-8 and bytes pass as they are."""

    def __init__(self, charset: Charset) -> None:
        self._charset = charset
        make = codecs.getincrementaldecoder(charset.encoding)
        self._decoder = make(_KEEP) if charset.transcoded else None

    def feed(self, chunk: bytes) -> bytes:
        """Transcode a chunk; half a character at its end waits for the next.

        Damaged when the text would not give the same bytes back.
        """
        return chunk if self._decoder is None else self._taken(chunk)

    def _taken(self, chunk: bytes) -> bytes:
        if self._decoder is None:
            return chunk
        before = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(chunk).encode(UTF8, _KEEP)
        except UnicodeDecodeError:
            # What is no character of UTF-32, as where UTF-8 was appended; the error holds bytes.
            raise Damaged("errors_logs.does-not-come-back") from None
        # The way back is tried at once, on each chunk: a decoder that replaced or dropped a unit
        # would lose it for good, and here the source can still be stopped at.
        if self._charset.raw(text) + self._decoder.getstate()[0] != before + chunk:
            raise Damaged("errors_logs.does-not-come-back")
        return text

    def tail(self) -> bytes:
        """Return what is left at the end that is no whole character; it is kept as bytes."""
        return b"" if self._decoder is None else self._decoder.getstate()[0]
