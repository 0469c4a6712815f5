"""Makes the vectors of spec/vault.md from the formulas alone; BAILEE_UPDATE=1 writes them.

Nothing here calls the code that is judged, but for `enc` and HKDF, which have vectors of their
own: HMAC is the standard library's, GCM-SIV that of `cryptography`.
"""

import hmac
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from tests.keys.vectors import CLIENT, OTHER, Page, Vector, one

from bailee.encoding import enc, u64
from bailee.ids import ClientId
from bailee.scan.kinds import Kind
from bailee.seal.kdf import hkdf

FILE = Path(__file__).parents[2] / "spec" / "vectors" / "vault" / "vault.toml"
EPOCH, VERSION = 202610, 3
V = one("vault key")
TOKEN, ABOVE = one("token", 10), one("canonical token", 10)
NONCE = one("vault nonce", 12)
RAW, CANON = b"Foo@X.com", b"foo@x.com"


def index(form: str, kind: Kind, data: bytes, key: bytes = V) -> bytes:
    return hmac.digest(hkdf(key, enc("idx")), enc(form, int(kind), data), "sha256")[:16]


def sealed_token(found_by: bytes, token: bytes) -> bytes:
    aad = enc("aad", CLIENT.raw, "vault-index", found_by, "token", VERSION)
    return NONCE + AESGCMSIV(hkdf(V, enc("seal"))).encrypt(NONCE, token, aad)


def sealed_value(token: bytes, kind: Kind, plain: bytes) -> bytes:
    aad = enc("aad", CLIENT.raw, "vault", u64(EPOCH) + token, kind.name.lower(), VERSION)
    size = 64
    while size < len(plain) + 4:
        size *= 2
    padded = (len(plain).to_bytes(4, "big") + plain).ljust(size, b"\0")
    return NONCE + AESGCMSIV(hkdf(V, enc("seal"))).encrypt(NONCE, padded, aad)


def place(client: ClientId = CLIENT, epoch: int = EPOCH, version: int = VERSION) -> Vector:
    return {"vault-key": V.hex(), "client": str(client), "epoch": epoch, "version": version}


def indexed(form: str, kind: Kind, data: bytes) -> Vector:
    return {
        **place(),
        "kind": "index",
        "form": form,
        "of": int(kind),
        "bytes": data.hex(),
        "expect": index(form, kind, data).hex(),
    }


def committed(client: ClientId, epoch: int, kind: Kind, raw: bytes) -> Vector:
    r = one("opening")
    message = enc("value", client.raw, epoch, int(kind), raw)
    return {
        "kind": "commitment",
        "client": str(client),
        "epoch": epoch,
        "of": int(kind),
        "raw": raw.hex(),
        "r": r.hex(),
        "expect": hmac.digest(r, message, "sha256").hex(),
    }


def token_row(expect: str = "", **changed: str | int) -> Vector:
    found_by = index("raw", Kind.EMAIL, RAW)
    good: Vector = {
        **place(),
        "kind": "token",
        "key": found_by.hex(),
        "sealed": sealed_token(found_by, TOKEN).hex(),
    }
    return good | changed | {"expect": expect or TOKEN.hex()}


def value_row(expect: str = "", **changed: str | int) -> Vector:
    plain = ABOVE + one("opening") + RAW
    good: Vector = {
        **place(),
        "kind": "value",
        "token": TOKEN.hex(),
        "of": int(Kind.EMAIL),
        "sealed": sealed_value(TOKEN, Kind.EMAIL, plain).hex(),
    }
    return good | changed | {"expect": expect or plain.hex()}


def flipped(vector: Vector, at: int) -> str:
    blob = bytearray.fromhex(str(vector["sealed"]))
    blob[at] ^= 1
    return blob.hex()


def page() -> Page:
    """Each formula, and rows that were moved or harmed."""
    token, value, harmed = token_row(), value_row(), "damaged"
    long = ABOVE + one("opening") + b"x" * 19
    return {
        "index-canon": indexed("canon", Kind.EMAIL, CANON),
        "index-raw": indexed("raw", Kind.EMAIL, RAW),
        "index-spelling": indexed("spelling", Kind.EMAIL, ABOVE + u64(0)),
        "index-of-nothing": indexed("canon", Kind.USERNAME, b""),
        "index-of-another-kind": indexed("canon", Kind.USERNAME, CANON),
        "commitment": committed(CLIENT, EPOCH, Kind.EMAIL, RAW),
        "commitment-of-another-client": committed(OTHER, EPOCH, Kind.EMAIL, RAW),
        "commitment-of-another-month": committed(CLIENT, EPOCH - 1, Kind.EMAIL, RAW),
        "commitment-of-another-kind": committed(CLIENT, EPOCH, Kind.USERNAME, RAW),
        "token": token,
        "token-under-another-key": token_row(harmed, key=index("raw", Kind.EMAIL, CANON).hex()),
        "token-of-another-client": token_row(harmed, client=str(OTHER)),
        "token-of-another-version": token_row(harmed, version=VERSION + 1),
        "token-flipped": token_row(harmed, sealed=flipped(token, 12)),
        "token-cut": token_row(harmed, sealed=str(token["sealed"])[:-2]),
        "value": value,
        "value-padded-to-128": value_row(
            long.hex(), sealed=sealed_value(TOKEN, Kind.EMAIL, long).hex()
        ),
        "value-of-another-token": value_row(harmed, token=ABOVE.hex()),
        "value-of-another-kind": value_row(harmed, of=int(Kind.USERNAME)),
        "value-of-no-kind": value_row(harmed, of=99),
        "value-of-another-client": value_row(harmed, client=str(OTHER)),
        "value-of-another-month": value_row(harmed, epoch=EPOCH + 1),
        "value-of-another-version": value_row(harmed, version=VERSION + 1),
        "value-flipped": value_row(harmed, sealed=flipped(value, 50)),
        "value-without-opening": value_row(
            harmed, sealed=sealed_value(TOKEN, Kind.EMAIL, ABOVE).hex()
        ),
    }
