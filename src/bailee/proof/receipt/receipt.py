"""Receipts of entries: one entry, opened, with its path to a signed checkpoint (C2SP tlog-proof).

The `extra` line is the opening; nobody signs it, so it counts only as far as its commitment is
the leaf that the path starts from.  spec/ledger.md, "Receipt"
"""

import base64
from dataclasses import dataclass

from bailee.proof.malformed import Malformed
from bailee.proof.receipt.entry import BODY_BYTES_MAX, EntryOpening, decode_opening
from bailee.proof.tree.checkpoint import SignedCheckpoint, read_checkpoint, read_size
from bailee.proof.tree.merkle import HASH_BYTES, PATH_MAX
from bailee.proof.tree.note import NOTE_BYTES_MAX, unbase64

HEADER = "c2sp.org/tlog-proof@v1"
RECEIPT_BYTES_MAX = 2 * NOTE_BYTES_MAX + 4 * BODY_BYTES_MAX
"""Body and subject in base64, a note, and room for the path: 393,216 bytes."""
_HEAD_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Receipt of an entry: its opening, its place, and the path from it to the root."""

    opening: EntryOpening
    index: int
    path: tuple[bytes, ...]
    checkpoint: SignedCheckpoint

    def encode(self) -> bytes:
        """Encode it, as a file."""
        head = (
            HEADER,
            f"extra {base64.b64encode(self.opening.encode()).decode()}",
            f"index {self.index}",
            *(base64.b64encode(step).decode() for step in self.path),
        )
        return "".join(f"{line}\n" for line in (*head, "")).encode() + self.checkpoint.encode()


def read_receipt(blob: bytes) -> Receipt:
    """Parse a receipt; Malformed when its form is wrong."""
    # before anything is cut into lines: a file of newlines would be as many objects
    if len(blob) > RECEIPT_BYTES_MAX:
        raise Malformed("receipt_size", limit=RECEIPT_BYTES_MAX)
    # at the first empty line; the checkpoint behind it has one of its own
    head, blank, checkpoint = blob.partition(b"\n\n")
    # ASCII, so that "line" means the same to every reader: Unicode knows more ends of a line
    if not blank or not head.isascii():
        raise Malformed("receipt")
    lines = head.decode().split("\n")
    # counted before it is decoded: no tree of ours has a longer path
    if len(lines) < _HEAD_LINES or len(lines) > _HEAD_LINES + PATH_MAX or lines[0] != HEADER:
        raise Malformed("receipt")
    extra, index = _after("extra ", lines[1]), _after("index ", lines[2])
    path = tuple(unbase64(line, "receipt") for line in lines[_HEAD_LINES:])
    if any(len(step) != HASH_BYTES for step in path):
        raise Malformed("receipt")
    return Receipt(
        opening=decode_opening(unbase64(extra, "receipt")),
        index=read_size(index),
        path=path,
        checkpoint=read_checkpoint(checkpoint),
    )


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise Malformed("receipt")
    return line.removeprefix(word)
