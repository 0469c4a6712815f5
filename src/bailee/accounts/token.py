"""API token: how it is written and read; spec/api-token.md.

    bailee_<id>_<secret and checksum>

Pure.  The id finds the row and may be shown; the secret is 256 random bits, of which only a keyed
hash is kept.  The checksum tells a token that was cut or mistyped from one that is unknown, so that
a scanner of leaked secrets needs nobody to ask.
"""

import base64
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from bailee.encoding import enc
from bailee.ids import Entropy, TokenId
from bailee.keyring.port import Macs
from bailee.secret import Secret

DOMAIN: Final = "api-token"
_PREFIX: Final = "bailee"
_SECRET_BYTES: Final = 32
_CHECK_BYTES: Final = 3
"""24 bits; with them the last part is 35 bytes, a multiple of 5, and base32 has no padding."""
TOKEN_CHARS: Final = 93


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretToken:
    """Secret token: the whole of one, in memory for as long as it is made or compared."""

    id: TokenId
    secret: Secret[bytes]

    @classmethod
    def draw(cls, entropy: Entropy = secrets.token_bytes) -> Self:
        """Draw a fresh one."""
        return cls(id=TokenId.new(entropy), secret=Secret(entropy(_SECRET_BYTES)))

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the text form; ValueError (without the text) when it is none."""
        prefix, _, rest = text.partition("_")
        name, _, tail = rest.partition("_")
        # Before anything is decoded: what is shown comes from anyone, as long as they like.
        if len(text) != TOKEN_CHARS or prefix != _PREFIX or tail != tail.lower():
            raise ValueError("not an API token")
        try:
            found, raw = TokenId.parse(name), base64.b32decode(tail.upper())
        except ValueError:
            raise ValueError("not an API token") from None
        secret, check = raw[:_SECRET_BYTES], raw[_SECRET_BYTES:]
        # No constant time: the checksum is no secret, for it follows from what was shown.
        if _check(found, secret) != check:
            raise ValueError("not an API token")
        return cls(id=found, secret=Secret(secret))

    def written(self) -> Secret[str]:
        """Write it, to be shown once."""
        secret = self.secret.reveal()
        tail = base64.b32encode(secret + _check(self.id, secret)).decode().lower()
        return Secret(f"{_PREFIX}_{self.id}_{tail}")

    def keyed(self, keys: Macs) -> bytes:
        """Return what a row keeps of the secret."""
        return keys.mac(DOMAIN, self._message())

    def is_of(self, keys: Macs, keyed: bytes) -> bool:
        """Tell in constant time whether a row keeps this secret."""
        return keys.verify_mac(DOMAIN, self._message(), keyed)

    def _message(self) -> bytes:
        # With the id: the hash of one token, copied to the row of another, fits nothing.
        return enc(DOMAIN, self.id.raw, self.secret.reveal())


def _check(token: TokenId, secret: bytes) -> bytes:
    return sha256(enc("api-token-check", token.raw, secret)).digest()[:_CHECK_BYTES]
