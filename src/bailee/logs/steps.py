"""Steps: the words for how far the end of a month's keys is; state.py says which follows when."""

from enum import StrEnum


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
