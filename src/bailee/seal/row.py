"""Row: a small value sealed by AES-256-GCM-SIV (RFC 8452), padded, bound to its place.

A value's length tells much about a name or a password, so the plaintext grows to 64·2ⁱ bytes.
SIV, because a nonce repeated after a machine is cloned must not give the key away.
spec/sealed-object.md, "Rows"
"""

import secrets
from functools import lru_cache
from typing import NoReturn, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from bailee.encoding import enc
from bailee.errors import Damaged
from bailee.ids import Entropy

NONCE_BYTES = 12
TAG_BYTES = 16
_LENGTH_BYTES = 4
# The least padded size: most names, addresses and identifiers fit and then look alike.
_STEP_BYTES = 64
_SHORTEST = NONCE_BYTES + _STEP_BYTES + TAG_BYTES


def row_aad(client: bytes, noun: str, id: bytes, field: str, version: int) -> bytes:  # noqa: A002  # the field's name in the spec
    """Return what binds a value to client, noun, row, field and version: moved, it stays shut."""
    return enc("aad", client, noun, id, field, version)


# Both caches depend on the size alone and are never cleared: a million values of a batch have a
# few dozen sizes, and ingest asks for each of them.
@lru_cache(1024)
def padded_size(size: int) -> int:
    """Return the least 64·2ⁱ that holds the length and `size` bytes."""
    needed = max(size + _LENGTH_BYTES, _STEP_BYTES)
    return 1 << (needed - 1).bit_length()


@lru_cache(1024)
def frame(size: int) -> tuple[bytes, bytes]:
    """Return what stands before and after a plaintext of this size: its length, and zeros."""
    return size.to_bytes(_LENGTH_BYTES, "big"), bytes(padded_size(size) - _LENGTH_BYTES - size)


@final
class RowCipher:
    """Row cipher: seals and opens many values under one 32-byte key, set up once."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCMSIV(key)

    def seal(self, aad: bytes, plaintext: bytes, entropy: Entropy = secrets.token_bytes) -> bytes:
        """Seal: nonce ‖ GCM-SIV(u32(length) ‖ plaintext ‖ 0…)."""
        # Random, not counted: several processes seal under one key and share no counter.  Should
        # two meet, SIV gives away that the same value was sealed at one place twice, no more.
        nonce = entropy(NONCE_BYTES)
        length, zeros = frame(len(plaintext))
        return nonce + self._cipher.encrypt(nonce, length + plaintext + zeros, aad)

    def open(self, aad: bytes, sealed: bytes) -> bytes:
        """Open; Damaged when it is not what was sealed under this key for this place."""
        if len(sealed) < _SHORTEST:
            raise Damaged("errors_seal.row")
        try:
            padded = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except InvalidTag:
            raise Damaged("errors_seal.row") from None
        # Authentic, so whoever has the key made it: but a length beyond the plaintext would cut in
        # silence, and one far below it would open as a value that nobody sealed.
        length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
        if len(padded) != padded_size(length):
            raise Damaged("errors_seal.row")
        return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


def siv_seal(
    key: bytes, aad: bytes, plaintext: bytes, entropy: Entropy = secrets.token_bytes
) -> bytes:
    """Seal one value under a 32-byte key."""
    return RowCipher(key).seal(aad, plaintext, entropy)


def siv_open(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    """Open one value; Damaged when it is not what was sealed under this key for this place."""
    return RowCipher(key).open(aad, sealed)
