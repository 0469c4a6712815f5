"""Batch: one batch in the making: blocks in, redacted text, identifier map and index run out.

Pure, in bounded memory.

Law: nothing is acknowledged that does not come back.  Each block is read back from what will be
stored and compared with what was received before its root is taken; one that differs stops the
batch.  Only compressed columns, values and where they stand are kept from block to block.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bailee.errors import Damaged
from bailee.ids import Entropy
from bailee.limits import BATCH_BLOCKS, BATCH_BYTES, BATCH_LINES
from bailee.logs.ingest.counts import Counts
from bailee.logs.ingest.severity import severities
from bailee.logs.ingest.times import Timeline
from bailee.logs.ingest.values import Values
from bailee.logs.kernels.hashing import same_bytes
from bailee.logs.store import commitment, index
from bailee.logs.store.kernels.text import SECRET_USE
from bailee.logs.store.kernels.values import WITH_ORDINAL
from bailee.logs.store.lines import BlockLines
from bailee.logs.store.placeholder import PlaceholderCodec, Spans, secret_spans
from bailee.logs.store.segment import BlockNote, IdentifierMap, IdentifierMapWriter, TextWriter

Bytes = npt.NDArray[np.uint8]

KEY_BYTES = 32
_FAR_NS = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchValues:
    """Batch values: the distinct values of a batch, by number."""

    kinds: Sequence[int]
    raws: Sequence[bytes] = field(repr=False)
    encoded: frozenset[int]
    """Numbers of those that stood in an escape somewhere: their form is that of what they decode
    to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Named: the tokens of the values of a batch, row by row as `Batch.values` gave them."""

    tokens: Bytes
    canonical: Bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Roots: what one block commits to, and over how many lines and values."""

    lines: int
    lines_root: bytes
    values: int
    values_root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Made: a finished batch, its objects in clear, ready to be sealed.

    `text` is the redacted text, `names` the identifier map or None where identifiers are not kept.
    """

    text: memoryview
    names: memoryview | None
    run: bytes | None
    secrets: bytes | None
    postings: int
    roots: tuple[Roots, ...]
    counts: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """Kept block: what is kept of a block until the tokens of its values are known."""

    key: bytes = field(repr=False)
    lines: int
    lines_root: bytes
    numbers: npt.NDArray[np.uint32]
    where: index.Occurrences
    groups: int


class Batch:
    """Batch: takes blocks until it is full; then its values get tokens, and it is closed."""

    def __init__(
        self,
        *,
        batch: bytes,
        stream: str,
        timeline: Timeline,
        codec: PlaceholderCodec,
        keep_secrets: bool = False,
        severe: Callable[[BlockLines], npt.NDArray[np.int8]] = severities,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self._batch = batch
        self.timeline = timeline
        self._codec = codec
        self._severe = severe
        self._entropy = entropy
        self._values = Values()
        self._text = TextWriter(batch=batch, stream=stream, receipt_ns=timeline.receipt_ns)
        self._kept: list[_Kept] = []
        self._secrets: list[bytes] | None = [] if keep_secrets else None
        self._encoded: set[int] = set()
        self.secret_rules: Counter[int] = Counter()
        self._counts = Counts()
        self.lines = 0
        self.size = 0
        # The empty interval: any line narrows it, and none is taken for the year 1970.
        self.first_ns, self.last_ns = _FAR_NS, -_FAR_NS

    def fits(self, lines: BlockLines) -> bool:
        """Tell whether this block still fits; an empty batch takes any block."""
        # The three bounds are of memory and of the entry: lines and bytes bound what is held in
        # clear, blocks what the body of one entry can list.
        return not self._kept or (
            self.lines + lines.count <= BATCH_LINES
            and self.size + lines.end - lines.start <= BATCH_BYTES
            and len(self._kept) < BATCH_BLOCKS
        )

    def add(self, lines: BlockLines, *, encoding: str = "utf-8", front: bytes = b"") -> None:
        """Take a block; Damaged when its stored form would not give back the bytes received.

        `lines.text` must stay readable until this returns.
        """
        ordinals, numbers = self._values.number(
            lines.text, lines.find_starts, lines.find_ends, lines.kinds, lines.uses
        )
        # Before the codec, on received bytes: a time is read where it stood, also when a find
        # covers it.
        moments = self.timeline.read(lines.text, lines.line_starts, lines.end)
        stored = self._codec.write(lines, ordinals)
        # Read back with the loop that an export uses, from what will be stored, and compared byte
        # by byte: an error in scanner, codec or grammar stops the batch here, while the source
        # still has its bytes.
        back = self._codec.read(stored, self._spans(numbers), secret_spans(lines))
        size = lines.end - lines.start
        if len(back) != size or not same_bytes(back, lines.text + lines.start):
            raise Damaged("errors_logs.does-not-come-back")
        # The block's key is drawn here and sealed with the text: every salt of its leaves comes
        # from it, so once the text is gone no leaf can be guessed at.
        note = BlockNote(
            key=self._entropy(KEY_BYTES),
            lines=lines.count,
            returns=lines.returns,
            encoding=encoding,
            front=front,
        )
        # Taken after the comparison: a root in the ledger is over lines that do come back.
        hashes = commitment.line_hashes(
            note.key, self._batch, stored, moments.event, self.timeline.receipt_ns
        )
        self._kept.append(
            _Kept(
                key=note.key,
                lines=lines.count,
                lines_root=commitment.root(hashes),
                numbers=numbers,
                where=index.standing(stored.firsts, ordinals, len(numbers)),
                groups=note.groups,
            )
        )
        # Compressed at once, for the codec's buffer is written over by the next block.
        self._text.add(stored, moments, self._severe(lines), note)
        self._counts.add(lines, moments.event)
        self.first_ns = min(self.first_ns, int(moments.event.min()))
        self.last_ns = max(self.last_ns, int(moments.event.max()))
        # By value and not by find: one spelling has one form in the vault, and the escaped reading
        # wins.
        if lines.encoded.any():
            own = lines.encoded[lines.uses == WITH_ORDINAL]
            self._encoded.update(numbers[ordinals[own]].tolist())
        self._count_secrets(lines)
        self.lines += lines.count
        self.size += size

    def _spans(self, numbers: npt.NDArray[np.uint32]) -> Spans:
        at = numbers.astype(np.int64)
        offsets = self._values.offsets
        return Spans(
            arena=int(self._values.arena.ctypes.data),
            starts=offsets[at],
            ends=offsets[at + 1],
            kinds=self._values.kinds[at],
        )

    def _count_secrets(self, lines: BlockLines) -> None:
        taken = lines.uses == SECRET_USE
        # A block without secrets has an empty list all the same: they are found again by block
        # number.
        if self._secrets is not None:
            self._secrets.append(_framed(lines, taken))
        if taken.any():
            rules, counts = np.unique(lines.rules[taken], return_counts=True)
            self.secret_rules.update(dict(zip(rules.tolist(), counts.tolist(), strict=True)))

    @property
    def empty(self) -> bool:
        """Whether nothing was taken yet."""
        return not self._kept

    def values(self) -> "BatchValues":
        """Copy the distinct values of all blocks so far, in clear."""
        return BatchValues(
            kinds=self._values.kinds.tolist(),
            raws=self._values.raws(),
            encoded=frozenset(self._encoded),
        )

    def close(self, named: Named | None, commitments: Bytes) -> Made:
        """Bind the values and write the objects; without `named` no identifier map is written."""
        names = IdentifierMapWriter(batch=self._batch) if named is not None else None
        kinds = self._values.kinds
        roots, postings, first = [], [], 0
        for block, kept in enumerate(self._kept):
            at = kept.numbers.astype(np.int64)
            # Values are bound with and without tokens alike: what was received can be proven
            # complete even of a month whose identifiers were never kept.
            hashes = commitment.bind_hashes(
                kept.key, self._batch, block, kinds[at], commitments[at]
            )
            roots.append(
                Roots(
                    lines=kept.lines,
                    lines_root=kept.lines_root,
                    values=len(at),
                    values_root=commitment.root(hashes),
                )
            )
            if names is not None and named is not None:
                canonical = named.canonical[at]
                names.add(
                    IdentifierMap(
                        kinds=kinds[at],
                        tokens=named.tokens[at],
                        canonical=canonical,
                        commitments=commitments[at],
                    )
                )
                # Row groups are counted through the batch, while each block knew its own from 0.
                postings.append(index.postings_of(canonical, kept.where, first))
            first += kept.groups
        return Made(
            text=self._text.close(),
            names=names.close() if names is not None else None,
            run=index.build((self._batch,), postings) if names is not None else None,
            secrets=b"".join(self._secrets) if self._secrets is not None else None,
            postings=sum(map(len, postings)),
            roots=tuple(roots),
            counts=self._counts.written(),
        )


def _framed(lines: BlockLines, taken: npt.NDArray[np.bool_]) -> bytes:
    """Write a block's secrets: how many, then each after its length; all u32, big-endian."""
    # Copied from what was received, since the stored text has a mark in their place and nothing
    # else.
    text = lines.received()
    found = [
        text[start:end]
        for start, end in zip(
            (lines.find_starts[taken] - lines.start).tolist(),
            (lines.find_ends[taken] - lines.start).tolist(),
            strict=True,
        )
    ]
    parts = [len(found).to_bytes(4, "big")]
    for one in found:
        parts += (len(one).to_bytes(4, "big"), one)
    return b"".join(parts)


def read_secrets(blob: bytes) -> list[list[bytes]]:
    """Read the secrets that `_framed` wrote, block by block; Damaged when the bytes are no such."""
    out: list[list[bytes]] = []
    at = 0
    while at < len(blob):
        count, at = int.from_bytes(blob[at : at + 4], "big"), at + 4
        block = []
        for _ in range(count):
            size, at = int.from_bytes(blob[at : at + 4], "big"), at + 4
            # A length is a claim of the file: without this the last secret would be cut short in
            # silence.
            if at + size > len(blob):
                raise Damaged("errors_logs.segment-malformed")
            block.append(blob[at : at + size])
            at += size
        out.append(block)
    return out
