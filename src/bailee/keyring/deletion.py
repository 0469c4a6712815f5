"""DELETE x of the specification: what is deleted, and the key above it, go in one transaction.

A new bucket key wraps the siblings; the old one survives only in older copies, under a client key
that the next turn renews.  Until then a restore could revive the thing, so its key id goes to the
custodians as soon as the transaction is durable.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence

from bailee import errors
from bailee.grant import Ref
from bailee.ids import ClientId
from bailee.keyring.model import BucketRow, LeafRow, Pending, PendingRow, Place
from bailee.keyring.tree import (
    bucket_aad,
    bucket_of,
    leaf_aad,
    leaf_wrapper,
    unwrap,
    wrap,
)
from bailee.keyring.trunk import CLIENT, LAW, ONE, Trunk
from bailee.seal.kdf import KEY_BYTES
from bailee.work import Tx

KID_BYTES = 16
ORPHANS_AT_ONCE = 10_000
"""Leaf rows deleted in the transaction of a departure; a turn sweeps the rest."""


class Deletions:
    """Deletes leaves, clients and law years; every deletion is pending until a turn."""

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk
        self._rows = trunk.rows

    def leaves(self, tx: Tx, refs: Sequence[Ref], now_ms: int) -> Pending:
        """Delete the leaf keys of these things; NotFound, and nothing done, when one is missing."""
        by_bucket: defaultdict[tuple[ClientId, int], list[Ref]] = defaultdict(list)
        for ref in refs:
            by_bucket[(ref.client, bucket_of(ref.id))].append(ref)
        gone = [
            leaf for place, doomed in by_bucket.items() for leaf in self._one(tx, *place, doomed)
        ]
        return self._note(tx, [(leaf.kid, leaf.client, leaf.noun) for leaf in gone], now_ms)

    def _one(self, tx: Tx, client: ClientId, bucket: int, doomed: list[Ref]) -> list[LeafRow]:
        place = self._rows.place(tx, client, bucket, None)
        if place is None or place.bucket is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        self._trunk.heed(place.generation, place.write_gen)
        named = {(ref.noun, ref.id, ref.version) for ref in doomed}
        stored = self._rows.leaves(tx, client, bucket)
        gone = [leaf for leaf in stored if (leaf.noun, leaf.id, leaf.version) in named]
        if len(gone) != len(named):
            raise errors.NotFound("errors_keyring.no-such-key")
        self._rows.drop_leaves(tx, gone)
        kept = [leaf for leaf in stored if (leaf.noun, leaf.id, leaf.version) not in named]
        self._renew(tx, place, place.bucket, kept)
        self._rows.mark_pending(tx, CLIENT, client.raw, place.write_gen)
        return gone

    def _renew(self, tx: Tx, place: Place, old: BucketRow, kept: list[LeafRow]) -> None:
        """Replace the bucket key and wrap the siblings anew, or drop an empty bucket."""
        client, bucket = old.client, old.bucket
        if not kept:
            self._rows.drop_bucket(tx, client, bucket)
            return
        client_key = self._trunk.open(place.trunk)
        was = unwrap(client_key, bucket_aad(client, bucket, old.version), old.wrapped)
        now = self._trunk.entropy(KEY_BYTES)
        moved = self._moved(kept, was, now)
        version = old.version + 1
        sealed = wrap(client_key, bucket_aad(client, bucket, version), now, self._trunk.entropy)
        self._rows.put_bucket(
            tx,
            BucketRow(
                client=client,
                bucket=bucket,
                version=version,
                parent=place.trunk.version,
                wrapped=sealed,
            ),
        )
        self._rows.rewrap_leaves(tx, moved)

    def _moved(self, kept: list[LeafRow], was: bytes, now: bytes) -> list[LeafRow]:
        wrappers: dict[tuple[str, int], tuple[bytes, bytes]] = {}
        moved: list[LeafRow] = []
        for leaf in kept:
            kind = (leaf.noun, leaf.epoch)
            if kind not in wrappers:
                wrappers[kind] = (
                    leaf_wrapper(was, leaf.noun, leaf.client, leaf.bucket, leaf.epoch),
                    leaf_wrapper(now, leaf.noun, leaf.client, leaf.bucket, leaf.epoch),
                )
            old, new = wrappers[kind]
            aad = leaf_aad(leaf.client, leaf.noun, leaf.id, leaf.version)
            key = unwrap(old, aad, leaf.wrapped)
            moved.append(
                LeafRow(
                    client=leaf.client,
                    bucket=leaf.bucket,
                    noun=leaf.noun,
                    id=leaf.id,
                    version=leaf.version,
                    kid=leaf.kid,
                    epoch=leaf.epoch,
                    wrapped=wrap(new, aad, key, self._trunk.entropy),
                )
            )
        return moved

    def by_kid(self, tx: Tx, key_ids: frozenset[bytes], now_ms: int) -> Pending:
        """After a restore, delete what these key ids name: clients that left, leaves, law years.

        An id that names nothing here was of a thing that came after the rows were copied and went
        before they were lost: the keys above it, which the lost rows renewed, are back.
        """
        gone: list[bytes] = []
        for kid in key_ids:
            if self._rows.trunk(tx, CLIENT, kid) is not None:
                gone += self.client(tx, ClientId(kid), now_ms).key_ids
        refs = [
            Ref(client=leaf.client, noun=leaf.noun, id=leaf.id, version=leaf.version)
            for leaf in self._rows.leaves_by_kid(tx, key_ids)
            if self._rows.trunk(tx, CLIENT, leaf.client.raw) is not None
        ]
        gone += self.leaves(tx, refs, now_ms).key_ids
        for law in [law for law in self._rows.laws(tx) if law.kid in key_ids]:
            gone += self.law(tx, law.client, law.year, now_ms).key_ids
        write_gen = self._rows.generations(tx)[1]
        if not key_ids <= set(gone):
            self._doubt(tx, write_gen)
        return Pending(generation=write_gen, key_ids=tuple(gone))

    def _doubt(self, tx: Tx, write_gen: int) -> None:
        """Renew what may have stood above a thing that is not known: each bucket, at the turn more.

        On the lost disk that thing's wraps lie under keys that were brought back with these rows.
        """
        self._rows.mark_pending(tx, LAW, ONE, write_gen)
        clients = [ClientId(row.id) for row in self._rows.trunk_all(tx) if row.noun == CLIENT]
        for client in clients:
            self._rows.mark_pending(tx, CLIENT, client.raw, write_gen)
            for bucket in list(self._rows.buckets(tx, client)):
                place = self._rows.place(tx, client, bucket.bucket, None)
                if place is not None:
                    self._trunk.heed(place.generation, place.write_gen)
                    kept = list(self._rows.leaves(tx, client, bucket.bucket))
                    self._renew(tx, place, bucket, kept)

    def client(self, tx: Tx, client: ClientId, now_ms: int) -> Pending:
        """Drop a client's key and all that hangs on it; its ledger, under the law key, stays."""
        if self._rows.trunk(tx, CLIENT, client.raw) is None:
            raise errors.NotFound("errors_keyring.no-such-client")
        self._rows.drop_trunk(tx, CLIENT, client.raw)
        self._rows.drop_buckets(tx, client)
        self._rows.drop_client_leaves(tx, client, ORPHANS_AT_ONCE)
        return self._note(tx, [(client.raw, client, CLIENT)], now_ms)

    def law(self, tx: Tx, client: ClientId, year: int, now_ms: int) -> Pending:
        """Drop the ledger-body key of a client and year."""
        row = self._rows.law(tx, client, year)
        if row is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        self._rows.drop_law(tx, client, year)
        self._rows.mark_pending(tx, LAW, ONE, self._rows.generations(tx)[1])
        return self._note(tx, [(row.kid, client, LAW)], now_ms)

    def _note(self, tx: Tx, gone: list[tuple[bytes, ClientId, str]], now_ms: int) -> Pending:
        gen = self._rows.generations(tx)[1]
        self._rows.add_pending(
            tx,
            [
                PendingRow(kid=kid, client=client, noun=noun, gen=gen, requested_ms=now_ms)
                for kid, client, noun in gone
            ],
        )
        self._trunk.cache.clear()
        return Pending(generation=gen, key_ids=tuple(kid for kid, _, _ in gone))


def new_kid() -> bytes:
    """Draw a key id: random, so that a custodian learns nothing but a count."""
    return secrets.token_bytes(KID_BYTES)
