"""Erasure: when a deletion is final, and how surely.  Pure.

What was deleted while generation g was written is final once the turn secret of g is destroyed:
the state, under its MAC, has then come to a later generation.  Nothing is called
`erased` before (spec/keys.md, "Deletion").
"""

from collections import Counter
from collections.abc import Sequence

from bailee.keyring.model import Erasure, PendingRow, State, TurnRow, WrapClass
from bailee.keys.model import PendingErasures


def due_ms(state: State, period_ms: int) -> int:
    """Return when the next turn is due."""
    return state.turned_ms + period_ms


def effective_by_ms(state: State, gen: int, period_ms: int) -> int:
    """Return by when what was deleted in a generation is final, if turns run on time."""
    # What is deleted after T0 of a turn in progress is of its target generation, which ends with
    # the turn after it: one period more.
    return due_ms(state, period_ms) + max(0, gen - state.generation) * period_ms


def erasure(
    state: State,
    turns: Sequence[TurnRow],
    gen: int,
    *,
    period_ms: int,
    now_ms: int,
    wrap_class: WrapClass = "file",
) -> Erasure:
    """Return how far the erasure of something deleted in a generation is."""
    if state.generation <= gen:
        by = effective_by_ms(state, gen, period_ms)
        return Erasure(stage="pending", effective_ms=by, wrap_class=wrap_class)
    # The first turn at or after that generation: turns come in order, and each ends all before it.
    # Its row has no MAC, so it may only make the erasure later: a custody with a delay destroys
    # later than the turn ends, and nothing is "erased" before.
    done = [turn.effective_ms for turn in turns if turn.gen >= gen][:1]
    ended = state.turned_ms if state.generation == gen + 1 or not done else 0
    effective = max(ended, *done, 0)
    return Erasure(
        stage="erased" if effective <= now_ms else "pending",
        effective_ms=effective,
        wrap_class=wrap_class,
    )


def pending_erasures(
    state: State, rows: Sequence[PendingRow], period_ms: int
) -> tuple[PendingErasures, ...]:
    """Count what is deleted and not final, by the turn that makes it so."""
    by_gen = Counter(row.gen for row in rows)
    return tuple(
        PendingErasures(count=count, effective_by_ms=effective_by_ms(state, gen, period_ms))
        for gen, count in sorted(by_gen.items())
    )
