"""Index: in which row groups of which batches a token stands, as immutable sorted runs.

    run    = u32 batches ‖ batch[16] … ‖ u64 postings ‖ posting … ‖ fence …
    posting = token prefix[8] ‖ u32 batch ‖ u16 row group      by prefix; batches by place
    fence  = token prefix[8]                       the first of each page of 4,096 postings

Big-endian.  A run is one sealed object of one client and epoch; a look-up reads its head
and its fences once, then the pages that may hold the prefix.  A prefix is a filter: whoever shows a
line compares whole tokens in its row group first.  spec/segment.md
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import SEEK_SET
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bailee.errors import Damaged
from bailee.logs.store.segment import GROUP_LINES, TOKEN_BYTES

Bytes = npt.NDArray[np.uint8]

PREFIX_BYTES = 8
BATCH_BYTES = 16
PAGE_POSTINGS = 4_096
"""Of 14 bytes each: a page and its neighbours lie in one or two sealed segments of 64 KiB."""
MERGED_POSTINGS_MAX = 4_000_000
"""A run is merged in memory: 56 MB of postings, and as much again while they are sorted."""

_POSTING = np.dtype([("prefix", ">u8"), ("batch", ">u4"), ("group", ">u2")])
POSTING = np.dtype([("prefix", "u8"), ("batch", "u4"), ("group", "u2")])
"""A posting in memory, in the machine's own byte order."""
_COUNT, _POSTINGS = struct.Struct(">I"), struct.Struct(">Q")

Postings = npt.NDArray[np.void]


class RunFile(Protocol):
    """A run, opened: any range of it."""

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to an offset."""

    def read(self, size: int = -1) -> bytes | None:
        """Read from there."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RowGroup:
    """Row group: one of a batch, by its number within the batch."""

    batch: bytes
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """Occurrences: in which row groups of its block each ordinal stands, each pair once."""

    groups: npt.NDArray[np.int64]
    ordinals: npt.NDArray[np.int64]


def standing(
    firsts: npt.NDArray[np.uint32], ordinals: npt.NDArray[np.uint32], values: int
) -> Occurrences:
    """Return in which row groups of a block its `values` values stand."""
    edges = firsts[0:-1:GROUP_LINES].astype(np.int64)
    # A table of groups by values: a block has ten groups at most, so this is ten bytes a value, and
    # finds each pair once without sorting.
    seen = np.zeros((len(edges), values), np.bool_)
    for group, (start, stop) in enumerate(pairwise([*edges.tolist(), int(firsts[-1])])):
        seen[group][ordinals[start:stop]] = True
    found = np.nonzero(seen)
    return Occurrences(groups=found[0], ordinals=found[1])


def postings_of(canonical: Bytes, where: Occurrences, first_group: int) -> Postings:
    """Give the postings of one block, whose values have these canonical tokens by ordinal."""
    out = np.empty(len(where.groups), POSTING)
    # Canonical tokens, so that one look-up finds every spelling. Eight of ten bytes: tokens are
    # drawn at random, so two that begin alike are rare, and the whole token is compared later.
    prefixes = np.ascontiguousarray(canonical[:, :PREFIX_BYTES]).view(">u8").reshape(-1)
    out["prefix"] = prefixes[where.ordinals]
    out["batch"] = 0
    out["group"] = where.groups + first_group
    return out


def build(batches: Sequence[bytes], parts: Iterable[Postings]) -> bytes:
    """Write a run; `batch` of each posting is a place in `batches`."""
    given = [*parts]
    postings = np.concatenate(given) if given else np.empty(0, POSTING)
    # By prefix alone: the order of a token's own postings means nothing, and a look-up takes them
    # all.
    return _written(batches, postings[np.argsort(postings["prefix"])])


def _written(batches: Sequence[bytes], postings: Postings) -> bytes:
    head = _COUNT.pack(len(batches)) + b"".join(batches) + _POSTINGS.pack(len(postings))
    stored = postings.astype(_POSTING)
    # Behind the postings, since they are known last; 8 bytes for 57 KB of postings, so the fences
    # of the largest run are some 8 KB and stay in memory.
    fences = np.ascontiguousarray(stored["prefix"][::PAGE_POSTINGS])
    return head + stored.tobytes() + fences.tobytes()


class Run:
    """Run: one run, open for looking up; it keeps head and fences.  Damaged when cut short."""

    def __init__(self, source: RunFile) -> None:
        self._source = source
        (count,) = _COUNT.unpack(self._at(0, _COUNT.size))
        head = self._at(_COUNT.size, BATCH_BYTES * count + _POSTINGS.size)
        cut = BATCH_BYTES * count
        self.batches = tuple(head[at : at + BATCH_BYTES] for at in range(0, cut, BATCH_BYTES))
        (self.postings,) = _POSTINGS.unpack(head[cut:])
        self._start = _COUNT.size + len(head)
        # Sizes come from the file itself, which is sealed: whoever cannot seal cannot make us ask
        # for much, and what is cut short is Damaged.
        pages = -(-self.postings // PAGE_POSTINGS)
        fences = self._at(self._start + _POSTING.itemsize * self.postings, PREFIX_BYTES * pages)
        self._fences = np.frombuffer(fences, ">u8").astype(np.uint64)

    def _at(self, offset: int, size: int) -> bytes:
        self._source.seek(offset)
        found = self._source.read(size) or b""
        if len(found) != size:
            raise Damaged("errors_logs.index-malformed")
        return found

    def all(self) -> Postings:
        """Read every posting."""
        stored = self._at(self._start, _POSTING.itemsize * self.postings)
        return np.frombuffer(stored, _POSTING).astype(POSTING)

    def find(self, tokens: Iterable[bytes]) -> frozenset[RowGroup]:
        """Return the row groups that may hold any of the tokens."""
        return frozenset(place for token in tokens for place in self._find(token))

    def _find(self, token: bytes) -> list[RowGroup]:
        if len(token) != TOKEN_BYTES:
            raise ValueError("a token is 10 bytes")
        prefix = np.uint64(int.from_bytes(token[:PREFIX_BYTES], "big"))
        # One prefix may fill several pages, and start at the end of the one before.
        low = max(int(np.searchsorted(self._fences, prefix, "left")) - 1, 0)
        high = int(np.searchsorted(self._fences, prefix, "right"))
        first = low * PAGE_POSTINGS
        stop = min(high * PAGE_POSTINGS, self.postings)
        if stop <= first:
            return []
        size = _POSTING.itemsize
        # One read for all pages that may hold it: neighbours lie in the same sealed segments.
        page = np.frombuffer(self._at(self._start + size * first, size * (stop - first)), _POSTING)
        found = page[page["prefix"] == prefix]
        return [
            RowGroup(batch=self.batches[batch], group=group)
            for batch, group in zip(found["batch"].tolist(), found["group"].tolist(), strict=True)
        ]


def merged(runs: Sequence[Run]) -> bytes:
    """Make one run of several of the same client and epoch."""
    batches: dict[bytes, int] = {}
    parts = []
    for run in runs:
        places = np.array([batches.setdefault(one, len(batches)) for one in run.batches], np.int64)
        postings = run.all()
        # Each run numbers its batches from 0: renumbered here, or a posting would name another
        # batch.
        postings["batch"] = places[postings["batch"].astype(np.int64)] if len(postings) else 0
        parts.append(postings)
    return build(tuple(batches), parts)
