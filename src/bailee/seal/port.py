"""What sealing needs from outside: a key that only seals, a key that opens, bytes by position.

The split is the law: ingest and the ledger hold sealers, which cannot read back what they wrote.
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


class Sealer(Protocol):
    """A leaf key as seen by who may only seal."""

    def stream_sealer(self, salt: bytes, associated_data: bytes) -> SegmentSealer:
        """Derive the key of one stream."""

    def commitment(self, associated_data: bytes) -> bytes:
        """Give the 32 bytes that tie this key, and no other, to the thing."""

    def seal_row(self, aad: bytes, plaintext: bytes) -> bytes:
        """Seal a small value."""


class Opener(Protocol):
    """A leaf key as seen by who may open."""

    def stream_opener(self, salt: bytes, associated_data: bytes) -> SegmentOpener:
        """Derive the key of one stream."""

    def commitment(self, associated_data: bytes) -> bytes:
        """Give the 32 bytes that tie this key, and no other, to the thing."""

    def open_row(self, aad: bytes, sealed: bytes) -> bytes:
        """Open a small value; Damaged when it is not the one that was sealed there."""


class SealedSource(Protocol):
    """Where stored bytes are read by position: a file, an object store, a test."""

    def size(self) -> int:
        """Tell how many bytes are stored."""

    def read_at(self, offset: int, size: int) -> Chunk:
        """Read up to `size` bytes from `offset`; fewer only where the stored bytes end."""


class Blob(Protocol):
    """A sealed file, open for reading at any place."""

    def size(self) -> int:
        """Return the stored size in bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer at the end."""

    def close(self) -> None:
        """Give it back."""


class BlobStore(Protocol):
    """Where sealed files are; durable when `put` returns."""

    def put(self, name: str, chunks: Iterable[Chunk]) -> int:
        """Write a new file and return its size; Conflict when the name is taken."""

    def open(self, name: str) -> Blob:
        """Open a file; NotFound when absent."""

    def delete(self, name: str) -> bool:
        """Delete a file; False when there was none."""
