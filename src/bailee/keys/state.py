"""Phases of a turn, as a table: forward only, one at a time, with no way back from T3.

    still → T0 turn secret of g+1 durable on every custodian, a new root's kit rehearsed
          → T1 only g+1 may be written; what lives is wrapped anew
          → T2 every key test-opened, a row backup written and read back at every destination
          → T3 turn secret of g destroyed on every custodian, read back as absent
          → T4 recorded in the ledger; deletions become `erased`
          → still

The stored phase names the step that is to be done (again): a crash repeats it, never skips it.
"""

from collections.abc import Mapping
from dataclasses import replace

from bailee import errors
from bailee.keyring.model import Phase, State

# One successor each: no step is skipped, and none leads back, since from T3 on the secret that the
# old wraps need may be gone.
NEXT: Mapping[Phase, Phase] = {
    Phase.STILL: Phase.T0,
    Phase.T0: Phase.T1,
    Phase.T1: Phase.T2,
    Phase.T2: Phase.T3,
    Phase.T3: Phase.T4,
    Phase.T4: Phase.STILL,
}
FINAL = frozenset({Phase.T3, Phase.T4})
"""Phases in which the old turn secret may be gone already."""


def begun(state: State, now_ms: int, *, new_root: bool) -> State:
    """Begin a turn, or go on with one in progress; Conflict for a new root in a turn without."""
    if state.phase is Phase.STILL:
        return replace(state, phase=Phase.T0, new_root=new_root, began_ms=now_ms)
    # Its T0 may be done already: the root would then serve a generation whose kit nobody rehearsed.
    if new_root and not state.new_root:
        raise errors.Conflict("errors_keys.turn-in-progress")
    return state


def advanced(state: State, done: Phase, now_ms: int) -> State:
    """Move on from a phase that was done; Conflict when the state is in another."""
    if state.phase is not done or done is Phase.STILL:
        raise errors.Conflict("errors_keys.other-phase")
    after = replace(state, phase=NEXT[done])
    if after.phase is Phase.T1:
        # The write fence rises here, with the phase, in one row: no writer sees one without the
        # other.
        return replace(after, write_gen=state.target)
    if after.phase is Phase.STILL:
        return replace(after, generation=state.target, new_root=False, turned_ms=now_ms)
    return after
