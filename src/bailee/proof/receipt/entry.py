"""Entries: what a leaf of the ledger commits to, and the opening that shows it.

    c_s  = HMAC(n_s, enc("subject", origin, entry, subject))         32 zero bytes without subject
    leaf = HMAC(n,   enc("entry", origin, entry, kind, 1, t_ms, body, c_s))

The ledger holds only the 32 bytes of the leaf; an opening gives the rest.  A nonce is exactly 32
bytes, or HMAC would let n and n‖0x00 open one leaf.  Body and subject are flat maps of text,
encoded with their keys in order, so one map has one encoding and no key appears twice.
spec/ledger.md, "Entry"
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import digest

from bailee.encoding import dec, enc
from bailee.proof.malformed import Malformed

NONCE_BYTES = 32
ID_BYTES = 16
FORMAT = 1
NO_SUBJECT = bytes(32)
TIME_MS_MAX = (1 << 63) - 1
"""Signed in most databases and languages: a port must not have to choose."""
BODY_BYTES_MAX = 65_536
"""A body or a subject, encoded: most acts take some hundred bytes, a batch of 22 blocks 6 KiB."""

# Any kind of this form, not the present list: the vocabulary grows, and a verifier that ships
# today meets the kinds of later.
_KIND = re.compile(r"[a-z][a-z-]{0,31}(:[a-z][a-z-]{0,31})?")
_ENTRY_PREFIX = "en-"
_ENTRY_TEXT = re.compile(r"en-[a-z2-7]{25}[aeimquy4]")  # the last two bits are spare: zeros


def encode_body(fields: Mapping[str, str]) -> bytes:
    """Encode a body: its fields, by the order of their keys."""
    return _encode_map("body", fields)


def decode_body(blob: bytes) -> dict[str, str]:
    """Decode a body; Malformed when no map has this encoding."""
    return _decode_map("body", blob)


def encode_subject(fields: Mapping[str, str]) -> bytes:
    """Encode a subject: its fields, by the order of their keys."""
    return _encode_map("subject-fields", fields)


def decode_subject(blob: bytes) -> dict[str, str]:
    """Decode a subject; Malformed when no map has this encoding."""
    return _decode_map("subject-fields", blob)


def _encode_map(label: str, fields: Mapping[str, str]) -> bytes:
    parts: list[str] = []
    # by code points, which is also the order of their UTF-8, whatever the language of a port
    for key in sorted(fields):
        parts += (key, fields[key])
    return enc(label, *parts)


def _decode_map(label: str, blob: bytes) -> dict[str, str]:
    try:
        parts = [part.decode() for part in dec(label, blob)]
    except ValueError:
        raise Malformed("fields") from None
    # Written again and compared: keys twice, out of order or without a value all differ then.
    found = dict(zip(parts[::2], parts[1::2], strict=False))
    if _encode_map(label, found) != blob:
        raise Malformed("fields")
    return found


def commit_subject(*, origin: str, entry: bytes, subject: bytes, nonce: bytes) -> bytes:
    """Compute the commitment to a subject (c_s).  Malformed when the nonce is not 32 bytes."""
    return digest(_nonce(nonce), enc("subject", origin, entry, subject), "sha256")


def commit_entry(
    *,
    origin: str,
    entry: bytes,
    kind: str,
    time_ms: int,
    body: bytes,
    subject_commitment: bytes,
    nonce: bytes,
) -> bytes:
    """Compute the leaf of an entry.  Malformed when the nonce is not 32 bytes."""
    fields = enc("entry", origin, entry, kind, FORMAT, time_ms, body, subject_commitment)
    return digest(_nonce(nonce), fields, "sha256")


def _nonce(nonce: bytes) -> bytes:
    # HMAC pads a short key with zeros and hashes a long one: two nonces could open one leaf
    if len(nonce) != NONCE_BYTES:
        raise Malformed("nonce")
    return nonce


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOpening:
    """Opening of an entry: all that it commits to; the subject may be closed, or forgotten."""

    entry: bytes
    kind: str
    time_ms: int
    body: bytes
    nonce: bytes
    subject_commitment: bytes = NO_SUBJECT
    subject: bytes | None = None
    subject_nonce: bytes | None = None

    def leaf(self, origin: str) -> bytes:
        """Compute the leaf that a ledger of this origin holds for it."""
        return commit_entry(
            origin=origin,
            entry=self.entry,
            kind=self.kind,
            time_ms=self.time_ms,
            body=self.body,
            subject_commitment=self.subject_commitment,
            nonce=self.nonce,
        )

    def subject_holds(self, origin: str) -> bool:
        """Tell whether the subject, where it is given, is the one committed to."""
        # a subject that is not shown is no fault: it may be closed, or the person was forgotten
        if self.subject is None or self.subject_nonce is None:
            return self.subject is None and self.subject_nonce is None
        found = commit_subject(
            origin=origin, entry=self.entry, subject=self.subject, nonce=self.subject_nonce
        )
        return found == self.subject_commitment

    def encode(self) -> bytes:
        """Encode it as the extra data of a receipt."""
        return enc(
            "opening",
            self.nonce,
            self.entry,
            self.kind,
            FORMAT,
            self.time_ms,
            self.body,
            self.subject_commitment,
            self.subject_nonce or b"",
            self.subject or b"",
        )

    def check(self) -> "EntryOpening":
        """Return itself when every field has its form; Malformed otherwise.

        The maps are not looked at: they were written by who read them.
        """
        # Fixed lengths, all of them: with one that varies, one leaf could be opened in two ways.
        lengths = (len(self.nonce), len(self.entry), len(self.subject_commitment))
        if lengths[0] != NONCE_BYTES or len(self.subject_nonce or b"") not in (0, NONCE_BYTES):
            raise Malformed("nonce")
        if lengths != (NONCE_BYTES, ID_BYTES, len(NO_SUBJECT)) or self.subject_nonce == b"":
            raise Malformed("opening")
        if not _KIND.fullmatch(self.kind) or not 0 <= self.time_ms <= TIME_MS_MAX:
            raise Malformed("opening")
        if max(len(self.body), len(self.subject or b"")) > BODY_BYTES_MAX:
            raise Malformed("opening_size", limit=BODY_BYTES_MAX)
        if (self.subject is None) != (self.subject_nonce is None):
            raise Malformed("opening")
        return self


def decode_opening(blob: bytes) -> EntryOpening:
    """Parse the extra data of a receipt; Malformed when no opening has this encoding."""
    try:
        nonce, entry, kind, version, time, body, commitment, subject_nonce, subject = dec(
            "opening", blob
        )
        found = EntryOpening(
            entry=entry,
            kind=kind.decode(),
            time_ms=int.from_bytes(time, "big"),
            body=body,
            nonce=nonce,
            subject_commitment=commitment,
            subject=subject or None,
            subject_nonce=subject_nonce or None,
        )
    except ValueError:
        raise Malformed("opening") from None
    if int.from_bytes(version, "big") != FORMAT:
        raise Malformed("opening_format")
    found.check()
    decode_body(found.body)
    if found.subject is not None:
        decode_subject(found.subject)
    # Written again and compared: a number of another length than eight bytes shows here.
    if found.encode() != blob:
        raise Malformed("opening")
    return found


def entry_text(entry: bytes) -> str:
    """Write an entry's id as people see it."""
    return _ENTRY_PREFIX + base64.b32encode(entry).decode().rstrip("=").lower()


def read_entry_text(text: str) -> bytes:
    """Parse an entry's id from its one spelling; Malformed otherwise."""
    if not _ENTRY_TEXT.fullmatch(text):
        raise Malformed("opening")
    return base64.b32decode(text.removeprefix(_ENTRY_PREFIX).upper() + "======")
