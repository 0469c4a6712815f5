"""Injective encoding of tuples: whatever is hashed, keyed or bound goes through `enc`.

Plain concatenation is ambiguous (`ab‖c` = `a‖bc`) and lets one statement pass for another; here
each part carries its length and the tuple its count, so two tuples never share an encoding.
`dec` is its exact inverse.  Stands alone: the offline verifier ships this file.  spec/encoding.md
"""

import codecs
from collections.abc import Sequence
from functools import lru_cache

_PREFIX = "bailee/v1/"
_HEADS = 512
"""Heads in memory.  Labels are constants of the code, so some dozens are ever in use."""


def u64(value: int) -> bytes:
    """Encode a whole number, 0 ≤ value < 2⁶⁴, as 8 bytes, big-endian."""
    return value.to_bytes(8, "big")


_SHORT = 1_024
_LENGTHS = tuple(map(u64, range(_SHORT)))
"""Lengths of short parts, encoded."""


def enc(label: str, *parts: bytes | str | int) -> bytes:
    """Encode a labelled tuple: u64(n+1), then u64(length) and bytes of the label and each part.

    Text is UTF-8, a whole number is its u64.  Raises OverflowError for a number out of range.
    """
    out = [_head(label, len(parts) + 1)]
    for part in parts:
        if isinstance(part, str):
            blob = part.encode()
        else:
            # A bool is an int and encodes as 0 or 1; a negative number has no encoding.
            blob = part if isinstance(part, bytes) else u64(part)
        size = len(blob)
        # Looked up where it is short, which takes half as long: an opening encodes 300 parts.
        out.append(_LENGTHS[size] if size < _SHORT else u64(size))
        out.append(blob)
    return b"".join(out)


@lru_cache(maxsize=_HEADS)
def _head(label: str, count: int) -> bytes:
    """Encode what every tuple of a label and length begins with."""
    # Cached for ever: it depends on its arguments alone, and ingest asks for the same few some
    # hundred thousand times a second.
    name = (_PREFIX + label).encode()
    return u64(count) + u64(len(name)) + name


def dec(label: str, blob: bytes) -> Sequence[bytes]:
    """Decode what `enc(label, …)` made into its parts, as bytes.

    Raises ValueError when the label differs, a length does not fit or bytes are left over.
    """
    count = int.from_bytes(blob[:8], "big")
    parts: list[bytes] = []
    at = 8
    # Each part takes 8 bytes at least, so a count that the blob cannot hold is refused before the
    # loop: a forged one would run 2⁶⁴ times.
    if len(blob) < at or count > len(blob) // 8:
        raise ValueError("not an encoded tuple")
    for _ in range(count):
        length = int.from_bytes(blob[at : at + 8], "big")
        if at + 8 > len(blob) or length > len(blob) - at - 8:
            raise ValueError("a part is longer than what holds it")
        parts.append(blob[at + 8 : at + 8 + length])
        at += 8 + length
    # Bytes left over would give one tuple two encodings, and a MAC over one would cover both.
    if at != len(blob):
        raise ValueError("bytes are left over after the last part")
    if not parts or parts[0] != (_PREFIX + label).encode():
        raise ValueError("another label was expected")
    return parts[1:]


_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def handed(data: bytes) -> bytes:
    r"""Give text that a person hands over as it was before an editor or a mail saved it.

    Without a byte order mark, in UTF-8 where it was saved in UTF-16, its lines without blanks at
    their ends and each ended by \n alone.  UnicodeDecodeError when a mark promises what is not so.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if encoding:
        data = data[2:].decode(encoding).encode()
    data = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = [line.rstrip(b" \t") for line in data.split(b"\n")]
    text = b"\n".join(lines).rstrip(b"\n")
    return text + b"\n" if text else b""
