"""Entries of batches: which blocks a batch has, and the two roots of each.

The entry is of kind `log:batch`; its body is flat text, `b0.lines-root` being that of block 0.
Read strictly: one batch has one body.  spec/batch.md, "Entry"
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bailee.proof.malformed import Malformed
from bailee.proof.receipt.entry import EntryOpening, decode_body
from bailee.proof.tree.checkpoint import read_size
from bailee.proof.tree.merkle import EMPTY_ROOT

KIND = "log:batch"
TRANSFORM = "placeholders-1"
EPOCH_MAX = 999_912
"""December of the year 9999, YYYYMM."""

_ID = re.compile(r"[a-z2-7]{25}[aeimquy4]")  # the last two bits are spare: zeros
_ROOT = re.compile(r"[0-9a-f]{64}")
_ENCODING = re.compile(r"[a-z0-9-]{1,16}")  # shown, never acted upon: later ones may come


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRoots:
    """Roots of one block: over its lines and over its values, with how many there are."""

    lines: int
    lines_root: bytes
    values: int
    values_root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPlace:
    """Place of a line: its block, and its index there."""

    block: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """Batch as its ledger committed to it."""

    batch: bytes
    name: str
    epoch: int
    encoding: str
    lines: int
    blocks: tuple[BlockRoots, ...]

    def place(self, number: int) -> BlockPlace:
        """Find the line of this number, counted from 1; Malformed when there is none."""
        index = number - 1
        for block, roots in enumerate(self.blocks):
            if 0 <= index < roots.lines:
                return BlockPlace(block=block, index=index)
            index -= roots.lines
        raise Malformed("line_number", number=number, lines=self.lines)


def read_batch(opening: EntryOpening) -> BatchEntry:
    """Parse the entry of a batch; Malformed when it is another's, or not of this form."""
    if opening.kind != KIND:
        raise Malformed("batch_kind", kind=opening.kind)
    if opening.subject is not None:  # where the source lay is no part of what is proven
        raise Malformed("batch_subject")
    body = decode_body(opening.body)
    # By other rules the same bytes of a leaf would mean another line.
    if _field(body, "transform") != TRANSFORM:
        raise Malformed("batch_transform")
    count = read_size(_field(body, "blocks"))
    if not count:
        raise Malformed("batch")
    found = BatchEntry(
        batch=read_id("bt-", _field(body, "batch"), "batch"),
        name=_field(body, "batch"),
        epoch=read_size(_field(body, "epoch")),
        encoding=_matched(_ENCODING, _field(body, "encoding")),
        lines=read_size(_field(body, "lines")),
        # a count out of all proportion costs nothing: the first field that is absent ends it
        blocks=tuple(_roots(body, f"b{number}.") for number in range(count)),
    )
    # The numbers of lines run through all blocks: were the sum another, a line would have two.
    if found.lines != sum(roots.lines for roots in found.blocks) or found.epoch > EPOCH_MAX:
        raise Malformed("batch")
    return found


def _roots(body: Mapping[str, str], front: str) -> BlockRoots:
    found = BlockRoots(
        lines=read_size(_field(body, front + "lines")),
        lines_root=bytes.fromhex(_matched(_ROOT, _field(body, front + "lines-root"))),
        values=read_size(_field(body, front + "values")),
        values_root=bytes.fromhex(_matched(_ROOT, _field(body, front + "values-root"))),
    )
    # A block without lines could hide anywhere and change no number; a count of values that its
    # root belies would give a value two places.
    if not found.lines or (found.values == 0) != (found.values_root == EMPTY_ROOT):
        raise Malformed("batch")
    return found


def _field(body: Mapping[str, str], name: str) -> str:
    if name not in body:
        raise Malformed("batch")
    return body[name]


def _matched(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise Malformed("batch")
    return text


def read_id(front: str, text: str, reason: str) -> bytes:
    """Parse an id of a kind from its one spelling; Malformed(reason) otherwise."""
    # by the expression and not by the decoder, which lets spare bits pass
    if not text.startswith(front) or not _ID.fullmatch(text.removeprefix(front)):
        raise Malformed(reason)
    return base64.b32decode(text.removeprefix(front).upper() + "======")


def id_text(front: str, raw: bytes) -> str:
    """Write an id as people see it."""
    return front + base64.b32encode(raw).decode().rstrip("=").lower()
