"""What the keyring needs from outside: rows in a transaction, and a custody of root and turn.

The custody port never says "destroyed" for a custodian that it could not look at: such an answer
is `unknown` (invariant I16), and the turn stays where it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from bailee.grant import Ref
from bailee.ids import ClientId, InstallId
from bailee.keyring.model import (
    BucketRow,
    Custody,
    Destruction,
    LawPlace,
    LawRow,
    LeafRow,
    Pending,
    PendingRow,
    Place,
    State,
    TrunkRow,
    TurnRow,
)
from bailee.secret import Secret
from bailee.work import Tx


class Kek(Protocol):
    """The key of one generation; in a hardware module it never leaves it."""

    def wrap(self, aad: bytes, key: bytes) -> bytes:
        """Wrap a 32-byte key, bound to its place."""

    def unwrap(self, aad: bytes, wrapped: bytes) -> bytes:
        """Unwrap; Damaged when it was not wrapped here for this place."""


class Kms(Protocol):
    """Root and custodians of the turn secret.  All calls are idempotent; all but `kek` do I/O."""

    @property
    def install(self) -> InstallId:
        """The installation whose root this is."""

    def root(self, generation: int | None = None) -> Secret[bytes]:
        """Return the root that serves a generation, the newest by default, for a recovery kit."""

    def add_root(self, first: int) -> None:
        """Make a new root durable, for generations from `first` on; keep it when it is there."""

    def drop_roots(self, before: int) -> None:
        """Forget the roots that serve no generation from `before` on."""

    def make_turn(self, generation: int) -> None:
        """Make the turn secret of a generation durable, the same on every custodian."""

    def drop_turns(self, after: int) -> None:
        """Destroy the turn secrets of later generations; Sealed when a custodian is away."""

    def kek(self, generation: int) -> Kek:
        """Give the key of a generation; Sealed when no custodian has its turn secret."""

    def destroy(self, generation: int) -> Destruction:
        """Destroy the turn secrets up to this generation on each custodian, and read back."""

    def push(self, pending: Pending) -> None:
        """Leave deleted key ids with every custodian; Sealed when one cannot be reached."""

    def pending(self) -> frozenset[bytes]:
        """Return the deleted key ids that any custodian was left."""

    def register(self) -> tuple[Custody, ...]:
        """Return the register of copies and what each holds now."""


class KeyRows(Protocol):
    """The rows of the key tree."""

    def state(self, tx: Tx) -> tuple[State, bytes] | None:
        """Return the state and its MAC; None before the installation is founded."""

    def save_state(self, tx: Tx, state: State, mac: bytes) -> None:
        """Insert or replace the state."""

    def generations(self, tx: Tx) -> tuple[int, int]:
        """Return (generation, write generation); (0, 0) before the installation is founded."""

    def trunk(self, tx: Tx, noun: str, ident: bytes) -> TrunkRow | None:
        """Return one key under the KEK."""

    def trunk_all(self, tx: Tx) -> Iterator[TrunkRow]:
        """Yield all keys under the KEK."""

    def trunk_before(self, tx: Tx, gen: int, limit: int) -> Sequence[TrunkRow]:
        """Return up to `limit` of them from older generations."""

    def put_trunk(self, tx: Tx, row: TrunkRow) -> None:
        """Insert or replace; Conflict when the write fence refuses its generation."""

    def mark_pending(self, tx: Tx, noun: str, ident: bytes, gen: int) -> None:
        """Note on a trunk key that something below it was deleted while `gen` was written."""

    def drop_trunk(self, tx: Tx, noun: str, ident: bytes) -> None:
        """Delete one."""

    def place(self, tx: Tx, client: ClientId, bucket: int, ref: Ref | None) -> Place | None:
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

    def leaves_by_kid(self, tx: Tx, key_ids: frozenset[bytes]) -> Sequence[LeafRow]:
        """Return the leaves with these key ids; reads them all, for a restore."""

    def law(self, tx: Tx, client: ClientId, year: int) -> LawRow | None:
        """Return the ledger-body key of a client and year."""

    def law_place(self, tx: Tx, client: ClientId, year: int) -> LawPlace | None:
        """Return it with what stands above it; None without a law key, which every home has."""

    def laws(self, tx: Tx) -> Iterator[LawRow]:
        """Yield all ledger-body keys."""

    def put_law(self, tx: Tx, row: LawRow) -> None:
        """Insert or replace."""

    def drop_law(self, tx: Tx, client: ClientId, year: int) -> None:
        """Delete one."""

    def add_pending(self, tx: Tx, rows: Sequence[PendingRow]) -> None:
        """Note deletions that are not final yet."""

    def pending(self, tx: Tx) -> Sequence[PendingRow]:
        """Return them all."""

    def settle_pending(self, tx: Tx, gen: int) -> int:
        """Drop those requested in `gen` or before, which are final now; return how many."""

    def add_turn(self, tx: Tx, row: TurnRow) -> None:
        """Note a finished turn."""

    def turns(self, tx: Tx) -> Sequence[TurnRow]:
        """Return finished turns, oldest first."""

    def counts(self, tx: Tx) -> Mapping[str, int]:
        """Count the rows of each level."""
