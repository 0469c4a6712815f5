"""Layout of a sealed stream: where each byte lies in Tink's AES256-GCM-HKDF streaming format.

    stream  = header ‖ segment₀ ‖ segment₁ …      header = u8(40) ‖ salt[32] ‖ prefix[7]
    segment = AES-256-GCM(ciphertext ‖ tag[16])   nonce  = prefix ‖ u32(index) ‖ u8(last)

The header stands inside the first 64 KiB, so segment₀ is 40 bytes shorter.  Only the last segment
may be shorter than full, and its nonce says that it is the last.  spec/sealed-object.md
"""

import struct
from dataclasses import dataclass
from typing import Self

from bailee.errors import Damaged, LimitExceeded
from bailee.limits import SEALED_SEGMENTS, SEGMENT_BYTES
from bailee.seal.padding import padme

SALT_BYTES = 32
# 7 of prefix, 4 of index and 1 of `last` fill the 12 bytes of a GCM nonce: Tink's own figures.
PREFIX_BYTES = 7
TAG_BYTES = 16
NONCE_BYTES = 12
HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES
BODY_BYTES = SEGMENT_BYTES - TAG_BYTES
"""Plaintext of a full segment."""
FIRST_BYTES = BODY_BYTES - HEADER_BYTES
"""Plaintext of a full first segment."""


def segment_of(position: int) -> int:
    """Return the index of the segment that holds this byte of the plaintext."""
    return (position + HEADER_BYTES) // BODY_BYTES


def plain_start(index: int) -> int:
    """Return where the plaintext of a segment starts."""
    return max(0, index * BODY_BYTES - HEADER_BYTES)


def sealed_start(index: int) -> int:
    """Return where the ciphertext of a segment starts in the stream."""
    return index * SEGMENT_BYTES if index else HEADER_BYTES


def segments_of(plain_size: int) -> int:
    """Return how many segments hold so much plaintext; an empty one still has its tag."""
    return segment_of(max(0, plain_size - 1)) + 1


def sealed_size(plain_size: int) -> int:
    """Return the size of the stream that seals so much plaintext."""
    return HEADER_BYTES + plain_size + TAG_BYTES * segments_of(plain_size)


def plain_size(sealed: int) -> int:
    """Return the plaintext in a stream of this size; Damaged when no stream has it."""
    # Rounded up.  The sum is then compared the other way round, since a size with a last segment
    # of less than a tag is no stream at all.
    segments = -(-sealed // SEGMENT_BYTES)
    plain = sealed - HEADER_BYTES - TAG_BYTES * segments
    if plain < 0 or sealed_size(plain) != sealed:
        raise Damaged("errors_seal.length", stored=sealed)
    return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Size of a sealed thing, in bytes: of what it holds, and of what is stored.

    The true size decides where reading ends, so it must come from a sealed row: in clear, who
    edits the row could cut an object short unseen.  Damaged when the two cannot belong together.
    """

    true_size: int
    sealed_size: int

    def __post_init__(self) -> None:
        if not 0 <= self.true_size <= plain_size(self.sealed_size):
            raise Damaged("errors_seal.length", stored=self.sealed_size)

    @classmethod
    def padded(cls, true_size: int) -> Self:
        """Return the extent of an object of this size, padded by Padmé and sealed."""
        return cls(true_size=true_size, sealed_size=sealed_size(padme(true_size)))

    @property
    def plain_size(self) -> int:
        """The size of the stored plaintext: the true bytes and their padding."""
        return plain_size(self.sealed_size)


class Nonces:
    """Nonces of one stream, in one reused buffer; each seals once and opens as often as asked."""

    __slots__ = ("_nonce",)

    def __init__(self, prefix: bytes) -> None:
        self._nonce = bytearray(prefix.ljust(NONCE_BYTES, b"\0"))

    def at(self, index: int, *, last: bool) -> bytearray:
        """Return the nonce of a segment, valid until the next call; LimitExceeded past the last."""
        # Past 32 bits the index would begin again at 0 and repeat a nonce under the same key, which
        # gives away both plaintexts and lets anyone forge segments (spec/invariants.md I12).
        if index >= SEALED_SEGMENTS:
            raise LimitExceeded("errors_seal.too-long")
        struct.pack_into(">IB", self._nonce, PREFIX_BYTES, index, last)
        return self._nonce
