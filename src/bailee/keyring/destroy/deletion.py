"""Deletion of a leaf key: it goes with the bucket key above it, in one transaction.

A new bucket key wraps the siblings; the old one survives only in older copies, under a client key
that the next turn renews.  Until then a restore could revive the thing, so its key id goes to the
custodians as soon as the transaction is durable.  spec/keys.md, "Deletion"
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bailee import errors
from bailee.grant import Ref
from bailee.ids import ClientId
from bailee.keyring.destroy.erasing import Erasures, note
from bailee.keyring.model import BucketRow, HeldKey, LeafRow, Pending
from bailee.keyring.tree.epochs import EpochKeys
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

    def __init__(self, wrapping: WrappingKeys, epochs: EpochKeys, erasures: Erasures) -> None:
        self._wrapping = wrapping
        self._rows = wrapping.rows
        self._epochs = epochs
        self._erasures = erasures

    def leaves(self, tx: Tx, refs: Sequence[Ref], now_ms: int) -> Pending:
        """Delete the leaf keys of these things; NotFound, and nothing done, when one is missing."""
        # By bucket: ten deletions in one bucket renew its key once, not ten times.
        by_bucket: defaultdict[tuple[ClientId, int], list[Ref]] = defaultdict(list)
        for ref in refs:
            by_bucket[(ref.client, bucket_of(ref.id))].append(ref)
        gone = [
            leaf
            for place, doomed in by_bucket.items()
            for leaf in self._in_bucket(tx, *place, doomed)
        ]
        return self._note(tx, [(leaf.kid, leaf.client, leaf.noun) for leaf in gone], now_ms)

    def _in_bucket(self, tx: Tx, client: ClientId, bucket: int, doomed: list[Ref]) -> list[LeafRow]:
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
        self._renew(tx, place, place.bucket, kept)
        # The old bucket key lies in older copies under this client key: unless the next turn renews
        # that, it still opens them, and what hung on it.
        self._rows.mark_pending(tx, CLIENT, client.raw, place.write_gen)
        return gone

    def _renew(self, tx: Tx, place: HeldKey, old: BucketRow, kept: list[LeafRow]) -> None:
        """Replace the bucket key and wrap the siblings under it, or drop an empty bucket."""
        client, bucket = old.client, old.bucket
        if not kept:
            # Nothing hangs on it any more, so no key has to take its place.
            self._rows.drop_bucket(tx, client, bucket)
            return
        client_key = self._wrapping.open(place.wrapping)
        was = unwrap(client_key, bucket_aad(client, bucket, old.version), old.wrapped)
        now = self._wrapping.entropy(KEY_BYTES)
        wrappers = self._wrappers(tx, client_key, kept, was, now)
        moved = self._moved(kept, wrappers)
        # The version is bound into the wrap: an older wrap put back in the new row does not open.
        version = old.version + 1
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
        gone: list[bytes] = []
        for kid in key_ids:
            if self._rows.wrapping_key(tx, CLIENT, kid) is not None:
                gone += self.client(tx, ClientId(kid), now_ms).key_ids
        refs = [
            Ref(client=leaf.client, noun=leaf.noun, id=leaf.id, version=leaf.version)
            for leaf in self._rows.leaves_by_kid(tx, key_ids)
            if self._rows.wrapping_key(tx, CLIENT, leaf.client.raw) is not None
        ]
        gone += self.leaves(tx, refs, now_ms).key_ids
        for body in [body for body in self._rows.body_keys(tx) if body.kid in key_ids]:
            gone += self.bodies(tx, body.client, body.year, now_ms).key_ids
        gone += self._erasures.by_kid(tx, key_ids, now_ms)
        write_gen = self._rows.generations(tx)[1]
        if not key_ids <= set(gone):
            self._renew_all(tx, write_gen)
        return Pending(generation=write_gen, key_ids=tuple(gone))

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
                    self._wrapping.refresh(place.generation, place.write_gen)
                    kept = list(self._rows.leaves(tx, client, bucket.bucket))
                    self._renew(tx, place, bucket, kept)
        self._rows.epochs.mark_all(tx, write_gen)

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
        return self._note(tx, [(client.raw, client, CLIENT)], now_ms)

    def bodies(self, tx: Tx, client: ClientId, year: int, now_ms: int) -> Pending:
        """Delete the body key of a client and year."""
        row = self._rows.body_key(tx, client, year)
        if row is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        self._rows.drop_body_key(tx, client, year)
        self._rows.mark_pending(tx, LEGAL_TERM, ONE, self._rows.generations(tx)[1])
        return self._note(tx, [(row.kid, client, LEGAL_TERM)], now_ms)

    def _note(self, tx: Tx, gone: list[tuple[bytes, ClientId, str]], now_ms: int) -> Pending:
        return note(self._wrapping, tx, gone, now_ms)
