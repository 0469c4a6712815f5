"""One batch in the making: blocks in, two objects and an index run out; pure, bounded memory.

Law: nothing is acknowledged that does not come back.  Each block is read back from what will be
stored and compared with what was received before its root is taken; one that differs stops the
batch.  Only compressed columns, values and where they stand are kept from block to block.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
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
class BlockFinds:
    """The distinct values of a batch, by number."""

    kinds: Sequence[int]
    raws: Sequence[bytes] = field(repr=False)
    encoded: frozenset[int]
    """Those that stood in an escape somewhere: decoded before they are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What stands for the values of a batch, row by row as `Batch.values` gave them."""

    tokens: Bytes
    canonical: Bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """What one block commits to."""

    lines: int
    lines_root: bytes
    values: int
    values_root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished batch: its objects in clear, ready to be sealed; `names` is None when dropped."""

    text: memoryview
    names: memoryview | None
    run: bytes | None
    secrets: bytes | None
    postings: int
    roots: tuple[Roots, ...]
    counts: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is kept of a block until its names are known."""

    key: bytes = field(repr=False)
    lines: int
    lines_root: bytes
    numbers: npt.NDArray[np.uint32]
    where: index.Occurrences
    groups: int


class Batch:
    """Takes blocks until it is full; then its values are named, and it is closed."""

    def __init__(
        self,
        *,
        batch: bytes,
        stream: str,
        timeline: Timeline,
        codec: PlaceholderCodec,
        keep_secrets: bool = False,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self._batch = batch
        self.timeline = timeline
        self._codec = codec
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
        self.first_ns, self.last_ns = _FAR_NS, -_FAR_NS

    def fits(self, lines: BlockLines) -> bool:
        """Tell whether this block still goes in; an empty batch takes any block."""
        return not self._kept or (
            self.lines + lines.count <= BATCH_LINES
            and self.size + lines.size - lines.start <= BATCH_BYTES
            and len(self._kept) < BATCH_BLOCKS
        )

    def add(self, lines: BlockLines, *, encoding: str = "utf-8", front: bytes = b"") -> None:
        """Take a block; Damaged when it would not come back as it is."""
        ordinals, numbers = self._values.number(
            lines.text, lines.find_starts, lines.find_ends, lines.kinds, lines.uses
        )
        moments = self.timeline.read(lines.text, lines.line_starts, lines.size)
        stored = self._codec.write(lines, ordinals)
        back = self._codec.read(stored, self._spans(numbers), secret_spans(lines))
        size = lines.size - lines.start
        if len(back) != size or not same_bytes(back, lines.text + lines.start):
            raise Damaged("errors_logs.does-not-come-back")
        note = BlockNote(
            key=self._entropy(KEY_BYTES),
            lines=lines.count,
            returns=lines.returns,
            encoding=encoding,
            front=front,
        )
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
        self._text.add(stored, moments, severities(lines), note)
        self._counts.add(lines, moments.event)
        self.first_ns = min(self.first_ns, int(moments.event.min()))
        self.last_ns = max(self.last_ns, int(moments.event.max()))
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
        if self._secrets is not None:
            self._secrets.append(_framed(lines, taken))
        if taken.any():
            rules, counts = np.unique(lines.rules[taken], return_counts=True)
            self.secret_rules.update(dict(zip(rules.tolist(), counts.tolist(), strict=True)))

    @property
    def empty(self) -> bool:
        """Whether nothing was taken yet."""
        return not self._kept

    def values(self) -> "BlockFinds":
        """Give the distinct values."""
        return BlockFinds(
            kinds=self._values.kinds.tolist(),
            raws=self._values.raws(),
            encoded=frozenset(self._encoded),
        )

    def close(self, named: Named | None, commitments: Bytes) -> Made:
        """Bind the values and write the objects; without `named` no name is kept."""
        names = IdentifierMapWriter(batch=self._batch) if named is not None else None
        kinds = self._values.kinds
        roots, postings, first = [], [], 0
        for block, kept in enumerate(self._kept):
            at = kept.numbers.astype(np.int64)
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
    """Write a block's secrets: how many, then each with its length before it (u32)."""
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
    """Read what was kept of secrets, block by block; Damaged when it is not that."""
    out: list[list[bytes]] = []
    at = 0
    while at < len(blob):
        count, at = int.from_bytes(blob[at : at + 4], "big"), at + 4
        block = []
        for _ in range(count):
            size, at = int.from_bytes(blob[at : at + 4], "big"), at + 4
            if at + size > len(blob):
                raise Damaged("errors_logs.segment-malformed")
            block.append(blob[at : at + size])
            at += size
        out.append(block)
    return out
