"""Strength: how surely it is known who asks; a closed list, the weakest first."""

from enum import StrEnum


class Strength(StrEnum):
    """Strength: by what somebody was told apart from everybody else."""

    SHARED = "shared"
    """Nobody is told apart: whoever runs commands there chooses whom they run as."""
    OS_USER = "os-user"
    """The operating system says which of its users it is."""
    TOTP = "totp"
    PASSKEY = "passkey"

    def reaches(self, least: "Strength") -> bool:
        """Tell whether it is at least that."""
        order = tuple(Strength)
        return order.index(self) >= order.index(least)
