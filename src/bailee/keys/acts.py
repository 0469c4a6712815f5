"""The acts on keys."""

from dataclasses import dataclass
from typing import Literal

from bailee.act import Facts, Purpose, Request
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
