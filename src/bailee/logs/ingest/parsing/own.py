"""Own: parsing in this process, where its bytes and its keys are the same person's."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import tzinfo

import numpy as np
import numpy.typing as npt

from bailee.logs.ingest.parsing.held import HeldBytes
from bailee.logs.ingest.severity import severities
from bailee.logs.ingest.times import Timeline
from bailee.logs.store.lines import BlockLines
from bailee.scan.kinds import Rule
from bailee.scan.scanner import Finds, Scanner, Stream


class OwnParser:
    """Own parser: implements `port.Parser` by a scanner of this process."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What finds name by number."""
        return self._scanner.tables.rules

    def stream(self, held: HeldBytes) -> "_OwnStream":
        """Begin a source whose bytes are held there."""
        return _OwnStream(self._scanner.stream(), held)

    def timeline(self, *, receipt_ns: int, zone: tzinfo, last_ns: int | None = None) -> Timeline:
        """Begin the times of a batch."""
        return Timeline(receipt_ns=receipt_ns, zone=zone, last_ns=last_ns)

    def severities(self, lines: BlockLines) -> npt.NDArray[np.int8]:
        """Give the severity of each line of a block."""
        return severities(lines)


class _OwnStream:
    def __init__(self, stream: Stream, held: HeldBytes) -> None:
        self._stream = stream
        self._held = held

    def feed(self, part: memoryview) -> Iterator[Finds]:
        return self._in_held(self._stream.feed(part))

    def close(self) -> Iterator[Finds]:
        return self._in_held(self._stream.close())

    def _in_held(self, found: Iterable[Finds]) -> Iterator[Finds]:
        for finds in found:
            # Offsets of finds count from `finds.text`, and what is held has the same bytes, so
            # they stand for both.
            yield replace(finds, text=self._held.first(finds.offset, len(finds.text)))
