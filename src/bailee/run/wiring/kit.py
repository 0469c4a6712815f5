"""Recovery kit: pages on paper, believed once enough of them were typed back."""

import sys
from collections.abc import Callable

from bailee import errors
from bailee.ids import InstallId
from bailee.keys.recovery import Kit, rehearse, split
from bailee.secret import Secret
from bailee.text import say

SHARES = 3
THRESHOLD = 2

ReadPage = Callable[[int], str]


class RecoveryKitPrinter:
    """Recovery kit printer: prints shares; a person at a terminal types enough of them back."""

    def __init__(self, install: InstallId, read_page: ReadPage | None = None) -> None:
        self._install = install
        self._read_page = read_page or _typed

    def rehearsed(self, root: Secret[bytes]) -> bool:
        """Hand out a kit of this root, and tell whether it was proven to give it."""
        # New shares each time: pages of two kits do not go together, so a kit that was thrown away
        # says nothing.
        kit = split(root, install=self._install, threshold=THRESHOLD, shares=SHARES)
        sys.stdout.write("".join(f"{page}\n" for page in kit.pages))
        # Now, so that a kit that nobody could be shown stops the turn before its root serves.
        sys.stdout.flush()
        try:
            rehearse(self._returned(kit), root)
        # A slip of the typist or a wrong page: the root then serves nothing, and the turn stops
        # before it.
        except (errors.UsageError, errors.Damaged, errors.Sealed):
            return False
        return True

    def _returned(self, kit: Kit) -> list[str]:
        if not sys.stdin.isatty():
            return list(kit.pages)  # nobody is there to type: every combination is tried instead
        return [self._read_page(number) for number in range(1, THRESHOLD + 1)]


def _typed(number: int) -> str:
    """Read one page from the terminal, up to its empty line."""
    sys.stderr.write(say("cli.type_share", number=number) + "\n")
    try:
        return "".join(iter(sys.stdin.readline, "\n"))
    except UnicodeDecodeError:
        raise errors.UsageError("errors_cli.value-unreadable") from None
