"""Opens every key as a test and names those that do not open, instead of stopping at the first.

For `check` alone: it learns which rows are damaged, and no key leaves this room.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bailee import errors
from bailee.ids import ClientId, LogId
from bailee.keyring.model import BucketRow
from bailee.keyring.sealers import LogSigner
from bailee.keyring.tree import bucket_aad, law_aad, leaf_aad, leaf_wrapper, unwrap
from bailee.keyring.trunk import CLIENT, LAW, LOG, Trunk
from bailee.work import Tx

_UNOPENED = (errors.Damaged, errors.Sealed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """One key row that does not open; `id` as hex, for it may be of any kind."""

    level: str
    noun: str
    id: str


class Inspection:
    """Walks the tree from the trunk to the leaves."""

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk
        self._rows = trunk.rows

    def spoilt(self, tx: Tx, *, deep: bool) -> Iterator[Spoilt]:
        """Name what does not open; the leaves are opened only when `deep`.

        What hangs on a key that does not open cannot be judged and is not named.
        """
        self._trunk.state(tx)
        for row in list(self._rows.trunk_all(tx)):
            try:
                key = self._trunk.test_open(row)
            except _UNOPENED:
                yield Spoilt(level="trunk", noun=row.noun, id=row.id.hex())
                continue
            if row.noun == CLIENT:
                yield from self._client(tx, ClientId(row.id), key, deep=deep)
            elif row.noun == LAW:
                yield from self._laws(tx, key)

    def _client(self, tx: Tx, client: ClientId, key: bytes, *, deep: bool) -> Iterator[Spoilt]:
        for row in list(self._rows.buckets(tx, client)):
            try:
                bucket = unwrap(key, bucket_aad(client, row.bucket, row.version), row.wrapped)
            except errors.Damaged:
                yield Spoilt(level="bucket", noun=str(row.bucket), id=client.raw.hex())
                continue
            if deep:
                yield from self._leaves(tx, row, bucket)

    def _leaves(self, tx: Tx, row: BucketRow, key: bytes) -> Iterator[Spoilt]:
        for leaf in self._rows.leaves(tx, row.client, row.bucket):
            wrapper = leaf_wrapper(key, leaf.noun, leaf.client, leaf.bucket, leaf.epoch)
            aad = leaf_aad(leaf.client, leaf.noun, leaf.id, leaf.version)
            try:
                unwrap(wrapper, aad, leaf.wrapped)
            except errors.Damaged:
                yield Spoilt(level="leaf", noun=leaf.noun, id=leaf.id.hex())

    def _laws(self, tx: Tx, key: bytes) -> Iterator[Spoilt]:
        for row in list(self._rows.laws(tx)):
            try:
                unwrap(key, law_aad(row.client, row.year, row.parent), row.wrapped)
            except errors.Damaged:
                yield Spoilt(level="law", noun=str(row.year), id=row.client.raw.hex())

    def signer_key(self, tx: Tx, log: LogId) -> bytes | None:
        """Return the public key that a log's seed gives; None when there is none that opens."""
        try:
            seed = self._trunk.key(tx, LOG, log.raw)
        except _UNOPENED:
            return None
        return None if seed is None else LogSigner(seed).public_key
