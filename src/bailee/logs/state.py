"""Ending machine: which step follows when somebody asks to end keys of a month.

Pure; keys/schedule.py decides whether the time has come.

What ends never comes back, from a backup either, so nobody ends it alone: one asks, and another
agrees (monitor/approval.py).  Before the month is over by its horizon 24 hours lie between the two,
in which either can take it back; from then on the second may follow at once, for the clock of this
machine alone must not suffice.  Two are two enrolled actors; that they are two humans is for the
provider to see to.  docs/decisions/0010
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bailee.clock import Times
from bailee.ids import ActorId
from bailee.keyring.model import NAMES, TEXT, VAULT, Custodied
from bailee.keys.schedule import (
    JUMP_MS,
    WAIT_MS,
    DestructionRequest,
    Due,
    believed_ms,
    decide,
    decide_early,
)
from bailee.logs.steps import EndingStep, Life
from bailee.monitor.approval import ConsentStep, Matter
from bailee.vault import epoch as months
from bailee.vault.epoch import Horizons

if TYPE_CHECKING:
    from bailee.monitor.power import ApprovalRow

DAY_MS = 86_400_000

PARTS = (NAMES, TEXT)
_EPOCH, _PART = "epoch", "part"


STEPS = {
    ConsentStep.ASKED: EndingStep.ASKED,
    ConsentStep.ANOTHER: EndingStep.ANOTHER,
    ConsentStep.WAITING: EndingStep.WAITING,
    ConsentStep.AGAIN: EndingStep.AGAIN,
    ConsentStep.NEXT: EndingStep.NEXT,
    ConsentStep.AGREED: EndingStep.ENDED,
}
"""What each answer about two people means for an ending; nobody ends keys alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Target: keys of one month that somebody asks to end: of its identifiers, or of its text."""

    epoch: int
    part: str

    def due_ms(self, horizons: Horizons) -> int:
        """Return when they reach their horizon, in milliseconds since 1970."""
        kept = horizons.names_months if self.part == NAMES else horizons.text_months
        return months.ends_ms(self.epoch, kept)

    def matter(self) -> Matter:
        """Return what two people agree on."""
        return Matter(what={_EPOCH: str(self.epoch), _PART: self.part})


def target_of(row: "ApprovalRow") -> Target:
    """Read what somebody asked to end; its MAC was verified, so that it was written here."""
    held = dict(word.split("=") for word in row.what)
    return Target(epoch=int(held[_EPOCH]), part=held[_PART])


def from_ms(row: "ApprovalRow", due_ms: int) -> int:
    """Return from when on another may agree: at once when the horizon has passed by then."""
    return max(row.asked_ms, min(row.asked_ms + WAIT_MS, due_ms))


def waits(
    row: "ApprovalRow", humans: frozenset[ActorId], due: Due, times: Times, month: int | None
) -> ConsentStep | None:
    """Tell why keys whose end these people agree on live on; None when they end now.

    `month` is the one that ended in this run; None when none has.
    """
    # Beyond the horizon the law wants the end, so nobody waits 24 hours; two people all the same,
    # for this machine's clock alone must not end anything.
    # By a clock that is ahead of all that shows how late it is, nothing is due.
    if believed_ms(times) >= due.due_ms:
        if not decide([due], times, humans=humans, frozen=False).destroy:
            return ConsentStep.NEXT
    else:
        query = DestructionRequest(requested_ms=row.asked_ms, humans=humans, lawful_erasure=False)
        why = decide_early(query, times, frozen=False)
        if why is not None:
            return ConsentStep.AGAIN if why == "clock-jumped" else ConsentStep.WAITING
    # One month a run: a clock that is wrong costs no more before somebody looks.
    return ConsentStep.NEXT if month not in (None, months.parse(due.month)) else None


def sooner_ms(target: Target, horizons: Horizons, times: Times, after_ms: int | None) -> int:
    """Return by how much keys end before their term of real custody; 0 where they do not.

    Either the month was taken in after an entry of a later one (`after_ms`), by a clock that was
    behind, or its horizon has passed by a clock that is ahead of all that shows how late it is.
    """
    due = target.due_ms(horizons)
    taken = 0 if after_ms is None else after_ms - months.ends_ms(target.epoch, 0)
    known = believed_ms(times)
    unseen = due - known if known < due <= times.wall_ms else 0
    # Two days, as for every doubt about a clock: the last hours of a month take some into the next.
    return max(taken if taken > JUMP_MS else 0, unseen)


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
