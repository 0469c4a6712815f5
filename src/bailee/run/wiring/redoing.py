"""Deletions that custodians know of and rows do not: done again at the start of a process.

A crash between the two leaves them, or rows of before that were put back.  Only what a deletion
leaves nothing else of: an object, the subject of an entry, a value, kept secrets.  Any other opens
no more, and goes when that is asked for again or at the turn.  spec/keys.md, "Deletion"
"""

from contextlib import suppress

from bailee import errors
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.grant import Ref
from bailee.ids import BatchId, ClientId, EntryId, ObjectId
from bailee.keyring.model import LeafRow
from bailee.ledger.model import SUBJECT_NOUN, EntryDraft
from bailee.ledger.service import forgotten
from bailee.ledger.vocabulary import LOG_EXPIRE
from bailee.logs.facts import ExpiredFacts
from bailee.logs.model import SegmentPart
from bailee.names.model import UnplacedRow
from bailee.objects.model import CONTENT, LABEL, NOUN, content_ref, label_ref
from bailee.run.wiring.parts import HomeParts
from bailee.work import Tx


def redo(parts: HomeParts) -> None:
    """Delete again what custodians know as deleted; leave what does not open for it."""
    leaves, values = parts.work.read(parts.keyring.undone)
    if not leaves and not values:
        return
    # Rows of before that do not fit together: each opening refuses them, and `check`, which needs
    # this start, names them.
    with suppress(errors.Damaged):
        parts.work.run(parts.keyring.provider, lambda tx: _again(tx, parts))


def _again(tx: Tx, parts: HomeParts) -> None:
    leaves, values = parts.keyring.undone(tx)
    for leaf in leaves:
        if leaf.noun == SUBJECT_NOUN:
            entry = EntryId(leaf.id)
            if parts.entries.drop_subject(tx, leaf.client, entry):
                draft = forgotten(entry, parts.clock.now_ms())
                parts.ledger.append(tx, leaf.client, draft)
            _destroy(tx, parts, _ref(leaf))
        elif leaf.noun == SegmentPart.SECRETS:
            _end_secrets(tx, parts, leaf)
    objects = {(leaf.client, ObjectId(leaf.id)) for leaf in leaves if leaf.noun in {CONTENT, LABEL}}
    for client, obj in objects:
        _drop(tx, parts, client, obj)
    for item in values:
        parts.keyring.erase_values(tx, item.client, item.epoch, [item.token])


def _end_secrets(tx: Tx, parts: HomeParts, leaf: LeafRow) -> None:
    """Drop the row of secrets whose key is gone; their file is ciphertext, and is swept.

    With the row left, each turn would ask for an end of that key, and find none.
    """
    rows, batch = SqlLogRows(), BatchId(leaf.id)
    held = rows.parts_of_all(tx, leaf.client, [batch])[batch].get(SegmentPart.SECRETS)
    if held is not None:
        rows.drop_parts(tx, [held])
        draft = EntryDraft(
            kind=LOG_EXPIRE, body=ExpiredFacts(secrets=1).facts(), t_ms=parts.clock.now_ms()
        )
        parts.ledger.append(tx, leaf.client, draft)
    _destroy(tx, parts, _ref(leaf))


def _drop(tx: Tx, parts: HomeParts, client: ClientId, obj: ObjectId) -> None:
    """Delete an object whole: of its keys, custodians may have been left with some."""
    rows = SqlObjectRows()
    leaves, _ = parts.keyring.undone(tx)
    numbers = {row.version for row in rows.versions(tx, client, obj)}
    numbers |= {leaf.version for leaf in leaves if leaf.id == obj.raw}
    for number in sorted(numbers):
        for make in (label_ref, content_ref):
            _destroy(tx, parts, make(client, obj, number))
    rows.drop(tx, client, obj)
    # No shard has its name any more: it was taken out of one before its keys were named.
    rows.names.drop_waiting(tx, client, NOUN, obj.raw)
    rows.names.place(tx, UnplacedRow(client=client, noun=NOUN, id=obj.raw))


def _ref(leaf: LeafRow) -> Ref:
    return Ref(client=leaf.client, noun=leaf.noun, id=leaf.id, version=leaf.version)


def _destroy(tx: Tx, parts: HomeParts, ref: Ref) -> None:
    with suppress(errors.NotFound):  # its row is gone already
        parts.keyring.destroy(tx, [ref])
