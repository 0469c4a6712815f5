"""Ports of logs: rows in a transaction, and narrow parts of keyring and ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from bailee.ids import BatchId, BlobId, ClientId, EntryId, SourceId, StreamId
from bailee.keyring.model import Erasure, Pending, ValueRow
from bailee.keyring.port import Deleting, LivingEpochs, Macs, Opening, Sealing
from bailee.keyring.vault.access import VaultKeys
from bailee.ledger.model import EntryDraft, Recorded
from bailee.logs.model import BatchRow, PartRow, RunRow, SegmentPart, SourceRow, StreamRow
from bailee.logs.window import Window
from bailee.work import Tx


class LogRows(Protocol):
    """Log rows: rows of streams, sources, batches, their objects and index runs."""

    # Asked before an answer says that something is not there: rows can be taken away by whoever
    # writes the database.
    def require_whole(self, tx: Tx, client: ClientId) -> None:
        """Return if no stream, batch, run or key of a month is missing; else Damaged."""

    def require_findable(
        self, tx: Tx, client: ClientId, window: Window | None, *, streams: bool
    ) -> None:
        """Return if no run, no batch with lines in a window and no stream is missing.

        Else Damaged.  Without a window no batch is compared, and streams only where told to.
        """

    def require_parts(
        self, tx: Tx, client: ClientId, batches: Iterable[BatchId] | None = None
    ) -> None:
        """Return if no object of these batches is missing, or of none of a client; else Damaged."""

    def stream(self, tx: Tx, client: ClientId, label_key: bytes) -> StreamRow | None:
        """Find a stream by its keyed label."""

    def streams(self, tx: Tx, client: ClientId) -> Sequence[StreamRow]:
        """Return all streams of a client."""

    def add_stream(self, tx: Tx, row: StreamRow) -> None:
        """Insert a stream; Conflict when the label is taken."""

    def sources(self, tx: Tx, client: ClientId, address_key: bytes) -> Sequence[SourceRow]:
        """Return the sources known under an address."""

    def source(self, tx: Tx, client: ClientId, source: SourceId) -> SourceRow | None:
        """Find one source."""

    def put_source(self, tx: Tx, row: SourceRow) -> None:
        """Insert a source, or leave the one that is there."""

    def batch(self, tx: Tx, client: ClientId, batch: BatchId) -> BatchRow | None:
        """Find one batch."""

    def by_identity(self, tx: Tx, client: ClientId, identities: Sequence[bytes]) -> BatchRow | None:
        """Find the batch that the same bytes became before, by any of these tags."""

    def batches(self, tx: Tx, client: ClientId) -> Sequence[BatchRow]:
        """Return all batches of a client, in order of receipt."""

    def count(self, tx: Tx, client: ClientId) -> int:
        """Count the batches of a client."""

    def within(
        self, tx: Tx, client: ClientId, stream: StreamId | None, window: Window
    ) -> Sequence[BatchRow]:
        """Return the batches that may have lines in a window, of a stream or all, as received."""

    def named(self, tx: Tx, client: ClientId, batches: Iterable[BatchId]) -> Sequence[BatchRow]:
        """Return these batches, those that are there, as received; Damaged where one is another."""

    def unplaced(self, tx: Tx, client: ClientId, stream: StreamId | None) -> tuple[int, int]:
        """Count the lines that only their receipt dates, and the batches that do not tell.

        Of one stream, or of all.
        """

    def of_stream(self, tx: Tx, client: ClientId, stream: StreamId) -> Sequence[BatchRow]:
        """Return the batches of a stream, in order of receipt."""

    def of_source(self, tx: Tx, client: ClientId, source: SourceId) -> Sequence[BatchRow]:
        """Return the batches of a source, in order."""

    def add_batch(self, tx: Tx, row: BatchRow) -> None:
        """Insert a batch."""

    def parts(self, tx: Tx, client: ClientId, batch: BatchId) -> Mapping[SegmentPart, PartRow]:
        """Return the objects of a batch."""

    def parts_of_all(
        self, tx: Tx, client: ClientId, batches: Sequence[BatchId]
    ) -> Mapping[BatchId, Mapping[SegmentPart, PartRow]]:
        """Return the objects of these batches, those of each that are there."""

    def texts(self, tx: Tx, client: ClientId) -> Mapping[BatchId, PartRow]:
        """Return the rows of the redacted texts of a client, by batch."""

    def add_part(self, tx: Tx, row: PartRow) -> None:
        """Insert an object of a batch."""

    def add_run(self, tx: Tx, row: RunRow) -> None:
        """Insert an index run."""

    def all_runs(self, tx: Tx, client: ClientId) -> Sequence[RunRow]:
        """Return all index runs of a client."""

    def runs(self, tx: Tx, client: ClientId, epoch: int) -> Sequence[RunRow]:
        """Return the index runs of an epoch, all streams."""

    def drop_runs(self, tx: Tx, client: ClientId, runs: Iterable[BlobId]) -> None:
        """Delete runs that a merged one replaces."""


class SegmentKeys(Sealing, Opening, LivingEpochs, Protocol):
    """The part of the keyring that seals objects of logs, and opens them against a grant."""


class ReceiptKeys(Protocol):
    """The part of the keyring that tags what was received, by month; it opens no value."""

    def vault(self, tx: Tx, client: ClientId, epoch: int) -> VaultKeys | None:
        """Return what finds and seals in a vault; None when it has no living key."""

    def new_vault(self, tx: Tx, client: ClientId, epoch: int) -> None:
        """Make the vault key of an epoch that has none; Conflict when its names were ended."""


class BatchKeys(Macs, Sealing, ReceiptKeys, Protocol):
    """The part of the keyring that a batch is committed with; it opens nothing."""


class LogKeys(BatchKeys, Opening, Deleting, LivingEpochs, Protocol):
    """The part of the keyring that taking in, searching and exporting use."""


class MonthKeys(Macs, Deleting, LivingEpochs, Protocol):
    """The part of the keyring that ends months; it opens nothing."""

    @property
    def provider(self) -> ClientId:
        """The provider's own client id."""

    def destroy_epoch(self, tx: Tx, client: ClientId, epoch: int, *, text: bool = False) -> Pending:
        """End the keys of an epoch's identifiers and vault, with `text` those of its text too."""

    def generation(self, tx: Tx) -> int:
        """Return the generation being written."""


class MonthRows(Protocol):
    """Month rows: counts of logs by month, and objects that end with a month."""

    def require_whole(self, tx: Tx, client: ClientId) -> None:
        """Return if no stream, batch, run or key of a month is missing; else Damaged."""

    def require_months(self, tx: Tx, client: ClientId) -> None:
        """Return if no key of a month is missing; else Damaged."""

    def by_epoch(self, tx: Tx, client: ClientId) -> Mapping[int, tuple[int, int, int]]:
        """Count batches, lines and received bytes (each batch's rounded up), by epoch."""

    def taken_after(self, tx: Tx, client: ClientId) -> Mapping[int, int]:
        """Return the latest time of an entry before a batch of its own month, by month.

        In milliseconds; batches of a month that was declared do not count.
        """

    def parts_of(
        self, tx: Tx, client: ClientId, epoch: int, part: SegmentPart, limit: int
    ) -> Sequence[PartRow]:
        """Return objects of one part of the batches of an epoch; a limit of -1 is none."""

    def drop_parts(self, tx: Tx, rows: Sequence[PartRow]) -> None:
        """Delete the rows of objects."""


class TermRows(MonthRows, Protocol):
    """Term rows: what has a term of its own, and what is left of a month whose keys have ended."""

    def over(self, tx: Tx, client: ClientId, now_ms: int, limit: int) -> Sequence[PartRow]:
        """Return objects of batches whose term has passed."""

    def runs(self, tx: Tx, client: ClientId, epoch: int) -> Sequence[RunRow]:
        """Return the index runs of an epoch, all streams."""

    def drop_runs(self, tx: Tx, client: ClientId, runs: Iterable[BlobId]) -> None:
        """Delete the rows of runs."""

    def forget_identities(self, tx: Tx, client: ClientId, before_ms: int, limit: int) -> int:
        """Drop the keyed tags of batches received before a moment; return of how many."""


class AuditedLogRows(Protocol):
    """The rows of logs, as an audit reads them."""

    def taken_after(self, tx: Tx, client: ClientId) -> Mapping[int, int]:
        """Return the latest time of an entry before a batch of its own month, by month."""

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


class AuditedVaultRows(Protocol):
    """The rows of the vaults, as an audit reads them."""

    def values(
        self, tx: Tx, client: ClientId, epoch: int, tokens: Sequence[bytes]
    ) -> Mapping[bytes, ValueRow]:
        """Return vault rows by token, erased ones too."""


class LogInspection(Protocol):
    """What only an audit asks of the rows of logs and of vaults."""

    def orphan_values(self, tx: Tx) -> int:
        """Count rows of vaults, and of their indexes, whose key is gone or never was."""

    def orphan_batches(self, tx: Tx) -> Sequence[tuple[str, str]]:
        """Name (table, id) of rows of logs that hang on nothing, or on no entry."""


class Recorder(Protocol):
    """The part of the ledger that logs use: each batch is an entry of its own."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append an entry; it is recorded when the unit of work around it is durable."""


class TermRecorder(Recorder, Protocol):
    """Term recorder: the part of the ledger that has a term for subjects of entries."""

    def forget_older(
        self, tx: Tx, client: ClientId, start: int, before_ms: int
    ) -> tuple[int, Pending] | None:
        """Forget some subjects of before a moment; None when there are no more from an index on."""


class SubjectRecorder(Protocol):
    """Subject recorder: the part of the ledger by which an erasure forgets searches."""

    def forget_subjects(
        self, tx: Tx, client: ClientId, entries: Sequence[EntryId]
    ) -> Pending | None:
        """Forget whom these entries name; announce what is returned."""


Finality = Callable[[int], Erasure]
"""Finality: when what is deleted during a generation of keys is final, and how surely."""
