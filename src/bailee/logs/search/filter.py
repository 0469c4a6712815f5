"""Filter: which lines of one batch are meant: by time, by text, by token.

The index is a filter, and so are the times of row groups: a line counts once its own time lies in
the window, its own text holds what is looked for, and a whole token of its own is one that is asked
about.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np

from bailee.errors import Damaged
from bailee.logs.search.pattern import Pattern
from bailee.logs.store.columns import Bodies, RowRange, TextColumns, Tokens
from bailee.logs.store.segment import Bytes, Numbers
from bailee.logs.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Hits: lines of one row group, in order, counted from its first."""

    group: int
    lines: Numbers
    timed: bool
    """Whether all of them lie in the window for certain."""
    rows: RowRange | None = None
    """The row group's lines, where they were read already."""


def everything(text: TextColumns, window: Window) -> Iterator[Hits]:
    """Yield all lines that may lie in the window."""
    for group, timed in text.groups_within(window).items():
        yield Hits(group=group, lines=np.arange(text.lines_of(group)), timed=timed)


def bodies_of(text: TextColumns, window: Window) -> Iterator[Bodies]:
    """Read the text of row groups that may hold lines of the window, neighbours at once."""
    within = text.groups_within(window)
    start = stop = block = -1
    for group in within:
        own = text.place(group)[0]
        # Neighbours are read at once, since each reading opens a stretch of the sealed file; never
        # across two blocks, whose text does not lie together.
        if group != stop or own != block:
            if stop > start:
                yield text.bodies(range(start, stop), within)
            start, block = group, own
        stop = group + 1
    if stop > start:
        yield text.bodies(range(start, stop), within)


def by_text(bodies: Bodies, pattern: Pattern) -> Iterator[Hits]:
    """Yield the lines that hold a text."""
    found = pattern.lines(bodies.body, bodies.starts)
    if not len(found):
        return
    edges = np.concatenate([[0], np.cumsum(bodies.counts)])
    # Lines were counted through all groups of the reading; each hit is one group's own.
    cuts = np.searchsorted(found, edges)
    for place, (low, high) in enumerate(pairwise(cuts.tolist())):
        if low < high:
            yield Hits(
                group=bodies.first_group + place,
                lines=found[low:high] - edges[place],
                timed=bodies.timed[place],
            )


def rows_within(
    text: TextColumns, groups: Sequence[int], window: Window
) -> Iterator[tuple[int, bool, RowRange]]:
    """Read row groups that may hold lines of the window, and say whether all of each are in it."""
    within = text.groups_within(window)
    for group in sorted(groups):
        # The index and the text disagree about the batch: one of them was swapped or cut.
        if group >= text.groups:
            raise Damaged("errors_logs.index-malformed")
        if group in within:
            yield group, within[group], text.rows(group)


def by_token(
    read: Iterable[tuple[int, bool, RowRange]],
    tokens_of: Callable[[int], Tokens],
    wanted: Sequence[bytes],
    pattern: Pattern | None,
) -> Iterator[Hits]:
    """Yield the lines of row groups that hold any of the canonical tokens.

    `tokens_of` gives those of a block.
    """
    for group, timed, rows in read:
        lines = _lines_with(rows, tokens_of(rows.block).canonical, wanted)
        # The text last: few groups hold the token, and looking for text reads every byte of one.
        if pattern is not None and len(lines):
            ours = np.zeros(len(rows.times_ns), np.bool_)
            ours[pattern.lines(rows.body.tobytes(), rows.starts)] = True
            lines = lines[ours[lines]]
        if len(lines):
            yield Hits(group=group, lines=lines, timed=timed, rows=rows)


def _lines_with(rows: RowRange, canonical: Bytes, wanted: Sequence[bytes]) -> Numbers:
    """Compare whole tokens: a posting may be there for another one that begins alike."""
    ours = np.zeros(len(canonical), np.bool_)
    for token in wanted:
        # Every byte of the token, by value: an index posting compares eight of them.
        ours |= (canonical == np.frombuffer(token, np.uint8)).all(axis=1)
    if rows.ordinals.max(initial=0) >= max(len(ours), 1):
        raise Damaged("errors_logs.segment-malformed")
    # Ordinals lie end to end: the line of each is the last that starts at or before it.
    places = np.flatnonzero(ours[rows.ordinals]) if len(ours) else np.empty(0, np.int64)
    lines: Numbers = np.searchsorted(rows.firsts, places, "right") - 1
    # Once each: a line that names a person twice is one line.
    return cast("Numbers", lines[np.diff(lines, prepend=-1) != 0])


def timely(text: TextColumns, hits: Hits, window: Window) -> Numbers:
    """Keep the lines whose own time lies in the window."""
    if hits.timed or not window.bounded:
        return hits.lines
    times = (text.times(hits.group) if hits.rows is None else hits.rows.times_ns)[hits.lines]
    keep = np.ones(len(times), np.bool_)
    if window.from_ns is not None:
        keep &= times >= window.from_ns
    if window.to_ns is not None:
        keep &= times < window.to_ns
    return hits.lines[keep]
