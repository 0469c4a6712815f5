"""Keyring: sealers for all, openers against a grant, deletions that a turn makes final.

`found` once for a home, `load` at each start; then every call reads the rows that it needs in the
caller's transaction, so that several processes may share a home.  MAC keys never change, so `mac`
needs no transaction.
"""

import hmac
import secrets
from collections.abc import Sequence
from functools import partial
from typing import NoReturn, final

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from bailee import errors
from bailee.clock import Clock, epoch_of
from bailee.encoding import u64
from bailee.grant import Grant, Ref
from bailee.ids import ClientId, Entropy, InstallId, LedgerId
from bailee.keyring.destroy.deletion import Deletions
from bailee.keyring.destroy.due import DeletedKeys
from bailee.keyring.destroy.erasing import Erasures
from bailee.keyring.destroy.turning import Turning
from bailee.keyring.grant_check import facts_of, message_of, require, require_values
from bailee.keyring.inspection import Inspection
from bailee.keyring.model import (
    VAULT,
    BucketRow,
    Custodied,
    DueKey,
    HeldKey,
    LeafRow,
    Pending,
    Phase,
    State,
    ValueRow,
    value_id,
)
from bailee.keyring.port import KeyRows, Kms
from bailee.keyring.sealers import EnrolledSealer, LedgerSigner, recovery_key
from bailee.keyring.sets import SetKeys
from bailee.keyring.tree.bodies import BodyKeys
from bailee.keyring.tree.epochs import EpochKeys, require_epoch
from bailee.keyring.tree.formulas import (
    NO_EPOCH,
    NO_EPOCH_KEY,
    bucket_aad,
    bucket_of,
    leaf_aad,
    leaf_wrapper,
    mac_key,
    new_kid,
    unwrap,
    unwrap_by,
    wrap,
)
from bailee.keyring.tree.wrapping import (
    CLIENT,
    GRANTS,
    INTERNAL,
    LEGAL_TERM,
    LOG,
    WrappingKeys,
    state_message,
)
from bailee.keyring.vault.access import VaultKeys, VaultOpener, Vaults, noun_of
from bailee.seal.envelope import RecoveryKey
from bailee.seal.kdf import KEY_BYTES
from bailee.seal.leaf import LeafOpener
from bailee.seal.port import Opener, Sealer
from bailee.secret import Secret
from bailee.work import Tx

FIRST_GENERATION = 1
BODY_NOUN = "ledger-body"
"""Noun by which a grant's scope names ledger bodies; its ids are years, as in `bodies_ref`."""


def bodies_ref(client: ClientId, year: int) -> Ref:
    """Return what names the ledger bodies of a client and year in a grant."""
    return Ref(client=client, noun=BODY_NOUN, id=u64(year))


@final
class Keyring:
    """All keys of one installation; in clear they are in this process's memory alone."""

    def __init__(
        self,
        *,
        rows: KeyRows,
        kms: Kms,
        clock: Clock,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self._rows = rows
        self._kms = kms
        self._clock = clock
        self._entropy = entropy
        self._wrapping = WrappingKeys(rows, kms, entropy)
        self._epochs = EpochKeys(self._wrapping)
        self._bodies = BodyKeys(self._wrapping)
        self._vaults = Vaults(self._wrapping, self._epochs)
        self._deleted = DeletedKeys(self._wrapping, lambda: self._mac_key("pending"))
        self._erasures = Erasures(self._wrapping, self._epochs, self._vaults, self._deleted)
        self._deletions = Deletions(self._wrapping, self._epochs, self._erasures, self._deleted)
        # By domain.  Valid until the next `load`: K_int is made once and never replaced.
        self._mac_keys: dict[str, bytes] = {}
        self._internal: Secret[bytes] | None = None
        self._grants: Secret[bytes] | None = None
        self._state: State | None = None
        # The facts of the grant whose MAC held last.  Valid as long as they are equal to the last
        # byte: expiry and count are not among what it spares, they are checked at each opening.
        self._checked: tuple[object, ...] | None = None

    # --- founding and loading --------------------------------------------------------------

    def found(self, tx: Tx, provider: ClientId) -> None:
        """Make the tree of a new installation; the first turn secret is durable already."""
        # In the transaction that writes it: of two that found one home, one is refused.
        if self._rows.state(tx) is not None:
            raise errors.Conflict("errors_keyring.founded-already")
        now = self._clock.now_ms()
        state = State(
            install=self._kms.install,
            provider=provider,
            generation=FIRST_GENERATION,
            write_gen=FIRST_GENERATION,
            phase=Phase.STILL,
            new_root=False,
            began_ms=now,
            turned_ms=now,
        )
        # Twice, in one transaction: making a key reads the generations from this row, and its MAC
        # needs a key that is made only then.
        self._rows.save_state(tx, state, b"")
        self._wrapping.provider = provider
        internal = self._wrapping.make(tx, INTERNAL)
        self._wrapping.make(tx, GRANTS)
        self._wrapping.make(tx, LEGAL_TERM)
        self.new_client(tx, provider)
        tag = hmac.digest(mac_key(internal, "row"), state_message(state), "sha256")
        self._rows.save_state(tx, state, tag)
        self._rows.digest_by(tx, SetKeys(partial(mac_key, internal), provider))

    def load(self, tx: Tx) -> None:
        """Unwrap what every act needs and check the state row; once at each start."""
        state, tag = self._wrapping.state(tx)
        if state.install != self._kms.install:
            raise errors.Sealed("errors_keyring.other-install")
        # MAC keys live as long as the home: every MAC ever stored must verify, so no turn renews
        # them.
        internal = self._wrapping.key(tx, INTERNAL)
        grants = self._wrapping.key(tx, GRANTS)
        if internal is None or grants is None:
            raise errors.Damaged("errors_keyring.does-not-open")
        self._internal, self._grants = Secret(internal), Secret(grants)
        self._mac_keys, self._checked = {}, None
        if not self.verify_mac("row", state_message(state), tag):
            raise errors.Damaged("errors_keyring.state-forged")
        self._state = state
        self._rows.digest_by(tx, SetKeys(partial(mac_key, internal), state.provider))

    @property
    def provider(self) -> ClientId:
        """The provider's own client id."""
        return self._loaded().provider

    @property
    def install(self) -> InstallId:
        """The installation."""
        return self._loaded().install

    def _loaded(self) -> State:
        if self._state is None:
            raise errors.Sealed("errors_keyring.not-loaded")
        return self._state

    def recovery(self, tx: Tx) -> RecoveryKey:
        """Return what backups are sealed to, and what opens them: made from the root.

        The root of the generation being written, whose kit was rehearsed, as T0 demands.  One that
        a rotation has just added is newer, but nobody has it on paper yet.
        """
        return recovery_key(self._kms.root(self._rows.generations(tx)[1]), self._kms.install)

    def turning(self) -> Turning:
        """Return what only `key turn` may use."""
        return Turning(
            self._wrapping,
            self._epochs,
            self._deletions,
            self._deleted,
            sign=lambda message: self.mac("row", message),
        )

    def inspection(self) -> Inspection:
        """Return what only `check` may use: it opens keys as a test and yields the damaged."""
        return Inspection(self._wrapping, self._epochs, self._vaults, self._deleted)

    # --- sealing ---------------------------------------------------------------------------

    def sealer(self, ref: Ref) -> EnrolledSealer:
        """Make a fresh leaf key that only seals; it lasts once it is enrolled."""
        # Looked at now rather than at `enrol`: what is sealed by then could never be named by a
        # row.
        bucket_of(ref.id)
        require_epoch(ref)
        return EnrolledSealer(ref, self._entropy(KEY_BYTES))

    def enrol(self, tx: Tx, sealer: Sealer) -> None:
        """Wrap a sealer's leaf key under its bucket, in the caller's transaction.

        A thing of an epoch goes under its key too; Conflict when that was ended.
        """
        # Only these carry the leaf key to be wrapped; a sealer of a body or of a test does not.
        if not isinstance(sealer, EnrolledSealer):
            raise TypeError("only a sealer of this keyring can be enrolled")
        ref = sealer.ref
        bucket = bucket_of(ref.id)
        place = self._place(tx, ref.client, bucket, None)
        # Bucket and epoch key are made here when they are not there: with the leaf in one
        # transaction, so that none of them is ever left without what it was made for.
        bucket_key = self._bucket_key(tx, place, ref.client, bucket)
        epoch_key = NO_EPOCH_KEY
        if ref.epoch != NO_EPOCH:
            above = self._wrapping.open(place.wrapping)
            epoch_key = self._epochs.epoch_key_or_new(tx, above, ref, self._month())
        wrapper = leaf_wrapper(
            bucket_key, ref.noun, ref.client, bucket, ref.epoch, epoch_key=epoch_key
        )
        # Drawn now, not at the deletion: what a custodian is to be given later is bound into the
        # wrap.
        kid = new_kid()
        aad = leaf_aad(ref.client, ref.noun, ref.id, ref.version, kid)
        self._rows.add_leaf(
            tx,
            LeafRow(
                client=ref.client,
                bucket=bucket,
                noun=ref.noun,
                id=ref.id,
                version=ref.version,
                kid=kid,
                epoch=ref.epoch,
                wrapped=wrap(wrapper, aad, sealer._leaf, self._entropy),  # noqa: SLF001  # the one reader
            ),
        )

    def _place(self, tx: Tx, client: ClientId, bucket: int, ref: Ref | None) -> HeldKey:
        place = self._rows.place(tx, client, bucket, ref)
        if place is None:
            raise errors.NotFound("errors_keyring.no-such-client")
        # Read in this transaction, with the rows: a turn that another process made since drops what
        # is in memory before anything is opened with it.
        self._wrapping.refresh(place.generation, place.write_gen)
        return place

    def _bucket_key(self, tx: Tx, place: HeldKey, client: ClientId, bucket: int) -> bytes:
        client_key = self._wrapping.open(place.wrapping)
        if place.bucket is not None:
            self._deleted.require_raised(place.bucket)
            return self._open_bucket(client_key, place.bucket)
        key = self._entropy(KEY_BYTES)
        # Not always 0: custodians know how far a bucket had come whose last leaf was deleted.
        version = self._deleted.least(client, bucket)
        row = BucketRow(
            client=client,
            bucket=bucket,
            version=version,
            parent=place.wrapping.version,
            wrapped=wrap(client_key, bucket_aad(client, bucket, version), key, self._entropy),
        )
        self._rows.put_bucket(tx, row)
        # Not put into the cache: the transaction may yet be undone, and its key with it.
        return key

    def _open_bucket(self, client_key: bytes, row: BucketRow) -> bytes:
        def make() -> bytes:
            aad = bucket_aad(row.client, row.bucket, row.version)
            return unwrap(client_key, aad, row.wrapped)

        place = ("bucket", row.client.raw, row.bucket, row.version, row.parent)
        return self._wrapping.cache.get(place, row.wrapped, make)

    # --- opening ---------------------------------------------------------------------------

    def opener(self, tx: Tx, ref: Ref, grant: Grant, *, act: str | None = None) -> Opener:
        """Return what opens one thing, against a grant that covers it (and this act, if named).

        Sealed when the grant does not cover it; NotFound when there is no such key any more.
        """
        # Before any row is read: what a refusal costs must not tell whether the thing exists.
        self._require(grant, ref, act)
        bucket = bucket_of(ref.id)
        place = self._place(tx, ref.client, bucket, ref)
        if place.bucket is None or place.leaf is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        self._deleted.require_fresh(tx, place.leaf, place.bucket)
        above = self._wrapping.open(place.wrapping)
        bucket_key = self._open_bucket(above, place.bucket)
        epoch_key = self._epochs.epoch_key(tx, above, ref.client, ref.noun, place.leaf.epoch)
        if epoch_key is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        cipher = self._leaf_cipher(bucket_key, place.bucket, place.leaf, epoch_key)
        aad = leaf_aad(ref.client, ref.noun, ref.id, ref.version, place.leaf.kid)
        return LeafOpener(unwrap_by(cipher, aad, place.leaf.wrapped))

    def _leaf_cipher(self, key: bytes, row: BucketRow, leaf: LeafRow, x: bytes) -> AESGCMSIV:
        """Return the cipher of the leaf keys of one noun and epoch in a bucket, set up once."""
        noun, epoch = leaf.noun, leaf.epoch

        def make() -> AESGCMSIV:
            return AESGCMSIV(leaf_wrapper(key, noun, row.client, row.bucket, epoch, epoch_key=x))

        place = ("leaves", row.client.raw, row.bucket, row.version, row.parent, noun, epoch, x)
        return self._wrapping.cache.get(place, row.wrapped, make)

    def _require(self, grant: Grant, ref: Ref, act: str | None) -> None:
        authentic, now_s = self._authentic(grant), self._clock.monotonic_s()
        require(grant, ref, act=act, authentic=authentic, now_s=now_s)

    def _authentic(self, grant: Grant) -> bool:
        """Check the MAC of a grant; once for a row of openings under the same grant."""
        # Facts are compared as values, not the object: one that was changed after its check
        # differs.
        facts = facts_of(grant)
        if facts == self._checked:
            return True
        # Over all that the grant says: one with another client or a longer life fails here.
        tag = self.grant_mac(message_of(grant))
        if not hmac.compare_digest(tag, grant.mac):
            return False
        self._checked = facts
        return True

    # --- epochs and their vaults -----------------------------------------------------------

    def _month(self) -> int:
        return epoch_of(self._clock.now_ms())

    def epochs(self, tx: Tx, client: ClientId) -> tuple[Custodied, ...]:
        """Return which keys of which epochs are left, the oldest epoch first."""
        return self._epochs.custodied(tx, client)

    def vault(self, tx: Tx, client: ClientId, epoch: int) -> VaultKeys | None:
        """Return what finds and seals in a vault; None when it has no living key."""
        return self._vaults.keys(tx, client, epoch)

    def vaults(self, tx: Tx, client: ClientId) -> Sequence[VaultKeys]:
        """Return the same for all epochs with a living vault, the newest first."""
        return self._vaults.all_keys(tx, client)

    def vault_stamp(self, tx: Tx, client: ClientId, epoch: int) -> tuple[int, int] | None:
        """Return what changes when a vault key was replaced or something in the vault erased."""
        return self._vaults.stamp(tx, client, epoch)

    def vault_sweeping(self, tx: Tx, client: ClientId, epoch: int) -> bool:
        """Return whether rows of an ended vault key of this epoch may still be there."""
        rows = self._rows.epochs.of(tx, client, epoch, VAULT)
        return any(row.wrapped is None and row.pending_gen is not None for row in rows)

    def new_vault(self, tx: Tx, client: ClientId, epoch: int) -> None:
        """Make the vault key of an epoch that has none; Conflict when its names were ended."""
        # Looked at in the transaction that makes it: two ingests of one month race for its first
        # value.
        if self._vaults.stamp(tx, client, epoch) is None:
            self._epochs.make(tx, client, epoch, VAULT, current=self._month())

    def vault_opener(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        rows: Sequence[ValueRow],
        grant: Grant,
        *,
        act: str | None = None,
    ) -> VaultOpener:
        """Spend one opening of the grant on each of these values; return what opens them."""
        require_values(
            grant,
            client,
            [(value_id(epoch, row.token), noun_of(row)) for row in rows],
            act=act,
            authentic=self._authentic(grant),
            now_s=self._clock.monotonic_s(),
        )
        self._deleted.require_fresh_values(tx, client, epoch, [row.token for row in rows])
        ciphers = {cipher.version: cipher for cipher in self._vaults.ciphers(tx, client, epoch)}
        return VaultOpener(ciphers, frozenset(row.token for row in rows))

    def generation(self, tx: Tx) -> int:
        """Return the generation being written: what is deleted now is final once it is gone."""
        return self._rows.generations(tx)[1]

    def erase_values(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> Pending:
        """Erase values and all other spellings of theirs; announce the result."""
        return self._erasures.values(tx, client, epoch, tokens, self._clock.now_ms())

    def destroy_epoch(self, tx: Tx, client: ClientId, epoch: int, *, text: bool = False) -> Pending:
        """End the names and the vault of an epoch, and with `text` all of it; announce it."""
        return self._erasures.epoch(
            tx, client, epoch, text=text, now_ms=self._clock.now_ms(), current=self._month()
        )

    # --- ledger bodies ---------------------------------------------------------------------

    def body_sealer(self, tx: Tx, client: ClientId, year: int) -> Sealer:
        """Return the sealer of a client's ledger bodies of a year, made on first use."""
        return self._bodies.sealer(tx, client, year)

    def body_opener(self, tx: Tx, client: ClientId, year: int, grant: Grant) -> Opener:
        """Return what opens them, against a grant whose scope names `bodies_ref`."""
        self._require(grant, bodies_ref(client, year), None)
        self._deleted.require_fresh_body(tx, client, year)
        return self._bodies.opener(tx, client, year)

    # --- tags and signatures ---------------------------------------------------------------

    def mac(self, domain: str, message: bytes) -> bytes:
        """Return the MAC of a message in a domain, such as "row", "os-user", "label"."""
        return hmac.digest(self._mac_key(domain), message, "sha256")

    def _mac_key(self, domain: str) -> bytes:
        key = self._mac_keys.get(domain)
        if key is None:
            if self._internal is None:
                raise errors.Sealed("errors_keyring.not-loaded")
            key = self._mac_keys[domain] = mac_key(self._internal.reveal(), domain)
        return key

    def verify_mac(self, domain: str, message: bytes, tag: bytes) -> bool:
        """Compare a MAC in constant time."""
        return hmac.compare_digest(self.mac(domain, message), tag)

    def grant_mac(self, message: bytes) -> bytes:
        """Return the MAC of a grant; the monitor alone asks for it (tests/house/test_grant.py)."""
        if self._grants is None:
            raise errors.Sealed("errors_keyring.not-loaded")
        return hmac.digest(self._grants.reveal(), message, "sha256")

    def signer(self, tx: Tx, log: LedgerId) -> LedgerSigner:
        """Return the signer of a log; NotFound when it has none."""
        seed = self._wrapping.key(tx, LOG, log.raw)
        if seed is None:
            raise errors.NotFound("errors_keyring.no-such-key")
        return LedgerSigner(seed)

    def new_signer(self, tx: Tx, log: LedgerId) -> LedgerSigner:
        """Make the signing key of a log, or replace it; fetch the old signer before this."""
        row = self._rows.wrapping_key(tx, LOG, log.raw)
        # Counts on, and is bound into the wrap: no wrap of the seed before opens in its place.
        version = 0 if row is None else row.version + 1
        return LedgerSigner(self._wrapping.make(tx, LOG, log.raw, version))

    # --- clients and deletion --------------------------------------------------------------

    def new_client(self, tx: Tx, client: ClientId) -> None:
        """Make the key of a client; Conflict when it has one."""
        if self._rows.wrapping_key(tx, CLIENT, client.raw) is not None:
            raise errors.Conflict("errors_keyring.client-already")
        self._wrapping.make(tx, CLIENT, client.raw)

    def leave(self, tx: Tx, client: ClientId) -> Pending:
        """Delete a client's key: all custody of it, not its ledger; announce the result."""
        return self._deletions.client(tx, client, self._clock.now_ms())

    def destroy(self, tx: Tx, refs: Sequence[Ref], *, derived: bool = False) -> Pending:
        """Delete leaf keys; announce the result once the transaction is durable."""
        return self._deletions.leaves(tx, refs, self._clock.now_ms(), derived=derived)

    def destroy_bodies(self, tx: Tx, client: ClientId, year: int) -> Pending:
        """Delete a body key at its legal date; announce the result."""
        return self._deletions.bodies(tx, client, year, self._clock.now_ms())

    def destroy_by_kid(self, tx: Tx, key_ids: frozenset[bytes]) -> Pending:
        """Delete what custodians name as deleted, wherever it is found again: after a restore."""
        return self._deletions.by_kid(tx, key_ids, self._clock.now_ms())

    def undone(self, tx: Tx) -> tuple[Sequence[LeafRow], Sequence[DueKey]]:
        """Return leaves and values that custodians name and rows hold without a deletion."""
        return self._deletions.undone(tx)

    def unannounced(self, tx: Tx) -> tuple[Pending, ...]:
        """Return all deletions not final yet, to announce again after a crash."""
        return tuple(self._deleted.unannounced(tx))

    def announce(self, pending: Pending) -> None:
        """Leave deleted keys with every custodian; Sealed when one that is away lacks them."""
        if pending.key_ids and not self._kms.push(pending):
            raise errors.Sealed("errors_kms.push-incomplete")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a keyring does not leave the process")
