"""Envelope: a small plaintext sealed to an offline recovery key, by HPKE (RFC 9180).

The machine holds the public key alone, so it makes backups that it cannot read.  A backup may be
kept for ten years, hence ML-KEM-768 and X25519 together: who copies it now and breaks X25519
later gets nothing.  The key pair comes from 32 bytes as in X-Wing
(draft-connolly-cfrg-xwing-kem), so a recovery kit on paper is enough to make it again.
spec/sealed-object.md, "Envelopes"
"""

import hashlib
from typing import NoReturn, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from bailee.errors import Damaged

SEED_BYTES = 32
_MLKEM_SEED_BYTES = 64
_MLKEM_PUBLIC_BYTES = 1184
_X25519_BYTES = 32
PUBLIC_BYTES = _MLKEM_PUBLIC_BYTES + _X25519_BYTES

# Both halves must break for an envelope to open; AES-256-GCM is safe here because HPKE derives a
# fresh key for each envelope, so that its nonce is used once.
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _parts(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(seed) != SEED_BYTES:
        raise ValueError("a recovery seed is 32 bytes")
    # SHAKE-256 to 96 bytes, as X-Wing expands its seed: any implementation of it makes this pair.
    expanded = hashlib.shake_256(seed).digest(_MLKEM_SEED_BYTES + _X25519_BYTES)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES]),
        X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:]),
    )


@final
class RecoveryKey:
    """Recovery key: the private half, made from its 32 bytes for as long as a restore lasts."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        mlkem, x25519 = _parts(seed)
        self._key = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def open(self, info: bytes, sealed: bytes) -> bytes:
        """Open an envelope; Damaged when it was altered, or sealed to another key or info."""
        try:
            return _SUITE.decrypt(sealed, self._key, info)
        except InvalidTag:
            # HPKE does not say which it was, an altered envelope or another key, and neither do we.
            raise Damaged("errors_seal.envelope") from None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


def recovery_public(seed: bytes) -> bytes:
    """Derive the public key that goes with 32 secret bytes."""
    return RecoveryKey(seed).public


def seal_to(public_key: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Seal a small plaintext (the key of a stream) so that only the recovery key opens it.

    `info` says what the envelope is for and is bound, not stored.  HPKE names no sender: whoever
    has the public key can make one, so who sealed it must be shown by other means.
    """
    if len(public_key) != PUBLIC_BYTES:
        raise ValueError("a recovery public key is 1,216 bytes")
    # X-Wing's order: the ML-KEM part first.  Swapped, lengths would still add up and no
    # recovery key would ever open what was sealed.
    hybrid = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public_key[:_MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(public_key[_MLKEM_PUBLIC_BYTES:]),
    )
    return _SUITE.encrypt(plaintext, hybrid, info)


def open_from(seed: bytes, info: bytes, sealed: bytes) -> bytes:
    """Open an envelope with the 32 secret bytes; Damaged as `RecoveryKey.open` says."""
    return RecoveryKey(seed).open(info, sealed)
