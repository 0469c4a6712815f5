"""Vault cipher: the formulas under one vault key, for indexes, sealed tokens, sealed values.

    K_i = HKDF(V, enc("idx"))      index = Trunc16(HMAC(K_i, enc(form, kind, bytes)))
    K_s = HKDF(V, enc("seal"))     sealed token = SIV_{K_s}(token)
    K_r = HKDF(V, enc("received")) tag of a batch = HMAC(K_r, message)
    C   = HMAC(r, enc("value", c, e, kind, raw))
                                   sealed value = SIV_{K_s}(pad(canonical token ‖ r ‖ raw))

Ingest calls this some 10⁵ times a second on one core, so what does not change between two values
is made once: the hash states after key and prefix, the fixed parts of the associated data.  The
forms: `canon` finds the token of a canonical spelling, `raw` that of any other, and `spelling`
numbers the other spellings of a canonical token, so that one person's can be found and erased.
spec/vault.md
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn, final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from bailee.encoding import enc, u64
from bailee.errors import Damaged
from bailee.ids import ClientId, Entropy
from bailee.keyring.model import TOKEN_BYTES, ValueRow, value_id
from bailee.scan.kinds import Kind
from bailee.seal.kdf import KEY_BYTES, hkdf
from bailee.seal.row import NONCE_BYTES, RowCipher, frame, row_aad

CANON = "canon"
RAW = "raw"
SPELLING = "spelling"

INDEX_BYTES = 16
SEALED_TOKEN_BYTES = NONCE_BYTES + TOKEN_BYTES + 16
# SHA-256's block: HMAC (RFC 2104) pads its key to it and xors 0x36 and 0x5c into two copies.
_BLOCK_BYTES = 64
_HEAD_BYTES = TOKEN_BYTES + KEY_BYTES
_sha256 = hashlib.sha256


class Plain(NamedTuple):
    """What a sealed value holds."""

    canonical: bytes
    r: bytes
    raw: bytes


def _split(aad: bytes, part: bytes) -> tuple[bytes, bytes]:
    """Cut associated data around its variable part, which stands there once."""
    # Checked, because a client id could hold the mark by chance: the parts would then be cut at the
    # wrong place, and what was sealed would be bound to another row.
    head, found, tail = aad.partition(part)
    if not found or part in tail:
        raise ValueError("the variable part must stand there once")
    return head, tail


def cut(blob: bytes, size: int) -> list[bytes]:
    """Cut random bytes that were drawn at once: a system call for each value would cost more."""
    return [blob[at : at + size] for at in range(0, len(blob), size)]


@final
class VaultCipher:
    """One version of the vault key of a client and epoch, set up to be used many times."""

    __slots__ = (
        "_cipher",
        "_index_aad",
        "_inner",
        "_outer",
        "_received",
        "_rows",
        "_states",
        "_value_aads",
        "client",
        "epoch",
        "version",
    )

    def __init__(self, key: bytes, client: ClientId, epoch: int, version: int) -> None:
        self.client = client
        self.epoch = epoch
        self.version = version
        # The two hash states of HMAC after its key, copied for each message: half of the hashing is
        # done here once.
        padded = hkdf(key, enc("idx")).ljust(_BLOCK_BYTES, b"\0")
        self._inner = _sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = _sha256(bytes(byte ^ 0x5C for byte in padded))
        self._states: dict[tuple[str, int], Callable[[], hashlib._Hash]] = {}
        self._received = hkdf(key, enc("received"))
        sealing = hkdf(key, enc("seal"))
        self._cipher = AESGCMSIV(sealing)
        self._rows = RowCipher(sealing)
        # The associated data with a mark where the index key goes, cut there: what stays the same
        # is encoded once, by the same function that other code uses.
        mark = b"\xa5" * INDEX_BYTES
        self._index_aad = _split(row_aad(client.raw, "vault-index", mark, "token", version), mark)
        self._value_aads: dict[int, tuple[bytes, bytes]] = {}

    # --- indexes ---------------------------------------------------------------------------

    def _state(self, form: str, kind: int) -> Callable[[], "hashlib._Hash"]:
        """Return what copies the inner hash state after key, form and kind."""
        # Kept for the life of the cipher: some forty kinds in three forms.
        found = self._states.get((form, kind))
        if found is None:
            # enc(form, kind, "") ends with the length of its empty last part: all before is fixed.
            state = self._inner.copy()
            state.update(enc(form, kind, b"")[:-8])
            found = self._states[(form, kind)] = state.copy
        return found

    def index(self, form: str, kind: int, data: bytes) -> bytes:
        """Return the index key under which a value is found: 16 bytes."""
        return self.indexes(form, [kind], [data])[0]

    def indexes(self, form: str, kinds: Sequence[int], blobs: Sequence[bytes]) -> list[bytes]:
        """Return the index keys of many values in one form."""
        states = {kind: self._state(form, kind) for kind in set(kinds)}
        outer = self._outer.copy
        out = []
        for kind, data in zip(kinds, blobs, strict=True):
            inner = states[kind]()
            inner.update(len(data).to_bytes(8, "big") + data)
            both = outer()
            both.update(inner.digest())
            out.append(both.digest()[:INDEX_BYTES])
        return out

    def link(self, kind: int, canonical: bytes, number: int) -> bytes:
        """Return the index key of the numbered other spelling of a canonical token."""
        return self.index(SPELLING, kind, canonical + u64(number))

    # --- tokens ----------------------------------------------------------------------------

    def seal_tokens(
        self,
        keys: Sequence[bytes],
        tokens: Sequence[bytes],
        entropy: Entropy = secrets.token_bytes,
    ) -> list[bytes]:
        """Seal tokens, each to the index key under which it stands: 38 bytes, always."""
        # All are of one length, so they need no padding.  Bound to the index key: a row moved under
        # another key would make a search for one person find the lines of another.
        head, tail = self._index_aad
        encrypt = self._cipher.encrypt
        nonces = cut(entropy(NONCE_BYTES * len(keys)), NONCE_BYTES)
        return [
            nonce + encrypt(nonce, token, head + key + tail)
            for nonce, key, token in zip(nonces, keys, tokens, strict=True)
        ]

    def open_token(self, key: bytes, sealed: bytes) -> bytes:
        """Open a token; Damaged when it was not sealed here for this index key."""
        head, tail = self._index_aad
        if len(sealed) != SEALED_TOKEN_BYTES:
            raise Damaged("errors_vault.row")
        try:
            return self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], head + key + tail
            )
        except InvalidTag:
            raise Damaged("errors_vault.row") from None

    # --- what was received -----------------------------------------------------------------

    def tag(self, message: bytes) -> bytes:
        """Return the keyed tag of something received in this month, 32 bytes."""
        # Under this key and no other: received bytes hold every value of a batch, so whoever has
        # tag and key can try guesses.  A turn replaces the key once a value was erased.
        return hmac.digest(self._received, message, "sha256")

    def _place_aad(self, batch: bytes) -> bytes:
        return row_aad(self.client.raw, "log-batch", batch, "place", self.version)

    def seal_place(self, batch: bytes, place: bytes, entropy: Entropy) -> bytes:
        """Seal where in its source a batch stood, and the digest of its bytes."""
        return self._rows.seal(self._place_aad(batch), place, entropy)

    def open_place(self, batch: bytes, sealed: bytes) -> bytes:
        """Open it; Damaged when it was not sealed here for this batch."""
        return self._rows.open(self._place_aad(batch), sealed)

    # --- values ----------------------------------------------------------------------------

    def _value_aad(self, kind: int) -> tuple[bytes, bytes]:
        """Return what binds a value of a kind to its token and epoch, cut around the token."""
        found = self._value_aads.get(kind)
        if found is None:
            mark = b"\xa5" * TOKEN_BYTES
            name = Kind(kind).name.lower()
            aad = row_aad(self.client.raw, "vault", value_id(self.epoch, mark), name, self.version)
            found = self._value_aads[kind] = _split(aad, mark)
        return found

    def seal_values(
        self,
        tokens: Sequence[bytes],
        kinds: Sequence[int],
        plains: Sequence[tuple[bytes, bytes, bytes]],
        entropy: Entropy = secrets.token_bytes,
    ) -> list[bytes]:
        """Seal values with their openings and canonical tokens, padded."""
        # Written out, where `RowCipher.seal` would do: this is the hottest loop of the vault, and
        # `tests/vault/test_vectors.py` compares what both give.
        encrypt = self._cipher.encrypt
        aads = {kind: self._value_aad(kind) for kind in set(kinds)}
        nonces = cut(entropy(NONCE_BYTES * len(tokens)), NONCE_BYTES)
        out = []
        for nonce, token, kind, plain in zip(nonces, tokens, kinds, plains, strict=True):
            head, tail = aads[kind]
            canonical, r, raw = plain
            length, zeros = frame(_HEAD_BYTES + len(raw))
            padded = b"".join((length, canonical, r, raw, zeros))
            out.append(nonce + encrypt(nonce, padded, head + token + tail))
        return out

    def open_value(self, token: bytes, kind: int, sealed: bytes) -> Plain:
        """Open a value; Damaged when it was not sealed here for this token and kind."""
        try:
            head, tail = self._value_aad(kind)
            blob = self._rows.open(head + token + tail, sealed)
        # A kind that does not exist is an edited row, like any other: one answer for all of them.
        except (Damaged, ValueError):
            raise Damaged("errors_vault.row") from None
        # Authentic and too short: sealed by something that is not this code.
        if len(blob) < _HEAD_BYTES:
            raise Damaged("errors_vault.row")
        return Plain(blob[:TOKEN_BYTES], blob[TOKEN_BYTES:_HEAD_BYTES], blob[_HEAD_BYTES:])

    def keys_of(self, rows: Sequence[ValueRow], plains: Sequence[Plain]) -> list[bytes]:
        """Return the index keys under which stored values stand, in their order."""
        keys = [b""] * len(rows)
        own = [row.token == plain.canonical for row, plain in zip(rows, plains, strict=True)]
        for form, wanted in ((CANON, True), (RAW, False)):
            places = [at for at, is_own in enumerate(own) if is_own is wanted]
            found = self.indexes(
                form, [rows[at].kind or 0 for at in places], [plains[at].raw for at in places]
            )
            for at, key in zip(places, found, strict=True):
                keys[at] = key
        return keys

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")


def commit(
    client: ClientId,
    epoch: int,
    kinds: Sequence[int],
    raws: Sequence[bytes],
    rs: bytes,
) -> list[bytes]:
    """Commit to many values: C = HMAC(r, enc("value", c, e, kind, raw)), rs being all r in a row.

    HMAC written out: the pads of all r are made at once, which a call for each would not do.
    """
    # r is 32 random bytes and fills half of the block; the rest of the pad is zeros, as HMAC has
    # it.
    pads = np.zeros((len(raws), _BLOCK_BYTES), np.uint8)
    pads[:, :KEY_BYTES] = np.frombuffer(rs, np.uint8).reshape(len(raws), KEY_BYTES)
    inner, outer = (pads ^ 0x36).tobytes(), (pads ^ 0x5C).tobytes()
    heads: dict[int, bytes] = {}
    out, at = [], 0
    for kind, raw in zip(kinds, raws, strict=True):
        head = heads.get(kind)
        if head is None:
            head = heads[kind] = enc("value", client.raw, epoch, kind, b"")[:-8]
        end = at + _BLOCK_BYTES
        message = b"".join((inner[at:end], head, len(raw).to_bytes(8, "big"), raw))
        out.append(_sha256(outer[at:end] + _sha256(message).digest()).digest())
        at = end
    return out
