"""What the keyring hands out: sealers that cannot open, signers that cannot be copied.

An enrolled sealer holds a fresh leaf key that exists nowhere else until `Keyring.enrol` wraps it
in the transaction that names the sealed thing; without that row the sealed bytes are noise.
"""

from typing import NoReturn, final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bailee.grant import Ref
from bailee.seal.leaf import LeafSealer
from bailee.seal.port import SegmentSealer


@final
class EnrolledSealer:
    """Seals one thing under a fresh leaf key; implements `seal.port.Sealer`."""

    __slots__ = ("_leaf", "_sealer", "ref")

    def __init__(self, ref: Ref, leaf: bytes) -> None:
        self.ref = ref
        self._leaf = leaf
        self._sealer = LeafSealer(leaf)

    def stream_sealer(self, salt: bytes, associated_data: bytes) -> SegmentSealer:
        """Derive the key of one stream."""
        return self._sealer.stream_sealer(salt, associated_data)

    def commitment(self, associated_data: bytes) -> bytes:
        """Give the 32 bytes that tie this key, and no other, to the thing."""
        return self._sealer.commitment(associated_data)

    def seal_row(self, aad: bytes, plaintext: bytes) -> bytes:
        """Seal a small value."""
        return self._sealer.seal_row(aad, plaintext)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


@final
class LedgerSigner:
    """Signs for one transparency log with Ed25519."""

    __slots__ = ("_key", "public_key")

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Sign: 64 bytes, the same for the same message."""
        return self._key.sign(message)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")
