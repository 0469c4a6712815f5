"""Key derivation: HKDF-SHA-256 (RFC 5869), salt `bailee/v1`, 32 bytes out; the only one there is.

The info is always an `enc(…)` tuple, so that no two purposes derive the same key.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# Fixed on purpose: every key that goes in is 32 random bytes already, so the salt only keeps our
# derivations apart from those of other software that is given the same key.
SALT = b"bailee/v1"
KEY_BYTES = 32


def hkdf(ikm: bytes, info: bytes) -> bytes:
    """Derive 32 bytes from key material, for the one use that `info` names."""
    return HKDF(SHA256(), KEY_BYTES, SALT, info).derive(ikm)


def stream_key(key: bytes, salt: bytes, associated_data: bytes) -> bytes:
    """Derive the key of one stream as Tink does, from the salt in its header and what it binds."""
    # A fresh salt for each stream gives a fresh key, so the counted nonces never meet the same key
    # twice, even where one leaf key seals several streams (spec/invariants.md I12).
    return HKDF(SHA256(), KEY_BYTES, salt, associated_data).derive(key)
