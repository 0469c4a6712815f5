"""Rules of the monitor itself, which hold before any policy is asked; what is owed to everyone."""

from enum import StrEnum
from typing import Final

OWED: Final = frozenset(
    {"object:delete", "log:erase", "epoch:destroy", "key:turn", "approval:give"}
)
"""Acts that end what is kept, and what they wait for: they may use the space kept on a full disk.
Without them nothing could be deleted there, and a disk would stay full."""


UNRECORDED: Final = frozenset(
    {
        "approval:list",
        "check:run",
        "clock:show",
        "epoch:list",
        "key:list",
        "ledger:head",
        "ledger:key",
    }
)
"""What may be done of a home that takes no writes, without an entry: nothing of these opens
anything (a check then leaves out what would), so no grant is made that an entry would have to
permit.  docs/decisions/0024"""


class Tampered(StrEnum):
    """Tampered: a rule of the monitor itself: a row that confers power is not as recorded."""

    ROW_FORGED = "row-forged"
    ROW_DIFFERS = "row-differs"
    NOT_ADOPTED = "policy-not-adopted"


BEFORE_TAKEN_UP = frozenset(
    {
        "approval:give",
        "approval:list",
        "approval:withdraw",
        "backup:restore",
        "check:run",
        "clock:show",
        "key:list",
    }
)
"""What a restored home grants before a second person has agreed to it: nothing of these opens."""
