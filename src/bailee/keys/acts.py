"""The acts on keys."""

from dataclasses import dataclass
from typing import Literal

from bailee.act import Facts, Purpose, Reason, Request
from bailee.keyring.model import WrapClass
from bailee.keys.model import KeyReport


class ListKeys(Request[KeyReport], act="key:list", implied=Purpose.SECURITY):
    """Show generation, counts, pending erasures and custodians."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysTurned:
    """A finished turn."""

    generation: int
    erased: int
    confirmations: int
    wrap_class: WrapClass
    effective_ms: int
    new_root: bool


class RotateRoot(Request[KeysTurned], act="key:rotate", implied=Purpose.SECURITY):
    """Turn, and install a new root: nothing is encrypted again, the recovery kit is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockShown:
    """Clock shown: the wall clock, and what else tells how late it is."""

    wall_ms: int
    shown_ms: int | None
    """How late it is at least for certain; None where the clock was never believed."""
    newest_ms: int
    """The newest entry of the provider's ledger from before."""
    believed_ms: int
    """How late it is taken to be where something ends by its date."""
    doubts: tuple[str, ...] = ()
    """What is wrong with the wall clock, in words of a closed list."""


class ShowClock(Request[ClockShown], act="clock:show", implied=Purpose.VERIFICATION):
    """Show how late it is, and by what that is known."""


class AcceptClock(Request[ClockShown], act="clock:accept", implied=Purpose.SECURITY):
    """Believe the wall clock of today; what ends by its date goes by it again."""

    reason: Reason = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysState:
    """Keys state: whether a server has them in reach."""

    state: Literal["open", "sealed"]


class SealKeys(Request[KeysState], act="key:seal", implied=Purpose.SECURITY):
    """Have a server drop the keys: what is under way ends, and nothing is opened until unsealed."""


class UnsealKeys(Request[KeysState], act="key:unseal", implied=Purpose.SECURITY):
    """Record that somebody handed a server the passphrase."""


class KeysTurnedFacts(Facts):
    """What the ledger holds of a finished turn.

    `erased` counts the deletions that became final, `confirmations` the custodians that were read
    back without the old turn secret; `class_` is how sure that makes its destruction.
    """

    generation: int
    erased: int
    confirmations: int
    class_: WrapClass
    root: Literal["new", "kept"]


def turned_facts(turned: KeysTurned) -> KeysTurnedFacts:
    """Give what the ledger holds of a turn."""
    return KeysTurnedFacts(
        generation=turned.generation,
        erased=turned.erased,
        confirmations=turned.confirmations,
        class_=turned.wrap_class,
        root="new" if turned.new_root else "kept",
    )


class TurnKeys(Request[KeysTurned], act="key:turn", implied=Purpose.SECURITY, waits=True):
    """Make a new generation and destroy the old turn secret: deletions become final."""
