"""Port: what a parser does: it finds identifiers, and reads when and how severe each line says."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import tzinfo
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bailee.ids import ClientId
from bailee.logs.ingest.parsing.held import HeldBytes
from bailee.logs.ingest.times import Timeline
from bailee.logs.store.lines import BlockLines
from bailee.scan.kinds import Rule
from bailee.scan.scanner import Finds


class FindStream(Protocol):
    """Find stream: one source of log lines, taken in chunks, each of which is held already."""

    def feed(self, part: memoryview) -> Iterator[Finds]:
        """Take a chunk; yields the finds of each block that it completes, in the text held."""

    def close(self) -> Iterator[Finds]:
        """End the stream; yields the finds of what is left."""


class Parser(Protocol):
    """Parser: reads the bytes received in one act; for one thread."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What finds name by number."""

    def stream(self, held: HeldBytes) -> FindStream:
        """Begin a source whose bytes are held there."""

    def timeline(self, *, receipt_ns: int, zone: tzinfo, last_ns: int | None = None) -> Timeline:
        """Begin the times of a batch; one at a time is followed."""

    def severities(self, lines: BlockLines) -> npt.NDArray[np.int8]:
        """Give the severity of each line of a block, 0 where none is recognised."""


Parsers = Callable[[ClientId], AbstractContextManager[Parser]]
"""Gives the parser of one act, by whose the bytes are; for one thread."""
