"""The act of pushing lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from bailee.act import Client, Is, Param, Purpose, Upload
from bailee.ids import BatchId, StreamId
from bailee.seal.port import Chunk

_Stream = Annotated[str, Param(kind=Is.LABEL, help="push.help_stream", metavar="NAME|ID")]
_Origin = Annotated[str | None, Param(kind=Is.WORD, help="ingest.help_origin", metavar="ORIGIN")]
_Zone = Annotated[
    str | None, Param(kind=Is.WORD, help="ingest.help_zone", option="--tz", metavar="ZONE")
]
_Source = Annotated[str | None, Param(kind=Is.TEXT, help="push.help_source", metavar="NAME")]
_Start = Annotated[
    int | None, Param(kind=Is.COUNT, help="push.help_start", metavar="N", least=0, typed=False)
]
_Position = Annotated[
    int | None, Param(kind=Is.COUNT, help="push.help_position", metavar="N", least=0, typed=False)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesPushed:
    """Lines pushed: they are durable, now or since an earlier push that was the same."""

    stream: StreamId
    batches: tuple[BatchId, ...]
    """What they became; none where they were there already, or nothing was sent."""
    size_bytes: int
    repeated: bool
    """Whether they were there already, as the position of their source says."""
    position: int | None
    """How far their source was taken in; None of lines whose source was not named."""


class PushLines(Upload[LinesPushed, Iterable[Chunk]], act="log:push", implied=Purpose.SERVICE):
    """Take lines into custody as they come; answered once they are durable.

    `position` is where in `source` they end, in whatever it counts: what is sent again with it has
    no second effect.  With `start`, they are taken only where the source was left.  Without lines
    and without a position it asks how far the source was taken in.
    """

    client: Client
    stream: _Stream
    origin: _Origin = None
    zone: _Zone = None
    source: _Source = None
    start: _Start = None
    position: _Position = None
