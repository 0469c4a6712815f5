"""Salts of log lines and of their values: keystreams, so that 50,000 cost what one HMAC would.

A salt hides what it is hashed with from who is shown the hash beside it; it is 16 bytes of
AES-256-CTR under a key of its own block, and whoever has the text object can make it again.
spec/batch.md
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bailee.encoding import enc
from bailee.seal.kdf import hkdf

SALT_BYTES = 16


def line_salts(key: bytes, batch: bytes, count: int) -> bytes:
    """Give the salts of a block's lines, one after another; the key is the block's own."""
    return _keystream(hkdf(key, enc("salts", batch)), count)


def value_salts(key: bytes, batch: bytes, count: int) -> bytes:
    """Give the salts of a block's values, by ordinal.

    A value has one commitment for a whole month: without these, who was once shown it would find
    it again as the neighbour of another value, in the proof of a line that is not about it.
    """
    return _keystream(hkdf(key, enc("value-salts", batch)), count)


def _keystream(key: bytes, count: int) -> bytes:
    return Cipher(AES(key), CTR(bytes(SALT_BYTES))).encryptor().update(bytes(SALT_BYTES * count))
