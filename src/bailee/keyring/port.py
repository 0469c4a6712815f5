"""What the keyring needs from outside, and the parts of it that it gives to others.

From outside: rows in a transaction, and custody of root and turn secret.  That port never says
"destroyed" of a custodian that it could not look at: such an answer is `unknown`
(spec/invariants.md I16), and the turn stays where it is.

To others: `Keyring` satisfies `Macs`, `Sealing`, `Opening`, `Deleting` and `LivingEpochs`.  A room
names only those it needs, so that what only seals has no method that opens.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from bailee.grant import Grant, Ref
from bailee.ids import ClientId, InstallId
from bailee.keyring.model import (
    BodyKeyRow,
    BucketRow,
    Custodied,
    Custody,
    Destruction,
    EpochRow,
    HeldBodyKey,
    HeldKey,
    LeafRow,
    NamedKeys,
    NewValues,
    Pending,
    PendingRow,
    State,
    TurnRow,
    ValueRow,
    WrappingKeyRow,
)
from bailee.seal.port import Opener, Sealer
from bailee.secret import Secret
from bailee.work import Tx

if TYPE_CHECKING:
    from bailee.keyring.sets import (
        SetKeys,
    )  # numpy with it, which commands that ask a server need not

# --- what the keyring gives to others ----------------------------------------------------------
#
# One Protocol for each power: the list that a room names says what it could do if it were broken
# into, and mypy refuses what is not on it.


class Macs(Protocol):
    """The part of the keyring that makes and checks message authentication codes."""

    def mac(self, domain: str, message: bytes) -> bytes:
        """Return the 32-byte MAC of a message under the key of a domain, such as "row"."""

    def verify_mac(self, domain: str, message: bytes, tag: bytes) -> bool:
        """Compare a MAC in constant time."""


class Sealing(Protocol):
    """The part of the keyring that seals; who holds it can open nothing."""

    def sealer(self, ref: Ref) -> Sealer:
        """Make a fresh leaf key for one thing, in memory only."""

    def enrol(self, tx: Tx, sealer: Sealer) -> None:
        """Store a fresh leaf key, wrapped; Conflict when the keys of its epoch were destroyed."""


class Opening(Protocol):
    """The part of the keyring that opens, against a grant."""

    def opener(self, tx: Tx, ref: Ref, grant: Grant) -> Opener:
        """Return the key of one thing and spend one opening of the grant.

        Sealed when the grant does not cover it, NotFound when the key was destroyed.
        """


class Deleting(Protocol):
    """The part of the keyring that destroys leaf keys; final at the next turn."""

    def destroy(self, tx: Tx, refs: Sequence[Ref], *, derived: bool = False) -> Pending:
        """Delete leaf keys; `announce` the result once the transaction is durable.

        Custodians have the ids before that, but those of what is `derived`: named and then kept, by
        a crash, it would open no more, and nobody would ask again for its deletion.
        """

    def announce(self, pending: Pending) -> None:
        """Leave the ids of deleted keys with every custodian, so that no restore revives them."""


class LivingEpochs(Protocol):
    """The part of the keyring that lists which keys of which epochs are left."""

    def epochs(self, tx: Tx, client: ClientId) -> tuple[Custodied, ...]:
        """Return the epochs of a client with a living key, the oldest first."""


# --- what the keyring needs --------------------------------------------------------------------


class Kek(Protocol):
    """KEK: the key of one generation; one in a hardware module never leaves it."""

    def wrap(self, aad: bytes, key: bytes) -> bytes:
        """Wrap a 32-byte key, bound to its place."""

    def unwrap(self, aad: bytes, wrapped: bytes) -> bytes:
        """Unwrap; Damaged when it was not wrapped under this key for this place."""


class Kms(Protocol):
    """Key custody: the root, and the custodians of the turn secret.

    All calls may be repeated after a crash with the same effect; all of them may do I/O.
    """

    @property
    def install(self) -> InstallId:
        """The installation whose root this is."""

    def root(self, generation: int | None = None) -> Secret[bytes]:
        """Return the root that serves a generation, the newest by default, for a recovery kit."""

    def add_root(self, first: int) -> None:
        """Make a new root durable, for generations from `first` on; keep it when it is there."""

    def drop_roots(self, before: int) -> None:
        """Drop each root that wraps no generation `before` or later: no key needs it any more."""

    # Called in T0, before anything is wrapped under the new generation: the other way round, a
    # crash could leave keys wrapped under a secret that no custodian has.
    def make_turn(self, generation: int) -> None:
        """Make the turn secret of a generation durable, the same on every custodian."""

    def drop_turns(self, after: int) -> None:
        """Destroy the turn secrets of later generations; Sealed when a custodian is away."""

    def kek(self, generation: int) -> Kek:
        """Return the key of a generation; Sealed when no custodian has its turn secret."""

    # The row of the state first, this after it: a crash in between leaves the row ahead by one
    # step, and rows that are behind are never what a crash leaves.
    def mark(self, generation: int, step: int) -> None:
        """Keep how far turns have come with every custodian that answers; Sealed when none does."""

    def marked(self) -> tuple[int, int]:
        """Return the farthest (generation, step) that a custodian was left with; (0, 0) if none."""

    # An answer, not an exception, for each custodian: the others' answers count all the same, and
    # the caller decides what an unknown one means.
    def destroy(self, generation: int) -> Destruction:
        """Destroy the turn secrets up to this generation on each custodian, and read back."""

    # False is for the caller to report: any one custodian may be the one that is left at a restore.
    def push(self, pending: Pending) -> bool:
        """Leave deleted keys with every custodian that answers; whether each has them now.

        Sealed when none took them.
        """

    def pending(self) -> frozenset[bytes]:
        """Return the deleted key ids that any custodian was left."""

    # Asked at each opening: an adapter keeps what it read, and looks whether it has changed.
    def named(self) -> Sequence[NamedKeys]:
        """Return what each custodian was left with; Sealed when none answers."""

    # Apart from `destroy`: the turn's entry counts these ids, and they must outlast its commit.
    def forget(self, generation: int) -> None:
        """Drop the ids of deletions up to a generation, which are final."""

    def register(self) -> tuple[Custody, ...]:
        """Return the register of copies and what each holds now."""


class EpochRows(Protocol):
    """The keys of the months of custody."""

    def of(self, tx: Tx, client: ClientId, epoch: int, noun: str) -> Sequence[EpochRow]:
        """Return all versions of one key, the newest first, ended ones too."""

    def of_client(self, tx: Tx, client: ClientId) -> Sequence[EpochRow]:
        """Return all keys of a client, ended ones too."""

    def living(self, tx: Tx, client: ClientId, noun: str) -> Sequence[EpochRow]:
        """Return a client's living keys of one noun, the newest epoch and version first."""

    def living_all(self, tx: Tx) -> Iterator[EpochRow]:
        """Yield all living keys."""

    # The database compares `parent`, not the caller: between reading the client key and writing
    # here another process may have renewed it.
    def put(self, tx: Tx, row: EpochRow) -> None:
        """Insert or replace; Conflict when `parent` is not the present client key."""

    def drop(self, tx: Tx, row: EpochRow) -> None:
        """Delete one."""

    def mark_erased(self, tx: Tx, client: ClientId, epoch: int, gen: int) -> None:
        """Count an erasure on the living vault keys of an epoch, pending since `gen` or before."""

    def mark_all(self, tx: Tx, gen: int) -> None:
        """Mark all living vault keys: something in any of them may have been erased."""

    def due(self, tx: Tx, before: int) -> EpochRow | None:
        """Return a living vault key with erasures pending since before a generation."""

    def unswept(self, tx: Tx) -> EpochRow | None:
        """Return an ended key that rows may still hang on; None when there is none."""

    # Bounded, like every deletion of many rows here: others wait for the transaction meanwhile.
    def sweep_leaves(
        self, tx: Tx, client: ClientId, epoch: int, nouns: Sequence[str], limit: int
    ) -> int:
        """Delete up to `limit` leaves of an epoch whose key was ended; return how many."""


class KeyedVaultRows(Protocol):
    """The rows of the vaults: keyed indexes that find tokens, and sealed values by token."""

    def indexed(
        self, tx: Tx, client: ClientId, epoch: int, version: int, keys: Sequence[bytes]
    ) -> dict[bytes, bytes]:
        """Return the sealed tokens that stand under these index keys."""

    # Counts instead of failing where a key is taken: another writer was first, and the caller
    # undoes its part and reads what that one wrote.
    def add_index(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        version: int,
        columns: tuple[Sequence[bytes], Sequence[bytes]],
    ) -> int:
        """Insert (keys, sealed tokens) where the key is free; return how many were."""

    def drop_index(
        self, tx: Tx, client: ClientId, epoch: int, version: int, keys: Sequence[bytes]
    ) -> None:
        """Delete index rows."""

    def values(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> dict[bytes, ValueRow]:
        """Return vault rows by token, erased ones too."""

    def add_values(self, tx: Tx, client: ClientId, epoch: int, values: NewValues) -> int:
        """Insert vault rows where the token is free; return how many were."""

    def reseal(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        version: int,
        columns: tuple[Sequence[bytes], Sequence[bytes]],
    ) -> None:
        """Replace version and sealed value of vault rows, given as (tokens, sealed values)."""

    def index_count(self, tx: Tx, client: ClientId, epoch: int, version: int) -> int:
        """Count the index rows under one version of a vault key."""

    # Token and commitment stay: lines that name the token still verify, and a value that comes
    # again gets another token, so the old lines stay closed.
    def erase(self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]) -> None:
        """Leave token and commitment of vault rows, and nothing else."""

    def held(
        self,
        tx: Tx,
        client: ClientId,
        epoch: int,
        *,
        after: bytes = b"",
        version: int | None = None,
        limit: int = -1,
    ) -> Sequence[ValueRow]:
        """Return vault rows that are not erased, by token, of one version if it is named."""

    def sweep(
        self, tx: Tx, client: ClientId, epoch: int, version: int, limit: int, *, ended: bool
    ) -> int:
        """Delete up to `limit` index rows of a version, and vault rows when it was ended."""


class KeyRows(Protocol):
    """The rows of the key tree."""

    @property
    def epochs(self) -> EpochRows:
        """The keys of the months of custody."""

    @property
    def vaults(self) -> KeyedVaultRows:
        """What hangs on vault keys, which a turn replaces."""

    def digest_by(self, tx: Tx, keys: "SetKeys") -> None:
        """Keep digests of rows under these keys from now on, in whatever has these rows open."""

    def before_commit(self, tx: Tx, call: Callable[[], object]) -> None:
        """Run a call once the transaction's function has returned; what it raises undoes that."""

    def state(self, tx: Tx) -> tuple[State, bytes] | None:
        """Return the state and its MAC; None before the installation is founded."""

    def save_state(self, tx: Tx, state: State, mac: bytes) -> None:
        """Insert or replace the state."""

    def generations(self, tx: Tx) -> tuple[int, int]:
        """Return (generation, write generation); (0, 0) before the installation is founded."""

    def wrapping_key(self, tx: Tx, noun: str, ident: bytes) -> WrappingKeyRow | None:
        """Return one key under the KEK."""

    def wrapping_keys(self, tx: Tx) -> Iterator[WrappingKeyRow]:
        """Yield all wrapping keys."""

    def wrapping_keys_before(self, tx: Tx, gen: int, limit: int) -> Sequence[WrappingKeyRow]:
        """Return up to `limit` of them from older generations."""

    # The write fence is a trigger, not a check here: it holds for every writer of the database,
    # also for one that runs an older version of this program.
    def put_wrapping_key(self, tx: Tx, row: WrappingKeyRow) -> None:
        """Insert or replace; Conflict when the write fence refuses its generation."""

    def mark_pending(self, tx: Tx, noun: str, ident: bytes, gen: int) -> None:
        """Mark a wrapping key: something below it was deleted while `gen` was written."""

    def drop_wrapping_key(self, tx: Tx, noun: str, ident: bytes) -> None:
        """Delete one."""

    def place(self, tx: Tx, client: ClientId, bucket: int, ref: Ref | None) -> HeldKey | None:
        """Return what stands above a leaf, and the leaf of `ref`; None without a client key."""

    def put_bucket(self, tx: Tx, row: BucketRow) -> None:
        """Insert or replace; Conflict when `parent` is not the present client key."""

    def buckets(self, tx: Tx, client: ClientId) -> Iterator[BucketRow]:
        """Yield the buckets of a client."""

    def drop_bucket(self, tx: Tx, client: ClientId, bucket: int) -> None:
        """Delete one."""

    def add_leaf(self, tx: Tx, row: LeafRow) -> None:
        """Insert; Conflict when there is one for this thing already."""

    def leaves(self, tx: Tx, client: ClientId, bucket: int) -> Sequence[LeafRow]:
        """Return the leaves of a bucket."""

    def rewrap_leaves(self, tx: Tx, rows: Sequence[LeafRow]) -> None:
        """Replace the wraps of leaves."""

    def drop_leaves(self, tx: Tx, rows: Sequence[LeafRow]) -> None:
        """Delete leaves."""

    def drop_buckets(self, tx: Tx, client: ClientId) -> None:
        """Delete all buckets of a client."""

    def drop_client_leaves(self, tx: Tx, client: ClientId, limit: int) -> int:
        """Delete up to `limit` leaves of a client; return how many."""

    def drop_orphans(self, tx: Tx, limit: int) -> int:
        """Delete up to `limit` leaves of clients that left; return how many."""

    # Key ids have no index: it would serve restores alone, and cost every leaf that is written.
    def leaves_by_kid(self, tx: Tx, key_ids: frozenset[bytes]) -> Sequence[LeafRow]:
        """Return the leaves with these key ids; reads them all, for a restore."""

    def body_key(self, tx: Tx, client: ClientId, year: int) -> BodyKeyRow | None:
        """Return the body key of a client and year."""

    def held_body_key(self, tx: Tx, client: ClientId, year: int) -> HeldBodyKey | None:
        """Return it with what stands above it; None where there is no legal-term key."""

    def body_keys(self, tx: Tx) -> Iterator[BodyKeyRow]:
        """Yield all body keys."""

    def put_body_key(self, tx: Tx, row: BodyKeyRow) -> None:
        """Insert or replace."""

    def drop_body_key(self, tx: Tx, client: ClientId, year: int) -> None:
        """Delete one."""

    def add_pending(self, tx: Tx, rows: Sequence[PendingRow]) -> None:
        """Insert deletions that are not final yet."""

    def pending(self, tx: Tx) -> Sequence[PendingRow]:
        """Return them all."""

    # By generation, not by list: what was requested later belongs to the next turn.
    def settle_pending(self, tx: Tx, gen: int) -> int:
        """Delete those requested in `gen` or before, which are final now; return how many."""

    def add_turn(self, tx: Tx, row: TurnRow) -> None:
        """Insert a finished turn."""

    def turns(self, tx: Tx) -> Sequence[TurnRow]:
        """Return finished turns, oldest first."""

    def counts(self, tx: Tx) -> Mapping[str, int]:
        """Count the rows of each level."""
