"""What sealing needs from outside: a key that only seals, a key that opens, files by position.

Sealing and opening are apart because ingest and the ledger need no grant to seal: what they hold
cannot read back what they wrote.
"""

from collections.abc import Iterable
from typing import Protocol

Chunk = bytes | bytearray | memoryview


class SegmentSealer(Protocol):
    """Encrypts segments of one stream; AESGCM is one."""

    def encrypt_into(
        self, nonce: Chunk, data: Chunk, associated_data: Chunk | None, buf: Chunk, /
    ) -> int:
        """Write ciphertext and tag into `buf`, which is exactly 16 bytes longer than `data`."""


class SegmentOpener(Protocol):
    """Decrypts segments of one stream; AESGCM is one."""

    def decrypt_into(
        self, nonce: Chunk, data: Chunk, associated_data: Chunk | None, buf: Chunk, /
    ) -> int:
        """Write the plaintext into `buf`, exactly 16 bytes shorter; InvalidTag when forged."""


class RowSealer(Protocol):
    """A key that seals small values and opens nothing."""

    def seal_row(self, aad: bytes, plaintext: bytes) -> bytes:
        """Seal a small value, bound to `aad`."""


class RowOpener(Protocol):
    """A key that opens small values."""

    def open_row(self, aad: bytes, sealed: bytes) -> bytes:
        """Open a small value; Damaged when it was altered, or sealed for another `aad`."""


class Sealer(RowSealer, Protocol):
    """A leaf key that seals streams and small values, and opens nothing."""

    def stream_sealer(self, salt: bytes, associated_data: bytes) -> SegmentSealer:
        """Derive the key of one stream."""

    def commitment(self, associated_data: bytes) -> bytes:
        """Return the 32 bytes that tie this key, and no other, to the thing."""


class Opener(RowOpener, Protocol):
    """A leaf key that opens streams and small values."""

    def stream_opener(self, salt: bytes, associated_data: bytes) -> SegmentOpener:
        """Derive the key of one stream."""

    def commitment(self, associated_data: bytes) -> bytes:
        """Return the 32 bytes that tie this key, and no other, to the thing."""

    def reseal_row(self, aad: bytes, plaintext: bytes) -> bytes:
        """Seal the next form of a small value under the key that opens the one before."""


class SealedSource(Protocol):
    """Where stored bytes are read by position: a file, an object store, a test."""

    def size(self) -> int:
        """Return how many bytes are stored."""

    def read_at(self, offset: int, size: int) -> Chunk:
        """Read up to `size` bytes from `offset`; fewer only where the stored bytes end."""


class Blob(SealedSource, Protocol):
    """A sealed file, open for reading at any position; its owner closes it."""

    def close(self) -> None:
        """Give the file back; reading it afterwards is an error of the caller."""


class BlobStore(Protocol):
    """Where sealed files are kept, each under a name that is used once."""

    def put(self, name: str, chunks: Iterable[Chunk]) -> int:
        """Write a new file and return its size in bytes; durable when this returns.

        Conflict when the name is taken, CannotRecord when the disk does not take it.
        """

    def open(self, name: str) -> Blob:
        """Open a file; NotFound when there is none, Damaged when it cannot be read."""

    def delete(self, name: str) -> bool:
        """Delete a file, durably; False when there was none."""
