"""Makes the vectors of spec/api-token.md from the formulas alone; BAILEE_UPDATE=1 writes them.

Nothing here calls the code that is judged, but for `enc`, which has vectors of its own.
"""

import base64
import hashlib
import hmac
from pathlib import Path

from tests.keys.vectors import Page, Vector, one

from bailee.encoding import enc
from bailee.ids import TokenId

FILE = Path(__file__).parents[2] / "spec" / "vectors" / "api-token" / "api-token.toml"
ID, SECRET = TokenId(one("token id", 16)), one("token secret")
KEY = one("mac key of api-token")


def check(token: TokenId = ID, secret: bytes = SECRET) -> bytes:
    return hashlib.sha256(enc("api-token-check", token.raw, secret)).digest()[:3]


def written(tail: bytes) -> str:
    return f"bailee_{ID}_{base64.b32encode(tail).decode().lower()}"


def page() -> Page:
    whole = written(SECRET + check())
    keyed = hmac.digest(KEY, enc("api-token", ID.raw, SECRET), "sha256").hex()
    other = TokenId(one("another token id", 16))

    def refused(text: str) -> Vector:
        return {"token": text, "expect": "refused"}

    return {
        "token": {
            "token": whole,
            "id": str(ID),
            "secret": SECRET.hex(),
            "check": check().hex(),
            "mac-key": KEY.hex(),
            "keyed": keyed,
            "expect": keyed,
        },
        "cut": refused(whole[:-1]),
        "longer": refused(whole + "a"),
        "capitals": refused(whole.upper()),
        "capitals-in-the-secret": refused(whole[:37] + whole[37:].upper()),
        "another-prefix": refused("bailey" + whole[6:]),
        "another-checksum": refused(written(SECRET + bytes(3))),
        "another-id": refused(whole.replace(str(ID), str(other))),
        "no-base32": refused(whole[:-1] + "1"),
        "two-bits-in-the-id": refused(whole[:35] + "b" + whole[36:]),
        "no-text": refused("é" * len(whole)),
    }
