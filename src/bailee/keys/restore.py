"""After a restore: default-deny.  Only keys of the newest row backup live, less what was deleted.

No list of destroyed keys in the rows is believed, since the rows were rolled back; the custodians'
list of what was deleted within the generation is, and what it names is deleted again, properly.
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

    Sealed when there is none: what is older was ended by a turn, and stays so.
    """
    held = {gen for custody in kms.register() for gen in custody.generations}
    found = [copy for copy in copies if copy.generation in held]
    if not found:
        raise errors.Sealed("errors_keys.backup-too-old")
    return tuple(sorted(found, key=lambda copy: -copy.generation))


def settle(tx: Tx, keyring: Keyring, kms: Kms) -> Pending:
    """Delete again, in restored rows, what had been deleted since they were copied.

    Run before anything else opens them; announce the result as for any deletion.
    """
    return keyring.destroy_by_kid(tx, kms.pending())
