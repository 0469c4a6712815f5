"""The acts on logs, on their streams and on the months of their custody."""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol, Self

from bailee import errors
from bailee.act import Client, Download, Facts, Is, Param, Purpose, Reason, Request, Upload
from bailee.errors import PartlyDone
from bailee.ids import BatchId, ClientId, StreamId
from bailee.keyring.model import Erasure
from bailee.logs.facts import under, within
from bailee.logs.pieces import Piece, Placeholder
from bailee.logs.steps import EndingStep, Life
from bailee.logs.tally import Order, Tally
from bailee.logs.times import LineTimes
from bailee.logs.token import TokenRef
from bailee.seal.port import Chunk

_Stream = Annotated[str, Param(kind=Is.LABEL, help="ingest.help_stream", metavar="NAME")]
_Origin = Annotated[str | None, Param(kind=Is.WORD, help="ingest.help_origin", metavar="ORIGIN")]
_Zone = Annotated[
    str | None, Param(kind=Is.WORD, help="ingest.help_zone", option="--tz", metavar="ZONE")
]
_Epoch = Annotated[str | None, Param(kind=Is.WORD, help="ingest.help_epoch", metavar="YYYY-MM")]
_KeepSecrets = Annotated[bool, Param(kind=Is.FLAG, help="ingest.help_secrets", typed=False)]
_Batch = Annotated[str | None, Param(kind=Is.ID, help="ingest.help_batch", metavar="BATCH")]
_OfStream = Annotated[
    str | None, Param(kind=Is.LABEL, help="ingest.help_of_stream", metavar="NAME")
]
_Source = Annotated[str | None, Param(kind=Is.PLACE, help="ingest.help_source", metavar="PATH")]
_About = Annotated[bytes, Param(kind=Is.PERSONAL, help="help.about")]
_AboutOrNot = Annotated[bytes | None, Param(kind=Is.PERSONAL, help="search.help_about")]
_InStream = Annotated[str | None, Param(kind=Is.LABEL, help="search.help_stream", metavar="LABEL")]
_Text = Annotated[str | None, Param(kind=Is.TEXT, help="search.help_text", metavar="TEXT|@FILE|-")]
_From = Annotated[
    int | None,
    Param(kind=Is.MOMENT, help="search.help_from", option="--from", metavar="MOMENT"),
]
_To = Annotated[
    int | None, Param(kind=Is.MOMENT, help="search.help_to", option="--to", metavar="MOMENT")
]
_Limit = Annotated[
    int, Param(kind=Is.COUNT, help="search.help_limit", option="--limit", metavar="N")
]
_Count = Annotated[bool, Param(kind=Is.FLAG, help="search.help_count")]
_Order = Annotated[str, Param(kind=Is.WORD, help="search.help_order", words=("time", "received"))]
_Tokens = Annotated[tuple[TokenRef, ...], Param(kind=Is.ID, help="search.help_reveal", typed=False)]
_OneBatch = Annotated[str, Param(kind=Is.ID, help="prove.help_batch", metavar="BATCH")]
_Line = Annotated[int, Param(kind=Is.COUNT, help="prove.help_line", metavar="N")]
_Open = Annotated[tuple[str, ...], Param(kind=Is.ID, help="prove.help_open", metavar="TOKEN")]
_KeepEvidence = Annotated[
    str | None, Param(kind=Is.WORD, help="ending.help_keep_evidence", metavar="LAW")
]
_ClientOrAll = Annotated[
    str | None, Param(kind=Is.LABEL, help="help.epoch_client", metavar="LABEL")
]
_OfEpoch = Annotated[
    str | None, Param(kind=Is.WORD, help="help.epoch_month", option="--epoch", metavar="YYYY-MM")
]
_Part = Annotated[
    str | None,
    Param(kind=Is.WORD, help="help.epoch", words=("names", "text"), flags=True),
]
_Due = Annotated[bool, Param(kind=Is.FLAG, help="help.epoch_due")]
_Withdraw = Annotated[bool, Param(kind=Is.FLAG, help="help.epoch_withdraw")]

_STEP_KEY = re.compile(r"e([0-9]{6})\.(names|text)")
"""The key of a step in a body: an epoch and which of its keys."""


class LogSource(Protocol):
    """Log source: where lines come from: a file, standard input, a socket."""

    @property
    def address(self) -> str:
        """What it is called where it lies; goes only where it can be forgotten."""

    @property
    def lasting(self) -> bool:
        """Whether it can be read again from any offset: then a later ingest continues it."""

    def read(self, offset: int) -> Iterator[Chunk]:
        """Yield its bytes, decompressed, from an offset to the end; PartlyDone when it breaks."""

    def taken(self, end: int) -> None:
        """Take note that everything up to an offset is durable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """Ingested: what was taken in of one source, from `start` to `end`, in received bytes."""

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
    times: LineTimes
    foreign: int = 0
    """Lines in another encoding than the source, which no rule reads."""
    ended: bool = True
    """Whether its last line has a newline; a line that has none may go on later."""
    likened: bool = False
    """Whether what was held before was known by its times alone, under another name."""
    doubted: bool = False
    """Whether lines of it may have been held before, and can be compared no more."""
    broke: PartlyDone | None = None
    """Why the source ended before its end; the batches before that stand."""


class IngestLog(Upload[Ingested, LogSource], act="log:ingest", implied=Purpose.SERVICE):
    """Take a log into custody; the source comes beside.

    `origin` is needed for a new stream; `epoch` (YYYY-MM) declares the month of imported history;
    `keep_secrets` keeps secrets sealed for 30 days, for a reason that must be given.
    """

    client: Client
    stream: _Stream
    origin: _Origin = None
    zone: _Zone = None
    epoch: _Epoch = None
    keep_secrets: _KeepSecrets = False
    reason: Reason = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """Found line: one line, as structure; `line` counts from 1 within its batch."""

    time_ns: int
    stream: str
    severity: int
    """Of OpenTelemetry's scale; 0 when it was not recognised."""
    body: tuple[Piece, ...] = field(repr=False)
    batch: BatchId
    line: int
    epoch: int
    inherited: bool = False
    """Whether its time is that of another line, or of its receipt, for it gave none."""

    @property
    def tokens(self) -> tuple[TokenRef, ...]:
        """The tokens of the line, each once, in order."""
        held = (one.token for one in self.body if isinstance(one, Placeholder))
        return tuple(
            TokenRef(epoch=self.epoch, token=token) for token in dict.fromkeys(held) if token
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesFound:
    """Lines found: lines on their way, in the order asked for; the outcome follows the last."""

    lines: Generator[FoundLine, None, None] = field(repr=False)
    tally: Tally
    forms: Mapping[str, int] = field(default_factory=dict)
    """How many forms were looked for, by kind, of whoever was asked about."""


class SearchLog(Download[LinesFound], act="log:search", implied=Purpose.SERVICE):
    """Show lines, tokens in the place of identifiers: by stream, time, text and person.

    `about` is one identifier, which never stands in an argument; it needs a purpose.  `lines` is
    how many are shown, `count` asks for their number alone.
    """

    client: Client
    stream: _InStream = None
    text: _Text = None
    about: _AboutOrNot = None
    from_ns: _From = None
    to_ns: _To = None
    lines: _Limit = 1_000
    count: _Count = False
    order: _Order = Order.TIME.value
    reason: Reason = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """What was opened; a token whose value was erased, or never was, is not in it."""

    values: Mapping[TokenRef, bytes] = field(repr=False)


class RevealLog(Request[Revealed], act="log:reveal"):
    """Open identifiers by their tokens."""

    client: Client
    values: _Tokens
    reason: Reason = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfMonth:
    """How a month's keys of one sort stand."""

    life: Life
    until_ms: int
    """When they reach their horizon."""
    sooner_ms: int = 0
    """By how much that is before the term of what was really in custody."""
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


class ListEpochs(Request[Sequence[Month]], act="epoch:list", implied=Purpose.SERVICE):
    """Show the months of custody: what of each lives, and until when."""

    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProved:
    """The receipt, which `bailee verify` checks; `opened` is how many values it opens."""

    batch: BatchId
    line: int
    opened: int
    receipt: bytes = field(repr=False)


class ProveLog(Request[LineProved], act="log:prove", implied=Purpose.VERIFICATION):
    """Make the receipt of one line, counted from 1 within its batch.

    `open` are tokens of values that the receipt opens; that needs a purpose beyond verification.
    """

    client: Client
    batch: _OneBatch
    line: _Line
    open: _Open = ()
    reason: Reason = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogExported:
    """Received bytes on their way out, a block at a time; an outcome follows each batch."""

    batches: tuple[BatchId, ...]
    lines: int
    size_bytes: int
    chunks: Generator[memoryview, None, None] = field(repr=False)


class ExportLog(Download[LogExported], act="log:export", waits=True):
    """Give bytes back as they were received: of a batch, of a stream, or of one source of it.

    A stream's sources follow one another as they first came in.  Each batch is an entry.
    """

    client: Client
    batch: _Batch = None
    stream: _OfStream = None
    source: _Source = None
    reason: Reason = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogErased:
    """What was held of the value, and when it will be gone from every older copy."""

    kinds: Mapping[str, int]
    months: tuple[int, ...]
    forms: Mapping[str, int]
    """How many forms were looked for, by kind."""
    doubtful: int
    """Values left alone, for they may be another person's: numbers without their country."""
    erasure: Erasure
    searches: int
    """Searches for the value of which it was forgotten whom they were about."""
    kept_by: str | None
    """By which law that was kept instead, until its term."""
    term_days: int


class EraseLog(Request[LogErased], act="log:erase", waits=True):
    """Erase one value from what logs hold: in every month, under every kind and spelling.

    Who searched for it before is kept on record, but not that it was for this value; unless
    `keep_evidence` names a law of the policies, by which that is kept until its term.
    """

    client: Client
    about: _About
    keep_evidence: _KeepEvidence = None
    reason: Reason = None


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


class DestroyEpoch(
    Request[EpochDestroyed], act="epoch:destroy", implied=Purpose.RETENTION, waits=True
):
    """End keys of a month: ask for it, agree to it, or take it back.

    `part` is names or text, and text ends the names as well; with `due` and without a month, all
    that is beyond its horizon, and without a client that of all.
    """

    client: _ClientOrAll = None
    epoch: _OfEpoch = None
    part: _Part = None
    due: _Due = False
    withdraw: _Withdraw = False
    reason: Reason = None


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


class ListStreams(
    Request[Sequence[StreamListed]],
    act="stream:list",
    implied=Purpose.SERVICE,
    command="log streams",
):
    """Show the streams of a client and how much of what came in."""

    client: Client


class IngestedFacts(Facts):
    """What the ledger records of a source that was taken in; each batch is an entry beside."""

    stream: StreamId
    batches: int
    repeated: int
    lines: int
    bytes: int


class LogExportedFacts(Facts):
    """What the ledger records of one batch that was given back; the entry has which."""

    bytes: int


class LogErasedFacts(Facts):
    """What the ledger records of an erasure: how many values of each kind, and never whose."""

    months: int
    values: int
    kinds: Mapping[str, int]
    searches: int = 0

    def facts(self) -> dict[str, str]:
        """Write them as a body holds them: each kind under `kind`."""
        kinds = {kind: str(count) for kind, count in self.kinds.items()}
        counts = _ErasedCounts(months=self.months, values=self.values, searches=self.searches)
        return {**counts.facts(), **under("kind", kinds)}

    @classmethod
    def parse(cls, body: Mapping[str, str]) -> Self:
        """Read them from a body; Damaged when one is missing or malformed."""
        counted = _ErasedCounts.parse(body)
        try:
            kinds = {kind: int(count) for kind, count in within("kind", body).items()}
        except ValueError:
            raise errors.Damaged("errors_ledger.facts-malformed") from None
        return cls(
            months=counted.months, values=counted.values, kinds=kinds, searches=counted.searches
        )


class _ErasedCounts(Facts):
    months: int
    values: int
    searches: int = 0


class SearchesForgottenFacts(Facts):
    """What the ledger records of a further stretch of a long ledger that an erasure looked at."""

    searches: int


class LogSearchedFacts(Facts):
    """What the ledger records of a search: how much was seen, and never for what."""

    lines: int
    batches: int
    values: int


class LogRevealedFacts(Facts):
    """What the ledger records of identifiers that were opened; the entry has which."""

    opened: int


class EpochsFacts(Facts):
    """What the ledger records of months that were listed."""

    months: int


class LineProvedFacts(Facts):
    """What the ledger records of a receipt that was made: its size."""

    bytes: int


class EpochDestroyedFacts(Facts):
    """What the ledger records of an attempt to end months: what became of each, by its keys.

    `months` counts all; of very many, `steps` has only those that ended.
    """

    months: int
    steps: Mapping[tuple[int, str], EndingStep]

    def facts(self) -> dict[str, str]:
        """Write them as a body holds them: `e202606.names` for the names of June 2026."""
        steps = {f"e{epoch}.{part}": str(step) for (epoch, part), step in self.steps.items()}
        return {"months": str(self.months), **steps}

    @classmethod
    def parse(cls, body: Mapping[str, str]) -> Self:
        """Read them from a body; Damaged when one is missing or malformed."""
        found = ((_STEP_KEY.fullmatch(key), word) for key, word in body.items())
        try:
            steps = {(int(key[1]), key[2]): EndingStep(word) for key, word in found if key}
        except ValueError:
            raise errors.Damaged("errors_ledger.facts-malformed") from None
        return cls(months=EpochsFacts.parse(body).months, steps=steps)


class StreamsFacts(Facts):
    """What the ledger records of streams that were listed, a slice of their batches at a time."""

    streams: int
    batches: int
