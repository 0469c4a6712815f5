"""Epoch keys: V of a month's vault, N of its names, T of its text; N and T stand above leaves.

Each lies under the client key, as bucket keys do, and is made on first use.  N or T enters, beside
the bucket key, what wraps each leaf of the month, so that ending one shuts all of them without
touching an object; in copies too, once a turn has passed.  A key that was ended is made again for
the current month only: history that arrives late must not bring back a month that was forgotten.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import final

from bailee import errors
from bailee.grant import Ref
from bailee.ids import ClientId
from bailee.keyring.model import (
    EPOCH_KEY_OF,
    INDEX,
    NAMES,
    TEXT,
    VAULT,
    Custodied,
    EpochRow,
    LeafRow,
    WrappingKeyRow,
)
from bailee.keyring.tree.formulas import (
    NO_EPOCH,
    NO_EPOCH_KEY,
    epoch_aad,
    leaf_wrapper,
    new_kid,
    unwrap,
    wrap,
)
from bailee.keyring.tree.wrapping import CLIENT, WrappingKeys
from bailee.seal.kdf import KEY_BYTES
from bailee.work import Tx

SWEPT_WITH: Mapping[str, tuple[str, ...]] = {
    key_noun: tuple(noun for noun, key in EPOCH_KEY_OF.items() if key == key_noun)
    for key_noun in (VAULT, NAMES, TEXT)
}
"""Nouns of the leaves that nothing opens once a key of their epoch was ended."""

ENDED_AS: Mapping[str, str] = {f"epoch-{noun}": noun for noun in (VAULT, NAMES, TEXT)}
"""Nouns under which ended keys are noted as pending deletions."""


@final
class EpochKeys:
    """Makes, opens, rewraps and ends the keys of epochs."""

    def __init__(self, wrapping: WrappingKeys) -> None:
        self._wrapping = wrapping
        self._rows = wrapping.rows.epochs

    def client_key(self, tx: Tx, client: ClientId) -> tuple[WrappingKeyRow, bytes]:
        """Return the client's key and its row; NotFound when the client left."""
        self._wrapping.refresh(*self._wrapping.rows.generations(tx))
        row = self._wrapping.rows.wrapping_key(tx, CLIENT, client.raw)
        if row is None:
            raise errors.NotFound("errors_keyring.no-such-client")
        return row, self._wrapping.open(row)

    def open(self, above: bytes, row: EpochRow) -> bytes:
        """Unwrap a living key, from memory when it was unwrapped before."""
        place = ("epoch", row.noun, row.client.raw, row.epoch, row.version, row.parent)
        wrapped = row.wrapped or b""
        return self._wrapping.cache.get(place, wrapped, lambda: self.test_open(above, row))

    def test_open(self, above: bytes, row: EpochRow) -> bytes:
        """Unwrap a key, never from memory."""
        return unwrap(above, aad_of(row), row.wrapped or b"")

    def living(self, tx: Tx, client: ClientId, epoch: int, noun: str) -> list[EpochRow]:
        """Return the living versions of a key, the newest first: two while a turn replaces it."""
        return [row for row in self._rows.of(tx, client, epoch, noun) if row.wrapped is not None]

    def make(self, tx: Tx, client: ClientId, epoch: int, noun: str, *, current: int) -> EpochRow:
        """Make a key; Conflict when the month's was ended, but for the current month."""
        stored = self._rows.of(tx, client, epoch, noun)
        # While leaves of the ended key are left, a new one would stand above them too, and they
        # would be taken for leaves of its own that do not open.
        unswept = noun != VAULT and any(row.pending_gen is not None for row in stored)
        if stored and (epoch != current or unswept):
            raise errors.Conflict("errors_keyring.epoch-ended")
        return self.renewed(tx, client, epoch, noun, stored[0] if stored else None)

    def renewed(
        self, tx: Tx, client: ClientId, epoch: int, noun: str, before: EpochRow | None
    ) -> EpochRow:
        """Make the next version of a key."""
        parent, above = self.client_key(tx, client)
        row = EpochRow(
            client=client,
            epoch=epoch,
            noun=noun,
            version=0 if before is None else before.version + 1,
            parent=parent.version,
            kid=new_kid(),
            erasures=0 if before is None else before.erasures,
            pending_gen=None,
            wrapped=None,
        )
        key = self._wrapping.entropy(KEY_BYTES)
        # Bound to its version, which counts on from the key before: an older wrap put back in this
        # row does not open.
        row = replace(row, wrapped=wrap(above, aad_of(row), key, self._wrapping.entropy))
        self._rows.put(tx, row)
        return row

    def rewrap_under(self, tx: Tx, client: ClientId, was: bytes, now: bytes, parent: int) -> None:
        """Wrap all keys of a client under its renewed key."""
        for row in self._rows.of_client(tx, client):
            if row.wrapped is not None:
                key = unwrap(was, aad_of(row), row.wrapped)
                moved = wrap(now, aad_of(row), key, self._wrapping.entropy)
                self._rows.put(tx, replace(row, parent=parent, wrapped=moved))

    def end(self, tx: Tx, row: EpochRow, gen: int | None) -> None:
        """End a key: its wrap goes at once; with `gen`, a turn sweeps what hung on it."""
        # The row stays, without its wrap: it says that this month was ended, so that none is made
        # anew.
        self._rows.put(tx, replace(row, wrapped=None, pending_gen=gen))

    def wrapper(self, tx: Tx, above: bytes, bucket_key: bytes, leaf: LeafRow) -> bytes | None:
        """Derive what wraps a leaf; None when the key of its epoch was ended."""
        beside = self.epoch_key(tx, above, leaf.client, leaf.noun, leaf.epoch)
        if beside is None:
            return None
        return leaf_wrapper(
            bucket_key, leaf.noun, leaf.client, leaf.bucket, leaf.epoch, epoch_key=beside
        )

    def epoch_key(
        self, tx: Tx, above: bytes, client: ClientId, noun: str, epoch: int
    ) -> bytes | None:
        """Return the key beside the bucket key above leaves of a noun; None when it was ended."""
        # None, not an error: whoever walks the tree passes over what was ended on purpose.
        name = EPOCH_KEY_OF.get(noun)
        if name is None or epoch == NO_EPOCH:
            return NO_EPOCH_KEY
        found = self.living(tx, client, epoch, name)
        # The newest: of N and T there is never more than one, only a vault key is replaced.
        return self.open(above, found[0]) if found else None

    def epoch_key_or_new(self, tx: Tx, above: bytes, ref: Ref, current: int) -> bytes:
        """Return the same for a new leaf, made on first use; Conflict when it was ended."""
        found = self.epoch_key(tx, above, ref.client, ref.noun, ref.epoch)
        if found is not None:
            return found
        noun = EPOCH_KEY_OF[ref.noun]
        return self.open(above, self.make(tx, ref.client, ref.epoch, noun, current=current))

    def custodied(self, tx: Tx, client: ClientId) -> tuple[Custodied, ...]:
        """Return which keys of which epochs are left, the oldest epoch first."""
        rows = self._rows.of_client(tx, client)
        alive = {(row.epoch, row.noun) for row in rows if row.wrapped is not None}
        # Ended, and not final yet: an older copy still opens what hung on these until the next
        # turn.
        kids = {row.kid for row in self._wrapping.rows.pending(tx) if row.noun in ENDED_AS}
        ending = {(row.epoch, row.noun) for row in rows if row.kid in kids}
        return tuple(
            Custodied(
                epoch=epoch,
                vault=(epoch, VAULT) in alive,
                names=(epoch, NAMES) in alive,
                text=(epoch, TEXT) in alive,
                made=frozenset(row.noun for row in rows if row.epoch == epoch) - {INDEX},
                ending=frozenset(noun for of, noun in ending if of == epoch),
            )
            for epoch in sorted({row.epoch for row in rows})
        )


def require_epoch(ref: Ref) -> None:
    """Refuse a thing whose noun and epoch disagree: ValueError."""
    # Either mistake would be found out years later: a thing without its epoch would outlive the
    # month, and one with a month that its noun has no key for would never open.
    if (ref.noun in EPOCH_KEY_OF) != (ref.epoch != NO_EPOCH):
        raise ValueError("a thing has an epoch exactly when it ends with one")


def aad_of(row: EpochRow) -> bytes:
    """Return what binds the key of an epoch to its place."""
    return epoch_aad(row.client, row.noun, row.epoch, row.version, row.kid)
