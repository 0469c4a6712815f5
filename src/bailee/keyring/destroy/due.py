"""Deleted keys as custodians know them: which ids open no more, and what a turn has to renew.

Marks of a deletion in the rows can be put back or taken away by whoever writes the database, so
nothing here is read from them: beside each id custodians keep a sealed note of the versions that
stood above the key.  spec/keys.md, "What custodians know of a deletion"
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from bailee import errors
from bailee.encoding import dec, enc
from bailee.ids import ClientId, Entropy
from bailee.keyring.model import (
    STEPS,
    VALUE,
    VAULT,
    BucketRow,
    DueKey,
    LeafRow,
    NamedKey,
    Pending,
    PendingRow,
    Phase,
)
from bailee.keyring.tree.epochs import ENDED_AS
from bailee.keyring.tree.formulas import KID_BYTES, NONCE_BYTES
from bailee.keyring.tree.wrapping import CLIENT, LEGAL_TERM, ONE, WrappingKeys
from bailee.work import Tx

NO_BUCKET = 1 << 16
"""In place of a bucket's number, for what lies in none: buckets are numbered by two bytes."""
PLAIN_BYTES = 212
"""Length of a note before sealing, padded: that of the longest noun with a token and 16 to spare.

With id, nonce and tag a record has 256 bytes, so a torn one is told by its length.
"""
NOTE_BYTES = NONCE_BYTES + PLAIN_BYTES + 16


class GoneKey(NamedTuple):
    """A key that a transaction deletes."""

    kid: bytes
    client: ClientId
    noun: str
    bucket: int = NO_BUCKET
    bucket_version: int = 0
    epoch: int = 0
    token: bytes = b""


def sealed_note(key: bytes, aad: bytes, due: DueKey, entropy: Entropy) -> bytes:
    """Seal what stood above a deleted key: nonce, then AES-256-GCM-SIV."""
    plain = enc(
        "due",
        due.client.raw,
        due.noun,
        due.bucket,
        due.bucket_version,
        due.epoch,
        due.vault_version,
        due.client_version,
        due.legal_version,
        due.token,
    )
    if len(plain) > PLAIN_BYTES:
        raise ValueError("a note is longer than its record")
    nonce = entropy(NONCE_BYTES)
    return nonce + AESGCMSIV(key).encrypt(nonce, plain.ljust(PLAIN_BYTES, b"\0"), aad)


def opened_note(key: bytes, aad: bytes, generation: int, kid: bytes, note: bytes) -> DueKey | None:
    """Open a note; None when there is none, or it was torn or written without the key."""
    try:
        plain = AESGCMSIV(key).decrypt(note[:NONCE_BYTES], note[NONCE_BYTES:], aad)
        parts = dec("due", plain[: _length(plain)])
        numbers = [int.from_bytes(part, "big") for part in parts[2:8]]
        bucket, bucket_version, epoch, vault, client, legal = numbers
        return DueKey(
            generation=generation,
            kid=kid,
            client=ClientId(parts[0]),
            noun=parts[1].decode(),
            bucket=bucket,
            bucket_version=bucket_version,
            epoch=epoch,
            vault_version=vault,
            client_version=client,
            legal_version=legal,
            token=parts[8],
        )
    except (InvalidTag, ValueError, IndexError):
        return None


def _length(plain: bytes) -> int:
    """Return how long an encoded tuple is, whatever follows it."""
    at = 8
    for _ in range(int.from_bytes(plain[:8], "big")):
        at += 8 + int.from_bytes(plain[at : at + 8], "big")
    return at


def value_kid(client: ClientId, epoch: int, token: bytes) -> bytes:
    """Return the key id of an erased value: custodians learn a count, for its token is random."""
    # Derived, not stored: the row keeps nothing but token and commitment, and after a restore the
    # id must be found again from the token alone.
    tuple_ = enc("value-kid", client.raw, epoch, token)
    return hashlib.sha256(tuple_).digest()[:KID_BYTES]


class _Known(NamedTuple):
    """What was taken in of the custodians' lists."""

    due: dict[bytes, DueKey | None]
    """By key id; None where there is no note, or none that opens."""
    generations: dict[bytes, int]
    floors: dict[tuple[bytes, int], int]
    """By client and bucket: its least version."""
    months: set[tuple[bytes, int]]
    """Client and month of each key of an epoch that was ended."""


@final
class DeletedKeys:
    """What custodians name as deleted, read again whenever they were left with more."""

    def __init__(self, wrapping: WrappingKeys, note_key: Callable[[], bytes]) -> None:
        self._wrapping = wrapping
        self._rows = wrapping.rows
        self._note_key = note_key
        # Held while lists are taken in, which may read a custodian's file; never across a wait for
        # another lock.  Readers take none: what they look into is replaced whole, or grows.
        self._taking = threading.Lock()
        # By custodian: era, and how many of its records were taken in.
        self._taken: list[tuple[int, int]] = []
        self._known = _Known({}, {}, {}, set())

    # --- reading -----------------------------------------------------------------------------

    def look(self) -> None:
        """Take in what custodians were left with since; Sealed when none answers."""
        lists = self._wrapping.kms.named()
        if [(held.era, len(held.keys)) for held in lists] == self._taken:
            return
        with self._taking:
            # Asked again: another thread may have taken in lists that are newer than those.
            lists = self._wrapping.kms.named()
            eras = [(held.era, len(held.keys)) for held in lists]
            if [was[0] for was in self._taken] == [held.era for held in lists]:
                starts, into = self._taken, self._known
            else:
                starts, into = [(held.era, 0) for held in lists], _Known({}, {}, {}, set())
            for held, (_, taken) in zip(lists, starts, strict=True):
                for key in held.keys[taken:]:
                    self._take(into, key)
            # Only now that it is complete: an opening in another thread must not find it half full.
            self._known, self._taken = into, eras

    def _take(self, into: "_Known", key: NamedKey) -> None:
        # The first note that opens counts: one custodian's may be torn, or of before notes.
        generation, kid, note = key
        if into.due.get(kid) is not None:
            return
        aad = self._aad(generation, kid)
        due = opened_note(self._note_key(), aad, generation, kid, note) if note else None
        into.due[kid] = due
        into.generations[kid] = generation
        if due is None:
            return
        if due.bucket != NO_BUCKET:
            place = (due.client.raw, due.bucket)
            into.floors[place] = max(into.floors.get(place, 0), due.bucket_version)
        elif due.noun in ENDED_AS:
            into.months.add((due.client.raw, due.epoch))

    def _aad(self, generation: int, kid: bytes) -> bytes:
        return enc("aad-due", self._wrapping.kms.install.raw, generation, kid)

    def require_living(self, kid: bytes) -> None:
        """Raise Damaged for a key that custodians know as deleted: the rows are of before that."""
        self.look()
        self._require(kid)

    def require_fresh(self, tx: Tx, leaf: LeafRow, bucket: BucketRow) -> None:
        """Raise Damaged where custodians know a leaf, its month or its client as deleted.

        As well for its bucket as `require_raised` does; custodians are asked once for both.
        """
        if not self.none:
            self._require(leaf.kid)
            self._require_month(tx, leaf.client, leaf.epoch)
            self._require_raised(bucket)

    def require_fresh_values(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> None:
        """Raise Damaged where custodians know values, their month or their client as deleted."""
        if not self.none:
            for token in tokens:
                self._require(value_kid(client, epoch, token))
            self._require_month(tx, client, epoch)

    def require_fresh_body(self, tx: Tx, client: ClientId, year: int) -> None:
        """Raise Damaged where custodians know the body key of a year as deleted."""
        row = None if self.none else self._rows.body_key(tx, client, year)
        if row is not None:
            self._require(row.kid)

    def _require_month(self, tx: Tx, client: ClientId, epoch: int) -> None:
        self._require(client.raw)
        if (client.raw, epoch) in self._known.months:
            for row in self._rows.epochs.of_client(tx, client):
                if row.epoch == epoch and row.wrapped is not None:
                    self._require(row.kid)

    def _require(self, kid: bytes) -> None:
        if kid in self._known.due:
            raise errors.Damaged("errors_keyring.older-rows")

    def require_raised(self, row: BucketRow) -> None:
        """Raise Damaged for a bucket below its least version: it was put back.

        What is wrapped under it now would open in older copies after the turn.
        """
        self.look()
        self._require_raised(row)

    def _require_raised(self, row: BucketRow) -> None:
        if row.version < self._known.floors.get((row.client.raw, row.bucket), 0):
            raise errors.Damaged("errors_keyring.older-rows")

    def names(self, kid: bytes) -> bool:
        """Return whether custodians know a key as deleted."""
        self.look()
        return kid in self._known.due

    @property
    def none(self) -> bool:
        """Whether custodians know of no deletion, so that nothing has to be compared."""
        self.look()
        return not self._known.due

    def least(self, client: ClientId, bucket: int) -> int:
        """Return the least version that a bucket has since its last deletion."""
        self.look()
        return self._known.floors.get((client.raw, bucket), 0)

    def noted(self, kid: bytes) -> bool:
        """Return whether custodians hold a note that opens for an id."""
        self.look()
        return self._known.due.get(kid) is not None

    def due(self, generation: int) -> tuple[DueKey, ...]:
        """Return what the turn that ends a generation has to make final."""
        self.look()
        found = list(self._known.due.values())  # at once: another thread may add to them
        return tuple(due for due in found if due is not None and due.generation <= generation)

    def without_note(self, generation: int) -> frozenset[bytes]:
        """Return the ids of which nothing more is known, of this generation or before."""
        self.look()
        return frozenset(
            kid
            for kid, due in list(self._known.due.items())
            if due is None and self._known.generations[kid] <= generation
        )

    def count(self, generation: int) -> int:
        """Count what the turn that ends a generation makes final."""
        self.look()
        return sum(of <= generation for of in list(self._known.generations.values()))

    # --- writing -----------------------------------------------------------------------------

    def note(
        self, tx: Tx, gone: Sequence[GoneKey], now_ms: int, *, derived: bool = False
    ) -> Pending:
        """Note deletions as pending, here and with the custodians; return what to announce.

        Unless `derived`, custodians have them before the transaction is durable.
        """
        # All of memory: what hangs on a deleted key may be there too, under names that are not
        # known here.  Should the transaction be undone, filling it again costs microseconds a key.
        self.look()
        gen = self._rows.generations(tx)[1]
        self._require_reached(gen)
        self._rows.add_pending(
            tx,
            [
                PendingRow(
                    kid=item.kid,
                    client=item.client,
                    noun=item.noun,
                    # What is deleted again stays of the generation in which it was asked for: the
                    # turn that is under way proves it gone.
                    gen=self._known.generations.get(item.kid, gen),
                    requested_ms=now_ms,
                )
                for item in gone
            ],
        )
        notes = tuple(self._sealed(tx, gen, item) for item in gone)
        self._wrapping.clear()
        pending = Pending(generation=gen, key_ids=tuple(item.kid for item in gone), notes=notes)
        if gone and not derived:
            self._rows.before_commit(tx, lambda: self._wrapping.kms.push(pending))
        return pending

    def _require_reached(self, write_gen: int) -> None:
        """Raise Damaged when custodians know of a later generation than the one being written."""
        # Noted under a generation that has ended, a deletion would count as final already.
        generation, step = self._wrapping.kms.marked()
        if write_gen < generation + (step >= STEPS.index(Phase.T1)):
            raise errors.Damaged("errors_keyring.older-rows")

    def _sealed(self, tx: Tx, gen: int, item: GoneKey) -> bytes:
        above = self._rows.wrapping_key(tx, CLIENT, item.client.raw)
        law = self._rows.wrapping_key(tx, LEGAL_TERM, ONE)
        vaults = [
            row.version
            for row in self._rows.epochs.of(tx, item.client, item.epoch, VAULT)
            if item.noun == VALUE and row.wrapped is not None
        ]
        due = DueKey(
            generation=gen,
            kid=item.kid,
            client=item.client,
            noun=item.noun,
            bucket=item.bucket,
            bucket_version=item.bucket_version,
            epoch=item.epoch,
            vault_version=max(vaults, default=0),
            client_version=0 if above is None else above.version,
            legal_version=0 if law is None else law.version,
            token=item.token,
        )
        aad = self._aad(gen, item.kid)
        return sealed_note(self._note_key(), aad, due, self._wrapping.entropy)

    def unannounced(self, tx: Tx) -> Iterator[Pending]:
        """Yield all deletions not final yet, to announce again after a crash."""
        # All of them, not only those of the last transaction: which ones a custodian missed nobody
        # knows, and leaving an id twice does no harm.
        rows = self._rows.pending(tx)
        for gen in sorted({row.gen for row in rows}):
            kids = [row for row in rows if row.gen == gen]
            # One without a note is of a home from before notes: its versions are those of now.
            notes = tuple(
                b""
                if self.noted(row.kid)
                else self._sealed(tx, gen, GoneKey(row.kid, row.client, row.noun))
                for row in kids
            )
            yield Pending(generation=gen, key_ids=tuple(row.kid for row in kids), notes=notes)
