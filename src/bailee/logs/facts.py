"""Batch facts: what entries record of logs by themselves, not as the outcome of an act.

A batch has many roots and objects, so its body holds facts under names: `b0.lines-root` is the
root over the lines of block 0.  Facts of outcomes stand with their acts.
"""

from collections.abc import Mapping

from bailee.act import Facts
from bailee.ids import BatchId, EntryId, StreamId


class BatchFacts(Facts):
    """Batch facts: what the entry of a batch records of it; `of` is the entry of its ingest.

    Beside them stand `BlockFacts` under b0, b1, … for each block, `SealedFacts` under the word of
    each object, and how many secrets each rule found.  spec/batch.md
    """

    of: EntryId
    batch: BatchId
    stream: StreamId
    epoch: int
    transform: str
    encoding: str
    offset: int
    bytes: int
    lines: int
    blocks: int


class BlockFacts(Facts):
    """Block facts: the roots over the lines and over the values of one block of a batch."""

    lines: int
    lines_root: bytes
    values: int
    values_root: bytes


class SealedFacts(Facts):
    """Sealed facts: what one sealed object of a batch must be, as ciphertext."""

    sha256: bytes
    commitment: bytes
    bytes: int


class ExpiredFacts(Facts):
    """Expired facts: of how many batches the kept secrets reached their term."""

    secrets: int


def blocks_of(body: Mapping[str, str]) -> tuple[BlockFacts, ...]:
    """Read the facts of each block from the body of a batch, in order; Damaged when one lacks."""
    count = BatchFacts.parse(body).blocks
    return tuple(BlockFacts.parse(within(f"b{number}", body)) for number in range(count))


def under(name: str, facts: Mapping[str, str]) -> Mapping[str, str]:
    """Put facts under a name: `lines` of block 0 is `b0.lines` in the body of its batch."""
    return {f"{name}.{key}": value for key, value in facts.items()}


def within(name: str, body: Mapping[str, str]) -> Mapping[str, str]:
    """Read what `under` put under that name."""
    start = f"{name}."
    return {key[len(start) :]: value for key, value in body.items() if key.startswith(start)}
