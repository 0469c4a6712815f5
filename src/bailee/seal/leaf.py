"""Leaf key: 32 bytes that seal one thing and nothing else, held as a sealer or as an opener.

The leaf itself encrypts nothing: streams, rows and the commitment each take a key derived from it.
"""

from typing import NoReturn, final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailee.encoding import enc
from bailee.seal.kdf import KEY_BYTES, hkdf, stream_key
from bailee.seal.row import RowCipher

SUITE = 1
"""AES256-GCM-HKDF streaming, 64 KiB segments, HKDF-SHA-256.  Numbers only grow."""


def commit(key: bytes, associated_data: bytes) -> bytes:
    """Return the 32 bytes that tie this key to what it seals; compared before anything is opened.

    GCM does not commit to its key: one ciphertext can be made that opens under two keys to two
    texts, and a client could be shown one and a court the other (spec/sealed-object.md).
    """
    return hkdf(key, enc("commit", SUITE, associated_data))


class _Leaf:
    """What a sealer and an opener of one key share."""

    __slots__ = ("_key", "_rows")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a leaf key is 32 bytes")
        self._key = key
        self._rows: RowCipher | None = None

    def commitment(self, associated_data: bytes) -> bytes:
        """Return the 32 bytes that tie this key, and no other, to the thing."""
        return commit(self._key, associated_data)

    def _stream(self, salt: bytes, associated_data: bytes) -> AESGCM:
        return AESGCM(stream_key(self._key, salt, associated_data))

    def _row_cipher(self) -> RowCipher:
        """Return the cipher of rows, set up on first use."""
        # Kept for the life of this object and no longer.  Most leaves seal one stream and never
        # need it; some seal a million rows, and a cipher for each would cost more than the rows.
        if self._rows is None:
            self._rows = RowCipher(hkdf(self._key, enc("row-key")))
        return self._rows

    def __reduce__(self) -> NoReturn:
        # Refused wherever a key lies: a pickle ends up in a pool's queue or a crash report.
        raise TypeError("a key does not leave the process")


@final
class LeafSealer(_Leaf):
    """Seals under one leaf key; has no method that opens."""

    __slots__ = ()

    def stream_sealer(self, salt: bytes, associated_data: bytes) -> AESGCM:
        """Derive the key of one stream."""
        return self._stream(salt, associated_data)

    def seal_row(self, aad: bytes, plaintext: bytes) -> bytes:
        """Seal a small value."""
        return self._row_cipher().seal(aad, plaintext)


@final
class LeafOpener(_Leaf):
    """Opens under one leaf key."""

    __slots__ = ()

    def stream_opener(self, salt: bytes, associated_data: bytes) -> AESGCM:
        """Derive the key of one stream."""
        return self._stream(salt, associated_data)

    def open_row(self, aad: bytes, sealed: bytes) -> bytes:
        """Open a small value; Damaged when it was altered, or sealed for another place."""
        return self._row_cipher().open(aad, sealed)

    # Not the other way round: what only seals has no method that opens, but who may open a value
    # may as well write its next form, and a new key for each would leave as many to delete.
    def reseal_row(self, aad: bytes, plaintext: bytes) -> bytes:
        """Seal the next form of a small value."""
        return self._row_cipher().seal(aad, plaintext)
