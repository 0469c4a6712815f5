r"""Pattern: a text looked for in redacted text: found as it stood in the line, or not at all.

Pure.  Stored text holds marks (spec/batch.md), whose letters are no text: `xe9` must not match
inside the mark of an undecoded byte, nor `Aug` after the mark of an e-mail address.  A find counts
only where it starts on a character of the line; it holds no mark then that is not wholly its own,
since a text without the byte 0x1A holds no mark and that byte is written as its own mark.  Lines
lie end to end in a block, so a find must also end where its line does.
"""

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from bailee import errors
from bailee.limits import TEXT_BYTES
from bailee.logs.pieces import MARKER, RAW

_MARKER = bytes([MARKER])
_HEX = frozenset(b"0123456789abcdef")
_SURROGATE_BASE = 0xDC00


class Pattern:
    """Pattern: one text to look for; case counts.  UsageError or LimitExceeded when it is none."""

    def __init__(self, text: str) -> None:
        if not text:
            raise errors.UsageError("errors_search.text-empty")
        if len(received_form(text)) > TEXT_BYTES:
            raise errors.LimitExceeded("errors_search.text-length", limit=TEXT_BYTES)
        if "\n" in text:
            raise errors.UsageError("errors_search.text-lines")
        self._stored = stored_form(text)

    def lines(self, body: bytes, starts: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """Say which lines hold it; line i lies from `starts[i]` to `starts[i + 1]`."""
        wanted, size = self._stored, len(self._stored)
        # Over the whole body in one call: most groups have no hit, and Python sees none of their
        # lines.
        at = body.find(wanted)
        if at < 0:
            return np.empty(0, np.int64)
        # Only now that there is a hit: a list of 5,000 numbers costs more than the search.
        edges = starts.tolist()
        found = []
        while at >= 0:
            line = bisect_right(edges, at) - 1
            # Lines lie end to end without a newline between, so a find may begin in one and end in
            # the next.
            if at + size <= edges[line + 1] and _on_character(body, at):
                found.append(line)
                # On to the next line: one hit is enough for this one.
                at = body.find(wanted, edges[line + 1])
            else:
                at = body.find(wanted, at + 1)
        return np.array(found, np.int64)


def received_form(text: str) -> bytes:
    """Write a text as lines came in; UsageError when no bytes stand for it."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise errors.UsageError("errors_search.text-encoding") from None


def stored_form(text: str) -> bytes:
    """Write a text as stored lines have it; a byte that is no UTF-8 (PEP 383) as a mark."""
    return b"".join(_stored(part) for part in text)


def _stored(char: str) -> bytes:
    if char == chr(MARKER):
        return _MARKER * 2
    try:
        return char.encode()
    except UnicodeEncodeError:
        return _MARKER + b"x%02x" % (ord(char) - _SURROGATE_BASE)


def _on_character(body: bytes, at: int) -> bool:
    """Tell that no mark has begun before and goes on here."""
    if _opens(body, at):
        return False
    if at and body[at - 1] == RAW and _opens(body, at - 1):
        return False
    return not (at > 1 and body[at - 2] == RAW and body[at - 1] in _HEX and _opens(body, at - 2))


def _opens(body: bytes, at: int) -> bool:
    """Tell that the byte before is a marker that takes this one: the last of an odd run."""
    start = at
    while start and body[start - 1] == MARKER:
        start -= 1
    return (at - start) % 2 == 1
