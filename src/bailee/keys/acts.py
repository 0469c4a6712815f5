"""The acts on keys."""

from dataclasses import dataclass

from bailee.act import Purpose, Request
from bailee.keyring.model import WrapClass
from bailee.keys.model import KeyReport


class ListKeys(Request[KeyReport], act="key:list", implied=Purpose.SECURITY):
    """Show generation, counts, pending erasures and custodians."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysTurned:
    """A turn that came to its end."""

    generation: int
    erased: int
    confirmations: int
    wrap_class: WrapClass
    effective_ms: int
    new_root: bool

    def facts(self) -> dict[str, str]:
        """Give what the ledger's entry says of it."""
        return {
            "generation": str(self.generation),
            "erased": str(self.erased),
            "confirmations": str(self.confirmations),
            "class": self.wrap_class,
            "root": "new" if self.new_root else "kept",
        }


class TurnKeys(Request[KeysTurned], act="key:turn", implied=Purpose.SECURITY, waits=True):
    """Make a new generation and destroy the old turn secret: deletions become final."""


class RotateRoot(Request[KeysTurned], act="key:rotate", implied=Purpose.SECURITY):
    """Turn, and install a new root: nothing is encrypted again, the recovery kit is new."""
