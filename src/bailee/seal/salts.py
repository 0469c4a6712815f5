"""Salts of log lines and of their values: 16 bytes each of an AES-256-CTR keystream.

A salt hides what it is hashed with from whoever is shown a neighbour's hash: without it, a line of
few possible values could be guessed.  The keystream's key is derived from that of the block, so
whoever opens the redacted text can make the salts again and none is stored.  spec/batch.md
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bailee.encoding import enc
from bailee.seal.kdf import hkdf

SALT_BYTES = 16


def line_salts(key: bytes, batch: bytes, count: int) -> bytes:
    """Return the salts of a block's lines, one after another; the key is the block's own."""
    return _keystream(hkdf(key, enc("salts", batch)), count)


def value_salts(key: bytes, batch: bytes, count: int) -> bytes:
    """Return the salts of a block's values, by ordinal.

    A value has one commitment for a whole month: without these, who was once shown it would find
    it again as the neighbour of another value, in the proof of a line that is not about it.
    """
    return _keystream(hkdf(key, enc("value-salts", batch)), count)


def _keystream(key: bytes, count: int) -> bytes:
    # One keystream for all: 50,000 salts cost about what one HMAC does.  The counter may start at
    # 0, because the key is used for this alone: block, batch and use are in it.
    return Cipher(AES(key), CTR(bytes(SALT_BYTES))).encryptor().update(bytes(SALT_BYTES * count))
