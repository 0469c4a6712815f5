"""One key derivation for the whole house: HKDF-SHA-256, salt `bailee/v1`, 32 bytes out.

The info is always an `enc(…)` tuple, so that no two purposes can meet in one key.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SALT = b"bailee/v1"
KEY_BYTES = 32


def hkdf(ikm: bytes, info: bytes) -> bytes:
    """Derive 32 bytes from key material for what `info` says."""
    return HKDF(SHA256(), KEY_BYTES, SALT, info).derive(ikm)


def stream_key(key: bytes, salt: bytes, associated_data: bytes) -> bytes:
    """Derive the key of one stream as Tink does: the salt of its header, the data it binds."""
    return HKDF(SHA256(), KEY_BYTES, salt, associated_data).derive(key)
