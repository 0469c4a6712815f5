"""Turning: what a turn does to the rows, in steps that may be run again.

`keys/turn.py` puts them in order.  Rewrapping alone erases nothing: where something was deleted
below a key, the key itself is renewed, so that the living one no longer opens older copies of what
hung on it.  spec/keys.md, "Turn"
"""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import replace

from bailee import errors
from bailee.ids import ClientId
from bailee.keyring.destroy.deletion import ORPHANS_AT_ONCE, Deletions
from bailee.keyring.destroy.due import DeletedKeys
from bailee.keyring.model import (
    VALUE,
    VAULT,
    BodyKeyRow,
    BucketRow,
    Probed,
    State,
    TurnRow,
    WrappingKeyRow,
)
from bailee.keyring.tree.epochs import EpochKeys
from bailee.keyring.tree.formulas import (
    body_key_aad,
    bucket_aad,
    leaf_aad,
    unwrap,
    wrap,
)
from bailee.keyring.tree.wrapping import CLIENT, LEGAL_TERM, ONE, WrappingKeys, state_message
from bailee.keyring.vault.rekeying import Rekeying
from bailee.seal.kdf import KEY_BYTES
from bailee.work import Tx

REWRAP_AT_ONCE = 500
"""Wrapping keys rewrapped per transaction: about 5 ms, for which other writers wait."""


class Turning:
    """Steps of a turn on the rows of keys; nothing here touches a custodian."""

    def __init__(
        self,
        wrapping: WrappingKeys,
        epochs: EpochKeys,
        deletions: Deletions,
        deleted: DeletedKeys,
        *,
        sign: Callable[[bytes], bytes],
    ) -> None:
        self._wrapping = wrapping
        self._rows = wrapping.rows
        self._epochs = epochs
        self._rekeying = Rekeying(wrapping, epochs)
        self._looked = 0
        self._deletions = deletions
        self._deleted = deleted
        self._sign = sign

    def state(self, tx: Tx) -> State:
        """Return the state; Damaged when it was written without the key of its MAC.

        A forged phase T3 would make the next turn destroy a turn secret that is in use.
        """
        state, tag = self._wrapping.state(tx)
        if not hmac.compare_digest(tag, self._sign(state_message(state))):
            raise errors.Damaged("errors_keyring.state-forged")
        return state

    def save(self, tx: Tx, state: State) -> None:
        """Store the state with its MAC."""
        self._rows.save_state(tx, state, self._sign(state_message(state)))
        self._wrapping.refresh(state.generation, state.write_gen)

    def rewrap(self, tx: Tx, target: int, now_ms: int = 0) -> bool:
        """Wrap some keys of older generations under `target`; False when none is left.

        A key below which something was deleted is replaced by a new one.  One bounded step of T1.

        First what custodians name: deleted again where rows of before were put back, and every key
        that stood above it replaced, whatever the marks in the rows say.
        """
        ended = target - 1
        if self._looked != ended:
            if self._deletions.again(tx, ended, now_ms) or self._deletions.raise_bucket(tx, ended):
                return True
            # Not at every step, each of which would read all that was deleted: T2 looks again.
            self._looked = ended
        self._mark_vaults(tx, ended)
        # Vaults first: their old keys must be gone before client keys are renewed, or they would be
        # wrapped under the new one and open for another generation.
        if self._rekeying.step(tx, target):
            return True
        if (below := next(self._below(tx, ended), None)) is not None:
            self._renew(tx, below, target)
            return True
        rows = self._rows.wrapping_keys_before(tx, target, REWRAP_AT_ONCE)
        for row in rows:
            if row.pending_gen is not None and row.noun in (CLIENT, LEGAL_TERM):
                self._renew(tx, row, target)
                # One in a transaction: up to 65,536 buckets hang on it, half a second for others.
                return True
            self._rows.put_wrapping_key(tx, self._again(row, self._wrapping.open(row), target))
        swept = bool(rows) or self._rows.drop_orphans(tx, ORPHANS_AT_ONCE) > 0
        return swept or self._rekeying.sweep(tx)

    def _mark_vaults(self, tx: Tx, ended: int) -> None:
        """Mark the vaults of erased values that are not keyed anew yet, as their erasure did."""
        for client, epoch in self._vaults_below(tx, ended):
            rows = self._rows.epochs.of(tx, client, epoch, VAULT)
            # Erased again in this turn, a vault is marked for the next one.
            if all(row.pending_gen is None or row.pending_gen > ended for row in rows):
                self._rows.epochs.mark_erased(tx, client, epoch, ended)

    def _vaults_below(self, tx: Tx, ended: int) -> list[tuple[ClientId, int]]:
        """Return the vaults whose newest key is no newer than at an erasure in them."""
        named: dict[tuple[ClientId, int], int] = {}
        for due in self._deleted.due(ended):
            if due.noun == VALUE and due.token:
                place = (due.client, due.epoch)
                named[place] = max(named.get(place, 0), due.vault_version)
        return [
            (client, epoch)
            for (client, epoch), version in named.items()
            for living in [self._epochs.living(tx, client, epoch, VAULT)]
            # None at all when the month was ended, or the client left: nothing opens its values.
            if living and min(row.version for row in living) <= version
        ]

    def _below(self, tx: Tx, ended: int) -> Iterator[WrappingKeyRow]:
        """Yield the client keys, and the legal-term key, that stood above a deletion."""
        named: dict[tuple[str, bytes], int] = {}
        for due in self._deleted.due(ended):
            law = due.noun == LEGAL_TERM
            place = (LEGAL_TERM, ONE) if law else (CLIENT, due.client.raw)
            version = due.legal_version if law else due.client_version
            named[place] = max(named.get(place, 0), version)
        for (noun, ident), version in named.items():
            row = self._rows.wrapping_key(tx, noun, ident)
            # None when the client left: what hung on its key is over.
            if row is not None and row.version <= version:
                yield row

    def require_fresh(self, tx: Tx, target: int) -> None:
        """Raise Damaged unless what custodians name is gone, and each key above it replaced."""
        # At the last moment before a secret is destroyed, and by what custodians know alone: what
        # this does not find would be certified as erased and open again.
        ended = target - 1
        if (
            self._deletions.alive(tx, ended)
            or self._deletions.bucket_below(tx, ended) is not None
            or self._vaults_below(tx, ended)
            or next(self._below(tx, ended), None) is not None
        ):
            raise errors.Damaged("errors_keyring.older-rows")

    def require_reached(self, tx: Tx) -> None:
        """Raise Damaged when custodians know of a later phase: the home was put back."""
        if self._wrapping.kms.marked() > self.state(tx).reached:
            raise errors.Damaged("errors_keyring.older-rows")

    def require_newest(self, tx: Tx, state: State, marked: tuple[int, int]) -> None:
        """Raise Damaged when a state that begins a turn is older than the rows, or custodians say.

        T0 destroys whatever secret of a later generation lies with custodians: with an older row of
        the state put back, that could be the one under which all keys lie.
        """
        later = any(row.gen > state.generation for row in self._rows.wrapping_keys(tx))
        if later or marked > state.reached:
            raise errors.Damaged("errors_keyring.older-rows")

    def _again(
        self, row: WrappingKeyRow, key: bytes, target: int, *, version: int = 0
    ) -> WrappingKeyRow:
        # Renewed now, the key is no longer pending: what was deleted below it before this moment
        # lies only in copies of the older generation, which no key opens after this turn.
        kept = max(row.version, version)
        return self._wrapping.wrapped(target, row.noun, row.id, key, version=kept)

    def _renew(self, tx: Tx, row: WrappingKeyRow, target: int) -> None:
        was, now = self._wrapping.open(row), self._wrapping.entropy(KEY_BYTES)
        renewed = self._again(row, now, target, version=row.version + 1)
        self._rows.put_wrapping_key(tx, renewed)
        if row.noun == CLIENT:
            for bucket in list(self._rows.buckets(tx, ClientId(row.id))):
                self._deleted.require_raised(bucket)
                self._rows.put_bucket(tx, self._bucket_under(bucket, was, now, renewed.version))
            self._epochs.rewrap_under(tx, ClientId(row.id), was, now, renewed.version)
        else:
            for body in list(self._rows.body_keys(tx)):
                self._rows.put_body_key(tx, self._body_under(body, was, now, renewed.version))

    def _bucket_under(self, row: BucketRow, was: bytes, now: bytes, parent: int) -> BucketRow:
        aad = bucket_aad(row.client, row.bucket, row.version)
        key = unwrap(was, aad, row.wrapped)
        return replace(row, parent=parent, wrapped=wrap(now, aad, key, self._wrapping.entropy))

    def _body_under(self, row: BodyKeyRow, was: bytes, now: bytes, parent: int) -> BodyKeyRow:
        key = unwrap(was, body_key_aad(row.client, row.year, row.parent, row.kid), row.wrapped)
        aad = body_key_aad(row.client, row.year, parent, row.kid)
        return replace(row, parent=parent, wrapped=wrap(now, aad, key, self._wrapping.entropy))

    def require_swept(self, tx: Tx, target: int) -> None:
        """Raise Damaged when a key of an older generation is left: T3 would destroy it.

        Or when a vault due for a new key still has its old one: T4 would call its erasures final.
        """
        if self._rows.wrapping_keys_before(tx, target, 1) or self._rows.epochs.due(tx, target):
            raise errors.Damaged("errors_keyring.other-generation")

    def probe(self, tx: Tx, generation: int, *, deep: bool = False) -> Probed:
        """Open every key but the leaves as a test, and those too when `deep`.

        Damaged when one is of another generation or does not open: `tx` may be a snapshot of the
        live rows or of a backup that was read back.
        """
        buckets = bodies = leaves = wrapping = epochs = 0
        # Every one is unwrapped, not looked up in memory: what is to be shown is that the rows
        # alone, with the turn secret that stays, give everything back.
        for row in self._rows.wrapping_keys(tx):
            if row.gen != generation:
                raise errors.Damaged("errors_keyring.other-generation")
            key = self._wrapping.test_open(row)
            wrapping += 1
            if row.noun == CLIENT:
                found, opened = self._probe_client(tx, ClientId(row.id), key, deep=deep)
                buckets, leaves = buckets + found, leaves + opened
                epochs += self._probe_epochs(tx, ClientId(row.id), key)
            elif row.noun == LEGAL_TERM:
                bodies += self._probe_bodies(tx, key)
        return Probed(
            wrapping=wrapping, buckets=buckets, bodies=bodies, leaves=leaves, epochs=epochs
        )

    def _probe_client(self, tx: Tx, client: ClientId, key: bytes, *, deep: bool) -> tuple[int, int]:
        buckets = leaves = 0
        for row in self._rows.buckets(tx, client):
            bucket_key = unwrap(key, bucket_aad(client, row.bucket, row.version), row.wrapped)
            buckets += 1
            if deep:
                leaves += self._probe_leaves(tx, key, bucket_key, row)
        return buckets, leaves

    def _probe_leaves(self, tx: Tx, above: bytes, bucket_key: bytes, row: BucketRow) -> int:
        opened = 0
        for leaf in self._rows.leaves(tx, row.client, row.bucket):
            wrapper = self._epochs.wrapper(tx, above, bucket_key, leaf)
            if wrapper is not None:  # else its epoch was ended, and nothing is to open it
                aad = leaf_aad(leaf.client, leaf.noun, leaf.id, leaf.version, leaf.kid)
                unwrap(wrapper, aad, leaf.wrapped)
                opened += 1
        return opened

    def _probe_epochs(self, tx: Tx, client: ClientId, key: bytes) -> int:
        living = [row for row in self._rows.epochs.of_client(tx, client) if row.wrapped is not None]
        for row in living:
            self._epochs.test_open(key, row)
        return len(living)

    def _probe_bodies(self, tx: Tx, key: bytes) -> int:
        bodies = 0
        for row in self._rows.body_keys(tx):
            unwrap(key, body_key_aad(row.client, row.year, row.parent, row.kid), row.wrapped)
            bodies += 1
        return bodies

    def close(self, tx: Tx, row: TurnRow) -> int:
        """Insert a finished turn, and delete the deletions that it made final; return how many."""
        self._rows.settle_pending(tx, row.gen)
        # Counted by what custodians were left with and T2 found gone, not by rows.
        erased = self._deleted.count(row.gen)
        self._rows.add_turn(tx, replace(row, erased=erased))
        return erased
