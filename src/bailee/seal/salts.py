"""Salts of log lines: a keystream, so that 50,000 of them cost what one HMAC would.

A salt hides a line from who knows its neighbours' hashes; it is 16 bytes of AES-256-CTR under a key
of its own block, and whoever has the text object can make it again.  spec/batch.md
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bailee.encoding import enc
from bailee.seal.kdf import hkdf

SALT_BYTES = 16


def line_salts(key: bytes, batch: bytes, count: int) -> bytes:
    """Give the salts of a block's lines, one after another; the key is the block's own."""
    stream = Cipher(AES(hkdf(key, enc("salts", batch))), CTR(bytes(SALT_BYTES))).encryptor()
    return stream.update(bytes(SALT_BYTES * count))
