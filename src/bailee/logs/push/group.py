"""Group: several pushes as one source of lines, and which of them are there already.

What is known is decided once the group has the scanner to itself: the marks that it reads are those
that all earlier groups left.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import final

from bailee import errors
from bailee.act import Refused
from bailee.ids import BatchId, StreamId
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.logs.push.marks import Marks
from bailee.work import Tx

_NEWLINE = b"\n"
_NAMES_SHOWN = 4
"""Names of sources that an entry has of one batch: what an entry holds is bounded."""


@dataclass(eq=False, slots=True, kw_only=True)
class Pushed:
    """Pushed: one push, and what became of it; `end` is where it ends among those of its group."""

    request: PushLines
    data: bytes = field(repr=False)
    end: int | None = None
    """None until it is taken; it is never set for one that is known, or takes nothing."""
    repeated: bool = False
    durable: bool = False
    position: int | None = None
    batches: dict[BatchId, None] = field(default_factory=dict)
    stream: StreamId | None = None
    error: errors.BaileeError | Refused | None = None

    def answer(self) -> LinesPushed:
        """Answer it, once its group is done."""
        if self.stream is None:
            # Whoever did the group was interrupted: nobody knows how far it came.
            raise errors.OutcomeUnknown("errors_push.unknown")
        taken = self.end is not None
        return LinesPushed(
            stream=self.stream,
            batches=tuple(self.batches) if taken else (),
            size_bytes=len(self.data) if taken else 0,
            repeated=self.repeated,
            position=self.position,
        )


@final
class PushSource:
    """Push source: the lines of a group, one push after another; `logs.acts.LogSource`."""

    lasting = False

    def __init__(
        self, pushes: list[Pushed], read: Callable[[set[str]], Mapping[str, int]], marks: Marks
    ) -> None:
        """Take the pushes in their order; `read` reads marks."""
        self._pushes = pushes
        self._read = read
        self._marks = marks

    @property
    def address(self) -> str:
        """The names of its sources, for its entries."""
        named = (one.request.source for one in self._pushes)
        names = list(dict.fromkeys(name for name in named if name is not None))
        more = "…" if len(names) > _NAMES_SHOWN else ""
        return ", ".join(names[:_NAMES_SHOWN]) + more

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield what is not there yet; each push begins a line."""
        assert offset == 0
        names = {one.request.source for one in self._pushes if one.request.source is not None}
        reached, end = dict(self._read(names)), 0
        for one in self._pushes:
            if not self._is_taken(one, reached):
                continue
            # A last line that no newline ends would become one with the next push's first.
            data = one.data if one.data.endswith(_NEWLINE) else one.data + _NEWLINE
            end += len(data)
            one.end = end
            yield data

    def _is_taken(self, one: Pushed, reached: dict[str, int]) -> bool:
        """Tell whether a push is to be taken in; if not, say why not where it is."""
        name, position = one.request.source, one.request.position
        if name is None:
            one.durable = not one.data
            return bool(one.data)
        one.position = reached[name]
        if position is None:  # asks alone
            one.durable = True
            return False
        if position <= reached[name]:
            # There already, or in this group: then it is answered as the group is.
            one.repeated = True
            return False
        if one.request.start not in (None, reached[name]):
            one.error = errors.Conflict("errors_push.elsewhere", position=reached[name])
            return False
        if not one.data:
            one.error = errors.UsageError("errors_push.no-lines")
            return False
        one.position = reached[name] = position
        return True

    def along(self, tx: Tx, batch: BatchId, start: int, end: int) -> None:
        """Raise the marks of those that end in a batch, in its own transaction."""
        begin = 0
        for one in self._pushes:
            if one.end is None:
                continue
            if begin < end and start < one.end:
                one.batches[batch] = None
            # Of one that goes on in the next batch only there: a crash between stores it again.
            name, position = one.request.source, one.request.position
            if start < one.end <= end and name is not None and position is not None:
                self._marks.raise_to(tx, name, position)
            begin = one.end

    def taken(self, end: int) -> None:
        """Note which pushes are durable."""
        for one in self._pushes:
            if one.end is not None and one.end <= end:
                one.durable = True
