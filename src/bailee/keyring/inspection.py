"""Inspection: opens every key as a test and names those that do not open, all of them.

For `check` alone: it learns which rows are damaged, and no key leaves this room.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bailee import errors
from bailee.ids import ClientId, LedgerId
from bailee.keyring.destroy.due import DeletedKeys, value_kid
from bailee.keyring.model import VALUE, VAULT, BucketRow, EpochRow
from bailee.keyring.sealers import LedgerSigner
from bailee.keyring.tree.epochs import EpochKeys
from bailee.keyring.tree.formulas import body_key_aad, bucket_aad, leaf_aad, unwrap
from bailee.keyring.tree.wrapping import CLIENT, LEGAL_TERM, LOG, WrappingKeys
from bailee.keyring.vault.access import Vaults
from bailee.keyring.vault.soundness import Spelled, unlinked, unsound
from bailee.work import Tx

VALUES_AT_ONCE = 5_000
"""Values of a vault read and opened at a time: bounds memory, not the length of the snapshot."""
# Damaged: the wrap is not of this place or key.  Sealed: the row names a generation whose turn
# secret no custodian has, which between turns is damage too.
_UNOPENED = (errors.Damaged, errors.Sealed)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorruptKey:
    """A key row that does not open; `id` in hexadecimal, whatever it is an id of."""

    level: str
    noun: str
    id: str


class Inspection:
    """Walks the tree from the wrapping keys to the leaves."""

    def __init__(
        self, wrapping: WrappingKeys, epochs: EpochKeys, vaults: Vaults, deleted: DeletedKeys
    ) -> None:
        self._wrapping = wrapping
        self._deleted = deleted
        self._rows = wrapping.rows
        self._epochs = epochs
        self._vaults = vaults

    def corrupt(self, tx: Tx, *, deep: bool) -> Iterator[CorruptKey]:
        """Yield the keys that do not open; leaves and values are opened only when `deep`.

        What hangs on a key that does not open cannot be opened either, and is not yielded.  A key
        that custodians know as deleted is damage as well: its row is of before, and put back.
        """
        # Its MAC is verified elsewhere; read here for the provider's id, which most wraps are bound
        # to.
        self._wrapping.state(tx)
        for row in list(self._rows.wrapping_keys(tx)):
            try:
                key = self._wrapping.test_open(row)
            except _UNOPENED:
                yield CorruptKey(level="wrapping", noun=row.noun, id=row.id.hex())
                continue
            if row.noun == CLIENT:
                yield from self._client(tx, ClientId(row.id), key, deep=deep)
            elif row.noun == LEGAL_TERM:
                yield from self._bodies(tx, key)

    def _client(self, tx: Tx, client: ClientId, key: bytes, *, deep: bool) -> Iterator[CorruptKey]:
        for row in list(self._rows.buckets(tx, client)):
            try:
                self._deleted.require_raised(row)
                bucket = unwrap(key, bucket_aad(client, row.bucket, row.version), row.wrapped)
            except errors.Damaged:
                yield CorruptKey(level="bucket", noun=str(row.bucket), id=client.raw.hex())
                continue
            if deep:
                yield from self._leaves(tx, row, key, bucket)
        yield from self._of_epochs(tx, client, key, deep=deep)

    def _leaves(self, tx: Tx, row: BucketRow, above: bytes, key: bytes) -> Iterator[CorruptKey]:
        for leaf in self._rows.leaves(tx, row.client, row.bucket):
            aad = leaf_aad(leaf.client, leaf.noun, leaf.id, leaf.version, leaf.kid)
            try:
                self._deleted.require_living(leaf.kid)
                wrapper = self._epochs.wrapper(tx, above, key, leaf)
                if wrapper is not None:  # else its epoch was ended, and nothing is to open it
                    unwrap(wrapper, aad, leaf.wrapped)
            except errors.Damaged:
                yield CorruptKey(level="leaf", noun=leaf.noun, id=leaf.id.hex())

    def _of_epochs(
        self, tx: Tx, client: ClientId, above: bytes, *, deep: bool
    ) -> Iterator[CorruptKey]:
        vaults: dict[int, list[EpochRow]] = {}
        for row in self._rows.epochs.of_client(tx, client):
            if row.wrapped is None:
                continue
            try:
                self._deleted.require_living(row.kid)
                self._epochs.test_open(above, row)
            except errors.Damaged:
                yield CorruptKey(level="epoch", noun=row.noun, id=client.raw.hex())
                continue
            if row.noun == VAULT:
                vaults.setdefault(row.epoch, []).append(row)
        # Once all keys of the epoch were looked at: during a turn two of them share the values.
        if deep:
            for rows in vaults.values():
                yield from self._values(tx, above, rows)

    def _values(self, tx: Tx, above: bytes, rows: list[EpochRow]) -> Iterator[CorruptKey]:
        """Open every value of a vault, and compare each with its commitment and its index."""
        client, epoch, vaults = rows[0].client, rows[0].epoch, self._rows.vaults
        ciphers, count = self._vaults.set_up(above, rows), 0
        spelled: Spelled = {}
        for cipher in ciphers:
            # By token from the last one on, in place of a statement left open over a million
            # values.
            after = b""
            while held := vaults.held(
                tx, client, epoch, after=after, version=cipher.version, limit=VALUES_AT_ONCE
            ):
                after, count = held[-1].token, count + len(held)
                for token in unsound(tx, vaults, cipher, held, spelled):
                    yield CorruptKey(level="value", noun=VALUE, id=token.hex())
                for row in () if self._deleted.none else held:
                    if self._deleted.names(value_kid(client, epoch, row.token)):
                        yield CorruptKey(level="value", noun=VALUE, id=row.token.hex())
        for token in unlinked(tx, vaults, ciphers, spelled):
            yield CorruptKey(level="chain", noun=VALUE, id=token.hex())
        # Each value has one index row and each chain its links; what is more was left by an erasure
        # that did not finish, and would still find an erased value.  During a turn rows lie under
        # two keys, so the sum says nothing then.
        links = sum(map(len, spelled.values()))
        rest = vaults.index_count(tx, client, epoch, ciphers[0].version) - count - links
        if len(ciphers) == 1 and rest > 0:
            yield CorruptKey(level="index", noun=str(epoch), id=client.raw.hex())

    def _bodies(self, tx: Tx, key: bytes) -> Iterator[CorruptKey]:
        for row in list(self._rows.body_keys(tx)):
            try:
                self._deleted.require_living(row.kid)
                unwrap(key, body_key_aad(row.client, row.year, row.parent, row.kid), row.wrapped)
            except errors.Damaged:
                yield CorruptKey(level="law", noun=str(row.year), id=row.client.raw.hex())

    def signer_key(self, tx: Tx, log: LedgerId) -> bytes | None:
        """Return the public key of a log's signing seed; None when there is none that opens."""
        try:
            seed = self._wrapping.key(tx, LOG, log.raw)
        except _UNOPENED:
            return None  # named by `corrupt` already
        return None if seed is None else LedgerSigner(seed).public_key
