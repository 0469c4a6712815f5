"""The acts on logs: the request's type is the act."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from bailee.ids import BatchId, StreamId


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLogs:
    """Give the bytes of one batch back as they were received."""

    act: ClassVar[str] = "log:export"
    client: str
    batch: str
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Received bytes on their way out, a block at a time; the outcome follows the last."""

    batch: BatchId
    lines: int
    chunks: Iterator[memoryview]
