"""Restored keys: only those in the rows that were brought back live, less what was deleted since.

No list of deletions in the rows counts, since the rows themselves were set back.  The custodians'
list of keys deleted within the generation does: what it names is deleted again.
spec/keys.md, "Restore"
"""

from collections.abc import Sequence

from bailee import errors
from bailee.keyring.model import Pending
from bailee.keyring.port import Kms
from bailee.keyring.service import Keyring
from bailee.keys.model import RowCopy
from bailee.work import Tx


def openable(copies: Sequence[RowCopy], kms: Kms) -> tuple[RowCopy, ...]:
    """Return the copies that today's custodians can open, newest generation first.

    Sealed when there is none: a turn has ended what is older, for good.
    """
    # What custodians hold decides, not what a backup says of itself: a copy of an older generation
    # is whole and opens nothing.
    held = {gen for custody in kms.register() for gen in custody.generations}
    found = [copy for copy in copies if copy.generation in held]
    if not found:
        raise errors.Sealed("errors_keys.backup-too-old")
    return tuple(sorted(found, key=lambda copy: -copy.generation))


def settle(tx: Tx, keyring: Keyring, kms: Kms) -> Pending:
    """Delete again, in restored rows, what was deleted since they were copied.

    Run before anything else opens them; announce the result as for any deletion.
    """
    # These rows are where the home stands from now on: a later phase, known to custodians, would
    # have every turn of it refused.
    state = keyring.turning().state(tx)
    kms.mark(*state.reached)
    # Before the first start: an act that came earlier could open what a person was told is erased.
    return keyring.destroy_by_kid(tx, kms.pending())
