"""What logs need from outside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from bailee.act import Denial, Principal
from bailee.grant import Grant, Ref, Scope
from bailee.ids import BatchId, BlobId, ClientId, SourceId, StreamId
from bailee.keyring.model import Custodied, Erasure, Pending
from bailee.keyring.port import Deleting, LivingEpochs, Macs, Opening, Sealing
from bailee.ledger.model import EntryDraft, Recorded
from bailee.logs.model import BatchRow, PartRow, RunRow, SegmentPart, SourceRow, StreamRow
from bailee.monitor.power import EndingRow
from bailee.vault.model import Bytes, HeldValue, Interned, Sought, Value
from bailee.work import Tx

T = TypeVar("T")


class LogRows(Protocol):
    """The rows of logs."""

    def stream(self, tx: Tx, client: ClientId, label_key: bytes) -> StreamRow | None:
        """Find a stream by its keyed label."""

    def streams(self, tx: Tx, client: ClientId) -> Sequence[StreamRow]:
        """Return all streams of a client."""

    def add_stream(self, tx: Tx, row: StreamRow) -> None:
        """Insert; Conflict when the label is taken."""

    def sources(self, tx: Tx, client: ClientId, address_key: bytes) -> Sequence[SourceRow]:
        """Return what was known under an address, the farthest taken first."""

    def source(self, tx: Tx, client: ClientId, source: SourceId) -> SourceRow | None:
        """Find one source."""

    def put_source(self, tx: Tx, row: SourceRow) -> None:
        """Insert or move on."""

    def batch(self, tx: Tx, client: ClientId, batch: BatchId) -> BatchRow | None:
        """Find one batch."""

    def by_identity(self, tx: Tx, client: ClientId, identity: bytes) -> BatchRow | None:
        """Find the batch that the same bytes became before."""

    def batches(self, tx: Tx, client: ClientId) -> Sequence[BatchRow]:
        """Return all batches of a client, in order of receipt."""

    def of_stream(self, tx: Tx, client: ClientId, stream: StreamId) -> Sequence[BatchRow]:
        """Return the batches of a stream, in order of receipt."""

    def of_source(self, tx: Tx, client: ClientId, source: SourceId) -> Sequence[BatchRow]:
        """Return the batches of a source, in order."""

    def add_batch(self, tx: Tx, row: BatchRow) -> None:
        """Insert a batch."""

    def parts(self, tx: Tx, client: ClientId, batch: BatchId) -> Mapping[SegmentPart, PartRow]:
        """Return the objects of a batch."""

    def texts(self, tx: Tx, client: ClientId) -> Mapping[BatchId, PartRow]:
        """Return the text objects of a client, by batch."""

    def add_part(self, tx: Tx, row: PartRow) -> None:
        """Insert an object of a batch."""

    def add_run(self, tx: Tx, row: RunRow) -> None:
        """Insert an index run."""

    def runs(self, tx: Tx, client: ClientId, epoch: int) -> Sequence[RunRow]:
        """Return the index runs of an epoch, all streams."""

    def drop_runs(self, tx: Tx, client: ClientId, runs: Iterable[BlobId]) -> None:
        """Delete runs that a merged one replaces."""


class Blob(Protocol):
    """A sealed file, open for reading at any place."""

    def size(self) -> int:
        """Return the stored size in bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer at the end."""

    def close(self) -> None:
        """Give it back."""


class BlobStore(Protocol):
    """Where sealed files are; durable when `put` returns."""

    def put(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> int:
        """Write a new file and return its size; Conflict when the name is taken."""

    def open(self, name: str) -> Blob:
        """Open a file; NotFound when absent."""

    def delete(self, name: str) -> bool:
        """Delete a file; False when there was none."""


class LogKeys(Macs, Sealing, Opening, Deleting, LivingEpochs, Protocol):
    """The part of the keyring that logs use."""


class TokenVault(Protocol):
    """The part of the vault that logs use."""

    def intern(
        self,
        client: ClientId,
        epoch: int,
        kinds: Sequence[int],
        raws: Sequence[bytes],
        canons: Sequence[bytes | None],
    ) -> Interned:
        """Look up or draw the tokens of many values, durable when it returns."""

    def commit_only(
        self, client: ClientId, epoch: int, kinds: Sequence[int], raws: Sequence[bytes]
    ) -> Bytes:
        """Commit to values whose names are dropped at once."""

    def open(
        self, tx: Tx, grant: Grant, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> tuple[Value | None, ...]:
        """Open values, one opening of the grant each; None where nothing is held."""

    def erased(self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]) -> bool:
        """Tell whether each of these was held once and erased."""


class Seeking(Protocol):
    """The part of the vault that searching uses."""

    def find(
        self, tx: Tx, client: ClientId, sought: Sequence[Sought]
    ) -> Mapping[int, tuple[HeldValue, ...]]:
        """Find values in all living epochs, by epoch; absent ones are simply not there."""

    def open(
        self, tx: Tx, grant: Grant, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> tuple[Value | None, ...]:
        """Open values, one opening of the grant each; None where nothing is held."""


class Forgetting(Protocol):
    """The part of the vault that erasing uses; it opens nothing."""

    def find(
        self, tx: Tx, client: ClientId, sought: Sequence[Sought]
    ) -> Mapping[int, tuple[HeldValue, ...]]:
        """Find values in all living epochs, by epoch; absent ones are simply not there."""

    def erase(self, tx: Tx, client: ClientId, sought: Sequence[Sought]) -> Pending:
        """Erase values in every living epoch, all their spellings; final at the next turn."""


class Door(Protocol):
    """The part of the monitor that logs use."""

    def admit(
        self,
        who: Principal,
        *,
        act: str,
        client: ClientId,
        purpose: str | None,
        scopes: tuple[Scope, ...],
        count: int,
        body: Mapping[str, str],
        subject: Mapping[str, str] | None,
        wait: bool = False,
    ) -> Grant | Denial:
        """Decide, record, grant."""

    def outcome(self, tx: Tx, grant: Grant, result: str, body: Mapping[str, str]) -> object:
        """Record what became of it."""


class Changing(Door, Protocol):
    """The part of the monitor that ending months uses: what is asked for confers power."""

    def change(self, fn: Callable[[Tx], T]) -> T:
        """Run a change of rows that confer power."""


class EndingRows(Protocol):
    """Who asks to end which keys."""

    def of_client(self, tx: Tx, client: ClientId) -> Sequence[EndingRow]:
        """Return a client's rows, by month; verified by nobody yet."""

    def put(self, tx: Tx, row: EndingRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""


class MonthKeys(Macs, Protocol):
    """The part of the keyring that ending months uses."""

    @property
    def provider(self) -> ClientId:
        """The provider's own client id."""

    def epochs(self, tx: Tx, client: ClientId) -> tuple[Custodied, ...]:
        """Say which keys of which epochs live, the oldest epoch first."""

    def destroy_epoch(self, tx: Tx, client: ClientId, epoch: int, *, text: bool = False) -> Pending:
        """End the names and the vault of an epoch, and with `text` all of it."""

    def destroy(self, tx: Tx, refs: Sequence[Ref]) -> Pending:
        """Destroy leaf keys; final at the turn."""

    def announce(self, pending: Pending) -> None:
        """Leave the ids of ended keys with the custodians."""

    def generation(self, tx: Tx) -> int:
        """Return the generation being written."""


class MonthRows(Protocol):
    """What is counted of logs, and what ends with a month under a key of its own."""

    def by_epoch(self, tx: Tx, client: ClientId) -> Mapping[int, tuple[int, int, int]]:
        """Count batches, lines and received bytes, by epoch."""

    def parts_of(
        self, tx: Tx, client: ClientId, epoch: int, part: SegmentPart, limit: int
    ) -> Sequence[PartRow]:
        """Return objects of one sort of the batches of an epoch; -1 is no limit."""

    def drop_parts(self, tx: Tx, rows: Sequence[PartRow]) -> None:
        """Delete the rows of objects."""


class TermRows(MonthRows, Protocol):
    """What has a term of its own, and what is left of a month whose keys have ended."""

    def over(self, tx: Tx, client: ClientId, now_ms: int, limit: int) -> Sequence[PartRow]:
        """Return objects of batches whose term has passed."""

    def runs(self, tx: Tx, client: ClientId, epoch: int) -> Sequence[RunRow]:
        """Return the index runs of an epoch, all streams."""

    def drop_runs(self, tx: Tx, client: ClientId, runs: Iterable[BlobId]) -> None:
        """Delete the rows of runs."""

    def forget_identities(self, tx: Tx, client: ClientId, before_ms: int, limit: int) -> int:
        """Drop what recognises batches received before a moment; return of how many."""


class Remembering(Protocol):
    """The part of the vault that ending months uses."""

    def counts(self, tx: Tx, client: ClientId) -> Mapping[int, int]:
        """Count the values that are held, by epoch."""

    def clear_cache(self, client: ClientId) -> None:
        """Empty the memory of a client."""


class Recorder(Protocol):
    """The part of the ledger that logs use: each batch is an entry of its own."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append an entry; it is recorded when the unit of work around it is durable."""


ClientFinder = Callable[[Principal, str], ClientId]
"""Finds a client by its label, for who asks; NotFound when there is none or it is not theirs."""

Finality = Callable[[int], Erasure]
"""Says when, and how surely, what is deleted while a generation is written will be gone."""
