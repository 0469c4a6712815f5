"""The acts on logs: the request's type is the act."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from bailee.errors import PartlyDone
from bailee.ids import BatchId, StreamId
from bailee.keys.model import Erasure


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
class ExportLogs:
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
class Exported:
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
