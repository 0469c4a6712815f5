"""The acts on logs: the request's type is the act."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from bailee import errors
from bailee.errors import PartlyDone
from bailee.ids import BatchId, ClientId, StreamId
from bailee.keys.model import Erasure
from bailee.limits import REASON_BYTES
from bailee.logs.pieces import Piece, Placeholder
from bailee.logs.state import EndingStep, Life
from bailee.logs.token import TokenRef


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestLog:
    """Take a log into custody; the source comes beside.

    `origin` is needed for a new stream; `epoch` (YYYY-MM) declares the month of imported history;
    `keep_secrets` keeps secrets sealed for 30 days, for a reason that must be given.
    """

    act: ClassVar[str] = "log:ingest"
    client: str
    stream: str
    origin: str | None = None
    zone: str | None = None
    epoch: str | None = None
    keep_secrets: bool = False
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What was taken in: of one source, from `start` to `end`."""

    stream: StreamId
    new_stream: bool
    origin: str
    zone: str
    epoch: int
    names: bool
    """False when the declared month is older than identifiers are kept: they were dropped."""
    start: int
    end: int
    lines: int
    values: int
    batches: tuple[BatchId, ...]
    repeated: int
    """Batches that had been taken in before, and were not again."""
    secrets: Mapping[str, int]
    """Secrets that became a constant, by rule."""
    broke: PartlyDone | None = None
    """Why the source ended before its end; the batches before that stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLog:
    """Give bytes back as they were received: of a batch, of a stream, or of one source of it.

    A stream's sources follow one another as they first came in.  Each batch is an entry.
    """

    act: ClassVar[str] = "log:export"
    client: str
    batch: str | None = None
    stream: str | None = None
    source: str | None = None
    """The address of a source of the stream, as it was when it was taken in."""
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogExported:
    """Received bytes on their way out, a block at a time; an outcome follows each batch."""

    batches: tuple[BatchId, ...]
    lines: int
    size_bytes: int
    chunks: Iterator[memoryview]


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseLog:
    """Erase one value from what logs hold: in every month, under every kind and spelling."""

    act: ClassVar[str] = "log:erase"
    client: str
    about: bytes = field(repr=False)
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogErased:
    """What was held of the value, and when it will be gone from every older copy."""

    kinds: Mapping[str, int]
    months: tuple[int, ...]
    erasure: Erasure


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLog:
    """Show lines, tokens in the place of identifiers: by stream, time, text and person.

    `about` is one identifier, which never stands in an argument; it needs a purpose.  `lines` is
    how many are shown, `count` asks for their number alone.
    """

    act: ClassVar[str] = "log:search"
    client: str
    stream: str | None = None
    from_ns: int | None = None
    to_ns: int | None = None
    text: str | None = field(default=None, repr=False)
    about: bytes | None = field(default=None, repr=False)
    lines: int = 1_000
    count: bool = False
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """One line, as structure; `line` counts from 1 within its batch."""

    time_ns: int
    stream: str
    severity: int
    """Of OpenTelemetry's scale; 0 when it was not recognised."""
    body: tuple[Piece, ...] = field(repr=False)
    batch: BatchId
    line: int
    epoch: int

    @property
    def tokens(self) -> tuple[TokenRef, ...]:
        """The tokens of the line, each once, in order."""
        held = (one.token for one in self.body if isinstance(one, Placeholder))
        return tuple(
            TokenRef(epoch=self.epoch, token=token) for token in dict.fromkeys(held) if token
        )


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a search has met so far; whole once its lines have been taken."""

    lines: int = 0
    batches: int = 0
    """In which lines were found."""
    values: int = 0
    """Values of the person asked about, over all months; 0 also when nobody was."""
    ended: int = 0
    """Batches in the way whose text has ended."""
    more: bool = False
    """Whether there were more lines than were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesFound:
    """Lines on their way, in order of receipt; the outcome follows the last."""

    lines: Iterator[FoundLine]
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealLog:
    """Open identifiers by their tokens."""

    act: ClassVar[str] = "log:reveal"
    client: str
    values: tuple[TokenRef, ...]
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """What was opened; a token whose value was erased, or never was, is not in it."""

    values: Mapping[TokenRef, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEpochs:
    """Show the months of custody: what of each lives, and until when."""

    act: ClassVar[str] = "epoch:list"
    client: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfMonth:
    """How a month's keys of one sort stand."""

    life: Life
    until_ms: int
    """When they reach their horizon."""
    asked_from_ms: int | None = None
    """Somebody asks to end them: from when on another may agree."""
    asked_until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One epoch of a client."""

    epoch: int
    names: PartOfMonth
    text: PartOfMonth
    values: int
    batches: int
    lines: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveLog:
    """Make the receipt of one line, counted from 1 within its batch.

    `open` are tokens of values that the receipt opens; that needs a purpose beyond verification.
    """

    act: ClassVar[str] = "log:prove"
    client: str
    batch: str
    line: int
    open: tuple[str, ...] = ()
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProved:
    """The receipt, which `bailee verify` judges; `opened` is how many values it opens."""

    batch: BatchId
    line: int
    opened: int
    receipt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyEpoch:
    """End keys of a month: ask for it, agree to it, or take it back.

    `part` is names or text, and text ends the names as well; without a month, all that is beyond
    its horizon, and without a client that of all.
    """

    act: ClassVar[str] = "epoch:destroy"
    client: str | None = None
    epoch: str | None = None
    part: str | None = None
    withdraw: bool = False
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a call did about one month's keys of one sort."""

    client: ClientId
    epoch: int
    part: str
    step: EndingStep
    due_ms: int
    from_ms: int | None = None
    """From when on somebody else may agree, and until when."""
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochDestroyed:
    """What became of each; `erasure` says when what was ended is gone from older copies too."""

    endings: tuple[Ending, ...]
    erasure: Erasure


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStreams:
    """Show the streams of a client and how much of what came in."""

    act: ClassVar[str] = "stream:list"
    client: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamListed:
    """One stream."""

    stream: StreamId
    label: str
    origin: str
    zone: str
    batches: int
    lines: int
    size_bytes: int
    first_ns: int | None
    """The earliest time of a line; None where nothing has come in."""
    last_ns: int | None
    days: Mapping[int, Mapping[int, int]]
    """How many of each kind by day since 1970; kind 0 stands for lines."""
    ended: int
    """Batches whose text has ended, and whose counts with it."""


def subject_of(reason: str | None, **names: str) -> Mapping[str, str] | None:
    """Return what an entry's subject says of a request; None when it says nothing."""
    if reason is not None:
        if len(reason.encode()) > REASON_BYTES:
            raise errors.LimitExceeded("errors_logs.reason-length", limit=REASON_BYTES)
        names["reason"] = reason
    return names or None
