"""Handed out by the keyring: sealers that cannot open, signers that cannot be pickled.

An enrolled sealer holds a fresh leaf key that exists nowhere else until `Keyring.enrol` wraps it
in the transaction that names the sealed thing; without that row the sealed bytes are noise.
"""

from typing import NoReturn, final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bailee.encoding import enc
from bailee.grant import Ref
from bailee.ids import InstallId
from bailee.seal.envelope import RecoveryKey
from bailee.seal.kdf import hkdf
from bailee.seal.leaf import LeafSealer
from bailee.seal.port import SegmentSealer
from bailee.secret import Secret


@final
class EnrolledSealer:
    """Sealer of one thing under a fresh leaf key; implements `seal.port.Sealer`."""

    # The leaf key itself is kept beside the sealer because `Keyring.enrol` must wrap it; it is the
    # one reader, and after it nothing needs this object but for sealing.
    __slots__ = ("_leaf", "_sealer", "ref")

    def __init__(self, ref: Ref, leaf: bytes) -> None:
        self.ref = ref
        self._leaf = leaf
        self._sealer = LeafSealer(leaf)

    def stream_sealer(self, salt: bytes, associated_data: bytes) -> SegmentSealer:
        """Derive the key of one stream."""
        return self._sealer.stream_sealer(salt, associated_data)

    def commitment(self, associated_data: bytes) -> bytes:
        """Return the 32 bytes that tie this key, and no other, to the thing."""
        return self._sealer.commitment(associated_data)

    def seal_row(self, aad: bytes, plaintext: bytes) -> bytes:
        """Seal a small value."""
        return self._sealer.seal_row(aad, plaintext)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


@final
class LedgerSigner:
    """Signer of one ledger: Ed25519 (RFC 8032)."""

    __slots__ = ("_key", "public_key")

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Sign: 64 bytes, the same for the same message."""
        return self._key.sign(message)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


def recovery_key(root: Secret[bytes], install: InstallId) -> RecoveryKey:
    """Derive the key pair of the envelopes of backups from a root, here or from a recovery kit."""
    return RecoveryKey(hkdf(root.reveal(), enc("recovery-envelope", install.raw)))
