"""Signed notes and verifier keys of C2SP signed-note, with two of its signature types.

0x01 is Ed25519 over the text; 0x04 is Ed25519 over a time and the text (tlog-cosignature), which
lets a log that has nothing to add show that it is awake.  Reading is strict: one byte sequence
for one note, so that a flipped bit cannot hide in padding, spaces or a second spelling.
spec/ledger.md, "Checkpoint"
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bailee.proof.malformed import Malformed

ED25519 = 0x01
TIMESTAMPED = 0x04
# Bounds before parsing: whoever can hand over a file decides how long it is.
SIGNATURES_MAX = 16
NOTE_BYTES_MAX = 65_536
TIME_MAX = (1 << 63) - 1

_KEY_BYTES = 32
_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8
# ASCII alone: which characters are blank or printable depends on the edition of Unicode, and two
# verifiers of different years must not disagree about a name.
_NAME = re.compile(r"[!-*,-~]+")
_LINE = re.compile(rf"— ({_NAME.pattern}) ([A-Za-z0-9+/=]+)")

Sign = Callable[[bytes], bytes]
"""Signs a message with Ed25519; the key stays where it is."""


def unbase64(text: str, reason: str) -> bytes:
    """Decode standard base64 in its one canonical spelling; Malformed(reason) otherwise."""
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        raise Malformed(reason) from None
    # the decoder overlooks spare bits: 16 spellings of one value would be 16 forms of one note
    if base64.b64encode(found).decode() != text:
        raise Malformed(reason)
    return found


def is_name(text: str) -> bool:
    """Tell whether this can name a key or a log: printable ASCII, no space and no plus."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key under a name, for one type of signature."""

    name: str
    public: bytes
    type: int = ED25519

    @property
    def id(self) -> bytes:
        """Key id: the four bytes that stand before its signatures."""
        head = self.name.encode() + b"\n" + bytes([self.type])
        return sha256(head + self.public).digest()[:_ID_BYTES]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a vkey of plain Ed25519; Malformed otherwise.

        A log's key is handed over in this type alone: its timed lines are by the same key, and a
        second spelling would be a second key to whoever compares texts.
        """
        # base64 may hold a plus, a name and an id may not: so from the left
        name, _, rest = text.partition("+")
        key_id, _, blob = rest.partition("+")
        raw = unbase64(blob, "vkey")
        if not is_name(name) or len(raw) != 1 + _KEY_BYTES:
            raise Malformed("vkey")
        found = cls(name=name, public=raw[1:], type=raw[0])
        if found.type != ED25519 or found.id.hex() != key_id:
            raise Malformed("vkey")
        return found

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    def of_type(self, signature_type: int) -> "VerifierKey":
        """Return the same key for another type of signature: another id keeps them apart."""
        return VerifierKey(name=self.name, public=self.public, type=signature_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """Signature line, of a known or an unknown key."""

    name: str
    key_id: bytes
    blob: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.blob).decode()}"

    @property
    def time_s(self) -> int:
        """Time within a timestamped signature; a claim of whoever signed."""
        return int.from_bytes(self.blob[:_TIME_BYTES], "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Signed note: a text that ends in a newline, and signatures, none of them checked yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """Encode it, byte for byte as it was read."""
        lines = (str(line) for line in self.signatures)
        return "\n".join((self.text, *lines, "")).encode()


def read_note(blob: bytes) -> Note:
    """Parse a note; Malformed when its form is not exactly that of the specification."""
    if len(blob) > NOTE_BYTES_MAX:
        raise Malformed("note_size", limit=NOTE_BYTES_MAX)
    try:
        whole = blob.decode()
    except UnicodeDecodeError:
        raise Malformed("note") from None
    # what a terminal obeys, or what some readers take for the end of a line
    if any(char < " " and char != "\n" for char in whole):
        raise Malformed("note")
    # at the last empty line: the text may hold others, the signatures none
    text, found, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if not found or not text or lines.pop() != "" or not lines:
        raise Malformed("note")
    if len(lines) > SIGNATURES_MAX:
        raise Malformed("note_signatures", limit=SIGNATURES_MAX)
    return Note(text=text + "\n", signatures=tuple(_read_signature(line) for line in lines))


def _read_signature(line: str) -> NoteSignature:
    match = _LINE.fullmatch(line)
    if match is None:
        raise Malformed("note")
    raw = unbase64(match[2], "note")
    # an id with nothing behind it is no signature by any type
    if len(raw) <= _ID_BYTES:
        raise Malformed("note")
    return NoteSignature(name=match[1], key_id=raw[:_ID_BYTES], blob=raw[_ID_BYTES:])


def _timed(time_s: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def sign(text: str, key: VerifierKey, sign: Sign, *, time_s: int = 0) -> NoteSignature:
    """Sign a text with the private half of `key`, by the rule of its type."""
    if key.type == TIMESTAMPED:
        blob = time_s.to_bytes(_TIME_BYTES, "big") + sign(_timed(time_s, text))
    else:
        blob = sign(text.encode())
    return NoteSignature(name=key.name, key_id=key.id, blob=blob)


def signatures_by(note: Note, key: VerifierKey) -> tuple[NoteSignature, ...]:
    """Return the lines by this key; Malformed when one of them is not what it pretends to be.

    Lines of other keys are passed over, as the specification demands: they may be witnesses.
    """
    mine = tuple(line for line in note.signatures if _bears(line, key))
    if not all(_holds(note.text, line.blob, key) for line in mine):
        raise Malformed("signature_bad", key_id=key.id.hex())
    return mine


def signs(line: NoteSignature, text: str, key: VerifierKey) -> bool:
    """Tell whether this line is a signature of the text by this key."""
    return _bears(line, key) and _holds(text, line.blob, key)


def _bears(line: NoteSignature, key: VerifierKey) -> bool:
    return (line.name, line.key_id) == (key.name, key.id)


def _holds(text: str, blob: bytes, key: VerifierKey) -> bool:
    # The time is signed too, in the message and not only beside it, so it cannot be changed.
    time = _TIME_BYTES if key.type == TIMESTAMPED else 0
    time_s = int.from_bytes(blob[:time], "big")
    if len(blob) != time + _SIGNATURE_BYTES or time_s > TIME_MAX:
        return False
    message = _timed(time_s, text) if time else text.encode()
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(blob[time:], message)
    except InvalidSignature:
        return False
    return True
