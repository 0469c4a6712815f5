"""Deletion of a leaf key: it goes with the bucket key above it, in one transaction.

A new bucket key wraps the siblings; the old one survives only in older copies, under a client key
that the next turn renews.  Until then rows of before could revive the thing, so its key id is with
the custodians before the transaction is durable.  spec/keys.md, "Deletion"
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bailee import errors
from bailee.grant import Ref
from bailee.ids import ClientId
from bailee.keyring.destroy.due import NO_BUCKET, DeletedKeys, GoneKey
from bailee.keyring.destroy.erasing import Erasures
from bailee.keyring.model import VALUE, VAULT, BucketRow, DueKey, HeldKey, LeafRow, Pending
from bailee.keyring.tree.epochs import ENDED_AS, EpochKeys
from bailee.keyring.tree.formulas import (
    bucket_aad,
    bucket_of,
    leaf_aad,
    unwrap,
    wrap,
)
from bailee.keyring.tree.wrapping import CLIENT, LEGAL_TERM, ONE, WrappingKeys
from bailee.seal.kdf import KEY_BYTES
from bailee.work import Tx

ORPHANS_AT_ONCE = 10_000
"""Leaf rows deleted in the transaction in which a client leaves; a turn sweeps the rest."""

Wrappers = Mapping[tuple[str, int], tuple[bytes | None, bytes | None]]
"""By noun and epoch: what wrapped the leaves, and what will; None where the epoch was ended."""


class Deletions:
    """Deletes leaf keys, client keys and body keys; every deletion is pending until a turn."""

    def __init__(
        self,
        wrapping: WrappingKeys,
        epochs: EpochKeys,
        erasures: Erasures,
        deleted: DeletedKeys,
    ) -> None:
        self._wrapping = wrapping
        self._deleted = deleted
        self._rows = wrapping.rows
        self._epochs = epochs
        self._erasures = erasures

    def leaves(self, tx: Tx, refs: Sequence[Ref], now_ms: int, *, derived: bool = False) -> Pending:
        """Delete the leaf keys of these things; NotFound, and nothing done, when one is missing."""
        # By bucket: ten deletions in one bucket renew its key once, not ten times.
        by_bucket: defaultdict[tuple[ClientId, int], list[Ref]] = defaultdict(list)
        for ref in refs:
            by_bucket[(ref.client, bucket_of(ref.id))].append(ref)
        gone = [
            item
            for place, doomed in by_bucket.items()
            for item in self._in_bucket(tx, *place, doomed)
        ]
        return self._deleted.note(tx, gone, now_ms, derived=derived)

    def _in_bucket(self, tx: Tx, client: ClientId, bucket: int, doomed: list[Ref]) -> list[GoneKey]:
        place = self._rows.place(tx, client, bucket, None)
        if place is None or place.bucket is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        self._wrapping.refresh(place.generation, place.write_gen)
        named = {(ref.noun, ref.id, ref.version) for ref in doomed}
        stored = self._rows.leaves(tx, client, bucket)
        gone = [leaf for leaf in stored if (leaf.noun, leaf.id, leaf.version) in named]
        # Counted before anything is written: half a list deleted would be neither done nor refused.
        if len(gone) != len(named):
            raise errors.NotFound("errors_keyring.no-such-key")
        self._rows.drop_leaves(tx, gone)
        kept = [leaf for leaf in stored if (leaf.noun, leaf.id, leaf.version) not in named]
        version = self._renew(tx, place, place.bucket, kept)
        # The old bucket key lies in older copies under this client key: unless the next turn renews
        # that, it still opens them, and what hung on it.
        self._rows.mark_pending(tx, CLIENT, client.raw, place.write_gen)
        return [GoneKey(leaf.kid, client, leaf.noun, bucket, version, leaf.epoch) for leaf in gone]

    def _renew(self, tx: Tx, place: HeldKey, old: BucketRow, kept: list[LeafRow]) -> int:
        """Replace the bucket key and wrap the siblings under it, or drop an empty bucket.

        Return the version that a bucket has from now on, at least.
        """
        client, bucket = old.client, old.bucket
        # The version is bound into the wrap: an older wrap put back in the new row does not open.
        # Above what custodians know too, for the row itself may be of before.
        version = max(old.version + 1, self._deleted.least(client, bucket))
        if not kept:
            # Nothing hangs on it any more, so no key has to take its place.
            self._rows.drop_bucket(tx, client, bucket)
            return version
        client_key = self._wrapping.open(place.wrapping)
        was = unwrap(client_key, bucket_aad(client, bucket, old.version), old.wrapped)
        now = self._wrapping.entropy(KEY_BYTES)
        wrappers = self._wrappers(tx, client_key, kept, was, now)
        moved = self._moved(kept, wrappers)
        sealed = wrap(client_key, bucket_aad(client, bucket, version), now, self._wrapping.entropy)
        self._rows.put_bucket(
            tx,
            BucketRow(
                client=client,
                bucket=bucket,
                version=version,
                parent=place.wrapping.version,
                wrapped=sealed,
            ),
        )
        self._rows.rewrap_leaves(tx, moved)
        return version

    def _wrappers(
        self, tx: Tx, above: bytes, kept: list[LeafRow], was: bytes, now: bytes
    ) -> Wrappers:
        """Derive what wrapped the leaves of each noun in the bucket, and what will."""
        kinds = {(leaf.noun, leaf.epoch): leaf for leaf in kept}
        return {
            kind: (
                self._epochs.wrapper(tx, above, was, leaf),
                self._epochs.wrapper(tx, above, now, leaf),
            )
            for kind, leaf in kinds.items()
        }

    def _moved(self, kept: list[LeafRow], wrappers: Wrappers) -> list[LeafRow]:
        moved: list[LeafRow] = []
        for leaf in kept:
            old, new = wrappers[(leaf.noun, leaf.epoch)]
            if old is None or new is None:
                continue  # its epoch was ended: nothing opens it, and a turn sweeps the row
            aad = leaf_aad(leaf.client, leaf.noun, leaf.id, leaf.version, leaf.kid)
            key = unwrap(old, aad, leaf.wrapped)
            moved.append(replace(leaf, wrapped=wrap(new, aad, key, self._wrapping.entropy)))
        return moved

    def by_kid(self, tx: Tx, key_ids: frozenset[bytes], now_ms: int) -> Pending:
        """Delete, after a restore, what these key ids name: clients, leaves, epochs, values.

        An id that names nothing here was of a thing made after the rows were copied and deleted
        before they were lost: the keys above it, which the lost rows had renewed, are back.
        """
        # Clients first: their leaves go with them, and are not looked for one by one.
        write_gen = self._rows.generations(tx)[1]
        gone = Pending(generation=write_gen, key_ids=())
        for kid in key_ids:
            if self._rows.wrapping_key(tx, CLIENT, kid) is not None:
                gone += self.client(tx, ClientId(kid), now_ms)
        refs = [
            _ref(leaf)
            for leaf in self._rows.leaves_by_kid(tx, key_ids)
            if self._rows.wrapping_key(tx, CLIENT, leaf.client.raw) is not None
        ]
        gone += self.leaves(tx, refs, now_ms)
        for body in [body for body in self._rows.body_keys(tx) if body.kid in key_ids]:
            gone += self.bodies(tx, body.client, body.year, now_ms)
        gone += self._erasures.by_kid(tx, key_ids, now_ms)
        if not key_ids <= set(gone.key_ids):
            self._renew_all(tx, write_gen)
        return gone

    def _renew_all(self, tx: Tx, write_gen: int) -> None:
        """Renew every bucket key now, and every wrapping key and vault key at the next turn.

        Any of them may have stood above a thing that these rows do not know: on the lost disk its
        wraps lie under keys that were brought back.  One transaction, once in a restore.
        """
        self._rows.mark_pending(tx, LEGAL_TERM, ONE, write_gen)
        clients = [ClientId(row.id) for row in self._rows.wrapping_keys(tx) if row.noun == CLIENT]
        for client in clients:
            self._rows.mark_pending(tx, CLIENT, client.raw, write_gen)
            for bucket in list(self._rows.buckets(tx, client)):
                place = self._rows.place(tx, client, bucket.bucket, None)
                if place is not None:
                    self._renew_whole(tx, place, bucket)
        self._rows.epochs.mark_all(tx, write_gen)

    def _renew_whole(self, tx: Tx, place: HeldKey, bucket: BucketRow) -> None:
        self._wrapping.refresh(place.generation, place.write_gen)
        kept = list(self._rows.leaves(tx, bucket.client, bucket.bucket))
        self._renew(tx, place, bucket, kept)

    # --- what custodians name ----------------------------------------------------------------

    def alive(self, tx: Tx, generation: int) -> frozenset[bytes]:
        """Return which of the keys that custodians name as deleted are in the rows again."""
        due = self._deleted.due(generation)
        kids = {item.kid for item in due}
        # Only where each stood: elsewhere its wrap, which is bound to its place, does not open.
        places = {(item.client, item.bucket) for item in due if item.bucket != NO_BUCKET}
        found = {
            leaf.kid
            for client, bucket in places
            for leaf in self._rows.leaves(tx, client, bucket)
            if leaf.kid in kids
        }
        left = [item for item in due if item.bucket == NO_BUCKET]
        found |= {item.kid for item in left if self._stands(tx, item)}
        # An id without a note may be of anything, so everything is looked through for it.
        bare = self._deleted.without_note(generation)
        if bare or any(item.noun == LEGAL_TERM for item in left):
            found |= {body.kid for body in self._rows.body_keys(tx)} & (kids | bare)
        if bare or any(item.noun in ENDED_AS for item in left):
            found |= {row.kid for row in self._rows.epochs.living_all(tx)} & (kids | bare)
        if bare:
            found |= {leaf.kid for leaf in self._rows.leaves_by_kid(tx, bare)}
        return frozenset(found)

    def _stands(self, tx: Tx, item: DueKey) -> bool:
        if item.noun == CLIENT:
            return self._rows.wrapping_key(tx, CLIENT, item.client.raw) is not None
        if item.noun != VALUE or not item.token:
            return False
        held = self._rows.vaults.values(tx, item.client, item.epoch, [item.token]).values()
        # Under an ended vault it opens with nothing, and cannot be erased again: a turn sweeps it.
        vaults = self._rows.epochs.of(tx, item.client, item.epoch, VAULT)
        living = {row.version for row in vaults if row.wrapped is not None}
        return any(row.sealed is not None and row.version in living for row in held)

    def again(self, tx: Tx, generation: int, now_ms: int) -> bool:
        """Delete again what custodians name and rows hold; False when there is nothing."""
        kids = self.alive(tx, generation)
        if kids:
            due = [item for item in self._deleted.due(generation) if item.kid in kids]
            self._delete_again(tx, kids, due, now_ms)
            # What stands all the same would be deleted again without an end.
            if kids <= self.alive(tx, generation):
                raise errors.Damaged("errors_keyring.deleted-stands")
        return bool(kids)

    def _delete_again(
        self, tx: Tx, kids: frozenset[bytes], due: Sequence[DueKey], now_ms: int
    ) -> None:
        for item in due:
            if item.noun == CLIENT:
                self.client(tx, item.client, now_ms)
        places = {(item.client, item.bucket) for item in due if item.bucket != NO_BUCKET}
        leaves = [
            leaf
            for client, bucket in places
            if self._rows.wrapping_key(tx, CLIENT, client.raw) is not None
            for leaf in self._rows.leaves(tx, client, bucket)
            if leaf.kid in kids
        ]
        noted = {item.kid for item in due}
        leaves += self._rows.leaves_by_kid(tx, kids - noted) if kids - noted else []
        self.leaves(tx, [_ref(leaf) for leaf in leaves], now_ms)
        for body in [body for body in self._rows.body_keys(tx) if body.kid in kids]:
            self.bodies(tx, body.client, body.year, now_ms)
        self._erasures.again(tx, kids, [item for item in due if item.token], now_ms)

    def undone(self, tx: Tx) -> tuple[Sequence[LeafRow], Sequence[DueKey]]:
        """Return leaves and values that custodians name and rows hold without a deletion."""
        last = self._rows.generations(tx)[1]
        done = {row.kid for row in self._rows.pending(tx)}
        left = {item.kid: item for item in self._deleted.due(last) if item.kid not in done}
        places = {(item.client, item.bucket) for item in left.values() if item.bucket != NO_BUCKET}
        leaves = [
            leaf
            for client, bucket in places
            for leaf in self._rows.leaves(tx, client, bucket)
            if leaf.kid in left
        ]
        return leaves, [item for item in left.values() if item.token and self._stands(tx, item)]

    def bucket_below(self, tx: Tx, generation: int) -> tuple[HeldKey, BucketRow] | None:
        """Return a bucket below its least version; None when there is none."""
        due = self._deleted.due(generation)
        for client, bucket in {(item.client, item.bucket) for item in due}:
            if bucket == NO_BUCKET:
                continue
            place = self._rows.place(tx, client, bucket, None)
            if place is None or place.bucket is None:
                continue
            if place.bucket.version < self._deleted.least(client, bucket):
                return place, place.bucket
        return None

    def raise_bucket(self, tx: Tx, generation: int) -> bool:
        """Renew one bucket that is below its least version; False when none is."""
        below = self.bucket_below(tx, generation)
        if below is not None:
            self._renew_whole(tx, *below)
        return below is not None

    # --- clients and ledger bodies -----------------------------------------------------------

    def client(self, tx: Tx, client: ClientId, now_ms: int) -> Pending:
        """Delete a client key and all below it; its ledger, under the legal-term key, stays."""
        if self._rows.wrapping_key(tx, CLIENT, client.raw) is None:
            raise errors.NotFound("errors_keyring.no-such-client")
        # The client key alone would do: all below it opens no more.  The rows go because counts and
        # ids of a client that left are nobody's business.
        self._rows.drop_wrapping_key(tx, CLIENT, client.raw)
        self._rows.drop_buckets(tx, client)
        self._rows.drop_client_leaves(tx, client, ORPHANS_AT_ONCE)
        self._erasures.of_client(tx, client)
        return self._deleted.note(tx, [GoneKey(client.raw, client, CLIENT)], now_ms)

    def bodies(self, tx: Tx, client: ClientId, year: int, now_ms: int) -> Pending:
        """Delete the body key of a client and year."""
        row = self._rows.body_key(tx, client, year)
        if row is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        self._rows.drop_body_key(tx, client, year)
        self._rows.mark_pending(tx, LEGAL_TERM, ONE, self._rows.generations(tx)[1])
        return self._deleted.note(tx, [GoneKey(row.kid, client, LEGAL_TERM)], now_ms)


def _ref(leaf: LeafRow) -> Ref:
    return Ref(client=leaf.client, noun=leaf.noun, id=leaf.id, version=leaf.version)
