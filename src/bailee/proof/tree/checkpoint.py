"""Checkpoints of C2SP tlog-checkpoint: the signed head of a ledger.

Ours carry two lines by the log's own key: first 0x01 over the note, which any verifier of signed
notes understands, then 0x04 with a time, so that an idle log re-signed daily shows a fresh one.
That time is the log's own claim.  Extension lines are refused: no log of ours writes any.
spec/ledger.md, "Checkpoint"
"""

import base64
import re
from dataclasses import dataclass

from bailee.proof.malformed import Malformed
from bailee.proof.tree.merkle import EMPTY_ROOT, HASH_BYTES
from bailee.proof.tree.note import (
    ED25519,
    TIMESTAMPED,
    Note,
    Sign,
    VerifierKey,
    is_name,
    read_note,
    sign,
    signatures_by,
    unbase64,
)

SIZE_MAX = (1 << 63) - 1
"""Signed in most databases and languages: a port must not have to choose."""
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Head of a ledger: so many entries, with this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Text of three lines, which is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """Checkpoint with the note that carries it; nothing is checked by reading."""

    head: Checkpoint
    note: Note

    def encode(self) -> bytes:
        """Encode it, byte for byte as it was read."""
        return self.note.encode()


def read_size(text: str) -> int:
    """Parse a decimal without leading zeroes, below 2⁶³; Malformed otherwise."""
    # the expression first: `int` takes blanks, signs, underscores and digits of other scripts
    if not _DECIMAL.fullmatch(text) or int(text) > SIZE_MAX:
        raise Malformed("decimal")
    return int(text)


def read_checkpoint(blob: bytes) -> SignedCheckpoint:
    """Parse a signed checkpoint; Malformed when its form is wrong."""
    note = read_note(blob)
    lines = note.text.split("\n")[:-1]
    # three lines exactly: an extension that a verifier passed over could say anything
    if len(lines) != _LINES or not is_name(lines[0]):
        raise Malformed("checkpoint")
    head = Checkpoint(
        origin=lines[0], size=read_size(lines[1]), root=unbase64(lines[2], "checkpoint")
    )
    # an empty tree has one root: any other would be a promise about entries that are not there
    if len(head.root) != HASH_BYTES or (head.size == 0 and head.root != EMPTY_ROOT):
        raise Malformed("checkpoint")
    return SignedCheckpoint(head=head, note=note)


def sign_checkpoint(head: Checkpoint, public: bytes, signer: Sign, time_s: int) -> SignedCheckpoint:
    """Sign a checkpoint with the log's key, both ways."""
    key = VerifierKey(name=head.origin, public=public)
    lines = (
        sign(head.text, key, signer),
        sign(head.text, key.of_type(TIMESTAMPED), signer, time_s=time_s),
    )
    return SignedCheckpoint(head=head, note=Note(text=head.text, signatures=lines))


def signed_by(checkpoint: SignedCheckpoint, key: VerifierKey) -> int:
    """Return the time at which this key claims to have signed, in seconds.

    Malformed unless the first line is its plain signature and the second its timed one, both hold
    and no further line bears its name: a line that only looks like another key's is how a flipped
    bit would hide.
    """
    # a key speaks for the log that it is named after, and for no other that it also signed
    if key.name != checkpoint.head.origin:
        raise Malformed("signer_other", key_id=key.id.hex())
    plain = signatures_by(checkpoint.note, key.of_type(ED25519))
    timed = signatures_by(checkpoint.note, key.of_type(TIMESTAMPED))
    if not plain:
        raise Malformed("signer_other", key_id=key.id.hex())
    # one order, so that one checkpoint has one form: lines of witnesses follow, in any order
    if (len(plain), len(timed)) != (1, 1) or checkpoint.note.signatures[:2] != plain + timed:
        raise Malformed("signer_lines", key_id=key.id.hex())
    return timed[0].time_s
