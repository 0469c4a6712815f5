"""What a check needs from outside; nothing in here writes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from bailee.check.model import Finding
from bailee.grant import Grant
from bailee.ids import ClientId, LogId
from bailee.keyring.inspection import CorruptKey
from bailee.keyring.model import PendingRow, State, TurnRow, WrappingKeyRow
from bailee.keyring.port import Opening
from bailee.ledger.model import EntryRow, HeadTaken, LedgerRow, SealedEntry
from bailee.logs.model import BatchRow, PartRow, RunRow, SourceRow, StreamRow
from bailee.monitor.power import ActorRow, ClientRow, PowerRow
from bailee.objects.model import VersionRow
from bailee.seal.port import Blob, RowOpener
from bailee.work import Tx

T = TypeVar("T")


class Snapshots(Protocol):
    """The store of rows."""

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on one snapshot."""

    def check(self) -> list[str]:
        """Ask the database what is wrong with its own structure."""


class KeyInspection(Protocol):
    """What only a check asks of the rows."""

    def schema_version(self, tx: Tx) -> str:
        """Return the step of the migration chain that the rows are at."""

    def schema_differences(self, tx: Tx) -> Sequence[str]:
        """Name tables, indexes and triggers that are not as this version makes them."""

    def blobs(self, tx: Tx) -> frozenset[str]:
        """Return the names of all sealed files that rows name."""

    def entry_count(self, tx: Tx, client: ClientId) -> tuple[int, int]:
        """Return how many entries a log has, and one more than the largest index."""

    def logless(self, tx: Tx) -> int:
        """Count entries of clients that have no log."""

    def stray_keys(self, tx: Tx) -> Sequence[tuple[str, str, str]]:
        """Name (level, noun, id) of keys that hang on nothing."""

    def stray_values(self, tx: Tx) -> int:
        """Count rows of vaults, and of their indexes, whose key is gone or never was."""

    def stray_batches(self, tx: Tx) -> Sequence[tuple[str, str]]:
        """Name (table, id) of rows of logs that hang on nothing, or on no entry."""

    def stray_marks(self, tx: Tx) -> Sequence[tuple[str, str]]:
        """Name (noun, id) of keys whose mark for renewal is wrong, or gone."""


class CheckedRegister(Protocol):
    """The rows that confer power."""

    def rows(self, tx: Tx) -> tuple[PowerRow, ...]:
        """Return every one, verified or not."""

    def forged(self, tx: Tx) -> tuple[PowerRow, ...]:
        """Return those whose MAC does not verify."""


class KeyTest(Protocol):
    """Opens keys as a test."""

    def corrupt(self, tx: Tx, *, deep: bool) -> Iterator[CorruptKey]:
        """Name what does not open."""

    def signer_key(self, tx: Tx, log: LogId) -> bytes | None:
        """Return the public key of a log's seed; None when it does not open."""


class StateKeys(Protocol):
    """Reads where the keys stand."""

    def state(self, tx: Tx) -> State:
        """Return the state; Damaged when it was forged."""


class CheckedKeyRows(Protocol):
    """The part of the key rows that tells of generations, turns and deletions."""

    def wrapping_keys(self, tx: Tx) -> Iterator[WrappingKeyRow]:
        """Yield all keys under the key of a generation."""

    def pending(self, tx: Tx) -> Sequence[PendingRow]:
        """Return deletions that are not final yet."""

    def turns(self, tx: Tx) -> Sequence[TurnRow]:
        """Return finished turns."""


class Openers(Opening, Protocol):
    """The part of the keyring that opens, against a grant; ledger bodies too."""

    def body_opener(self, tx: Tx, client: ClientId, year: int, grant: Grant) -> RowOpener:
        """Return what opens ledger bodies of a year."""


class CheckedLedgerRows(Protocol):
    """The rows of logs and entries."""

    def log(self, tx: Tx, client: ClientId) -> LedgerRow:
        """Return the log of a client."""

    def clients(self, tx: Tx) -> Sequence[ClientId]:
        """Return all clients that have a log."""

    def leaves(self, tx: Tx, client: ClientId, start: int, stop: int) -> Sequence[bytes]:
        """Return leaves in order; Damaged where one lacks."""

    def entries(self, tx: Tx, client: ClientId, start: int, stop: int) -> Iterator[EntryRow]:
        """Go through entries by index."""

    def sealed_in(self, tx: Tx, client: ClientId, start: int, stop: int) -> SealedEntry:
        """Count what there is to open."""

    def key_changes(self, tx: Tx, client: ClientId) -> Sequence[tuple[int, bytes]]:
        """Return index and note of all changes of key."""

    def head_taken(self, tx: Tx, client: ClientId) -> HeadTaken:
        """Return when the provider's log last took this client's head."""


class CheckedObjectRows(Protocol):
    """The rows of objects."""

    def versions(self, tx: Tx, client: ClientId) -> Sequence[VersionRow]:
        """Return all versions of a client's objects."""


class BatchRows(Protocol):
    """The rows of logs in custody."""

    def streams(self, tx: Tx, client: ClientId) -> Sequence[StreamRow]:
        """Return all streams of a client."""

    def all_sources(self, tx: Tx, client: ClientId) -> Sequence[SourceRow]:
        """Return all sources of a client."""

    def batches(self, tx: Tx, client: ClientId) -> Sequence[BatchRow]:
        """Return all batches of a client, in order of receipt."""

    def all_parts(self, tx: Tx, client: ClientId) -> Sequence[PartRow]:
        """Return the objects of all batches of a client."""

    def all_runs(self, tx: Tx, client: ClientId) -> Sequence[RunRow]:
        """Return all index runs of a client."""


class Blobs(Protocol):
    """The sealed files."""

    def open(self, name: str) -> Blob:
        """Open one; NotFound when absent."""

    def names(self) -> Iterator[str]:
        """Go through all names."""


class NameRows(Protocol):
    """The sealed names of actors and clients."""

    def actors(self, tx: Tx) -> Sequence[ActorRow]:
        """Return every actor."""

    def clients(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client."""


class Surroundings(Protocol):
    """What lies around the rows: rights of files, custodians, disks, backups."""

    def audit(
        self, generation: int, written: Mapping[str, str], *, deep: bool
    ) -> Iterable[Finding]:
        """Audit them; `written` gives the SHA-256 that the ledger holds of each backup."""

    def pending(self) -> frozenset[bytes]:
        """Return the deleted key ids that custodians hold; Sealed when none answers."""
