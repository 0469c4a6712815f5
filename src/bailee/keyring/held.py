"""Held: what opens a thing whose row is there: a key that lacks then was taken away."""

from bailee import errors
from bailee.grant import Grant, Ref
from bailee.keyring.port import Opening
from bailee.seal.port import Opener
from bailee.work import Tx


def opener_of_held(keys: Opening, tx: Tx, ref: Ref, grant: Grant) -> Opener:
    """Return what opens a thing that no act deletes, or whose row was read in this transaction.

    Damaged without its key: rows and keys go in one transaction, so that nobody deleted it.
    """
    try:
        return keys.opener(tx, ref, grant)
    except errors.NotFound:
        raise errors.Damaged("errors_keyring.does-not-open") from None
