"""Ending machine: which step follows when somebody asks to end keys of a month.

Pure; keys/schedule.py decides whether the time has come.

What ends never comes back, from a backup either, so nobody ends it alone: one asks, and another
agrees within fourteen days.  Before the month is over by its horizon 24 hours lie between the two,
in which either can take it back; from then on the second may follow at once, for the clock of this
machine alone must not suffice.  Two are two enrolled actors; that they are two humans is for the
provider to see to.  docs/decisions/0010
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bailee.clock import Times
from bailee.ids import ActorId
from bailee.keyring.model import NAMES, TEXT, VAULT, Custodied
from bailee.keys.schedule import WAIT_MS, DestructionRequest, Due, decide, decide_early
from bailee.vault import epoch as months
from bailee.vault.epoch import Horizons

if TYPE_CHECKING:
    from bailee.monitor.power import EndingRow

DAY_MS = 86_400_000
ASKED_MS = 14 * DAY_MS
"""How long a request waits for the agreement of somebody else."""

PARTS = (NAMES, TEXT)
_ASKED = "asked"


class EndingStep(StrEnum):
    """Ending step: what a call to end keys does."""

    ASKED = "asked"
    """Nobody asked before, or it was too long ago: now somebody did."""
    ANOTHER = "needs-another"
    """Who asks again is who asked: somebody else has to agree."""
    WAITING = "waiting"
    """Somebody else agrees, before 24 hours are over."""
    AGAIN = "clock-jumped"
    """The clock moved, or nothing was recorded for long: the 24 hours begin anew."""
    ENDED = "ended"
    OVER = "ended-before"
    """There is no living key of this sort any more."""
    NEXT = "next-run"
    """Another month went in this run."""
    WITHDRAWN = "withdrawn"


CHANGES = frozenset({EndingStep.ASKED, EndingStep.AGAIN, EndingStep.ENDED, EndingStep.WITHDRAWN})
"""Steps that change what is asked for."""


class Life(StrEnum):
    """Life: whether a month's keys of one sort live, are due, or have ended."""

    NONE = "none"
    """There never were any: a month whose identifiers were dropped at once."""
    ALIVE = "alive"
    DUE = "due"
    """Alive beyond the horizon: two people have to end them."""
    ENDING = "ending"
    """Gone here; an older copy still opens them, until the next turn."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Target: keys of one month that somebody asks to end: of its identifiers, or of its text."""

    epoch: int
    part: str

    def due_ms(self, horizons: Horizons) -> int:
        """Return when they reach their horizon, in milliseconds since 1970."""
        kept = horizons.names_months if self.part == NAMES else horizons.text_months
        return months.ends_ms(self.epoch, kept)


def standing(row: "EndingRow | None", now_ms: int) -> bool:
    """Tell whether a request still waits for an agreement."""
    return row is not None and row.state == _ASKED and now_ms < row.asked_ms + ASKED_MS


def from_ms(row: "EndingRow", due_ms: int) -> int:
    """Return from when on another may agree: at once when the horizon has passed by then."""
    return max(row.asked_ms, min(row.asked_ms + WAIT_MS, due_ms))


def step(row: "EndingRow | None", actor: ActorId, due: Due, times: Times) -> EndingStep:
    """Decide what a call by this actor does, the keys being alive."""
    # A request that nobody agreed to in time is as if it had never been: its agreement today would
    # be of somebody who no longer knows what they asked for.
    if row is None or not standing(row, times.wall_ms):
        return EndingStep.ASKED
    # The rule of two people, before any question of time.
    if row.asked_by == actor:
        return EndingStep.ANOTHER
    humans = frozenset({row.asked_by, actor})
    # Beyond the horizon the law wants the end, so nobody waits 24 hours; two people all the same,
    # for this machine's clock alone must not end anything.
    if times.wall_ms >= due.due_ms:
        verdict = decide([due], times, humans=humans, frozen=False)
        return EndingStep.ENDED if verdict.destroy else EndingStep.NEXT
    query = DestructionRequest(requested_ms=row.asked_ms, humans=humans, lawful_erasure=False)
    why = decide_early(query, times, frozen=False)
    if why is None:
        return EndingStep.ENDED
    return EndingStep.AGAIN if why == "clock-jumped" else EndingStep.WAITING


def life(keys: Custodied, part: str, *, due: bool) -> Life:
    """Return the life of a month's keys of one sort; `due` is whether their horizon has passed."""
    alive = keys.text if part == TEXT else keys.names or keys.vault
    nouns = {TEXT} if part == TEXT else {NAMES, VAULT}
    if alive:
        return Life.DUE if due else Life.ALIVE
    # Gone here, but a copy of an older generation still opens them until a turn.
    if keys.ending & nouns:
        return Life.ENDING
    return Life.ENDED if keys.made & nouns else Life.NONE
