"""Changes of key: statements that a ledger's old key and its new one both sign.

    bailee/v1/key-change
    <origin>
    <index of the entry log:key-change>
    <verifier key of old>
    <verifier key of new>

Signed notes of this text, by the old key and then by the new one, follow each other in the file
`keys`.  The old key signs checkpoints of sizes up to the index, the new one those above, so a
retired key that was stolen later signs nothing that counts for who has the statement.  The entry
at the index holds the hash of the statement, so that the change cannot be taken back.  The text
cannot pass for a checkpoint: its second line is no number.  spec/ledger.md, "Change of key"
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from bailee.proof.malformed import Malformed
from bailee.proof.tree.checkpoint import read_size
from bailee.proof.tree.note import ED25519, Note, Sign, VerifierKey, read_note, sign, signs

HEADER = "bailee/v1/key-change"
KIND = "log:key-change"
FIELD = "statement"
KEYS_BYTES_MAX = 1_048_576
"""Some 1,800 statements: a key a month for a century and a half."""

_TEXT_LINES = 5
_NOTE_LINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """Statement of a change: from the entry at `index` on, `new` signs for the ledger."""

    origin: str
    index: int
    old: VerifierKey
    new: VerifierKey

    @property
    def text(self) -> str:
        """Text of five lines, which both keys sign."""
        return f"{HEADER}\n{self.origin}\n{self.index}\n{self.old}\n{self.new}\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the text in hex: what the body of the entry holds under `statement`."""
        return sha256(self.text.encode()).hexdigest()


def sign_key_change(change: KeyChange, sign_old: Sign, sign_new: Sign) -> Note:
    """Sign a statement with both keys."""
    lines = (sign(change.text, change.old, sign_old), sign(change.text, change.new, sign_new))
    return Note(text=change.text, signatures=lines)


def read_key_changes(blob: bytes, origin: str) -> tuple[KeyChange, ...]:
    """Parse the file `keys`; Malformed unless it is one chain of this ledger, fully signed."""
    *lines, rest = blob.split(b"\n")
    if len(blob) > KEYS_BYTES_MAX or rest or len(lines) % _NOTE_LINES:
        raise Malformed("chain")
    changes = [
        _read_one(b"\n".join((*lines[at : at + _NOTE_LINES], b"")), origin)
        for at in range(0, len(lines), _NOTE_LINES)
    ]
    # Each key's term begins where the one before ends: a gap or an overlap would leave two keys, or
    # none, for some size.
    for before, after in pairwise(changes):
        if before.new != after.old or before.index >= after.index:
            raise Malformed("chain_broken", index=after.index)
    if len({change.new.public for change in changes} | {c.old.public for c in changes[:1]}) != (
        len(changes) + bool(changes)
    ):
        raise Malformed("chain_reused")  # a retired key that came back would have two terms
    return tuple(changes)


def _read_one(blob: bytes, origin: str) -> KeyChange:
    # The origin is compared, not believed: a statement of another log signed by the same key would
    # otherwise hand this one to whoever holds the other.
    note = read_note(blob)
    lines = note.text.split("\n")[:-1]
    if len(lines) != _TEXT_LINES or lines[0] != HEADER or lines[1] != origin:
        raise Malformed("chain")
    change = KeyChange(
        origin=origin,
        index=read_size(lines[2]),
        old=VerifierKey.parse(lines[3]),
        new=VerifierKey.parse(lines[4]),
    )
    # a change to the same key says nothing, and its term would be empty and endless at once
    if {change.old.name, change.new.name} != {origin} or change.old.public == change.new.public:
        raise Malformed("chain")
    by_old, by_new = note.signatures  # eight lines leave room for two
    if not signs(by_old, note.text, change.old) or not signs(by_new, note.text, change.new):
        raise Malformed("chain_unsigned", index=change.index)
    return change


def signer_of(size: int, key: VerifierKey, changes: Sequence[KeyChange]) -> VerifierKey | None:
    """Follow the chain from a trusted key to the one that signs checkpoints of this size.

    None when the size lies before the trusted key took office: nothing vouches for its past.
    """
    key = key.of_type(ED25519)
    # asked of the trusted key alone: the keys before it are nobody's whom the reader trusts
    if any(change.new == key and size <= change.index for change in changes):
        return None
    for change in changes:
        if change.old == key and size > change.index:
            key = change.new
    return key
