"""Change of a ledger's key: the old key and the new one sign the change, and the ledger holds it.

All in one transaction: the entry, the new key, the note.  The old key signs no size beyond the
entry and the new one none before it, so a stolen retired key signs nothing that counts.
"""

from bailee import errors
from bailee.ids import ClientId
from bailee.ledger.model import EntryDraft, Recorded
from bailee.ledger.port import EntryRows, LedgerKeys
from bailee.ledger.service import Ledger
from bailee.ledger.vocabulary import KEY_CHANGE
from bailee.proof.tree.chain import FIELD, KeyChange, sign_key_change
from bailee.proof.tree.note import VerifierKey
from bailee.work import Tx


def change_key(  # noqa: PLR0917  # as the ports of a transaction are: tx, then whose, then when
    ledger: Ledger, rows: EntryRows, keys: LedgerKeys, tx: Tx, client: ClientId, t_ms: int
) -> Recorded:
    """Give a ledger a new key, in the caller's transaction; sequence the ledger afterwards.

    Conflict when another entry or another key came between.
    """
    log = rows.row_of(tx, client)
    old = keys.signer(tx, log.log)  # before the new one replaces it
    new = keys.new_signer(tx, log.log)
    change = KeyChange(
        origin=log.origin,
        index=log.count,
        old=log.key,
        new=VerifierKey(name=log.origin, public=new.public_key),
    )
    note = sign_key_change(change, old.sign, new.sign)
    draft = EntryDraft(
        kind=KEY_CHANGE,
        body={FIELD: change.digest, "old": old.public_key.hex(), "new": new.public_key.hex()},
        t_ms=t_ms,
    )
    # The statement names the index that its entry takes, so the two are in one transaction and
    # compared.
    recorded = ledger.append(tx, client, draft)
    if recorded.index != change.index or old.public_key != log.public_key:
        raise errors.Conflict("errors_ledger.key-differs")
    rows.add_key_change(tx, client, recorded.index, new.public_key, note.encode())
    return recorded
