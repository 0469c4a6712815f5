"""Formulas of the key tree: every key that is derived, and what each wrap is bound to.  Pure.

    KEK_g  = HKDF(root ‖ turn_g, enc("kek", install, g))
    wraps of a leaf = HKDF(B_{c,b} ‖ X, enc("leaf", noun, c, b, epoch))
    X      = N_{c,e} or T_{c,e} by noun, 32 zero bytes where the noun has no epoch
    wrap   = nonce ‖ AES-256-GCM-SIV(key, enc("aad", client, noun, id, field, version))

A key is 32 bytes, so a wrap needs no padding: 60 bytes, always.  spec/keys.md
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from bailee.encoding import enc, u64
from bailee.errors import Damaged, UsageError
from bailee.ids import ClientId, Entropy, InstallId
from bailee.seal.kdf import KEY_BYTES, hkdf
from bailee.seal.row import row_aad

NONCE_BYTES = 12
KID_BYTES = 16
WRAP_BYTES = NONCE_BYTES + KEY_BYTES + 16
NO_EPOCH_KEY = bytes(KEY_BYTES)
"""X of the formula for a noun without an epoch key."""

NO_EPOCH = 0
FIELD = "key"
# 65,536 buckets a client: at 16.8 million leaves 256 siblings are wrapped anew by one deletion, and
# never more buckets than one transaction can rewrap when the client key is renewed.
_BUCKET_BYTES = 2


def wrap(key: bytes, aad: bytes, secret: bytes, entropy: Entropy = secrets.token_bytes) -> bytes:
    """Wrap one 32-byte key under another, bound to its place: 60 bytes."""
    # Random: processes that share a home share no counter.  A repetition, below 2⁻³², shows under
    # SIV only that two wraps are equal (spec/invariants.md I12).
    nonce = entropy(NONCE_BYTES)
    return nonce + AESGCMSIV(key).encrypt(nonce, secret, aad)


def unwrap(key: bytes, aad: bytes, wrapped: bytes) -> bytes:
    """Unwrap; Damaged when it was not wrapped under this key for this place."""
    return unwrap_by(AESGCMSIV(key), aad, wrapped)


def unwrap_by(cipher: AESGCMSIV, aad: bytes, wrapped: bytes) -> bytes:
    """Unwrap with a cipher that was set up before; Damaged as `unwrap` says."""
    # Before the cipher sees it: a shorter one would be sliced into an empty ciphertext.
    if len(wrapped) != WRAP_BYTES:
        raise Damaged("errors_keyring.does-not-open")
    try:
        return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], aad)
    except InvalidTag:
        raise Damaged("errors_keyring.does-not-open") from None


def kek(root: bytes, turn: bytes, install: InstallId, generation: int) -> bytes:
    """Derive the key of a generation from root and turn secret; neither opens anything alone."""
    if len(root) != KEY_BYTES or len(turn) != KEY_BYTES:
        raise ValueError("root and turn secret are 32 bytes each")
    return hkdf(root + turn, enc("kek", install.raw, generation))


def leaf_wrapper(
    bucket_key: bytes,
    noun: str,
    client: ClientId,
    bucket: int,
    epoch: int = NO_EPOCH,
    *,
    epoch_key: bytes = NO_EPOCH_KEY,
) -> bytes:
    """Derive what wraps the leaves of one noun and epoch in one bucket."""
    # Two keys of fixed length, joined: nothing is ambiguous.  Whoever lacks either lacks the
    # leaves, so a deletion (new bucket key) and the end of a month (no epoch key) each shut them.
    return hkdf(bucket_key + epoch_key, enc("leaf", noun, client.raw, bucket, epoch))


def mac_key(internal: bytes, domain: str) -> bytes:
    """Derive the key of one domain of MACs, so that a tag never counts in two."""
    return hkdf(internal, enc("mac", domain))


def bucket_of(ident: bytes) -> int:
    """Return the bucket of a leaf: the first two bytes of its id, which is random."""
    # From the id alone: no row says it, no two writers fight over a counter, and nobody can choose
    # to fill one bucket, which would make each deletion in it dear.
    if len(ident) < _BUCKET_BYTES:
        raise UsageError("errors_keyring.id-too-short")
    return int.from_bytes(ident[:_BUCKET_BYTES], "big")


def root_aad(install: InstallId, first: int) -> bytes:
    """Return what binds a root to its installation and the first generation that it serves."""
    return row_aad(install.raw, "root", u64(first), FIELD, 0)


def wrapping_aad(owner: ClientId, noun: str, ident: bytes, version: int) -> bytes:
    """Return what binds a wrapping key: to its client, or to the provider for all others."""
    return row_aad(owner.raw, noun, ident, FIELD, version)


def bucket_aad(client: ClientId, bucket: int, version: int) -> bytes:
    """Return what binds a bucket key to its client, number and version."""
    return row_aad(client.raw, "bucket", bucket.to_bytes(_BUCKET_BYTES, "big"), FIELD, version)


def epoch_aad(client: ClientId, noun: str, epoch: int, version: int, kid: bytes) -> bytes:
    """Return what binds a key of an epoch to its client, noun, month, version and key id."""
    return row_aad(client.raw, f"epoch-{noun}", u64(epoch), _known_as(kid), version)


def leaf_aad(client: ClientId, noun: str, ident: bytes, version: int, kid: bytes) -> bytes:
    """Return what binds a leaf key to the thing that it seals, and to its key id."""
    return row_aad(client.raw, noun, ident, _known_as(kid), version)


def _known_as(kid: bytes) -> str:
    """Return the field that binds a key to its key id.

    Were the id free, who edits it in its row would make a deletion name another id to the
    custodians, and a restore before the next turn would bring back what was deleted.
    """
    return f"{FIELD} {kid.hex()}"


def new_kid() -> bytes:
    """Draw a key id: 16 random bytes, so that a custodian learns nothing but a count."""
    return secrets.token_bytes(KID_BYTES)


def body_key_aad(client: ClientId, year: int, parent: int, kid: bytes) -> bytes:
    """Return what binds a body key to client, year, key id and the version of the key above."""
    return row_aad(client.raw, "law", u64(year), _known_as(kid), parent)
