"""The acts on keys: the request's type is the act."""

from dataclasses import dataclass
from typing import ClassVar

from bailee.keyring.model import WrapClass
from bailee.keys.model import KeyReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKeys:
    """Show generation, counts, pending erasures and custodians."""

    act: ClassVar[str] = "key:list"
    purpose: str | None = "security"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysListed:
    """What was shown."""

    report: KeyReport


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnKeys:
    """Make a new generation and destroy the old turn secret: deletions become final."""

    act: ClassVar[str] = "key:turn"
    purpose: str | None = "security"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateRoot:
    """Turn, and install a new root: nothing is encrypted again, the recovery kit is new."""

    act: ClassVar[str] = "key:rotate"
    purpose: str | None = "security"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysTurned:
    """A finished turn."""

    generation: int
    erased: int
    confirmations: int
    wrap_class: WrapClass
    effective_ms: int
    new_root: bool

    def facts(self) -> dict[str, str]:
        """Return what the ledger's entry says of it."""
        return {
            "generation": str(self.generation),
            "erased": str(self.erased),
            "confirmations": str(self.confirmations),
            "class": self.wrap_class,
            "root": "new" if self.new_root else "kept",
        }
