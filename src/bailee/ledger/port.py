"""What the ledger needs from outside: rows, tiles, the signer state, keys."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bailee.grant import Grant
from bailee.ids import ClientId, EntryId, LedgerId
from bailee.keyring.port import Deleting, Opening, Sealing
from bailee.ledger.model import (
    AnchorList,
    EntryRow,
    HeadTaken,
    LedgerExtent,
    LedgerHead,
    LedgerRow,
    SealedEntry,
    SignerHead,
)
from bailee.seal.port import RowOpener, RowSealer
from bailee.work import Tx


class EntryRows(Protocol):
    """The rows of ledgers and their entries."""

    def open_ledger(self, tx: Tx, row: LedgerRow) -> None:
        """Insert an empty ledger; Conflict when the client has one."""

    def row_of(self, tx: Tx, client: ClientId) -> LedgerRow:
        """Return the ledger of a client; NotFound when it has none."""

    def clients(self, tx: Tx) -> Sequence[ClientId]:
        """Return all clients that have a ledger."""

    def extent(self, tx: Tx, client: ClientId) -> LedgerExtent:
        """Return how far the rows of a ledger go; NotFound when the client has none."""

    def extents(self, tx: Tx) -> Sequence[LedgerExtent]:
        """Return the same of all logs."""

    def raise_revisions(self, tx: Tx, least: int) -> None:
        """Have the sets of each client with a ledger count on from a number, for a restore."""

    # Others cannot write before the commit, so what was compared once holds for all that share it.
    def compared(self, tx: Tx) -> set[ClientId]:
        """Return whose log was compared with its anchor since the commit began; to be added to."""

    def take_index(self, tx: Tx, client: ClientId) -> tuple[int, str]:
        """Take the next index, without a gap, and return it with the origin of the ledger.

        The count stands in a row of this transaction, so an index that was taken by one that is
        undone is taken again (docs/decisions/0004-indices-are-given-with-the-entry.md).
        """

    def add(self, tx: Tx, client: ClientId, row: EntryRow) -> None:
        """Insert an entry."""

    def leaves(self, tx: Tx, client: ClientId, start: int, stop: int) -> Sequence[bytes]:
        """Return the leaves from `start` to before `stop`, in order, as many as are there."""

    def time_of(self, tx: Tx, client: ClientId, index: int) -> int | None:
        """Return when the entry at an index was made; None when there is none."""

    def entries(self, tx: Tx, client: ClientId, start: int, stop: int) -> Iterator[EntryRow]:
        """Yield entries by index."""

    def sealed_in(self, tx: Tx, client: ClientId, start: int, stop: int) -> SealedEntry:
        """Count what there is to open between two indexes."""

    def find(self, tx: Tx, client: ClientId, entry: EntryId) -> EntryRow | None:
        """Return one entry by its id."""

    def subjects(
        self, tx: Tx, client: ClientId, start: int, before_ms: int, limit: int
    ) -> Sequence[tuple[int, EntryId]]:
        """Return index and id of entries of before a moment that have a subject, by index."""

    # The row keeps its leaf and body: the entry stays where it is in the tree.
    def drop_subject(self, tx: Tx, client: ClientId, entry: EntryId) -> bool:
        """Remove a sealed subject; False when there was none."""

    def lost(self, tx: Tx) -> Mapping[ClientId, int]:
        """Count the entries of each client that have no body."""

    # Compare-and-swap, the commit of a ledger: two signers that both got past every lock cannot
    # both move it.
    def move_head(self, tx: Tx, client: ClientId, old: LedgerHead, new: LedgerHead) -> bool:
        """Replace the head if it is still `old` in size and root; False when it is not."""

    def add_key_change(
        self, tx: Tx, client: ClientId, index: int, public_key: bytes, note: bytes
    ) -> None:
        """Keep the note of a change of key, made by the entry at `index`, and set the new key."""

    def key_changes(self, tx: Tx, client: ClientId) -> Sequence[tuple[int, bytes]]:
        """Return index and note of all changes of key, oldest first."""

    def head_taken(self, tx: Tx, client: ClientId) -> HeadTaken:
        """Return when the provider's ledger last took this client's head."""

    def set_head_taken(self, tx: Tx, client: ClientId, taken: HeadTaken) -> None:
        """Store that the provider's ledger takes it now."""


Newest = Callable[[Sequence[bytes]], Iterable[bytes]]
"""Gives, of a list of records, those that still count."""


# Files, not rows: a verifier fetches them as C2SP tlog-tiles, from any web server.
class TileStore(Protocol):
    """The files of one ledger: tiles, bundles, `checkpoint`."""

    def read(self, name: str) -> bytes:
        """Read one; NotFound when it is not there."""

    def replace(self, name: str, data: bytes) -> None:
        """Write one, durably, whole or not at all; CannotRecord when the disk does not take it."""

    def replace_many(self, objects: Mapping[str, bytes]) -> None:
        """Write several, each whole or not at all; all durable when this returns."""

    # Not durable: a partial tile that a crash brings back is deleted by the next step.
    def discard(self, names: Iterable[str]) -> None:
        """Remove several that nobody needs; one that comes back after a crash does no harm."""

    def names(self, under: str = "") -> Iterator[str]:
        """Yield the names below a folder."""


class SignerState(Protocol):
    """Signer state of one ledger, outside the database: restoring that does not set it back."""

    def locked(self, timeout_s: float) -> AbstractContextManager[None]:
        """Hold the lock that every step of this ledger takes; LockedByOther after the timeout."""

    def load(self) -> SignerHead | None:
        """Read it; None when this ledger was never signed, Damaged when it cannot be read."""

    def save(self, head: SignerHead) -> None:
        """Write it, durably."""


class Files(Protocol):
    """The files and the signer state of each ledger."""

    def tiles(self, log: LedgerId) -> TileStore:
        """Return the files of one ledger."""

    def signer(self, log: LedgerId) -> SignerState:
        """Return the signer state of one ledger."""


class Anchors(Protocol):
    """The custodians' lists of anchors: records of one length, of which 16 bytes name a ledger."""

    def left(self) -> Sequence[AnchorList]:
        """Return what each custodian was left with; Sealed when none answers."""

    def leave(self, records: Sequence[Sequence[bytes]], newest: Newest) -> None:
        """Leave each custodian with its records, durably; Sealed or CannotRecord when none takes.

        A list that has grown long is written anew from what `newest` gives of it.
        """


class Reserve(Protocol):
    """Reserve: space kept free, so that a full disk still takes refusals, deadlines and endings."""

    @property
    def room_bytes(self) -> int:
        """How much must be free on its disk for it to be taken."""

    def held(self) -> bool:
        """Return whether the space is kept now."""

    def release(self) -> bool:
        """Free it; False when it was free already."""

    def lend(self) -> bool:
        """Free it if the disk has no other room; False when there is room without it."""

    # Asked before grants are made again: what opens data may not run on the space kept for
    # refusals.
    def keep(self) -> bool:
        """Take it again if the disk has room; False when it has not."""


class ExportSink(Protocol):
    """Where an export goes: a directory that the front made."""

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""

    def append(self, name: str, data: bytes) -> None:
        """Add to the end of a file, which may grow large."""


class CheckpointSigner(Protocol):
    """The signing key of one ledger."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 public key."""

    def sign(self, message: bytes) -> bytes:
        """Sign."""


class LedgerKeys(Sealing, Opening, Deleting, Protocol):
    """The part of the keyring that the ledger uses."""

    def body_sealer(self, tx: Tx, client: ClientId, year: int) -> RowSealer:
        """Return what seals bodies of that year."""

    def body_opener(self, tx: Tx, client: ClientId, year: int, grant: Grant) -> RowOpener:
        """Return what opens bodies of that year, when the grant covers the ledger."""

    def signer(self, tx: Tx, log: LedgerId) -> CheckpointSigner:
        """Return the present signing key of a ledger."""

    def new_signer(self, tx: Tx, log: LedgerId) -> CheckpointSigner:
        """Make a signing key for a ledger, which is its present one from then on."""
