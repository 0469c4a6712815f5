"""The one injective encoding of tuples: whatever is hashed, keyed or bound goes through `enc`.

Plain concatenation is ambiguous (`ab‖c` = `a‖bc`) and lets one statement pass for another; here
each part carries its length and the tuple its count, so two tuples never share an encoding.
`dec` is its exact inverse.  Stands alone: the offline verifier ships this file.  spec/encoding.md
"""

from collections.abc import Sequence

_PREFIX = "bailee/v1/"


def u64(value: int) -> bytes:
    """Encode a whole number, 0 ≤ value < 2⁶⁴, as 8 bytes, big-endian."""
    return value.to_bytes(8, "big")


def enc(label: str, *parts: bytes | str | int) -> bytes:
    """Encode a labelled tuple: u64(n+1), then u64(length) and bytes of the label and each part.

    Text is UTF-8, a whole number is its u64.  Raises OverflowError for a number out of range.
    """
    blobs = [(_PREFIX + label).encode()]
    for part in parts:
        if isinstance(part, bytes):
            blobs.append(part)
        elif isinstance(part, str):
            blobs.append(part.encode())
        else:
            blobs.append(u64(part))
    out = [u64(len(blobs))]
    for blob in blobs:
        out += (u64(len(blob)), blob)
    return b"".join(out)


def dec(label: str, blob: bytes) -> Sequence[bytes]:
    """Decode what `enc(label, …)` made into its parts, as bytes.

    Raises ValueError when the label differs, a length does not fit or bytes are left over.
    """
    count = int.from_bytes(blob[:8], "big")
    parts: list[bytes] = []
    at = 8
    if len(blob) < at or count > len(blob) // 8:
        raise ValueError("not an encoded tuple")
    for _ in range(count):
        length = int.from_bytes(blob[at : at + 8], "big")
        if at + 8 > len(blob) or length > len(blob) - at - 8:
            raise ValueError("a part is longer than what holds it")
        parts.append(blob[at + 8 : at + 8 + length])
        at += 8 + length
    if at != len(blob):
        raise ValueError("bytes are left over after the last part")
    if not parts or parts[0] != (_PREFIX + label).encode():
        raise ValueError("another label was expected")
    return parts[1:]
